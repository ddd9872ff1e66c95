// Package mcp2221 is an I2C bus behind Microchip's USB bridge MCP2221 or
// MCP2221A. It speaks the bridge's HID reports over usbfs, because the kernel's
// driver runs the bus at 400 kHz and at no other clock, where a general call
// does not wake an ATECC608. The HID interface is taken from the kernel's driver
// in Open and given back in Close.
//
// The reports are described in Microchip's data sheet DS20005565; what the
// engine's state numbers mean is in the header of Microchip's own library and
// in the kernel's driver, not in the data sheet.
package mcp2221

import (
	"errors"
	"fmt"
	"strings"
	"time"

	pi2c "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"atecc/internal/i2c"
	"atecc/internal/i2c/usbfs"
)

// Identity of the bridge on USB. Both parts of the family have the same.
const (
	vendorID  = 0x04D8
	productID = 0x00DD
)

// DefaultClock wakes an ATECC608 by a general call.
const DefaultClock = 100 * physic.KiloHertz

// Clocks that the bridge can make. It divides 12 MHz by a byte and three; more
// than 400 kHz is outside its data sheet.
const (
	baseClock = 12 * physic.MegaHertz
	minClock  = 50 * physic.KiloHertz
	maxClock  = 400 * physic.KiloHertz
)

// scheme starts the name of a bus, which is also its device URI.
const scheme = "mcp2221:"

// device is what is needed of a *usbfs.Device once its interface is claimed. In
// tests it is a fake at the level of reports.
type device interface {
	Transfer(endpoint byte, data []byte, timeout time.Duration) (int, error)
	Close() error
}

// Bus is the I2C bus of one bridge. It is not safe for concurrent use.
type Bus struct {
	name string
	dev  device
	hid  hidInterface
	hz   physic.Frequency
}

var _ pi2c.BusCloser = (*Bus)(nil)

// Find lists the bridges that are plugged in. root is "/" except in tests.
func Find(root string) ([]usbfs.Info, error) {
	all, err := usbfs.List(root)
	if err != nil {
		return nil, err
	}
	var found []usbfs.Info
	for _, info := range all {
		if info.VID == vendorID && info.PID == productID {
			found = append(found, info)
		}
	}
	return found, nil
}

// Open takes a bridge from its kernel driver and makes its bus run at clock, 0
// for DefaultClock. selector is the place on USB, such as 1-1.2, or the serial
// number; "" is the only bridge there is. A bridge that cannot be opened gives
// an *i2c.BusError in PhaseOpen; a request that cannot be met, for its clock or
// because it fits several bridges, a plain error.
func Open(root, selector string, clock physic.Frequency) (*Bus, error) {
	if clock == 0 {
		clock = DefaultClock
	}
	if err := checkClock(clock); err != nil {
		return nil, err
	}
	info, err := choose(root, selector)
	if err != nil {
		return nil, err
	}
	name := scheme + info.Path
	dev, hid, err := take(root, info)
	if err != nil {
		return nil, i2c.OpenError(name, usbfs.Explain(err))
	}
	b := &Bus{name: name, dev: dev, hid: hid}
	if err := b.start(clock); err != nil {
		return nil, i2c.OpenError(name, usbfs.Explain(errors.Join(err, dev.Close())))
	}
	return b, nil
}

// choose finds the bridge that selector names.
func choose(root, selector string) (usbfs.Info, error) {
	all, err := Find(root)
	if err != nil {
		return usbfs.Info{}, i2c.OpenError(scheme+selector, usbfs.Explain(err))
	}
	var fit []usbfs.Info
	var names []string
	for _, info := range all {
		if selector == "" || selector == info.Path || selector == info.Serial {
			fit = append(fit, info)
			names = append(names, scheme+info.Path)
		}
	}
	switch len(fit) {
	case 0:
		return usbfs.Info{}, i2c.OpenError(scheme+selector, absence(selector, len(all)))
	case 1:
		return fit[0], nil
	}
	return usbfs.Info{}, fmt.Errorf("%s fits %d bridges; name one of %s", scheme+selector, len(fit), strings.Join(names, ", "))
}

// absence says that there is no such bridge.
func absence(selector string, others int) error {
	if others == 0 {
		return fmt.Errorf("no MCP2221 (USB %04x:%04x) is plugged in", vendorID, productID)
	}
	return fmt.Errorf("none of the %d MCP2221 that are plugged in has the place or serial number %q", others, selector)
}

// take opens a bridge and claims its HID interface. Its two other interfaces, a
// serial port, stay with the kernel.
func take(root string, info usbfs.Info) (*usbfs.Device, hidInterface, error) {
	hid, err := findHID(root, info.Path)
	if err != nil {
		return nil, hid, err
	}
	dev, err := usbfs.Open(root, info)
	if err != nil {
		return nil, hid, err
	}
	if err := dev.Claim(hid.number); err != nil {
		return nil, hid, errors.Join(err, dev.Close())
	}
	return dev, hid, nil
}

// start brings the bridge from any state to an idle bus at the given clock. Who
// had it before may have been killed in the middle of a transfer, and the
// kernel's driver leaves refused ones behind.
func (b *Bus) start(clock physic.Frequency) error {
	b.drain()
	s, err := b.status()
	if err != nil {
		return err
	}
	if err := s.lines(); err != nil {
		return err
	}
	if s.state() != stateIdle {
		if err := b.cancel(); err != nil {
			return err
		}
	}
	return b.SetSpeed(clock)
}

// String is the bus as a device URI.
func (b *Bus) String() string { return b.name }

// Clock is the frequency of SCL, which is always known here. By it the wake is
// judged: above i2c.WakeClockLimit no chip will wake.
func (b *Bus) Clock() (physic.Frequency, bool) { return b.hz, true }

// SetSpeed sets the frequency of SCL, from 50 to 400 kHz. Where the bridge
// cannot make it exactly, it takes the next slower one.
func (b *Bus) SetSpeed(clock physic.Frequency) error {
	if err := checkClock(clock); err != nil {
		return err
	}
	d := divider(clock)
	answer, err := b.command(cmdStatus, 0, 0, setSpeed, d)
	if err != nil {
		return err
	}
	if answer[atSpeedSet] != setSpeed {
		return fmt.Errorf("the bridge did not take the bus clock %s (0x%02x)", clock, answer[atSpeedSet])
	}
	b.hz = baseClock / physic.Frequency(int64(d)+dividerOffset)
	return nil
}

func checkClock(clock physic.Frequency) error {
	if clock < minClock || clock > maxClock {
		return fmt.Errorf("bus clock %s is not between %s and %s, which is what an MCP2221 can do", clock, minClock, maxClock)
	}
	return nil
}

// dividerOffset is what the bridge adds to the divider byte.
const dividerOffset = 3

// divider is the byte for the fastest clock that is not above the given one: a
// bus that is a little slow still wakes the chip, one that is too fast may not.
func divider(clock physic.Frequency) byte {
	return byte((baseClock+clock-1)/clock - dividerOffset)
}

// Close gives the bridge back to the kernel's driver, which then starts anew
// and sets its own clock.
func (b *Bus) Close() error { return b.dev.Close() }
