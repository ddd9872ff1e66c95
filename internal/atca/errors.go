package atca

import (
	"errors"
	"fmt"
	"time"

	"atecc/internal/atca/wire"
)

// CommandError is the chip's refusal: it answered, and the answer is a status.
// errors.Is(err, wire.StatusExecution) and the like find the status.
type CommandError struct {
	Op     wire.Opcode
	P1     byte
	P2     uint16
	Status wire.Status
}

// Error implements error.
func (e *CommandError) Error() string {
	return fmt.Sprintf("%s: %v", wire.Command{Op: e.Op, P1: e.P1, P2: e.P2}, e.Status)
}

// Unwrap gives the status.
func (e *CommandError) Unwrap() error { return e.Status }

// TransferError is a command whose answer could not be had: the link failed,
// or nothing but damaged bytes came.
type TransferError struct {
	Op       wire.Opcode
	Attempts int
	Elapsed  time.Duration
	Err      error // of the last attempt; wire.ErrOutcomeUnknown is wrapped where it applies
}

// Error implements error.
func (e *TransferError) Error() string {
	times := "once"
	if e.Attempts > 1 {
		times = fmt.Sprintf("%d times", e.Attempts)
	}
	return fmt.Sprintf("%s, tried %s in %s: %v", e.Op, times, round(e.Elapsed), e.Err)
}

// Unwrap gives the error of the last attempt.
func (e *TransferError) Unwrap() error { return e.Err }

// WakeError says that no chip could be woken.
type WakeError struct {
	Attempts int
	Elapsed  time.Duration
	Clock    string // of the bus, empty where it is not known
	TooFast  bool   // the clock is known, and too fast for a general call to wake the chip
	Err      error  // of the last attempt
}

// Error implements error.
func (e *WakeError) Error() string {
	if e.TooFast {
		return fmt.Sprintf("the bus runs at %s, too fast to wake the chip: a general call wakes it up to 133kHz, and this adapter cannot hold SDA low by itself: %v", e.Clock, e.Err)
	}
	clock := "unknown"
	if e.Clock != "" {
		clock = e.Clock
	}
	return fmt.Sprintf("no chip woke in %s (%d attempts, bus clock %s): %v", round(e.Elapsed), e.Attempts, clock, e.Err)
}

// Unwrap gives the error of the last attempt.
func (e *WakeError) Unwrap() error { return e.Err }

// ErrSelfTest says that the chip failed a self-test and refuses to work.
var ErrSelfTest = errors.New("the chip failed its self-test")

// ErrNotRandom says that Random gave the fixed pattern of a chip whose
// configuration zone is not locked.
var ErrNotRandom = errors.New("the chip gives the fixed pattern ffff0000 instead of random bytes, because its configuration zone is not locked")

// ErrTooSlow says that a command cannot finish before the watchdog.
var ErrTooSlow = errors.New("the command takes longer than the watchdog leaves it")

// ErrNoPoint says that the chip gave a public key which is not on the curve.
var ErrNoPoint = errors.New("the chip's answer is no point on the curve P-256")

// round makes a duration readable.
func round(d time.Duration) time.Duration {
	if d > 10*time.Millisecond {
		return d.Round(time.Millisecond)
	}
	return d.Round(time.Microsecond)
}
