package i2c_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"periph.io/x/conn/v3/physic"

	"atecc/internal/atca/wire"
	"atecc/internal/i2c"
)

const (
	chipAddr = 0x60
	tWHI     = i2c.DefaultWakeDelay
)

// fakeBus is a bus with one chip that refuses what a real one refuses: every
// transfer while it sleeps, settles or computes, bytes beyond the count of a
// group, and reads while it holds a part of a command. The zero value with
// nack set is a sleeping chip.
type fakeBus struct {
	nack       error            // how the adapter reports a refusal; nil ignores it
	zero       error            // how the adapter refuses address 0 itself, nil when it does not
	hz         physic.Frequency // 0 is unknown
	exec       time.Duration    // how long a command takes
	reply      func(wire.Command) []byte
	maxWrite   int // longest write of the adapter, 0 for no limit
	damage     int // how many of the next reads are damaged on the way
	damageByte int // which byte of them

	awake     bool
	readyAt   time.Time
	busyUntil time.Time
	in, out   []byte
	next      int
	closed    bool
	log       []string // transfers, as "W60 0307.." or "R60 35"
}

func (b *fakeBus) String() string                  { return "fake" }
func (b *fakeBus) SetSpeed(physic.Frequency) error { return syscall.EOPNOTSUPP }
func (b *fakeBus) Close() error                    { b.closed = true; return nil }
func (b *fakeBus) Clock() (physic.Frequency, bool) { return b.hz, b.hz != 0 }
func (b *fakeBus) MaxTxSize() int                  { return b.maxWrite }

func (b *fakeBus) Tx(addr uint16, w, r []byte) error {
	if len(w) > 0 && len(r) > 0 {
		return fmt.Errorf("a combined transfer: %w", syscall.EPROTO)
	}
	if b.maxWrite > 0 && len(w) > b.maxWrite {
		return syscall.EINVAL
	}
	if len(w) > 0 {
		b.log = append(b.log, fmt.Sprintf("W%02x %x", addr, w))
		return b.write(addr, w)
	}
	b.log = append(b.log, fmt.Sprintf("R%02x %d", addr, len(r)))
	return b.read(addr, r)
}

// listening says whether the chip acknowledges its address.
func (b *fakeBus) listening(addr uint16) bool {
	now := time.Now()
	return b.awake && addr == chipAddr && !now.Before(b.readyAt) && !now.Before(b.busyUntil)
}

func (b *fakeBus) write(addr uint16, w []byte) error {
	if addr == 0 {
		if b.zero != nil {
			return b.zero
		}
		b.sdaLow(8 * time.Second / time.Duration(max(int64(b.hz/physic.Hertz), 100_000)))
		return b.nack
	}
	if !b.listening(addr) {
		return b.nack
	}
	switch w[0] {
	case wire.WordReset:
		b.in, b.next = nil, 0
	case wire.WordSleep, wire.WordIdle:
		b.awake, b.in, b.out = false, nil, nil
	case wire.WordCommand:
		return b.command(w[1:])
	}
	return nil
}

func (b *fakeBus) sdaLow(d time.Duration) {
	if d >= 60*time.Microsecond && !b.awake {
		b.awake, b.readyAt = true, time.Now().Add(tWHI)
		b.out, b.next = wire.WakeOK[:], 0
	}
}

func (b *fakeBus) command(piece []byte) error {
	b.in = append(b.in, piece...)
	if len(b.in) < int(b.in[0]) {
		return nil
	}
	group := b.in
	b.in = nil
	if len(group) > int(group[0]) {
		return b.nack // the byte behind the group is not acknowledged
	}
	b.next, b.busyUntil = 0, time.Now().Add(b.exec)
	c, err := wire.ParseCommand(group)
	if err != nil {
		b.out = wire.Response([]byte{byte(wire.StatusCRC)})
		return nil
	}
	b.out = wire.Response(b.reply(c))
	return nil
}

func (b *fakeBus) read(addr uint16, r []byte) error {
	if !b.listening(addr) || len(b.in) > 0 {
		for i := range r {
			r[i] = 0xFF
		}
		return b.nack
	}
	for i := range r {
		r[i] = 0xFF
		if b.next < len(b.out) {
			r[i] = b.out[b.next]
			b.next++
		}
	}
	if b.damage > 0 {
		b.damage--
		r[b.damageByte] ^= 0x04
	}
	return nil
}

// holdingBus can hold SDA low itself.
type holdingBus struct {
	*fakeBus
	held []time.Duration
	fail error
}

func (b *holdingBus) HoldSDA(_ context.Context, d time.Duration) error {
	b.held = append(b.held, d)
	if b.fail == nil {
		b.sdaLow(d)
	}
	return b.fail
}

// deafBus has no optional interface at all.
type deafBus struct{ b *fakeBus }

func (d deafBus) String() string                    { return d.b.String() }
func (d deafBus) SetSpeed(f physic.Frequency) error { return d.b.SetSpeed(f) }
func (d deafBus) Close() error                      { return d.b.Close() }
func (d deafBus) Tx(addr uint16, w, r []byte) error { return d.b.Tx(addr, w, r) }

// sleeping is a bus with a chip that sleeps, on an adapter that reports a
// refusal as the Raspberry Pi's does.
func sleeping() *fakeBus {
	return &fakeBus{nack: syscall.EREMOTEIO, hz: 100 * physic.KiloHertz, reply: success}
}

// ready is the same with a chip that is awake.
func ready() *fakeBus {
	b := sleeping()
	b.awake = true
	return b
}

func success(wire.Command) []byte { return []byte{byte(wire.StatusSuccess)} }

// frame is the group of a command, which the test knows to be legal.
func frame(t *testing.T, c wire.Command) []byte {
	t.Helper()
	f, err := c.Frame()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func wantLog(t *testing.T, b *fakeBus, want ...string) {
	t.Helper()
	if got := strings.Join(b.log, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("transfers:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
}

// pattern is n bytes that are easy to find again.
func pattern(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(0xA0 + i%0x50)
	}
	return p
}

func spaced(b []byte) string {
	var s []string
	for i := range b {
		s = append(s, hex.EncodeToString(b[i:i+1]))
	}
	return strings.Join(s, " ")
}
