package sim

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"periph.io/x/conn/v3/physic"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// master is a bus with one chip and the few moves of a bus master. It works in
// bytes: nothing here knows what an answer should be.
type master struct {
	t    *testing.T
	bus  *Bus
	chip *Chip
}

func connect(t *testing.T, c *Chip, hz physic.Frequency) *master {
	t.Helper()
	return &master{t, NewBus("test", hz, c), c}
}

// newMaster makes a chip in memory and wakes it.
func newMaster(t *testing.T, o Options) *master {
	t.Helper()
	m := connect(t, newChip(t, o), 0)
	m.wake()
	return m
}

func newChip(t *testing.T, o Options) *Chip {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// pulse holds SDA low by the general call, which nobody acknowledges.
func (m *master) pulse() {
	m.t.Helper()
	if err := m.bus.Tx(0, []byte{0}, nil); !errors.Is(err, syscall.EREMOTEIO) {
		m.t.Fatalf("general call: %v, want a refusal", err)
	}
}

func (m *master) wake() {
	m.t.Helper()
	m.pulse()
	time.Sleep(m.chip.clock.delay(wakeDelay))
	m.wantRead("04113343")
}

// word writes a word address and what follows it.
func (m *master) word(address byte, data ...byte) {
	m.t.Helper()
	if err := m.bus.Tx(m.chip.Address(), append([]byte{address}, data...), nil); err != nil {
		m.t.Fatalf("write %02x %x: %v", address, data, err)
	}
}

// refused says whether a transaction was refused at the address.
func (m *master) refused(w, r []byte) bool {
	m.t.Helper()
	err := m.bus.Tx(m.chip.Address(), w, r)
	if err == nil {
		return false
	}
	var nack *NackError
	if !errors.As(err, &nack) || nack.Data {
		m.t.Fatalf("transaction: %v, want success or a refused address", err)
	}
	return true
}

func (m *master) read(n int) []byte {
	m.t.Helper()
	b := make([]byte, n)
	if err := m.bus.Tx(m.chip.Address(), nil, b); err != nil {
		m.t.Fatalf("read: %v", err)
	}
	return b
}

// wantRead reads as many bytes as are expected.
func (m *master) wantRead(want string) {
	m.t.Helper()
	w := unhex(want)
	if got := m.read(len(w)); !bytes.Equal(got, w) {
		m.t.Errorf("read %x, want %x", got, w)
	}
}

// send writes a command group and polls until the answer is there.
func (m *master) send(frame []byte) []byte {
	m.t.Helper()
	m.word(wire.WordCommand, frame...)
	buf := make([]byte, wire.MaxFrame)
	for m.refused(nil, buf) {
		time.Sleep(ms / 2)
	}
	return buf
}

// do runs a command and returns the payload of its answer.
func (m *master) do(op wire.Opcode, p1 byte, p2 uint16, data ...byte) []byte {
	m.t.Helper()
	frame, err := wire.Command{Op: op, P1: p1, P2: p2, Data: data}.Frame()
	if err != nil {
		m.t.Fatal(err)
	}
	payload, err := wire.ParseResponse(m.send(frame))
	if err != nil {
		m.t.Fatalf("%s %02x %04x: %v", op, p1, p2, err)
	}
	return payload
}

// want runs a command whose answer is one status byte.
func (m *master) want(s wire.Status, op wire.Opcode, p1 byte, p2 uint16, data ...byte) {
	m.t.Helper()
	if got := m.do(op, p1, p2, data...); !bytes.Equal(got, []byte{byte(s)}) {
		m.t.Errorf("%s %02x %04x: answer %x, want status %02x", op, p1, p2, got, byte(s))
	}
}

// ok runs a command that must answer n bytes of data.
func (m *master) ok(n int, op wire.Opcode, p1 byte, p2 uint16, data ...byte) []byte {
	m.t.Helper()
	got := m.do(op, p1, p2, data...)
	if len(got) != n {
		m.t.Fatalf("%s %02x %04x: answer %x, want %d bytes", op, p1, p2, got, n)
	}
	return got
}

// status is a command's answer as a status: success where data came.
func (m *master) status(op wire.Opcode, p1 byte, p2 uint16, data ...byte) wire.Status {
	m.t.Helper()
	if got := m.do(op, p1, p2, data...); len(got) == 1 {
		return wire.Status(got[0])
	}
	return wire.StatusSuccess
}

// state is the answer of Info about TempKey.
func (m *master) wantState(want string) {
	m.t.Helper()
	if got := hex.EncodeToString(m.ok(4, wire.OpInfo, wire.InfoState, 0)); got != want {
		m.t.Errorf("state %s, want %s", got, want)
	}
}

// lock locks zones without a summary.
func (m *master) lock(zones ...byte) {
	m.t.Helper()
	for _, z := range zones {
		m.want(wire.StatusSuccess, wire.OpLock, z|wire.LockNoCRC, 0)
	}
}

// digestNonce loads TempKey or the message digest buffer.
func (m *master) load(mode byte, value []byte) {
	m.t.Helper()
	m.want(wire.StatusSuccess, wire.OpNonce, mode, 0, value...)
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// run is n bytes that count up from start.
func run(start byte, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = start + byte(i)
	}
	return b
}

// The three lock states.
const (
	configUnlocked = iota
	dataUnlocked
	allLocked
)

var lockStates = []string{"config unlocked", "data unlocked", "all locked"}

// slotSetting is what a test wants in one slot.
type slotSetting struct {
	n           int
	config, key uint16
}

// blank is a factory-blank zone with some slots set otherwise, in one of the
// lock states.
func blank(t *testing.T, state int, slots ...slotSetting) *config.Zone {
	t.Helper()
	im, ok := config.LookupImage("factory-608B")
	if !ok {
		t.Fatal("no factory image")
	}
	z := im.Zone
	for _, s := range slots {
		c, k := littleEndian(s.config), littleEndian(s.key)
		copy(z[20+2*s.n:], c[:])
		copy(z[96+2*s.n:], k[:])
	}
	if state >= dataUnlocked {
		z[lockConfigOffset] = 0
	}
	if state >= allLocked {
		z[lockValueOffset] = 0
	}
	return &z
}

// withSlots is an awake chip with such a zone.
func withSlots(t *testing.T, state int, slots ...slotSetting) *master {
	t.Helper()
	return newMaster(t, Options{Config: (*[128]byte)(blank(t, state, slots...))})
}
