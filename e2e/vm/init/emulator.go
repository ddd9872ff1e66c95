package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// emulator is a virtual bridge that is plugged in.
type emulator struct {
	process *os.Process
	log     string        // the file with what it said
	ended   chan struct{} // closed when it has
}

// startEmulator runs a bridge, with a chip in dir behind it.
func startEmulator(kind, dir, timing string) (*emulator, error) {
	log, err := os.Create(filepath.Join(dir, "emulator.log"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the process has its own
	chip := filepath.Join(dir, "chip.json") + "?image=jwt&timing=" + timing
	cmd := exec.Command(program, "sim", "usb", "--as", kind, chip)
	cmd.Env, cmd.Stdout, cmd.Stderr = environment(""), log, log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	e := &emulator{process: cmd.Process, log: log.Name(), ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ends is for the checks to say
		close(e.ended)
	}()
	return e, nil
}

// said is what the emulator printed.
func (e *emulator) said() string {
	if e == nil {
		return ""
	}
	text, err := os.ReadFile(e.log)
	return strings.TrimSpace(fmt.Sprintln(string(text), err))
}

// running says whether the emulator is still there.
func (e *emulator) running() bool {
	if e == nil {
		return false
	}
	select {
	case <-e.ended:
		return false
	default:
		return true
	}
}

// end sends a signal and waits for the end.
func (e *emulator) end(signal os.Signal) error {
	if err := e.process.Signal(signal); err != nil {
		return err
	}
	select {
	case <-e.ended:
		return nil
	case <-time.After(settle):
		_ = e.process.Kill()
		return fmt.Errorf("the emulator did not end on the signal %q", signal)
	}
}

// plug starts the emulator, in place of one that runs, and waits until the
// kernel has made of it what it makes of the real thing.
func (b *bench) plug(timing string) (err error) {
	if b.emulator.running() {
		if err := b.pull(); err != nil {
			return err
		}
	}
	if b.emulator, err = startEmulator(b.kind, b.dir, timing); err != nil {
		return err
	}
	ready := func() bool { return b.bound() && (b.transport.uri != "" || hasAdapter()) }
	if !eventually(func() bool { return ready() || !b.emulator.running() }) {
		return fmt.Errorf("the driver %s has not taken the bridge", b.driverName())
	}
	if !b.emulator.running() {
		return errors.New("the emulator ended")
	}
	b.uri, err = b.device()
	return err
}

func hasAdapter() bool {
	adapters, _ := filepath.Glob("/dev/i2c-*")
	return len(adapters) > 0
}

// pull ends the emulator as a user does who is done with it.
func (b *bench) pull() error { return b.unplug(syscall.SIGTERM) }

// cut ends the emulator without a warning: the cable is pulled out.
func (b *bench) cut() error { return b.unplug(syscall.SIGKILL) }

// unplug ends the emulator and waits for the kernel to notice.
func (b *bench) unplug(signal os.Signal) error {
	if err := b.emulator.end(signal); err != nil {
		return err
	}
	if !eventually(func() bool { return !b.bound() && !hasAdapter() }) {
		return errors.New("the kernel still has the bridge")
	}
	return nil
}
