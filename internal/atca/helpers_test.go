package atca_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	pi2c "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"atecc/internal/atca"
	"atecc/internal/atca/sim"
	"atecc/internal/atca/wire"
	"atecc/internal/i2c"
)

// bench is a virtual chip on a virtual bus whose transfers can be watched and
// tampered with, and the engine that drives it.
type bench struct {
	*atca.Device
	chip *sim.Chip
	bus  *tapBus
}

// newBench makes a chip that takes as long as a real one. Tests that use it run
// in a synctest bubble.
func newBench(t *testing.T, o sim.Options) *bench {
	t.Helper()
	return newBenchAt(t, o, 100*physic.KiloHertz, 0)
}

func newBenchAt(t *testing.T, o sim.Options, clock physic.Frequency, patience time.Duration) *bench {
	t.Helper()
	if o.Image == "" && o.Config == nil {
		o.Image = "jwt"
	}
	if o.Timing == sim.TimingNone {
		o.Timing = sim.TimingTypical
	}
	chip, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	tap := &tapBus{BusCloser: sim.NewBus("bench", clock, chip)}
	link := i2c.NewConn(tap, chip.Address(), i2c.Options{WakeDelay: i2c.DefaultWakeDelay})
	dev := atca.New(link, atca.Options{Times: atca.PublishedTimes(), Patience: patience})
	t.Cleanup(func() {
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	})
	return &bench{dev, chip, tap}
}

// do runs fn in a session and fails the test when that fails.
func (b *bench) do(t *testing.T, fn func(*atca.Session) error) {
	t.Helper()
	if err := b.Do(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// tapBus passes transfers on to the chip, through a filter if there is one.
type tapBus struct {
	pi2c.BusCloser
	frames []wire.Command // the commands that went to the chip
	filter func(x *transfer) error
}

// transfer is one transfer on its way. pass lets it reach the chip.
type transfer struct {
	addr uint16
	w, r []byte
	bus  *tapBus
}

func (x *transfer) pass() error { return x.bus.BusCloser.Tx(x.addr, x.w, x.r) }

// command is the command that the transfer carries, if it carries one.
func (x *transfer) command() (wire.Command, bool) {
	if len(x.w) == 0 || x.w[0] != wire.WordCommand {
		return wire.Command{}, false
	}
	c, err := wire.ParseCommand(x.w[1:])
	c.Data = bytes.Clone(c.Data)
	return c, err == nil
}

func (b *tapBus) Tx(addr uint16, w, r []byte) error {
	x := &transfer{addr, w, r, b}
	if c, ok := x.command(); ok {
		b.frames = append(b.frames, c)
	}
	if b.filter != nil {
		return b.filter(x)
	}
	return x.pass()
}

// Clock implements i2c.Clocked, as the virtual bus does.
func (b *tapBus) Clock() (physic.Frequency, bool) {
	return b.BusCloser.(i2c.Clocked).Clock()
}

// sent is the opcodes that went to the chip since the last call.
func (b *tapBus) sent() []wire.Opcode {
	var ops []wire.Opcode
	for _, c := range b.frames {
		ops = append(ops, c.Op)
	}
	b.frames = nil
	return ops
}

// onAnswer makes a filter that acts once, on the first answer to the n-th
// command of a kind. The chip's own answer has been read by then.
func onAnswer(op wire.Opcode, nth int, act func(x *transfer) error) func(*transfer) error {
	armed, seen := false, 0
	return func(x *transfer) error {
		if c, ok := x.command(); ok && c.Op == op {
			seen++
			armed = seen == nth
		}
		err := x.pass()
		if err != nil || !armed || len(x.r) == 0 {
			return err
		}
		armed = false
		return act(x)
	}
}

// answerWith replaces an answer by another payload.
func answerWith(payload ...byte) func(*transfer) error {
	return func(x *transfer) error {
		for i := range x.r {
			x.r[i] = 0xFF
		}
		copy(x.r, wire.Response(payload))
		return nil
	}
}

func wantOps(t *testing.T, got []wire.Opcode, want ...wire.Opcode) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("commands on the wire: %v, want %v", got, want)
	}
}
