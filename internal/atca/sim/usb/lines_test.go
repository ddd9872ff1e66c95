package usb

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"atecc/internal/atca/sim"
	"atecc/internal/atca/wire"
)

// bitbanger moves the lines by hand, as a program does that has but two pins.
// Each step takes 5 us, which makes 100 kHz.
type bitbanger struct {
	t *testing.T
	*lines
}

func newBitbanger(t *testing.T) bitbanger {
	b := bitbanger{t, &lines{master: &master{bus: newTestBus(t, simDefaults)}, scl: true, sda: true}}
	b.set(1, 1)
	return b
}

// set moves both lines, open-drain.
func (b bitbanger) set(scl, sda byte) {
	b.t.Helper()
	b.pass(ticksOf(5 * time.Microsecond))
	b.drive(sda<<1|scl, pinSCL|pinSDA, pinSCL|pinSDA)
	if b.fault != nil {
		b.t.Fatal(b.fault)
	}
}

func (b bitbanger) startBit() {
	b.set(1, 1)
	b.set(1, 0)
	b.set(0, 0)
}

func (b bitbanger) stopBit() {
	b.set(0, 0)
	b.set(1, 0)
	b.set(1, 1)
}

// bit clocks one bit out and returns what the line was.
func (b bitbanger) bit(v byte) bool {
	b.drive(v<<1, pinSCL|pinSDA, pinSCL|pinSDA)
	b.set(1, v)
	level := b.sda
	b.set(0, v)
	return level
}

// send clocks a byte out and says whether it was acknowledged.
func (b bitbanger) send(octet byte) bool {
	for i := range 8 {
		b.bit(octet >> (7 - i) & 1)
	}
	return !b.bit(1)
}

// receive clocks a byte in, and acknowledges it or not.
func (b bitbanger) receive(ack bool) (octet byte) {
	for range 8 {
		octet = octet<<1 | bitValue(b.bit(1))
	}
	b.bit(1 - bitValue(ack))
	return octet
}

// wakeUp sends the general call.
func (b bitbanger) wakeUp() {
	b.t.Helper()
	b.startBit()
	if b.send(0) {
		b.t.Error("the general call was acknowledged")
	}
	b.stopBit()
}

func TestTwoPinsAreEnoughForI2C(t *testing.T) {
	b := newBitbanger(t)
	b.wakeUp()
	b.startBit()
	if !b.send(0x60<<1 | 1) {
		t.Fatal("the address was refused")
	}
	var got []byte
	for i := range 4 {
		got = append(got, b.receive(i < 3))
	}
	b.stopBit()
	if !bytes.Equal(got, unhex(t, wakeAnswer)) {
		t.Errorf("read %x, want %s", got, wakeAnswer)
	}
}

func TestAByteThatTheMasterDoesNotAcknowledgeIsTheLast(t *testing.T) {
	b := newBitbanger(t)
	b.wakeUp()
	b.startBit()
	b.send(0x60<<1 | 1)
	if first, second := b.receive(false), b.receive(true); first != 0x04 || second != 0xFF {
		t.Errorf("read %02x and then %02x, want 04 and silence", first, second)
	}
	b.stopBit()
	b.startBit()
	if !b.send(0x60 << 1) {
		t.Error("the next transaction was refused")
	}
}

func TestWithoutStartNobodyListens(t *testing.T) {
	b := newBitbanger(t)
	b.wakeUp()
	b.set(0, 1)
	if b.send(0x60 << 1) {
		t.Error("a byte without START was acknowledged")
	}
}

func TestAStopInTheMiddleOfAByteEndsIt(t *testing.T) {
	b := newBitbanger(t)
	b.wakeUp()
	b.startBit()
	b.bit(1)
	b.bit(1)
	b.stopBit()
	b.startBit()
	if !b.send(0x60 << 1) {
		t.Error("the bits of a broken byte were kept")
	}
}

func TestAStartInTheMiddleOfAByteBeginsAnew(t *testing.T) {
	b := newBitbanger(t)
	b.wakeUp()
	b.startBit()
	b.bit(1)
	b.bit(1)
	b.startBit()
	if !b.send(0x60 << 1) {
		t.Error("the bits of a broken byte were kept")
	}
}

func TestTwoLinesThatMoveAtOnceAreNeitherStartNorStop(t *testing.T) {
	b := newBitbanger(t)
	b.wakeUp()
	b.set(0, 0)
	b.set(1, 1)
	if b.phase != busFree {
		t.Errorf("after both rose the phase is %d", b.phase)
	}
	b.set(0, 0)
	if b.phase != busFree {
		t.Errorf("after both fell the phase is %d", b.phase)
	}
}

