package ft232h

import (
	"errors"
	"fmt"
	"syscall"

	"atecc/internal/i2c"
)

// LineError says that a line is low although nobody transfers.
type LineError struct {
	SCL, SDA bool // which of them is low
}

// Error implements error.
func (e *LineError) Error() string {
	if e.SCL && e.SDA {
		return "SCL and SDA are low at rest: they have no pull-up resistors, or the bus has no power"
	}
	line := "SDA"
	if e.SCL {
		line = "SCL"
	}
	return line + " is low at rest: it has no pull-up resistor, or a device holds it low"
}

// errNotJoined reports the usual mistake in the wiring. Without this check it
// would look as if no chip were there.
var errNotJoined = errors.New("AD2 does not see what AD1 does: the two must be joined, they are SDA together")

// refusal finds the first byte that was not acknowledged; the first of all is
// the address. The chip ignores what followed it, so that does not count.
func refusal(acks []byte) error {
	for i, ack := range acks {
		switch {
		case ack&ackBit == 0:
			continue
		case i == 0:
			return fmt.Errorf("the address was not acknowledged: %w", syscall.ENXIO)
		}
		return fmt.Errorf("byte %d of %d was not acknowledged: %w", i, len(acks)-1, syscall.ENXIO)
	}
	return nil
}

// usbError is a failure between here and the bridge. Some errnos of USB are
// what other adapters use to report a refused address; taken for that, a dead
// bridge would look like a chip at work. Those lose their errno here.
func usbError(err error) error {
	switch {
	case errors.Is(err, syscall.ENODEV), errors.Is(err, syscall.ESHUTDOWN):
		return fmt.Errorf("the bridge was unplugged: %w", err)
	case i2c.IsNACK(err):
		return errors.New("usb: " + err.Error())
	}
	return fmt.Errorf("usb: %w", err)
}
