package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"atecc/internal/atca"
	"atecc/internal/atca/sim"
	"atecc/internal/atca/wire"
	"atecc/internal/i2c"
	"atecc/internal/i2c/sysfs"
	"atecc/internal/jwt"
)

// failures are errors as they reach the top, each with its exit code and the
// start of its hint.
var failures = []struct {
	name string
	err  error
	code int
	hint string
}{
	{"anything", errors.New("disk full"), exitFailed, ""},
	{"a forbidden file", &os.PathError{Op: "open", Path: "key", Err: os.ErrPermission}, exitFailed, "ls -l"},
	{"usage", usagef("--slot 77"), exitUsage, ""},
	{"usage that help explains", usageError{errors.New("unknown flag"), "see atecc --help"}, exitUsage, "see atecc --help"},
	{"a refusal that was foreseen", &refusalError{reason: "slot 5 is no key"}, exitRefused, ""},
	{"a refusal with a way out", &refusalError{reason: "slot 1 is empty", err: wire.StatusExecution, hint: "make a key"}, exitRefused, "make a key"},
	{"a refusal by the chip", &atca.CommandError{Op: wire.OpSign, Status: wire.StatusExecution}, exitRefused, "atecc config show"},
	{"a chip that is broken", fmt.Errorf("waking: %w", atca.ErrSelfTest), exitRefused, "take the supply away"},
	{"a pattern for random bytes", atca.ErrNotRandom, exitRefused, "provision the chip"},
	{"a command longer than the watchdog", atca.ErrTooSlow, exitRefused, ""},
	{"no chip", noChipError{errors.New("no bus")}, exitNoChip, "atecc scan"},
	{"a chip that does not wake", &atca.WakeError{Err: io.EOF}, exitNoChip, "check wiring"},
	{"a bus too fast to wake it", &atca.WakeError{Clock: "400kHz", TooFast: true, Err: io.EOF}, exitNoChip, "on a Raspberry Pi set dtparam=i2c_arm_baudrate=100000"},
	{"a bus that is not there", &i2c.BusError{Phase: i2c.PhaseOpen, Bus: "/dev/i2c-1", Errno: syscall.ENOENT}, exitNoChip, "atecc scan"},
	{"a bus that is forbidden", &i2c.BusError{Phase: i2c.PhaseOpen, Bus: "/dev/i2c-1", Errno: syscall.EACCES}, exitNoChip, "add yourself to the group"},
	{"an adapter that was unplugged", &atca.TransferError{Op: wire.OpSign, Attempts: 1, Err: &i2c.BusError{Phase: i2c.PhasePoll, Bus: "/dev/i2c-0", Errno: syscall.EOPNOTSUPP, Err: syscall.EOPNOTSUPP}}, exitNoChip, "the adapter stopped working"},
	{"a bridge that is forbidden", &i2c.BusError{Phase: i2c.PhaseOpen, Bus: "ft232h:1-1", Errno: syscall.EACCES}, exitNoChip, "copy packaging/70-atecc.rules"},
	{"a bridge that another program has", &i2c.BusError{Phase: i2c.PhaseOpen, Bus: "mcp2221:1-1", Errno: syscall.EBUSY}, exitBusy, "end the other program"},
	{"a bridge that is not there", &i2c.BusError{Phase: i2c.PhaseOpen, Bus: "mcp2221:", Err: errors.New("none")}, exitNoChip, ""},
	{"a bridge too fast to wake it", &atca.WakeError{TooFast: true, Err: &i2c.BusError{Phase: i2c.PhaseWake, Bus: "mcp2221:1-1"}}, exitNoChip, "leave out hz="},
	{"a bridge that its driver runs too fast", &atca.WakeError{TooFast: true, Err: fmt.Errorf("EIO (%w)", sysfs.ErrTooFast)}, exitNoChip, "say --device mcp2221:"},
	{"a bus that fails later", &i2c.BusError{Phase: i2c.PhaseRead, Bus: "/dev/i2c-1", Errno: syscall.EIO}, exitNoChip, ""},
	{"a check that came out negative", negativeError{errors.New("no match")}, exitNegative, ""},
	{"a token that does not hold", &jwt.VerifyError{Kind: jwt.ErrExpired, Err: errors.New("expired")}, exitNegative, ""},
	{"nobody knows", fmt.Errorf("GenKey: %w", wire.ErrOutcomeUnknown), exitOutcomeUnknown, "the command may have run"},
	{"busy", fmt.Errorf("state file: %w", sim.ErrInUse), exitBusy, "wait for the other process"},
	{"Ctrl-C", context.Canceled, exitInterrupted, ""},
	{"Ctrl-C while nobody knows", errors.Join(wire.ErrOutcomeUnknown, context.Canceled), exitOutcomeUnknown, "the command may have run"},
	{"a refusal, and the trace is cut", errors.Join(&refusalError{reason: "no"}, io.ErrShortWrite), exitRefused, ""},
}

func TestEachFailureHasItsExitCodeAndItsHint(t *testing.T) {
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			if code := exitCode(f.err); code != f.code {
				t.Errorf("exit code %d, want %d", code, f.code)
			}
			hint := hintFor(f.err)
			if !strings.HasPrefix(hint, f.hint) || (f.hint == "") != (hint == "") {
				t.Errorf("hint %q, want %q...", hint, f.hint)
			}
		})
	}
}

func TestEachFailureIsOneSentenceForPeople(t *testing.T) {
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			var talk strings.Builder
			a := testApp("")
			a.err = &talk
			if code := a.fail(t.Context(), f.err); code != f.code {
				t.Errorf("exit code %d, want %d", code, f.code)
			}
			if err := checkTalk(talk.String()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestErrorTextIsOneLine(t *testing.T) {
	tests := []struct {
		err  error
		code int
		want string
	}{
		{errors.New("plain"), exitFailed, "plain"},
		{errors.Join(errors.New("first"), errors.New("second")), exitFailed, "first; second"},
		{errors.New("ends\n"), exitFailed, "ends"},
		{errors.New("\r\na\n\nb"), exitFailed, "a; b"},
		{context.Canceled, exitInterrupted, "interrupted"},
	}
	for _, tt := range tests {
		if got := errorText(tt.err, tt.code); got != tt.want {
			t.Errorf("errorText(%q) is %q, want %q", tt.err, got, tt.want)
		}
	}
}

func TestInterruptedCommandEndsWith130(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{
		{"random", "--device", "sim:"},
		{"scan", "--device", "sim:"},
		{"sign-jwt", "--device", "sim:", "--project", "p"},
	} {
		var out, talk strings.Builder
		a := testApp("")
		a.out, a.err = &out, &talk
		if code := a.run(ctx, args); code != exitInterrupted {
			t.Errorf("atecc %s ends with %d, want %d", args[0], code, exitInterrupted)
		}
		if out.Len() > 0 || !strings.Contains(talk.String(), "atecc: interrupted\n") {
			t.Errorf("atecc %s printed %q and said %q", args[0], &out, &talk)
		}
	}
}

func TestAnErrorDuringAnInterruptionIsTheInterruption(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a := testApp("")
	if code := a.fail(ctx, &atca.WakeError{Err: io.EOF}); code != exitInterrupted {
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
}
