package wire

import (
	"errors"
	"fmt"
)

// ErrOutcomeUnknown says that a command which must not be sent twice was sent,
// its answer was lost, and the chip's state does not tell whether it ran.
var ErrOutcomeUnknown = errors.New("outcome unknown")

// Status is the byte of a four-byte answer. Every status but StatusSuccess is
// an error; compare with errors.Is(err, wire.StatusExecution).
type Status byte

// Status codes (docs/chip.md, "Status codes").
const (
	StatusSuccess    Status = 0x00
	StatusMiscompare Status = 0x01
	StatusParse      Status = 0x03
	StatusECCFault   Status = 0x05
	StatusSelfTest   Status = 0x07
	StatusHealthTest Status = 0x08
	StatusExecution  Status = 0x0F
	StatusAfterWake  Status = 0x11
	StatusWatchdog   Status = 0xEE
	StatusCRC        Status = 0xFF
)

// statuses is the one table of names and meanings.
var statuses = map[Status]struct{ name, meaning string }{
	StatusSuccess:    {"success", "the command ran"},
	StatusMiscompare: {"miscompare", "the check was made and did not match"},
	StatusParse:      {"parse error", "the chip does not know this command, mode or length"},
	StatusECCFault:   {"ECC fault", "the elliptic-curve computation failed and its result is not valid"},
	StatusSelfTest:   {"self-test error", "the chip failed a self-test and refuses to work"},
	StatusHealthTest: {"health-test error", "the chip's random number generator failed its health test"},
	StatusExecution:  {"execution error", "the chip's configuration or state does not allow this command now"},
	StatusAfterWake:  {"after wake", "the chip has executed no command since it woke"},
	StatusWatchdog:   {"watchdog about to expire", "too little time was left before the watchdog, nothing was executed"},
	StatusCRC:        {"communication error", "the chip received a damaged command and executed nothing"},
}

// Name is the short name of the status.
func (s Status) Name() string {
	if row, ok := statuses[s]; ok {
		return row.name
	}
	return "unknown status"
}

// Error implements error.
func (s Status) Error() string {
	row, ok := statuses[s]
	if !ok {
		return fmt.Sprintf("unknown status 0x%02x", byte(s))
	}
	return fmt.Sprintf("%s (0x%02x): %s", row.name, byte(s), row.meaning)
}
