package usb

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"atecc/internal/atca/wire"
)

// ftdiDriver makes I2C of MPSSE commands as FTDI's notes AN_113 and AN_255 do.
// Its fields are the mistakes that it can make.
type ftdiDriver struct {
	*host
	unshifted bool // the address without its bit for the direction
	noAck     bool // no clock for the acknowledge bit
	rising    bool // data changes on the rising edge
}

// setBits sets the pins: bit 0 is SCL, bit 1 SDA.
func setBits(scl, sda byte) []byte { return []byte{0x80, sda<<1 | scl, 0x03} }

func (d ftdiDriver) start() []byte {
	return bytes.Join([][]byte{setBits(1, 1), setBits(1, 0), setBits(0, 0)}, nil)
}

func (d ftdiDriver) stop() []byte {
	return bytes.Join([][]byte{setBits(0, 0), setBits(1, 0), setBits(1, 1)}, nil)
}

// put is a byte and the clock for its acknowledge bit, with SDA let go.
func (d ftdiDriver) put(b byte) []byte {
	commands := []byte{0x11, 0, 0, b}
	if d.rising {
		commands[0] = 0x10
	}
	if d.noAck {
		return commands
	}
	return append(append(commands, setBits(0, 1)...), 0x22, 0)
}

// get is a byte and an acknowledge bit from us; the last byte has none.
func (d ftdiDriver) get(last bool) []byte {
	bit := byte(0)
	if last {
		bit = 0x80
	}
	return append(setBits(0, 1), 0x20, 0, 0, 0x13, 0, bit)
}

// run sends commands and collects n answers.
func (d ftdiDriver) run(n int, parts ...[]byte) []byte {
	d.t.Helper()
	d.out(ftdiOut, append(bytes.Join(parts, nil), 0x87)...)
	var answers []byte
	for len(answers) < n {
		b := d.in(ftdiIn, 4096)
		for ; len(b) > 2; b = b[min(len(b), ftdiPacket):] {
			answers = append(answers, b[2:min(len(b), ftdiPacket)]...)
		}
		if len(b) == 2 && len(answers) < n {
			d.t.Fatalf("answers %x, want %d bytes", answers, n)
		}
	}
	return answers
}

func (d ftdiDriver) address(addr, read byte) []byte {
	if d.unshifted {
		return d.put(addr)
	}
	return d.put(addr<<1 | read)
}

// refused looks at acknowledge bits.
func refused(acks []byte) string {
	for _, a := range acks {
		if a&1 == 1 {
			return "ENXIO"
		}
	}
	return ""
}

func (d ftdiDriver) write(addr byte, data ...byte) string {
	parts := [][]byte{d.start(), d.address(addr, 0)}
	for _, b := range data {
		parts = append(parts, d.put(b))
	}
	n := 1 + len(data)
	if d.noAck {
		n = 0
	}
	return refused(d.run(n, append(parts, d.stop())...))
}

func (d ftdiDriver) read(addr byte, n int) ([]byte, string) {
	parts := [][]byte{d.start(), d.address(addr, 1)}
	for i := range n {
		parts = append(parts, d.get(i == n-1))
	}
	got := d.run(1+n, append(parts, d.stop())...)
	return got[1:], refused(got[:1])
}

// newFTDIDriver sets the engine up for 100 kHz.
func newFTDIDriver(t *testing.T) ftdiDriver {
	return setUpFTDI(newHost(t, "ft232h"))
}

func setUpFTDI(h *host) ftdiDriver {
	d := ftdiDriver{host: h}
	d.control(vendorOutDevice, ftdiReset, ftdiResetAll, 1, 0)
	d.control(vendorOutDevice, ftdiSetLatency, 1, 1, 0)
	d.control(vendorOutDevice, ftdiSetBitMode, ftdiModeMPSSE<<8, 1, 0)
	d.out(ftdiOut, 0x8A, 0x97, 0x8C, 0x85, 0x9E, 0x07, 0x00)
	d.out(ftdiOut, setBits(1, 1)...)
	d.divisor(199)
	return d
}

func (d ftdiDriver) divisor(n int) { d.out(ftdiOut, 0x86, byte(n), byte(n>>8)) }

func (d ftdiDriver) clock() physic.Frequency {
	hz, _ := d.d.function.(*ft232h).bus.Clock()
	return hz
}

func TestFT232HServesItsDriver(t *testing.T) {
	d := newFTDIDriver(t)
	proveAdapter(t, d, "ENXIO", "ENXIO")
	if got := d.clock(); got != 100*physic.KiloHertz {
		t.Errorf("clock %s, want 100 kHz", got)
	}
}

