package i2c

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
)

// Phase is the part of an exchange in which the link failed.
type Phase string

// Phases of an exchange.
const (
	PhaseOpen  Phase = "open"
	PhaseWake  Phase = "wake"
	PhaseSend  Phase = "send"
	PhasePoll  Phase = "poll"
	PhaseRead  Phase = "read"
	PhaseIdle  Phase = "idle"
	PhaseSleep Phase = "sleep"
)

// complaints says of each phase what went wrong in it.
var complaints = map[Phase]string{
	PhaseOpen:  "cannot be opened",
	PhaseWake:  "did not answer the wake pulse",
	PhaseSend:  "did not take the command",
	PhasePoll:  "is not ready",
	PhaseRead:  "gave no usable answer",
	PhaseIdle:  "did not take the order to idle",
	PhaseSleep: "did not take the order to sleep",
}

// BusError is a failure of the link, in contrast to a refusal that the chip
// itself spelled out.
type BusError struct {
	Phase Phase
	Bus   string        // name of the bus
	Addr  uint16        // 7-bit address; 0 when the fault is not that of one device
	Errno syscall.Errno // what the kernel said; 0 when that is not known
	Err   error
}

// Error implements error.
func (e *BusError) Error() string {
	where := e.Bus
	if e.Addr != 0 {
		where = fmt.Sprintf("address 0x%02x on %s", e.Addr, e.Bus)
	}
	complaint, ok := complaints[e.Phase]
	if !ok {
		complaint = fmt.Sprintf("failed in phase %q", string(e.Phase))
	}
	return fmt.Sprintf("%s %s: %s", where, complaint, causeText(e.Err, e.Errno))
}

// Unwrap implements errors.Unwrap.
func (e *BusError) Unwrap() error { return e.Err }

// causeText adds the kernel's own name of the error to its prose, because the
// prose differs between systems and the name is what people search for.
func causeText(err error, errno syscall.Errno) string {
	switch {
	case err == nil && errno == 0:
		return "reason unknown"
	case err == nil:
		return errnoText(errno)
	case errno == 0:
		return err.Error()
	}
	text, name := err.Error(), errnoText(errno)
	if prose := errno.Error(); strings.Contains(text, prose) {
		return strings.Replace(text, prose, prose+", "+name, 1)
	}
	return text + ", " + name
}

// OpenError is the error of a bus that cannot be opened. It keeps the errno, by
// which a program tells a missing bus from a forbidden one.
func OpenError(bus string, err error) *BusError {
	return &BusError{Phase: PhaseOpen, Bus: bus, Errno: errnoOf(err), Err: err}
}

// errnoNames has the errors that I2C and USB drivers return.
var errnoNames = map[syscall.Errno]string{
	syscall.EPERM:      "EPERM",
	syscall.ENOENT:     "ENOENT",
	syscall.EINTR:      "EINTR",
	syscall.EIO:        "EIO",
	syscall.ENXIO:      "ENXIO",
	syscall.EAGAIN:     "EAGAIN",
	syscall.ENOMEM:     "ENOMEM",
	syscall.EACCES:     "EACCES",
	syscall.EBUSY:      "EBUSY",
	syscall.ENODEV:     "ENODEV",
	syscall.EINVAL:     "EINVAL",
	syscall.ENOTTY:     "ENOTTY",
	syscall.EPIPE:      "EPIPE",
	syscall.EPROTO:     "EPROTO",
	syscall.EOVERFLOW:  "EOVERFLOW",
	syscall.EOPNOTSUPP: "EOPNOTSUPP",
	syscall.ESHUTDOWN:  "ESHUTDOWN",
	syscall.ETIMEDOUT:  "ETIMEDOUT",
	syscall.EREMOTEIO:  "EREMOTEIO",
}

// errnoText is the name and number of an errno, such as "EREMOTEIO (121)".
func errnoText(e syscall.Errno) string {
	name, ok := errnoNames[e]
	if !ok {
		name = "errno"
	}
	return fmt.Sprintf("%s (%d)", name, int(e))
}

// errnoOf finds the errno in a chain of errors, or 0.
func errnoOf(err error) syscall.Errno {
	var errno syscall.Errno
	errors.As(err, &errno)
	return errno
}

// nackErrnos is how Linux drivers say that nobody acknowledged. They never
// agreed: ENXIO is what the kernel's documentation asks for, the Raspberry Pi,
// DesignWare, OMAP and Tegra say EREMOTEIO, an MCP2221 says EIO for a read and
// a CP2112 ETIMEDOUT for everything.
var nackErrnos = []syscall.Errno{syscall.ENXIO, syscall.EREMOTEIO, syscall.EIO, syscall.ETIMEDOUT}

// errAllOnes is what a bus reports for a refused address when its adapter does
// not look at acknowledgements: nobody pulled SDA low.
var errAllOnes = errors.New("every byte read was 0xff, nobody drives the bus")

// IsNACK says whether err reports that the address or a byte was refused, in
// any of the ways Linux drivers say so. To an ATECC608 that is what sleep, and
// work in progress, look like from outside.
func IsNACK(err error) bool {
	if errors.Is(err, errAllOnes) {
		return true
	}
	var bus *BusError
	if errors.As(err, &bus) && bus.Errno != 0 {
		return slices.Contains(nackErrnos, bus.Errno)
	}
	return slices.Contains(nackErrnos, errnoOf(err))
}

// AnswerError reports four bytes that are no answer to a wake pulse. A chip
// that was awake before the pulse ignores it and goes on with what it had to
// say; a bus that nobody drives reads as ones.
type AnswerError struct {
	Got [4]byte
}

// Error implements error.
func (e *AnswerError) Error() string {
	if allOnes(e.Got[:]) {
		return "ff ff ff ff after the wake pulse: nobody drives the bus, or the chip was awake and has nothing more to say"
	}
	return "the chip did not give its wake answer after the wake pulse: it was awake already"
}
