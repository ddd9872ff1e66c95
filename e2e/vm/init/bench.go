package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"atecc/e2e/vm/result"
)

const (
	program = "/atecc"

	// hang is when a program that still runs is taken to hang.
	hang = 30 * time.Second
	// settle is how long the kernel may take to find a bridge and its driver,
	// or to see that it is gone.
	settle = 30 * time.Second
)

// bench is one transport under test.
type bench struct {
	*transport
	out *reporter
	dir string // for files; atecc runs in it

	uri      string // of the chip, while the bridge is plugged in
	emulator *emulator
}

// A check is one column of the table.
type check struct {
	name string
	run  func(*bench) error
}

// run makes all checks of the transport.
func (b *bench) run() {
	b.dir = filepath.Join("/tmp", b.kind)
	if err := b.prepare(); err != nil {
		b.out.line(result.Line{Fatal: err.Error()})
		return
	}
	if b.try(check{"plug in", func(b *bench) error { return b.plug("typical") }}) {
		for _, c := range b.checks {
			b.try(c)
		}
	}
	if b.emulator.running() {
		b.try(check{"pull out", (*bench).pull})
	}
}

// prepare makes a directory in which nobody needs rights.
func (b *bench) prepare() error {
	if err := os.MkdirAll(b.dir, 0o777); err != nil {
		return err
	}
	for name, text := range map[string]string{"message": "what is signed\n", "other": "what is not\n"} {
		if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return os.Chmod(b.dir, 0o777)
}

// try makes one check and reports it.
func (b *bench) try(c check) bool {
	start := time.Now()
	err := c.run(b)
	cell := result.Cell{Transport: b.name, Check: c.name, Millis: time.Since(start).Milliseconds()}
	if err != nil {
		cell.Failure = err.Error()
		cell.Evidence = kernelLog(20) + "\nsim usb: " + b.emulator.said()
	}
	b.out.cell(cell)
	return err == nil
}

// eventually waits for a condition.
func eventually(holds func() bool) bool {
	for deadline := time.Now().Add(settle); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return true
		}
	}
	return holds()
}

// environment is that of a program under test.
func environment(uri string) []string {
	env := []string{"GOCOVERDIR=" + coverDir}
	if uri != "" {
		env = append(env, "ATECC_DEVICE="+uri)
	}
	return env
}

// outcome is what came of one run of atecc.
type outcome struct {
	code           int
	stdout, stderr string
}

// invocation is a run of atecc from its preparation to its end.
type invocation struct {
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
	ctx            context.Context
	giveUp         context.CancelFunc
}

// command prepares a run of atecc with the device of the bench.
func (b *bench) command(args ...string) *invocation {
	i := &invocation{}
	i.ctx, i.giveUp = context.WithTimeout(context.Background(), hang)
	i.cmd = exec.CommandContext(i.ctx, program, args...)
	i.cmd.Dir, i.cmd.Env = b.dir, environment(b.uri)
	i.cmd.Stdout, i.cmd.Stderr = &i.stdout, &i.stderr
	return i
}

// watch tells when a word has come on stderr. It is called before the start.
func (i *invocation) watch(word string) (seen <-chan struct{}) {
	w := &watcher{buf: &i.stderr, word: word, seen: make(chan struct{})}
	i.cmd.Stderr = w
	return w.seen
}

// watcher passes on what is written, and closes seen at a word.
type watcher struct {
	buf  *bytes.Buffer
	word string
	seen chan struct{}
	told bool
}

func (w *watcher) Write(p []byte) (int, error) {
	n, err := w.buf.Write(p)
	if !w.told && strings.Contains(w.buf.String(), w.word) {
		w.told = true
		close(w.seen)
	}
	return n, err
}

// finish waits for the end. A run that hangs or is killed is an error, an exit
// code is none.
func (i *invocation) finish() (outcome, error) {
	defer i.giveUp()
	err := i.cmd.Wait()
	o := outcome{i.cmd.ProcessState.ExitCode(), i.stdout.String(), i.stderr.String()}
	if o.code != 0 {
		fmt.Printf("atecc %s: exit code %d\n%s", strings.Join(i.cmd.Args[1:], " "), o.code, o.stderr)
	}
	var exit *exec.ExitError
	switch {
	case i.ctx.Err() != nil:
		return o, fmt.Errorf("atecc %s still ran after %s", i.cmd.Args[1], hang)
	case strings.Contains(o.stderr, "goroutine "):
		return o, fmt.Errorf("atecc %s panicked: %s", i.cmd.Args[1], o.stderr)
	case err != nil && !errors.As(err, &exit):
		return o, err
	}
	return o, nil
}

// atecc runs to the end.
func (b *bench) atecc(args ...string) (outcome, error) {
	i := b.command(args...)
	if err := i.cmd.Start(); err != nil {
		return outcome{}, err
	}
	return i.finish()
}

// is checks the exit code. A failure must come with one sentence.
func (o outcome) is(codes ...int) error {
	for _, code := range codes {
		if o.code != code {
			continue
		}
		if code == 0 {
			return nil
		}
		return o.sentence()
	}
	return fmt.Errorf("exit code %d, want %v; stderr: %s", o.code, codes, o.stderr)
}

// sentence checks that stderr is one error, and at most one hint.
func (o outcome) sentence() error {
	lines := strings.Split(strings.TrimSuffix(o.stderr, "\n"), "\n")
	if len(lines) > 2 || !strings.HasPrefix(lines[0], "atecc: ") ||
		len(lines) == 2 && !strings.HasPrefix(lines[1], "hint: ") {
		return fmt.Errorf("stderr is not one error and one hint: %q", o.stderr)
	}
	return nil
}
