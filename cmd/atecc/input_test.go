package main

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestInputsThatAreTooLargeAreRefused(t *testing.T) {
	a := testApp(strings.Repeat("x", 11))
	if _, err := a.readInput(t.Context(), "-", 10); err == nil || err.Error() != "stdin is larger than 10 bytes" {
		t.Errorf("error is %v", err)
	}
	a = testApp(strings.Repeat("x", 10))
	if b, err := a.readInput(t.Context(), "-", 10); err != nil || len(b) != 10 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

func TestOneInputAtMostComesFromStdin(t *testing.T) {
	for _, tt := range []struct {
		inputs []string
		ok     bool
	}{
		{nil, true},
		{[]string{"-"}, true},
		{[]string{"-", "file", ""}, true},
		{[]string{"-", "-"}, false},
		{[]string{"-", "file", "-"}, false},
	} {
		if err := oneStdin(tt.inputs...); (err == nil) != tt.ok {
			t.Errorf("oneStdin(%q) is %v", tt.inputs, err)
		}
	}
}

func TestStdinIsReadAsItIs(t *testing.T) {
	const text = "some text, in pieces"
	if err := iotest.TestReader(interruptible{t.Context(), strings.NewReader(text)}, []byte(text)); err != nil {
		t.Error(err)
	}
}

func TestInterruptionEndsTheWaitForStdin(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{
		{"sign"},
		{"sign", "--digest"},
		{"verify-jwt"},
		{"verify", "--signature", "-", "message"},
		{"sign-jwt", "--project", "p", "--pubkey", "-"},
	} {
		silent, end := io.Pipe()
		var talk strings.Builder
		a := testApp("")
		a.in, a.err, a.clockFloor = silent, &talk, releaseDate.AddDate(-100, 0, 0)
		if code := a.run(ctx, append(args, "--device", "sim:")); code != exitInterrupted {
			t.Errorf("atecc %v: exit code %d, said %q", args, code, &talk)
		}
		if err := end.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
