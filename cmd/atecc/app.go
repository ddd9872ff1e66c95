package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// Rules of the terminal, kept by everything in this package:
//
//   - stdout is data: what a script would read, and nothing else.
//   - stderr is talk: warnings, notes, errors. With --json it is silent, but
//     for one JSON object when the command fails.
//   - An error is one sentence, "atecc: what is wrong", and where there is a
//     way out, a second line "hint: what to do".
//   - Nothing is created or printed by a command that fails.

// app is what all commands share: the streams, what they need of the world
// outside, and the global flags.
type app struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
	// sysRoot is the directory that holds /dev and /sys; tests have their own.
	sysRoot string
	// clockFloor is the earliest time that a right clock can show.
	clockFloor time.Time

	device       string
	json         bool
	verbose      bool
	trace        string
	traceSecrets bool
	patience     time.Duration
}

func newApp(in io.Reader, out, err io.Writer, getenv func(string) string) *app {
	return &app{in: in, out: out, err: err, getenv: getenv, sysRoot: "/", clockFloor: releaseDate}
}

// run executes one command line and returns its exit code.
func (a *app) run(ctx context.Context, args []string) int {
	root := newRootCmd(a)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	return a.fail(ctx, err)
}

// note tells something to the person at the terminal.
func (a *app) note(format string, args ...any) {
	if !a.json {
		a.say(format, args...)
	}
}

// say writes a line to stderr. When that fails there is nobody to tell.
func (a *app) say(format string, args ...any) {
	_, _ = fmt.Fprintf(a.err, format+"\n", args...)
}

// outIsTerminal says whether stdout is a terminal, which binary data would
// upset.
func (a *app) outIsTerminal() bool {
	f, ok := a.out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
