package sim

import (
	"errors"
	"fmt"
	"slices"
	"syscall"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
)

// Limits of the bus clock, and the clock of a bus that was given none.
const (
	minSpeed     = physic.KiloHertz
	maxSpeed     = physic.MegaHertz
	defaultSpeed = 100 * physic.KiloHertz

	maxAddress   = 0x7F // ten-bit addresses are of no use to this chip
	bitsPerByte  = 9    // the acknowledge bit included
	startAndStop = 2    // bit times

	// maxCredit is how much of a sleep that took too long makes up for the
	// bits that follow. A process that was stopped does not get more.
	maxCredit = 2 * ms
)

// NackError says that no chip acknowledged its address, or that one refused a
// data byte. It unwraps to EREMOTEIO, which is how Linux drivers for common
// adapters report it.
type NackError struct {
	Addr  uint16
	Data  bool // a data byte was refused, not the address
	Taken int  // data bytes that were acknowledged before
}

// Error implements error.
func (e *NackError) Error() string {
	if e.Data {
		return fmt.Sprintf("0x%02x refused data byte %d: %s", e.Addr, e.Taken+1, syscall.EREMOTEIO)
	}
	return fmt.Sprintf("nothing answered at 0x%02x: %s", e.Addr, syscall.EREMOTEIO)
}

// Unwrap returns the errno.
func (e *NackError) Unwrap() error { return syscall.EREMOTEIO }

// Bus is a virtual I2C bus. It is safe for concurrent use; the chips on it are
// not, and belong to it.
type Bus struct {
	name  string
	chips []*Chip

	// turn is held during a transaction, which waits for its bits. A one-slot
	// channel and not a mutex: testing/synctest does not count a goroutine that
	// waits for a mutex as idle, and its clock would stand still.
	turn   chan struct{}
	hz     physic.Frequency
	closed bool

	// owed is the time of bits that has not passed yet. A short sleep takes a
	// millisecond on a real clock, so that it is less than nothing at times.
	owed time.Duration
}

var _ i2c.BusCloser = (*Bus)(nil)

// NewBus joins chips to a bus that runs at hz; 0 means 100 kHz.
func NewBus(name string, hz physic.Frequency, chips ...*Chip) *Bus {
	if hz == 0 {
		hz = defaultSpeed
	}
	return &Bus{name: name, hz: hz, chips: chips, turn: make(chan struct{}, 1)}
}

// String is the name of the bus.
func (b *Bus) String() string { return b.name }

// take waits for the bus; the caller releases it.
func (b *Bus) take() (release func()) {
	b.turn <- struct{}{}
	return func() { <-b.turn }
}

// Close closes the chips on the bus as well. Their state is saved already.
func (b *Bus) Close() error {
	defer b.take()()
	b.closed = true
	var errs []error
	for _, c := range b.chips {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// Clock is the frequency of SCL. It is always known here; on a real bus it may
// not be, hence the second result.
func (b *Bus) Clock() (physic.Frequency, bool) {
	defer b.take()()
	return b.hz, true
}

// SetSpeed sets the frequency of SCL, from 1 kHz to 1 MHz.
func (b *Bus) SetSpeed(hz physic.Frequency) error {
	if hz < minSpeed || hz > maxSpeed {
		return fmt.Errorf("bus clock %s is not between %s and %s", hz, minSpeed, maxSpeed)
	}
	defer b.take()()
	b.hz = hz
	return nil
}

// Tx writes w and then reads into r, with a repeated START between them when
// both are there. With neither, only the address is sent, for writing: that is
// how some tools probe, and enough for a wake pulse.
func (b *Bus) Tx(addr uint16, w, r []byte) error {
	if addr > maxAddress {
		return fmt.Errorf("0x%x is not a 7-bit address", addr)
	}
	defer b.take()()
	if b.closed {
		return fmt.Errorf("bus %s is closed", b.name)
	}
	if len(w) > 0 || len(r) == 0 {
		if err := b.write(addr, w, len(r) == 0); err != nil {
			return err
		}
	}
	if len(r) > 0 {
		return b.read(addr, r)
	}
	return nil
}

// address sends the address byte and returns the chips that acknowledge it.
// All chips see SDA, whomever the byte is for.
func (b *Bus) address(addr uint16, read bool) []*Chip {
	b.pass(bitsPerByte + startAndStop)
	low := b.sdaLow(addr, read)
	var selected []*Chip
	for _, c := range b.chips {
		// A chip that this very byte wakes does not answer to it.
		if c.acknowledges(addr, read) {
			selected = append(selected, c)
		}
		c.sdaLow(low)
	}
	return selected
}

// sdaLow is how long the address byte holds SDA low at a stretch: its longest
// run of zeros. The acknowledge bit does not lengthen it, as SDA is high there
// when nobody acknowledges. Data bytes are left out of account: the general
// call, at the latest, wakes everything on the bus.
func (b *Bus) sdaLow(addr uint16, read bool) time.Duration {
	octet := uint8(addr << 1)
	if read {
		octet |= 1
	}
	run := 0
	for zeros := ^octet; zeros != 0; zeros &= zeros << 1 {
		run++
	}
	return time.Duration(run) * b.hz.Period()
}

// write is one write transaction. Without stop a repeated START follows. The
// chips get their bytes when the last one has passed, which nobody on the bus
// can tell from getting them one by one.
func (b *Bus) write(addr uint16, w []byte, stop bool) error {
	selected := b.address(addr, false)
	if len(selected) == 0 {
		return &NackError{Addr: addr}
	}
	b.pass(bitsPerByte * len(w))
	taken := 0
	for _, c := range selected {
		taken = max(taken, c.write(w))
	}
	// A refused byte ends the transaction with a STOP, wherever it stands.
	if err := b.end(selected, stop || taken < len(w)); err != nil {
		return err
	}
	if taken < len(w) {
		return &NackError{Addr: addr, Data: true, Taken: taken}
	}
	return nil
}

// end tells the chips that their write is over.
func (b *Bus) end(selected []*Chip, stop bool) error {
	var errs []error
	for _, c := range selected {
		errs = append(errs, c.end(stop))
	}
	return errors.Join(errs...)
}

// read is one read transaction. Where several chips answer, a zero wins.
func (b *Bus) read(addr uint16, r []byte) error {
	selected := b.address(addr, true)
	if len(selected) == 0 {
		return &NackError{Addr: addr}
	}
	b.pass(bitsPerByte * len(r))
	// SDA is high unless a chip pulls it low.
	for i := range r {
		r[i] = 0xFF
	}
	for _, c := range selected {
		c.read(r)
	}
	return nil
}

// pass lets the time of n bits go by, unless all chips have time switched off.
// The wait cannot be cancelled, and need not be: the longest transaction takes
// some 15 ms at 100 kHz.
func (b *Bus) pass(n int) {
	if !slices.ContainsFunc(b.chips, func(c *Chip) bool { return c.clock.timing != TimingNone }) {
		return
	}
	b.owed += time.Duration(n) * b.hz.Period()
	if b.owed <= 0 {
		return
	}
	start := time.Now()
	time.Sleep(b.owed)
	b.owed = max(b.owed-time.Since(start), -maxCredit)
}