func TestAPauseInStartWakesAsAnyPulseDoes(t *testing.T) {
	for pause, wakes := range map[time.Duration]bool{50 * time.Microsecond: false, time.Millisecond: true} {
		b := newBitbanger(t)
		b.set(1, 0)
		b.pass(ticksOf(pause))
		b.set(0, 0)
		b.send(0xFF) // SDA rises before SCL
		b.stopBit()
		b.startBit()
		if ack := b.send(0x60 << 1); ack != wakes {
			t.Errorf("after SDA was low for %v: acknowledged is %v", pause, ack)
		}
	}
}

func TestWhoDrivesALine(t *testing.T) {
	tests := []struct {
		name                string
		level, output, zero byte
		chip, want          bool
	}{
		{"nobody", 0, 0, 0, false, true},
		{"the chip", 0, 0, 0, true, false},
		{"the master low", 0, pinSDA, 0, false, false},
		{"the master high", pinSDA, pinSDA, 0, false, true},
		{"the master high against the chip", pinSDA, pinSDA, 0, true, true},
		{"a master that only pulls low, and the chip", pinSDA, pinSDA, pinSDA, true, false},
		{"the other pin low", pinSDA, pinsSDA, pinSDA, false, false},
		{"a level that is not put out", pinSDAIn, 0, 0, true, false},
		{"another pin", 0, pinSCL, 0, false, true},
	}
	for _, tt := range tests {
		l := &lines{level: tt.level, output: tt.output, zero: tt.zero}
		if got := l.line(pinsSDA, tt.chip); got != tt.want {
			t.Errorf("%s: SDA is %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestTicksAreExactBothWays(t *testing.T) {
	for d, want := range map[time.Duration]ticks{time.Microsecond: 60, 10 * time.Microsecond: 600, 150 * time.Nanosecond: 9, time.Second: 60_000_000} {
		if got := ticksOf(d); got != want || got.duration() != d {
			t.Errorf("%v is %d ticks, which are %v", d, got, got.duration())
		}
	}
}

// TestTheWireCarriesWhatTheBusDoes sends the same transactions, drawn at
// random, bit by bit to one chip and as a whole to its twin.
func TestTheWireCarriesWhatTheBusDoes(t *testing.T) {
	const seed = 608
	random := rand.New(rand.NewPCG(seed, seed))
	b, twin := newBitbanger(t), newTestBus(t, simDefaults)
	b.wakeUp()
	_ = twin.Tx(0, nil, nil)
	for i := range 400 {
		addr := []uint16{0x60, 0x60, 0x60, 0x35, 0}[random.IntN(5)]
		w := drawWrite(t, random)
		n := random.IntN(6)
		if wire.WordSleep == append(w, 0)[0] {
			continue // it would end the matter
		}
		r := make([]byte, n)
		err := twin.Tx(addr, w, r)
		var nack *sim.NackError
		if err != nil && !errors.As(err, &nack) {
			t.Fatal(err)
		}
		got, refusedAt := b.transact(byte(addr), w, n)
		if want := refusal(nack); refusedAt != want {
			t.Fatalf("transaction %d, %02x %x %d: refused at %d, want %d", i, addr, w, n, refusedAt, want)
		}
		if err == nil && !bytes.Equal(got, r) {
			t.Fatalf("transaction %d, %02x %x %d: read %x, want %x", i, addr, w, n, got, r)
		}
	}
}

// drawWrite draws nothing, a word address, or a good command.
func drawWrite(t *testing.T, random *rand.Rand) []byte {
	t.Helper()
	switch random.IntN(4) {
	case 0:
		return nil
	case 1:
		return []byte{byte(random.IntN(2)) * 0x55}
	case 2:
		return append([]byte{wire.WordCommand}, unhex(t, infoFrame)...)
	}
	frame, err := wire.Command{Op: wire.OpRead, P2: uint16(random.IntN(32))}.Frame()
	if err != nil {
		t.Fatal(err)
	}
	return append([]byte{wire.WordCommand}, frame...)
}

// refusal is the place of the refused byte: 0 for the address, -1 for none.
func refusal(nack *sim.NackError) int {
	switch {
	case nack == nil:
		return -1
	case nack.Data:
		return 1 + nack.Taken
	}
	return 0
}

// transact makes a transaction as a master does that looks at each bit. It
// ends with a STOP, also after a refusal.
func (b bitbanger) transact(addr byte, w []byte, n int) (r []byte, refusedAt int) {
	b.t.Helper()
	defer b.stopBit()
	if len(w) > 0 || n == 0 {
		b.startBit()
		for i, octet := range append([]byte{addr << 1}, w...) {
			if !b.send(octet) {
				return nil, i
			}
		}
	}
	if n > 0 {
		b.startBit()
		if !b.send(addr<<1 | 1) {
			return nil, 0
		}
		for i := range n {
			r = append(r, b.receive(i < n-1))
		}
	}
	return r, -1
}
