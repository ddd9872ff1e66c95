package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"atecc/internal/atca"
	"atecc/internal/atca/sim"
	"atecc/internal/atca/wire"
	"atecc/internal/i2c"
	"atecc/internal/jwt"
)

// Exit codes.
const (
	exitDone           = 0
	exitFailed         = 1
	exitUsage          = 2
	exitRefused        = 3
	exitNoChip         = 4
	exitNegative       = 5
	exitOutcomeUnknown = 6
	exitBusy           = 7
	exitInterrupted    = 130
)

// usageError is a command line that asks for something that cannot be.
type usageError struct {
	error
	hint string // where to read on; "" where the error says all
}

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error {
	return asUsage(fmt.Errorf(format, args...))
}

// asUsage makes an error of a lower room one of usage.
func asUsage(err error) error { return usageError{error: err} }

// negativeError is a check that was made and came out negative.
type negativeError struct{ error }

func (e negativeError) Unwrap() error { return e.error }

// refusalError is what the chip refused, or is sure to refuse, and why.
type refusalError struct {
	reason string
	err    error  // the chip's answer; nil where it was not asked
	hint   string // the way out, where it is another than for most refusals
}

func (e *refusalError) Error() string {
	if e.err == nil {
		return e.reason
	}
	return fmt.Sprintf("%s (%v)", e.reason, e.err)
}

func (e *refusalError) Unwrap() error { return e.err }

// noChipError says that a search found nothing to talk to.
type noChipError struct{ error }

func (e noChipError) Unwrap() error { return e.error }

// is says whether an error of type T is in the chain.
func is[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}

// exitCodes is read from the top: the first row that fits gives the code. What
// is worst for the user to overlook stands first.
var exitCodes = []struct {
	code int
	fits func(error) bool
}{
	{exitOutcomeUnknown, func(err error) bool { return errors.Is(err, wire.ErrOutcomeUnknown) }},
	{exitInterrupted, func(err error) bool { return errors.Is(err, context.Canceled) }},
	{exitUsage, is[usageError]},
	{exitNegative, is[negativeError]},
	{exitNegative, is[*jwt.VerifyError]},
	{exitBusy, func(err error) bool { return errors.Is(err, sim.ErrInUse) }},
	{exitBusy, phase(i2c.PhaseOpen, syscall.EBUSY)},
	{exitRefused, is[*refusalError]},
	{exitRefused, is[*atca.CommandError]},
	{exitRefused, func(err error) bool {
		return errors.Is(err, atca.ErrSelfTest) || errors.Is(err, atca.ErrNotRandom) || errors.Is(err, atca.ErrTooSlow)
	}},
	{exitNoChip, is[noChipError]},
	{exitNoChip, is[*atca.WakeError]},
	{exitNoChip, is[*atca.TransferError]},
	{exitNoChip, is[*i2c.BusError]},
}

func exitCode(err error) int {
	for _, row := range exitCodes {
		if row.fits(err) {
			return row.code
		}
	}
	return exitFailed
}

// fail reports an error and returns its exit code.
func (a *app) fail(ctx context.Context, err error) int {
	if ctx.Err() != nil && !errors.Is(err, context.Canceled) {
		err = fmt.Errorf("%w: %w", err, context.Canceled)
	}
	code, hint := exitCode(err), hintFor(err)
	if a.json {
		a.failJSON(err, code, hint)
		return code
	}
	a.say("atecc: %s", errorText(err, code))
	if hint != "" {
		a.say("hint: %s", hint)
	}
	return code
}

// errorText is an error on one line. Two errors at once (of a command, and of
// the file that traced it) come with a newline between them, and so may a
// file's name.
func errorText(err error, code int) string {
	if code == exitInterrupted {
		return "interrupted"
	}
	lines := strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' })
	return strings.Join(lines, "; ")
}

// failJSON is fail for programs: one object, with null for what does not apply.
func (a *app) failJSON(err error, code int, hint string) {
	report := struct {
		Error  string  `json:"error"`
		Code   int     `json:"code"`
		Phase  *string `json:"phase"`
		Status *string `json:"status"`
		Hint   string  `json:"hint"`
	}{Error: errorText(err, code), Code: code, Hint: hint}
	var bus *i2c.BusError
	if errors.As(err, &bus) {
		phase := string(bus.Phase)
		report.Phase = &phase
	}
	var status wire.Status
	if errors.As(err, &status) {
		text := fmt.Sprintf("0x%02x", byte(status))
		report.Status = &text
	}
	line, _ := json.Marshal(report) // strings and numbers always marshal
	a.say("%s", line)
}
