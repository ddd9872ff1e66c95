package i2c_test

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"atecc/internal/i2c"
)

func TestIsNACKKnowsTheWordsOfTheDrivers(t *testing.T) {
	tests := []struct {
		errno syscall.Errno
		want  bool
	}{
		{syscall.ENXIO, true},
		{syscall.EREMOTEIO, true},
		{syscall.EIO, true},
		{syscall.ETIMEDOUT, true},
		{syscall.EAGAIN, false}, // arbitration was lost
		{syscall.EBUSY, false},
		{syscall.EACCES, false},
		{syscall.EINVAL, false},
		{syscall.ENODEV, false},
		{syscall.ENOMEM, false},
		{syscall.EOPNOTSUPP, false},
		{syscall.EPROTO, false},
		{syscall.EINTR, false},
	}
	for _, tt := range tests {
		forms := map[string]error{
			"bare":     tt.errno,
			"wrapped":  fmt.Errorf("sysfs-i2c: %w", tt.errno),
			"in Errno": &i2c.BusError{Phase: i2c.PhasePoll, Errno: tt.errno, Err: errors.New("text only")},
			"in Err":   &i2c.BusError{Phase: i2c.PhasePoll, Err: tt.errno},
		}
		for form, err := range forms {
			if got := i2c.IsNACK(err); got != tt.want {
				t.Errorf("%v %s: got %v, want %v", tt.errno, form, got, tt.want)
			}
		}
	}
}

func TestIsNACKIsFalseForOtherErrors(t *testing.T) {
	for _, err := range []error{nil, errors.New("got NAK"), &i2c.AnswerError{}, &i2c.BusError{}} {
		if i2c.IsNACK(err) {
			t.Errorf("%v was taken for a NACK", err)
		}
	}
}

func TestBusErrorIsOneSentence(t *testing.T) {
	tests := []struct {
		err  i2c.BusError
		want string
	}{
		{
			i2c.BusError{Phase: i2c.PhaseOpen, Bus: "/dev/i2c-1", Errno: syscall.EACCES, Err: fmt.Errorf("%w; ask root", syscall.EACCES)},
			"/dev/i2c-1 cannot be opened: permission denied, EACCES (13); ask root",
		},
		{
			i2c.BusError{Phase: i2c.PhaseSend, Bus: "/dev/i2c-1", Addr: 0x35, Errno: syscall.ENXIO, Err: errors.New("refused")},
			"address 0x35 on /dev/i2c-1 did not take the command: refused, ENXIO (6)",
		},
		{
			i2c.BusError{Phase: i2c.PhasePoll, Bus: "b", Addr: 0x60, Err: errors.New("no bits")},
			"address 0x60 on b is not ready: no bits",
		},
		{
			i2c.BusError{Phase: i2c.PhaseIdle, Bus: "b", Addr: 0x60, Errno: syscall.EXDEV},
			"address 0x60 on b did not take the order to idle: errno (18)",
		},
		{
			i2c.BusError{Phase: "dance", Bus: "b"},
			`b failed in phase "dance": reason unknown`,
		},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got  %q\nwant %q", got, tt.want)
		}
	}
}

func TestEachPhaseHasItsOwnWords(t *testing.T) {
	seen := map[string]i2c.Phase{}
	for _, p := range []i2c.Phase{i2c.PhaseOpen, i2c.PhaseWake, i2c.PhaseSend, i2c.PhasePoll, i2c.PhaseRead, i2c.PhaseIdle, i2c.PhaseSleep} {
		text := (&i2c.BusError{Phase: p, Bus: "b"}).Error()
		if other, ok := seen[text]; ok {
			t.Errorf("phases %s and %s both say %q", p, other, text)
		}
		seen[text] = p
	}
	if (&i2c.BusError{Phase: i2c.PhaseRead, Bus: "b"}).Error() == (&i2c.BusError{Phase: "read ", Bus: "b"}).Error() {
		t.Error("an unknown phase reads like a known one")
	}
}

func TestAnswerErrorTellsAFloatingBusFromAnAwakeChip(t *testing.T) {
	floating := &i2c.AnswerError{Got: [4]byte{0xFF, 0xFF, 0xFF, 0xFF}}
	awake := &i2c.AnswerError{Got: [4]byte{0x23, 0xA0, 0xA1, 0xA2}}
	if floating.Error() == awake.Error() {
		t.Errorf("both say %q", awake)
	}
	// What an awake chip still had to say may be a secret.
	if s := awake.Error(); containsAny(s, "a0", "A0", "a1", "35 ") {
		t.Errorf("%q shows the bytes that were read", s)
	}
}

func TestAnErrorOfOpeningKeepsItsErrno(t *testing.T) {
	err := i2c.OpenError("ft232h:1-1", fmt.Errorf("claim interface 0: %w", syscall.EBUSY))
	if err.Phase != i2c.PhaseOpen || err.Errno != syscall.EBUSY || !errors.Is(err, syscall.EBUSY) {
		t.Errorf("got %+v", err)
	}
	if want := "ft232h:1-1 cannot be opened: claim interface 0: device or resource busy, EBUSY (16)"; err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
}