func TestFT232HServesADriverByTwoPhases(t *testing.T) {
	d := newFTDIDriver(t)
	d.out(ftdiOut, 0x8D) // 2 phases, so 150 kHz
	d.divisor(299)
	proveAdapter(t, d, "ENXIO", "ENXIO")
}

func TestFT232HFollowsTheDivisor(t *testing.T) {
	tests := []struct {
		divideBy5, phases byte
		divisor           int
		want              physic.Frequency
	}{
		{0x8A, 0x8C, 199, 100 * physic.KiloHertz},
		{0x8A, 0x8C, 49, 400 * physic.KiloHertz},
		{0x8A, 0x8C, 19, physic.MegaHertz},
		{0x8A, 0x8D, 299, 100 * physic.KiloHertz},
		{0x8B, 0x8C, 39, 100 * physic.KiloHertz},
		{0x8B, 0x8D, 59, 100 * physic.KiloHertz},
		{0x8A, 0x8C, 0xFFFF, physic.KiloHertz}, // 305 Hz, which the virtual bus cannot
	}
	for _, tt := range tests {
		d := newFTDIDriver(t)
		d.write(0, 0)
		d.out(ftdiOut, tt.divideBy5, tt.phases)
		d.divisor(tt.divisor)
		d.write(0x60, wire.WordReset)
		if got := d.clock(); got != tt.want {
			t.Errorf("%02x %02x divisor %d: %s, want %s", tt.divideBy5, tt.phases, tt.divisor, got, tt.want)
		}
	}
}

func TestAGeneralCallWakesWhileTheClockIsSlowEnough(t *testing.T) {
	for divisor, wakes := range map[int]bool{199: true, 149: true, 148: false, 49: false} {
		d := newFTDIDriver(t)
		d.divisor(divisor) // 149 is 133 kHz, whose zeros take 60 us
		d.write(0, 0)
		if _, failure := d.read(0x60, 4); (failure == "") != wakes {
			t.Errorf("divisor %d: %q", divisor, failure)
		}
	}
}

func TestSDAHeldLowByThePinWakesAtEveryClock(t *testing.T) {
	for low, wakes := range map[time.Duration]bool{59 * time.Microsecond: false, 80 * time.Microsecond: true, time.Second: true} {
		synctest.Test(t, func(t *testing.T) {
			d := newFTDIDriver(t)
			d.divisor(49)
			d.out(ftdiOut, setBits(1, 0)...)
			time.Sleep(low)
			d.out(ftdiOut, setBits(1, 1)...)
			if _, failure := d.read(0x60, 4); (failure == "") != wakes {
				t.Errorf("SDA low for %v: %q", low, failure)
			}
		})
	}
}

func TestADriverThatGetsTheWireWrongIsNotUnderstood(t *testing.T) {
	tests := []struct {
		name  string
		wrong func(*ftdiDriver)
	}{
		{"the address is not shifted", func(d *ftdiDriver) { d.unshifted = true }},
		{"SDA is driven high", func(d *ftdiDriver) { d.out(ftdiOut, 0x9E, 0, 0) }},
		{"data changes while SCL is high", func(d *ftdiDriver) { d.rising = true }},
		{"a clock that is too fast", func(d *ftdiDriver) { d.divisor(18) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newFTDIDriver(t)
			d.write(0, 0)
			wantRead(t, d, wakeAnswer)
			tt.wrong(&d)
			if got := d.write(0x60, wire.WordReset); got != "ENXIO" {
				t.Errorf("a write gave %q, want ENXIO", got)
			}
		})
	}
}

func TestPinsThatAreInputsMoveNothing(t *testing.T) {
	d := newFTDIDriver(t)
	d.out(ftdiOut, 0x80, 0, 0)
	if got := d.run(1, []byte{0x11, 0, 0, 0, 0x22, 0}); got[0]&1 != 1 {
		t.Error("nobody pulls, but SDA is low")
	}
}

func TestWithoutAClockForTheAcknowledgeBitBytesFallApart(t *testing.T) {
	d := newFTDIDriver(t)
	d.write(0, 0)
	wantRead(t, d, wakeAnswer)
	d.noAck = true
	d.write(0x60, wire.WordSleep)
	d.noAck = false
	// Had the chip understood, it would be asleep.
	if failure := d.write(0x60, wire.WordReset); failure != "" {
		t.Errorf("the next write gave %q", failure)
	}
}

