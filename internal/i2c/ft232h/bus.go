package ft232h

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	pi2c "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"atecc/internal/i2c"
	"atecc/internal/i2c/usbfs"
)

// scheme is how a device URI begins that means such a bus.
const scheme = "ft232h:"

// Bus is an open bus. It is safe for concurrent use.
type Bus struct {
	name      string
	port      port
	driveZero bool

	// turn is held during a transfer, which waits for its answer. A one-slot
	// channel and not a mutex: testing/synctest does not count a goroutine that
	// waits for a mutex as idle, and its clock would stand still.
	turn    chan struct{}
	divisor uint16

	// ready is set while engine and lines are known to be in order. It is lost
	// by any failure but a refusal; then the next transfer begins anew.
	ready bool
}

var (
	_ pi2c.BusCloser = (*Bus)(nil)
	_ i2c.Clocked    = (*Bus)(nil)
)

// Open opens a bridge by serial number or bus path; "" means the only one there
// is. The second channel of a bridge is taken by a /B behind that. It is taken
// from the kernel's driver for serial ports until Close. The clock is between
// 10 kHz and 1 MHz, 0 means 100 kHz. root is the directory that holds dev and
// sys, which is "/" except in tests.
//
// A bridge that cannot be opened gives an *i2c.BusError in PhaseOpen, a selector
// that no bridge can have or that fits several, and a clock out of range, a
// plain error.
func Open(root, name string, clock physic.Frequency) (*Bus, error) {
	sel, err := parseSelector(name)
	if err != nil {
		return nil, err
	}
	divisor, err := divisorFor(clock)
	if err != nil {
		return nil, err
	}
	found, err := Find(root)
	if err != nil {
		return nil, i2c.OpenError(scheme+name, usbfs.Explain(err))
	}
	info, err := sel.choose(found)
	if err != nil {
		return nil, err
	}
	b := newBus(info, sel.channel, divisor)
	if err := b.open(root, info); err != nil {
		return nil, i2c.OpenError(b.name, usbfs.Explain(err))
	}
	return b, nil
}

// newBus returns the bus on a channel of a bridge, not open yet.
func newBus(info usbfs.Info, channel int, divisor uint16) *Bus {
	m, _ := modelOf(info)
	b := &Bus{
		name:      scheme + info.Path,
		port:      port{channel: channel, packet: packetSize(info)},
		driveZero: m.driveZero,
		turn:      make(chan struct{}, 1),
		divisor:   divisor,
	}
	if m.channels > 1 {
		b.name += "/" + "AB"[channel:channel+1]
	}
	return b
}

// packetSize is that of bulk endpoints by the USB specification.
func packetSize(info usbfs.Info) int {
	if info.Speed == "12" {
		return 64 // the bridge hangs on a hub of USB 1.1
	}
	return 512
}

func (b *Bus) open(root string, info usbfs.Info) error {
	dev, err := usbfs.Open(root, info)
	if err != nil {
		return err
	}
	if err := dev.Claim(b.port.channel); err != nil {
		return errors.Join(err, dev.Close())
	}
	return b.start(dev)
}

// start takes over the claimed device.
func (b *Bus) start(dev device) error {
	b.port.dev = dev
	if err := b.prepare(); err != nil {
		return errors.Join(err, b.Close())
	}
	return nil
}

// String is the URI of the bus.
func (b *Bus) String() string { return b.name }

// take waits for the bus; the caller releases it.
func (b *Bus) take() (release func()) {
	b.turn <- struct{}{}
	return func() { <-b.turn }
}

// Close gives the bridge back to the driver that it was taken from. One that
// was unplugged has nothing to be given back.
func (b *Bus) Close() error {
	defer b.take()()
	b.ready = false
	err := b.port.leave()
	if errors.Is(err, syscall.ENODEV) {
		err = nil
	}
	return errors.Join(err, b.port.dev.Close())
}

// maxTransfer keeps the answer to one list, a byte for each byte of the
// transfer, within the kilobyte that an FT232H can store. More would block the
// list, and with it the program that waits for the list to be taken.
const maxTransfer = 512

