package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"atecc/e2e/vm/result"
)

// reporter writes to the host.
type reporter struct{ port *os.File }

// openReporter opens a serial port such as ttyS1.
func openReporter(name string) (*reporter, error) {
	port, err := os.OpenFile("/dev/"+name, os.O_WRONLY|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	return &reporter{port}, makeRaw(port)
}

// makeRaw keeps the line discipline from changing what is written.
func makeRaw(port *os.File) error {
	var settings syscall.Termios
	at := uintptr(unsafe.Pointer(&settings))
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, port.Fd(), syscall.TCGETS, at); errno != 0 {
		return fmt.Errorf("settings of %s: %w", port.Name(), errno)
	}
	settings.Iflag, settings.Oflag, settings.Lflag = 0, 0, 0
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, port.Fd(), syscall.TCSETS, at); errno != 0 {
		return fmt.Errorf("settings of %s: %w", port.Name(), errno)
	}
	return nil
}

func (r *reporter) line(l result.Line) {
	text, err := json.Marshal(l)
	if err == nil {
		_, err = r.port.Write(append(text, '\n'))
	}
	if err != nil {
		fmt.Println("init: reporting:", err)
	}
}

func (r *reporter) cell(c result.Cell) {
	verdict := "ok"
	if c.Failure != "" {
		verdict = c.Failure
	}
	fmt.Printf("%s: %s: %s (%d ms)\n", c.Transport, c.Check, verdict, c.Millis)
	r.line(result.Line{Cell: &c})
}

func (r *reporter) done() { r.line(result.Line{Done: true}) }

// coverage sends a directory home. Counters are mostly zeros, and a serial
// port is slow, so they go packed.
func (r *reporter) coverage(dir string) {
	var packed bytes.Buffer
	gz := gzip.NewWriter(&packed)
	archive := tar.NewWriter(gz)
	for _, finish := range []func() error{
		func() error { return archive.AddFS(os.DirFS(dir)) }, archive.Close, gz.Close,
	} {
		if err := finish(); err != nil {
			r.line(result.Line{Fatal: "packing the coverage: " + err.Error()})
			return
		}
	}
	r.line(result.Line{Coverage: packed.Bytes()})
}
