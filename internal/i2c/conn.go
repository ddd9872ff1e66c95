package i2c

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3"
	pi2c "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"atecc/internal/atca/wire"
)

// DefaultWakeDelay is tWHI: how long SDA must be high after the wake pulse
// before the chip can be addressed.
const DefaultWakeDelay = 1500 * time.Microsecond

// WakeClockLimit is the fastest clock at which a general call wakes the chip.
// The pulse is the address byte 0x00, eight low bits; they must last 60 us
// (tWLO). More zero bytes do not help, because SDA is high during the
// acknowledge bit after each of them.
const WakeClockLimit = 133 * physic.KiloHertz

const (
	// holdTime is how long SDA is held low where a bus can do that: tWLO and a
	// margin, and as long as a general call at 100 kHz.
	holdTime = 80 * time.Microsecond

	// rereads is how often a damaged answer is read again. The chip keeps it,
	// so this repairs what the wire did, without running the command twice.
	rereads = 2

	generalCall = 0x00
)

// wakeByte follows the general-call address. Some adapters drop a write
// without data, so there must be one; and if another device on the bus does
// acknowledge general calls, an odd byte is neither its reset (0x06) nor its
// programming command (0x04).
const wakeByte = 0x01

// Options are what a Conn can be told.
type Options struct {
	// WakeDelay is the wait between wake pulse and first transfer; 0 is none.
	// A real chip needs DefaultWakeDelay.
	WakeDelay time.Duration
	// Trace is called after each transfer, in order; nil for none.
	Trace func(Event)
}

// sdaHolder is a bus that can hold SDA low for a time of our choice.
type sdaHolder interface {
	HoldSDA(ctx context.Context, d time.Duration) error
}

// Clocked is a bus or a link that may know its clock.
type Clocked interface {
	// Clock is the frequency of SCL, and whether it is known.
	Clock() (physic.Frequency, bool)
}

// Conn is the Link to one chip on an I2C bus.
type Conn struct {
	bus  pi2c.BusCloser
	addr uint16
	opts Options

	// unfinished is set while the chip may hold a part of a command. The next
	// command would be appended to it, so it must be dropped first.
	unfinished bool
}

var _ LinkCloser = (*Conn)(nil)

// NewConn returns the link to the chip at the 7-bit address addr. The Conn
// takes over the bus and closes it in Close.
func NewConn(bus pi2c.BusCloser, addr uint16, o Options) *Conn {
	return &Conn{bus: bus, addr: addr, opts: o}
}

// String names the bus and the address.
func (c *Conn) String() string { return fmt.Sprintf("%s, address 0x%02x", c.bus, c.addr) }

// Addr is the chip's 7-bit address.
func (c *Conn) Addr() uint16 { return c.addr }

// Clock is the bus clock, if the bus knows it.
func (c *Conn) Clock() (physic.Frequency, bool) {
	if b, ok := c.bus.(Clocked); ok {
		return b.Clock()
	}
	return 0, false
}

// Close closes the bus.
func (c *Conn) Close() error { return c.bus.Close() }

// Wake implements Link.
func (c *Conn) Wake(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// A chip never acknowledges the pulse, so its error says nothing of the
	// chip; only what is read afterwards does.
	pulse := c.pulse(ctx)
	if err := wait(ctx, c.opts.WakeDelay); err != nil {
		return err
	}
	var got [4]byte
	if err := c.read(ctx, PhaseWake, got[:]); err != nil {
		return withPulse(err, pulse)
	}
	return checkWake(got)
}

// withPulse adds to a refused read why the pulse before it may never have been
// one: some adapters reject address 0 outright.
func withPulse(err, pulse error) error {
	var bus *BusError
	if pulse == nil || IsNACK(pulse) || !errors.As(err, &bus) {
		return err
	}
	bus.Err = fmt.Errorf("%w, and the wake pulse was never sent (%s)", bus.Err, causeText(pulse, errnoOf(pulse)))
	return bus
}

// pulse holds SDA low long enough to wake the chip: by the general-call
// address, or directly where the bus can do so and its clock is not known to
// be slow enough.
func (c *Conn) pulse(ctx context.Context) error {
	holder, ok := c.bus.(sdaHolder)
	if !ok || c.slowEnough() {
		return c.tx(generalCall, []byte{wakeByte}, nil)
	}
	start := time.Now()
	err := holder.HoldSDA(ctx, holdTime)
	c.trace(Event{At: start, Addr: generalCall, Err: err})
	return err
}

// slowEnough says whether a general call is known to wake the chip.
func (c *Conn) slowEnough() bool {
	hz, known := c.Clock()
	return known && hz <= WakeClockLimit
}

// vendorSelfTest is the wake answer after a failed self-test as Microchip's
// library expects it. Its CRC is wrong; the chip's own is wire.WakeSelfTest.
var vendorSelfTest = [4]byte{0x04, 0x07, 0xC4, 0x40}

func checkWake(got [4]byte) error {
	switch got {
	case wire.WakeOK:
		return nil
	case wire.WakeSelfTest, vendorSelfTest:
		return wire.StatusSelfTest
	}
	return &AnswerError{Got: got}
}