// Tx does one transfer, or a write and a read with a repeated START. A refusal
// unwraps to ENXIO. Without data it is the address alone, for writing.
func (b *Bus) Tx(addr uint16, w, r []byte) error {
	if addr > 0x7F {
		return fmt.Errorf("address 0x%x has more than seven bits", addr)
	}
	if n := max(len(w), len(r)); n > maxTransfer {
		return fmt.Errorf("a transfer of %d bytes is longer than %d", n, maxTransfer)
	}
	defer b.take()()
	return b.guarded(func() error { return b.transfer(byte(addr<<1), w, r) })
}

// guarded runs fn on a bus that is in order. After a failure between us and the
// bridge there may be answers under way that belong to no question any more.
func (b *Bus) guarded(fn func() error) error {
	err := b.prepare()
	if err == nil {
		err = fn()
	}
	if err != nil && !i2c.IsNACK(err) {
		b.ready = false
	}
	return err
}

// readFlag in the address byte makes it a read.
const readFlag = 1

func (b *Bus) transfer(addr byte, w, r []byte) error {
	s := b.scriptFromRest()
	if len(w) > 0 || len(r) == 0 {
		if err := b.write(s, addr, w, len(r) == 0); err != nil || len(r) == 0 {
			return err
		}
		s = b.script()
	}
	return b.read(s, addr|readFlag, r)
}

// write sends address and data in one list, and looks at the acknowledge bits
// afterwards. A chip that has refused a byte is out of the transfer and ignores
// what follows until the next START, so the surplus does no harm; at most it
// wakes a chip that was asleep, as other traffic does. But nothing may follow
// that begins with a START, so a read is another list.
func (b *Bus) write(s *script, addr byte, w []byte, last bool) error {
	s.start()
	s.write(addr)
	for _, c := range w {
		s.write(c)
	}
	if last {
		s.stop()
	}
	acks, err := b.run(s)
	if err != nil {
		return err
	}
	return b.stopAfter(refusal(acks), last)
}

// roundTrip is about what another list costs. While a chip computes it refuses
// its address, over and over; a refused read must not cost more than that.
const roundTrip = time.Millisecond

// read fetches r. A long one asks for the address alone first, unless the chip
// has just taken a write. A short one is done at once: a chip that refuses its
// address leaves SDA alone, the bytes are all ones and thrown away.
func (b *Bus) read(s *script, addr byte, r []byte) error {
	s.start()
	s.write(addr)
	if s.fromRest && b.wireTime(len(r)) > roundTrip {
		ack, err := b.run(s)
		if err != nil {
			return err
		}
		if err := b.stopAfter(refusal(ack), false); err != nil {
			return err
		}
		s = b.script()
	}
	asked := s.answered()
	for i := range r {
		s.read(i == len(r)-1)
	}
	s.stop()
	got, err := b.run(s)
	if err != nil {
		return err
	}
	if err := refusal(got[:asked]); err != nil {
		return err
	}
	copy(r, got[asked:])
	return nil
}

// stopAfter ends a refused transfer with a STOP, unless that was in the list.
func (b *Bus) stopAfter(refused error, stopped bool) error {
	if refused == nil || stopped {
		return refused
	}
	s := b.script()
	s.stop()
	if _, err := b.run(s); err != nil {
		return err
	}
	return refused
}

// wireTime is how long n bytes take, each with its acknowledge bit.
func (b *Bus) wireTime(n int) time.Duration {
	return time.Duration(9*n) * clockOf(b.divisor).Period()
}

// HoldSDA pulls SDA low for d at least, which wakes the chip at any clock. SDA
// is let go again also when ctx ends.
func (b *Bus) HoldSDA(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	defer b.take()()
	return b.guarded(func() error { return b.holdSDA(ctx, d) })
}

func (b *Bus) holdSDA(ctx context.Context, d time.Duration) error {
	pull := b.scriptFromRest()
	pull.hold(high, low)
	pull.levels() // the answer comes when SDA is low, and the time begins
	held, err := b.run(pull)
	if err != nil {
		return err
	}
	cut := wait(ctx, d)
	release := b.script()
	release.hold(high, high)
	if _, err := b.run(release); err != nil {
		return err
	}
	if held[0]&pinSDAIn != 0 {
		return errNotJoined
	}
	return cut
}

// wait returns after d, or with the context's error before that.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
