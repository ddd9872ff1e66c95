package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A transport is a way from atecc to a chip: a virtual USB bridge, the kernel
// driver that takes it, and the URI that leads there.
type transport struct {
	name   string
	kind   string // as atecc sim usb --as has it
	driver string // the kernel's driver for it
	// uri is the device for atecc; "" where the kernel makes an I2C adapter of
	// the bridge.
	uri    string
	checks []check
}

// transports are the rows of the table.
var transports = []transport{
	{name: "tiny-usb", kind: "tiny-usb", driver: "i2c-tiny-usb", checks: mainPath},
	{name: "osif", kind: "osif", driver: "RobotFuzz Open Source InterFace, OSIF", checks: mainPath},
	{name: "diolan", kind: "diolan", driver: "i2c-diolan-u2c", checks: mainPath},
	{name: "cp2112", kind: "cp2112", driver: "cp2112", checks: mainPath},
	{name: "ft232h", kind: "ft232h", driver: "ftdi_sio", uri: "ft232h:", checks: mainPath},
	{name: "mcp2221", kind: "mcp2221", driver: "mcp2221", uri: "mcp2221:", checks: mainPath},
	{name: "mcp2221/kernel", kind: "mcp2221", driver: "mcp2221", checks: []check{{"too fast", tooFast}}},
}

// bound says whether the driver of the transport has taken a device.
func (t *transport) bound() bool {
	for _, bus := range []string{"usb", "hid"} {
		links, _ := filepath.Glob("/sys/bus/" + bus + "/devices/*/driver")
		for _, link := range links {
			if driver, err := os.Readlink(link); err == nil && filepath.Base(driver) == t.driver {
				return true
			}
		}
	}
	return false
}

// device finds the URI, once the bridge is plugged in.
func (t *transport) device() (string, error) {
	if t.uri != "" {
		return t.uri, nil
	}
	adapters, err := filepath.Glob("/dev/i2c-*")
	if err != nil || len(adapters) != 1 {
		return "", fmt.Errorf("I2C adapters are %q, want one", adapters)
	}
	return "i2c:" + adapters[0], nil
}

// driverName is for messages.
func (t *transport) driverName() string { return strings.ToLower(t.driver) }
