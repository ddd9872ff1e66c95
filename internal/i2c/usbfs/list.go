package usbfs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Info is a USB device as sysfs shows it.
type Info struct {
	Bus, Dev   int    // they make its path in /dev/bus/usb
	Path       string // the ports that lead to it, such as 1-1.2; the same at each boot
	VID, PID   uint16
	Serial     string // "" when it has none
	Product    string // what it calls itself
	Speed      string // in Mbit/s as the kernel writes it: 12 is full speed, 480 high speed
	Interfaces []Interface
}

// Interface is a part of a device that has a driver of its own.
type Interface struct {
	Number int
	Driver string // of the kernel, "" when none has it
}

// devicesDir has a directory for each device and one for each interface.
const devicesDir = "sys/bus/usb/devices"

// List lists the devices below root, which is "/" except in tests. Hubs that
// are part of a host controller are left out. A machine without USB has no
// devices, which is no error.
func List(root string) ([]Info, error) {
	dir := filepath.Join(root, devicesDir)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return listDevices(dir, names)
}

func listDevices(dir string, names []string) ([]Info, error) {
	var found []Info
	for _, name := range names {
		if !isDevice(name) {
			continue
		}
		info, err := readInfo(dir, name, names)
		if unplugged(err) {
			continue // between the listing and the reading
		}
		if err != nil {
			return nil, fmt.Errorf("usb device %s: %w", name, err)
		}
		found = append(found, info)
	}
	return found, nil
}

// isDevice tells a device, 1-1.2, from an interface, 1-1.2:1.0, and from the
// hub of a host controller, usb1.
func isDevice(name string) bool {
	return strings.Contains(name, "-") && !strings.Contains(name, ":")
}

func unplugged(err error) bool {
	return errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ENODEV)
}

func readInfo(dir, name string, names []string) (Info, error) {
	a := attributes{dir: filepath.Join(dir, name)}
	info := Info{
		Bus:     int(a.number("busnum", 10)),
		Dev:     int(a.number("devnum", 10)),
		Path:    name,
		VID:     uint16(a.number("idVendor", 16)),
		PID:     uint16(a.number("idProduct", 16)),
		Serial:  a.optional("serial"),
		Product: a.optional("product"),
		Speed:   a.optional("speed"),
	}
	for _, other := range names {
		if !strings.HasPrefix(other, name+":") {
			continue
		}
		i := attributes{dir: filepath.Join(dir, other)}
		number := i.number("bInterfaceNumber", 16)
		if i.err != nil {
			return Info{}, i.err
		}
		info.Interfaces = append(info.Interfaces, Interface{Number: int(number), Driver: driverOf(i.dir)})
	}
	return info, a.err
}

// driverOf is the name of the driver that the interface is bound to.
func driverOf(dir string) string {
	target, err := os.Readlink(filepath.Join(dir, "driver"))
	if err != nil {
		return ""
	}
	return filepath.Base(target)
}

// attributes reads the files of one directory and keeps the first error, so
// that a list of files reads like one.
type attributes struct {
	dir string
	err error
}

// number reads a file that holds a number of 16 bits at most.
func (a *attributes) number(file string, base int) uint64 {
	text, err := os.ReadFile(filepath.Join(a.dir, file))
	if err != nil {
		a.err = errors.Join(a.err, err)
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), base, 16)
	if err != nil {
		a.err = errors.Join(a.err, fmt.Errorf("%s: %w", file, err))
	}
	return n
}

// optional reads a file that need not be there: a device has a serial number
// only when its maker gave it one.
func (a *attributes) optional(file string) string {
	text, err := os.ReadFile(filepath.Join(a.dir, file))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