// Send implements Link. A group that is longer than one write of the adapter
// goes out in pieces: the chip collects them and executes at the end of the
// one that completes the count.
func (c *Conn) Send(ctx context.Context, frame []byte) error {
	if err := c.dropUnfinished(ctx); err != nil {
		return err
	}
	for rest := frame; len(rest) > 0; {
		n := min(len(rest), c.maxPiece(len(rest)))
		if err := c.write(ctx, PhaseSend, wire.WordCommand, rest[:n]...); err != nil {
			return err
		}
		rest = rest[n:]
		c.unfinished = len(rest) > 0
	}
	return nil
}

// dropUnfinished makes the chip forget a part of a command that an earlier
// Send left behind. The order may be refused like any other write; that is
// no reason to give up, since a chip that refuses it has nothing to forget.
func (c *Conn) dropUnfinished(ctx context.Context) error {
	if !c.unfinished {
		return nil
	}
	if err := c.write(ctx, PhaseSend, wire.WordReset); err != nil && !IsNACK(err) {
		return err
	}
	c.unfinished = false
	return nil
}

// maxPiece is how much of a group of n bytes fits one write besides the word
// address.
func (c *Conn) maxPiece(n int) int {
	if l, ok := c.bus.(conn.Limits); ok && l.MaxTxSize() > 1 {
		return l.MaxTxSize() - 1
	}
	return n
}

// Receive implements Link. All of buf is read in one transfer: the chip fills
// up with 0xFF behind its answer, and one transfer is faster than asking for
// the count first.
func (c *Conn) Receive(ctx context.Context, buf []byte) ([]byte, error) {
	answer, err := c.receive(ctx, PhasePoll, buf)
	for range rereads {
		if !damaged(err) {
			break
		}
		// The order moves the read pointer back; the answer stays.
		if err := c.write(ctx, PhaseRead, wire.WordReset); err != nil {
			return nil, err
		}
		answer, err = c.receive(ctx, PhaseRead, buf)
	}
	return answer, err
}

// receive reads once. refused is the phase that a refusal belongs to.
func (c *Conn) receive(ctx context.Context, refused Phase, buf []byte) ([]byte, error) {
	if err := c.read(ctx, refused, buf); err != nil {
		return nil, err
	}
	if len(buf) > 0 && allOnes(buf) {
		return nil, c.fault(refused, errAllOnes)
	}
	if _, err := wire.ParseResponse(buf); err != nil {
		return nil, c.fault(PhaseRead, err)
	}
	return buf[:buf[0]], nil
}

func damaged(err error) bool {
	return errors.Is(err, wire.ErrCount) || errors.Is(err, wire.ErrCRC)
}

// Idle implements Link.
func (c *Conn) Idle(ctx context.Context) error { return c.stop(ctx, PhaseIdle, wire.WordIdle) }

// Sleep implements Link.
func (c *Conn) Sleep(ctx context.Context) error { return c.stop(ctx, PhaseSleep, wire.WordSleep) }

// stop ends the chip's work; with it goes what its input buffer held.
func (c *Conn) stop(ctx context.Context, p Phase, word byte) error {
	err := c.write(ctx, p, word)
	if err == nil {
		c.unfinished = false
	}
	return err
}

// write sends a word address and data: all writes to the chip's own address
// are made here. A write that failed may have brought a part of its bytes to
// the chip.
func (c *Conn) write(ctx context.Context, p Phase, word byte, data ...byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.tx(c.addr, append([]byte{word}, data...), nil); err != nil {
		c.unfinished = c.unfinished || word == wire.WordCommand
		return c.fault(p, err)
	}
	return nil
}

// read fills buf from the chip's own address. While polling, only a refusal
// means "not ready"; anything else is a broken read.
func (c *Conn) read(ctx context.Context, p Phase, buf []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := c.tx(c.addr, nil, buf)
	if err == nil {
		return nil
	}
	if p == PhasePoll && !IsNACK(err) {
		p = PhaseRead
	}
	return c.fault(p, err)
}

// tx is the one place that touches the bus. It never writes and reads in one
// transaction: the chip has no use for a repeated START, and some adapters
// are stuck for good when the write half is refused.
func (c *Conn) tx(addr uint16, w, r []byte) error {
	start := time.Now()
	err := c.bus.Tx(addr, w, r)
	if err != nil {
		r = nil // whatever is in it did not come from the chip
	}
	c.trace(Event{At: start, Addr: addr, W: w, R: r, Err: err})
	return err
}

func (c *Conn) trace(e Event) {
	if c.opts.Trace != nil {
		c.opts.Trace(e)
	}
}

func (c *Conn) fault(p Phase, err error) error {
	return &BusError{Phase: p, Bus: c.bus.String(), Addr: c.addr, Errno: errnoOf(err), Err: err}
}

func allOnes(b []byte) bool { return bytes.Count(b, []byte{0xFF}) == len(b) }

// wait returns after d, or with the context's error before that.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
