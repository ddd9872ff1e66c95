package mcp2221

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"atecc/internal/i2c"
)

// reportSize is the length of every report, in both directions. There are no
// report IDs: the first byte is the command, and the answer repeats it.
const reportSize = 64

// chunk is how many bytes of I2C data a report holds behind its four bytes of
// header.
const (
	header = 4
	chunk  = reportSize - header
)

// Commands, and what else a command of status can carry: bytes that are zero
// ask for nothing, so the plain command only asks.
const (
	cmdStatus      = 0x10 // and set parameters
	cmdGetData     = 0x40
	cmdWrite       = 0x90
	cmdRead        = 0x91
	cmdReadRestart = 0x93 // begins with a repeated START
	cmdWriteNoStop = 0x94
	cancelTransfer = 0x10 // third byte of cmdStatus
	setSpeed       = 0x20 // fourth byte of cmdStatus; the divider follows
)

// Second byte of an answer. All else means "not now": the engine has not
// finished something earlier, or there are no data.
const resultDone = 0x00

// Places in answers. The engine's state is in the third byte of those to
// transfers and to cmdGetData, and further back in a status.
const (
	atResult   = 1
	atState    = 2
	atLength   = 3
	atSpeedSet = 3 // setSpeed again when the new clock is taken

	atStatusState = 8
	atFlags       = 20
	atSCL         = 22 // the lines themselves: 0 is low
	atSDA         = 23
)

// flagNACK in a status: an address or a byte was not acknowledged.
const flagNACK = 0x40

// usbTimeout is how long the bridge may take for one report. It answers within
// two frames of 1 ms; more than this is a bridge that has crashed.
const usbTimeout = time.Second

// drainTimeout is enough for a report that is waiting to be fetched.
const drainTimeout = 3 * time.Millisecond

// strays is how many answers that nobody waits for are thrown away.
const strays = 4

// report is one packet on the interrupt endpoints. What its command does not
// need is zero; the bridge wants all 64 bytes.
type report [reportSize]byte

// command sends a report that begins with these bytes and returns the answer.
func (b *Bus) command(bytes ...byte) (report, error) {
	var r report
	copy(r[:], bytes)
	return b.exchange(r)
}

// exchange sends a report and returns the answer. An answer to something else
// is one that an interrupted program never fetched.
func (b *Bus) exchange(out report) (report, error) {
	if n, err := b.dev.Transfer(b.hid.out, out[:], usbTimeout); err != nil || n != reportSize {
		return report{}, usbError("took", n, err)
	}
	for range strays {
		var in report
		if n, err := b.dev.Transfer(b.hid.in, in[:], usbTimeout); err != nil || n != reportSize {
			return report{}, usbError("gave", n, err)
		}
		if in[0] == out[0] {
			return in, nil
		}
	}
	return report{}, fmt.Errorf("the bridge does not answer command 0x%02x", out[0])
}

// drain throws away what an earlier user has not fetched. Which command such an
// answer belongs to cannot be seen for sure, so none may be left.
func (b *Bus) drain() {
	var in report
	for range strays {
		if _, err := b.dev.Transfer(b.hid.in, in[:], drainTimeout); err != nil {
			return
		}
	}
}

// usbError reports a report that was lost on USB. Some errnos of USB mean on an
// I2C bus that a chip refused its address; those must not be seen from above,
// or a broken bridge would be taken for a chip that is busy.
func usbError(verb string, n int, err error) error {
	switch {
	case err == nil:
		return fmt.Errorf("the bridge %s %d bytes of a report of %d", verb, n, reportSize)
	case errors.Is(err, syscall.ENODEV), errors.Is(err, syscall.ESHUTDOWN):
		return fmt.Errorf("the bridge was unplugged: %w", err)
	case i2c.IsNACK(err):
		return fmt.Errorf("the bridge %s no report: %s", verb, err.Error())
	}
	return fmt.Errorf("the bridge %s no report: %w", verb, err)
}
