package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unsafe"
)

// coverDir is where the programs leave their coverage.
const coverDir = "/tmp/cover"

var mounts = []struct{ kind, at string }{
	{"devtmpfs", "/dev"},
	{"proc", "/proc"},
	{"sysfs", "/sys"},
	{"tmpfs", "/tmp"},
	{"debugfs", "/sys/kernel/debug"},
}

func mountAll() error {
	for _, m := range mounts {
		if err := os.MkdirAll(m.at, 0o755); err != nil {
			return err
		}
		if err := syscall.Mount(m.kind, m.at, m.kind, 0, ""); err != nil && !errors.Is(err, syscall.EBUSY) {
			return fmt.Errorf("mounting %s: %w", m.at, err)
		}
	}
	return nil
}

// loadModules loads the modules in the order of their names, which is the one
// in which they need each other.
func loadModules(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.ko"))
	if err != nil {
		return err
	}
	slices.Sort(files)
	for _, file := range files {
		if err := loadModule(file); err != nil {
			return fmt.Errorf("loading %s: %w", file, err)
		}
	}
	return nil
}

func loadModule(file string) error {
	image, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	parameters := []byte{0}
	_, _, errno := syscall.Syscall(syscall.SYS_INIT_MODULE,
		uintptr(unsafe.Pointer(&image[0])), uintptr(len(image)), uintptr(unsafe.Pointer(&parameters[0])))
	if errno != 0 {
		return errno
	}
	return nil
}

// kernelLog is the end of what the kernel said.
func kernelLog(lines int) string {
	const readAll = 3 // SYSLOG_ACTION_READ_ALL
	buf := make([]byte, 256<<10)
	n, err := syscall.Klogctl(readAll, buf)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimSpace(string(buf[:n])), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
