package sim

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"atecc/internal/atca/wire"
)

// begin starts a transaction and reports whether it was acknowledged.
func (m *master) begin(addr uint16, read bool) (*Transaction, bool) {
	m.t.Helper()
	t, ack, err := m.bus.Begin(addr, read)
	if err != nil {
		m.t.Fatal(err)
	}
	return t, ack
}

// putAll writes bytes and returns how many were acknowledged until the first
// that was not.
func putAll(t *Transaction, data ...byte) int {
	for i, b := range data {
		if !t.Put(b) {
			return i
		}
	}
	return len(data)
}

func (m *master) end(t *Transaction, stop bool) {
	m.t.Helper()
	if err := t.End(stop); err != nil {
		m.t.Fatal(err)
	}
}

func (m *master) getAll(n int) []byte {
	m.t.Helper()
	t, ack := m.begin(m.chip.Address(), true)
	if !ack {
		m.t.Fatal("the address was refused")
	}
	b := make([]byte, n)
	for i := range b {
		b[i] = t.Get()
	}
	m.end(t, true)
	return b
}

func TestACommandByteByByteIsTheSameCommand(t *testing.T) {
	m := newMaster(t, Options{})
	tx, ack := m.begin(0x60, false)
	if !ack {
		t.Fatal("an awake chip refused its address")
	}
	if n := putAll(tx, append([]byte{wire.WordCommand}, infoFrame...)...); n != 1+len(infoFrame) {
		t.Errorf("%d bytes were acknowledged, want all", n)
	}
	m.end(tx, true)
	if got := m.getAll(len(unhex(infoAnswer))); !bytes.Equal(got, unhex(infoAnswer)) {
		t.Errorf("read %x, want %s", got, infoAnswer)
	}
}

func TestEachByteBeyondTheCountIsRefused(t *testing.T) {
	m := newMaster(t, Options{})
	tx, _ := m.begin(0x60, false)
	putAll(tx, append([]byte{wire.WordCommand}, infoFrame...)...)
	if n := putAll(tx, 0); n != 0 {
		t.Error("the first byte beyond the count was acknowledged")
	}
	if n := putAll(tx, 0); n != 0 {
		t.Error("the second byte beyond the count was acknowledged")
	}
	m.end(tx, true)
	m.wantRead(infoAnswer)
}

func TestACommandThatARepeatedStartEndsIsLost(t *testing.T) {
	m := newMaster(t, Options{})
	tx, _ := m.begin(0x60, false)
	putAll(tx, append([]byte{wire.WordCommand}, infoFrame...)...)
	m.end(tx, false)
	m.wantRead("04113343")
}

func TestWordAddressesByteByByte(t *testing.T) {
	for word, awake := range map[byte]bool{wire.WordReset: true, wire.WordSleep: false, wire.WordIdle: false} {
		m := newMaster(t, Options{})
		tx, _ := m.begin(0x60, false)
		if !tx.Put(word) {
			t.Errorf("word address %02x was refused", word)
		}
		m.end(tx, true)
		if refused := m.refused(nil, make([]byte, 1)); refused == awake {
			t.Errorf("after word address %02x: refused is %v", word, refused)
		}
	}
}

func TestNobodyAnswersToAnotherAddress(t *testing.T) {
	m := newMaster(t, Options{})
	tx, ack := m.begin(0x30, false)
	if ack || tx.Put(wire.WordReset) {
		t.Error("somebody acknowledged")
	}
	m.end(tx, true)
	tx, ack = m.begin(0x30, true)
	if ack || tx.Get() != 0xFF {
		t.Error("somebody answered")
	}
	m.end(tx, true)
}

func TestAByteInTheWrongDirectionReachesNobody(t *testing.T) {
	m := newMaster(t, Options{})
	tx, _ := m.begin(0x60, true)
	if tx.Put(wire.WordSleep) {
		t.Error("a byte was acknowledged in a read")
	}
	m.end(tx, true)
	tx, _ = m.begin(0x60, false)
	if tx.Get() != 0xFF {
		t.Error("a byte came in a write")
	}
	m.end(tx, true)
	if m.refused(nil, make([]byte, 1)) {
		t.Error("the chip obeyed a byte that it did not get")
	}
}

func TestAnAddressByteWakesByItself(t *testing.T) {
	m := connect(t, newChip(t, Options{}), 100*physic.KiloHertz)
	tx, ack := m.begin(0, false)
	if ack {
		t.Error("the general call was acknowledged")
	}
	m.end(tx, true)
	m.wantRead("04113343")
}

func TestSDAThatIsPulledLowWakesWhenItIsLongEnough(t *testing.T) {
	tests := []struct {
		low   time.Duration
		wakes bool
	}{
		{wakePulse - time.Microsecond, false},
		{wakePulse, true},
		{time.Second, true},
	}
	for _, tt := range tests {
		m := connect(t, newChip(t, Options{}), 400*physic.KiloHertz)
		if err := m.bus.PullSDA(tt.low); err != nil {
			t.Fatal(err)
		}
		if refused := m.refused(nil, make([]byte, 4)); refused == tt.wakes {
			t.Errorf("SDA low for %v: refused is %v", tt.low, refused)
		}
	}
}

func TestBytesTakeTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMaster(t, Options{Timing: TimingTypical})
		start := time.Now()
		m.getAll(2)
		if got, want := time.Since(start), (11+2*9)*10*us; got != want {
			t.Errorf("two bytes took %v, want %v", got, want)
		}
	})
}

// TestASleepThatTookTooLongIsMadeUpFor pretends that the last sleep was too
// long, which it never is in a bubble.
func TestASleepThatTookTooLongIsMadeUpFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMaster(t, Options{Timing: TimingTypical})
		m.bus.owed = -150 * us
		start := time.Now()
		m.getAll(2)
		if got, want := time.Since(start), (11+2*9)*10*us-150*us; got != want {
			t.Errorf("two bytes took %v, want %v", got, want)
		}
	})
}

func TestAClosedBusRefusesBytesToo(t *testing.T) {
	m := newMaster(t, Options{})
	if err := m.bus.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := m.bus.Begin(0x60, false); err == nil {
		t.Error("a transaction began on a closed bus")
	}
	if err := m.bus.PullSDA(time.Second); err == nil {
		t.Error("SDA of a closed bus was pulled")
	}
}

func TestBeginRefusesWhatIsNoAddress(t *testing.T) {
	if _, _, err := NewBus("b", 0).Begin(0x80, false); err == nil {
		t.Error("address 0x80 was taken")
	}
}