func TestASDAThatIsNotLetGoReadsAsAnAcknowledge(t *testing.T) {
	d := newFTDIDriver(t)
	// Bit 0 of a write address stays on the pin, with nobody to answer.
	acks := d.run(1, d.start(), []byte{0x11, 0, 0, 0x60 << 1, 0x22, 0}, d.stop())
	if acks[0]&1 != 0 {
		t.Error("a pin that pulls SDA low did not")
	}
}

func TestARepeatedStartJoinsWriteAndRead(t *testing.T) {
	d := newFTDIDriver(t)
	d.write(0, 0)
	wantRead(t, d, wakeAnswer)
	got := d.run(7, d.start(), d.address(0x60, 0), d.put(wire.WordReset),
		setBits(0, 1), d.start(), d.address(0x60, 1), d.get(false), d.get(false), d.get(false), d.get(true), d.stop())
	if refused(got[:3]) != "" || !bytes.Equal(got[3:], unhex(t, wakeAnswer)) {
		t.Errorf("answers %x", got)
	}
}

func TestNineClocksFreeAChipThatHoldsSDA(t *testing.T) {
	d := newFTDIDriver(t)
	d.write(0, 0)
	// The master goes away in the middle of a zero byte.
	got := d.run(2, d.start(), d.address(0x60, 1), setBits(0, 1), []byte{0x22, 1})
	if refused(got[:1]) != "" {
		t.Fatal("the address was refused")
	}
	if pins := d.run(1, []byte{0x80, 0x03, 0x03, 0x81}); pins[0]&pinsSDA != 0 {
		t.Errorf("pins %02x, want SDA low", pins[0])
	}
	d.run(0, setBits(0, 1), []byte{0x8E, 7, 0x8E, 0}, d.stop())
	if pins := d.run(1, []byte{0x81}); pins[0]&0x07 != 0x07 {
		t.Errorf("pins %02x, want both lines high", pins[0])
	}
	if failure := d.write(0x60, wire.WordReset); failure != "" {
		t.Errorf("the next write gave %q", failure)
	}
}

func TestCommandsMayBeCutAnywhere(t *testing.T) {
	d := newFTDIDriver(t)
	d.write(0, 0)
	all := bytes.Join([][]byte{d.start(), d.address(0x60, 1), d.get(false), d.get(false), d.get(false), d.get(true), d.stop()}, nil)
	for _, b := range all {
		d.out(ftdiOut, b)
	}
	if got := d.run(5); !bytes.Equal(got[1:], unhex(t, wakeAnswer)) {
		t.Errorf("answers %x", got)
	}
}

func TestACommandThatDoesNotExistIsSentBack(t *testing.T) {
	for _, op := range []byte{0xAA, 0xAB, 0x00, 0x08, 0x60, 0x90, 0xFF} {
		d := newFTDIDriver(t)
		if got := d.run(2, []byte{op}); !bytes.Equal(got, []byte{mpsseBad, op}) {
			t.Errorf("command %02x gave %x", op, got)
		}
	}
}

func TestBitsThatComeInPushOnThoseBefore(t *testing.T) {
	d := newFTDIDriver(t)
	// Loopback, so that what comes in is what goes out.
	d.out(ftdiOut, 0x84)
	got := d.run(5, []byte{
		0x31, 1, 0, 0xA5, 0x3C, // two bytes
		0x33, 1, 0x80, // two bits
		0x39, 0, 0, 0xA5, // a byte, the other way round
		0x3B, 0, 0x01,
	})
	if want := []byte{0xA5, 0x3C, 0xF2, 0xA5, 0xD2}; !bytes.Equal(got, want) {
		t.Errorf("answers %x, want %x", got, want)
	}
}

func TestPinsThatAreNotI2C(t *testing.T) {
	d := newFTDIDriver(t)
	got := d.run(3, []byte{
		0x80, 0x13, 0x33, 0x81, // ADBUS4 high, ADBUS5 low
		0x82, 0x01, 0x03, 0x83, // ACBUS0 high, ACBUS1 low
		0x4B, 6, 0x55, // JTAG
		0x6A, 0, 0x01, // JTAG, with an answer
		0x88, 0x8F, 0, 0,
	})
	if want := []byte{0xDF, 0xFD}; !bytes.Equal(got[:2], want) {
		t.Errorf("pins %x, want %x", got[:2], want)
	}
	if got := d.control(vendorInDevice, ftdiReadPins, 0, 1, 1); got[0] != 0xDF {
		t.Errorf("pins %x by request, want df", got)
	}
}

func TestAnswersWaitForTheLatencyTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFTDIDriver(t)
		d.control(vendorOutDevice, ftdiSetLatency, 7, 1, 0)
		start := time.Now()
		d.out(ftdiOut, 0x81)
		if got := d.in(ftdiIn, 512); len(got) != 3 {
			t.Errorf("packet %x, want status and an answer", got)
		}
		if got := time.Since(start); got != 7*time.Millisecond {
			t.Errorf("it came after %v, want 7ms", got)
		}
		if got := d.in(ftdiIn, 512); !bytes.Equal(got, ftdiStatus) {
			t.Errorf("packet %x, want the status alone", got)
		}
		if got := time.Since(start); got != 14*time.Millisecond {
			t.Errorf("it came after %v, want 14ms", got)
		}
		// A flush does not wait.
		d.out(ftdiOut, 0x81, 0x87)
		d.in(ftdiIn, 512)
		if got := time.Since(start); got != 14*time.Millisecond {
			t.Errorf("it came after %v, want 14ms", got)
		}
	})
}

func TestEachPacketBeginsWithTheStatus(t *testing.T) {
	for answers, want := range map[int]int{510: 514, 511: 515, 1020: 1026, 100: 102} {
		d := newFTDIDriver(t)
		d.out(ftdiOut, bytes.Repeat([]byte{0x81}, answers)...)
		d.out(ftdiOut, 0x87)
		got := d.in(ftdiIn, 4096)
		if len(got) != want || !bytes.Equal(got[:2], ftdiStatus) {
			t.Errorf("%d answers came in %d bytes, want %d", answers, len(got), want)
		}
	}
}

func TestAnswersThatNobodyFetchesStopTheEngine(t *testing.T) {
	d := newFTDIDriver(t)
	d.out(ftdiOut, 0x20, 0xFF, 0xFF, 0x81, 0x80, 0x13, 0x13)
	f := d.d.function.(*ft232h)
	if len(f.engine.answers) != 0x10000 || len(f.engine.pending) != 4 {
		t.Fatalf("%d answers and %d bytes of commands", len(f.engine.answers), len(f.engine.pending))
	}
	if d.d.out(ftdiOut, make([]byte, maxPending)) {
		t.Error("it took more commands than it can hold")
	}
	for n := 0; n < 0x10001; {
		n += len(d.in(ftdiIn, 512)) - 2
	}
	if len(f.engine.pending) != 0 {
		t.Error("it did not go on when its answers were fetched")
	}
	d.out(ftdiOut, 0x81, 0x81)
	d.control(vendorOutDevice, ftdiReset, ftdiPurgeIn, 1, 0)
	d.out(ftdiOut, 0x86)
	d.control(vendorOutDevice, ftdiReset, ftdiPurgeOut, 1, 0)
	if len(f.engine.answers)+len(f.engine.pending) != 0 {
		t.Error("a purge left something")
	}
}

func TestFT232HRequests(t *testing.T) {
	d := newFTDIDriver(t)
	d.control(vendorOutDevice, 3, 0x4138, 1, 0) // baud rate
	for request, want := range map[byte][]byte{
		ftdiModemStatus: ftdiStatus, ftdiGetLatency: {1}, ftdiReadEEPROM: {0xFF, 0xFF},
	} {
		if got := d.control(vendorInDevice, request, 0, 1, 2); !bytes.Equal(got, want) {
			t.Errorf("request %d: %x, want %x", request, got, want)
		}
	}
	d.stalls(vendorOutDevice, ftdiSetLatency, 0, 1, 0)
	d.stalls(vendorOutDevice, ftdiSetLatency, 256, 1, 0)
	d.stalls(vendorOutDevice, ftdiReset, 3, 1, 0)
	d.stalls(vendorOutDevice, 0x55, 0, 1, 0)
	d.stalls(vendorInDevice, 0x55, 0, 1, 2)
	d.stalls(vendorInInterface, ftdiGetLatency, 0, 1, 1)
}

func TestAsASerialPortItSwallowsWhatItIsSent(t *testing.T) {
	d := newFTDIDriver(t)
	d.control(vendorOutDevice, ftdiSetBitMode, 0, 1, 0)
	d.out(ftdiOut, 0xAA)
	if got := d.in(ftdiIn, 512); !bytes.Equal(got, ftdiStatus) {
		t.Errorf("packet %x, want the status alone", got)
	}
}
