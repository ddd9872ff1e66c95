package main

import (
	"fmt"
	"slices"
	"strings"

	pi2c "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"atecc/internal/atca"
	"atecc/internal/i2c"
	"atecc/internal/i2c/ft232h"
	"atecc/internal/i2c/mcp2221"
	"atecc/internal/i2c/sysfs"
	"atecc/internal/i2c/usbfs"
)

// busScheme is a way to reach a real bus.
type busScheme struct {
	params []string // besides addr
	open   func(root, path string, clock physic.Frequency) (pi2c.BusCloser, error)
}

// busSchemes has a row for each; openers (open.go) has one more for each.
var busSchemes = map[string]busScheme{
	"i2c": {open: func(root, path string, _ physic.Frequency) (pi2c.BusCloser, error) {
		return sysfs.Open(root, path)
	}},
	"ft232h": {[]string{"hz"}, func(root, path string, clock physic.Frequency) (pi2c.BusCloser, error) {
		return ft232h.Open(root, path, clock)
	}},
	"mcp2221": {[]string{"hz"}, func(root, path string, clock physic.Frequency) (pi2c.BusCloser, error) {
		return mcp2221.Open(root, path, clock)
	}},
}

// openOnBus opens a chip on a real bus.
func openOnBus(a *app, u i2c.URI, trace func(i2c.Event)) (*target, error) {
	address, err := addressOr(u, i2c.KnownAddresses()[0].Bits7)
	if err != nil {
		return nil, err
	}
	bus, err := a.openBus(u)
	if err != nil {
		return nil, err
	}
	link := i2c.NewConn(bus, address.Bits7, i2c.Options{WakeDelay: i2c.DefaultWakeDelay, Trace: trace})
	return &target{Device: a.newDevice(link, atca.PublishedTimes()), uri: u, address: address}, nil
}

// openBus opens the bus that the URI names.
func (a *app) openBus(u i2c.URI) (pi2c.BusCloser, error) {
	scheme := busSchemes[u.Scheme]
	if err := u.Allow(append([]string{"addr"}, scheme.params...)...); err != nil {
		return nil, asUsage(err)
	}
	clock, err := clockOf(u)
	if err != nil {
		return nil, asUsage(err)
	}
	bus, err := scheme.open(a.sysRoot, u.Path, clock)
	switch {
	case is[*i2c.BusError](err):
		return nil, err
	case err != nil:
		return nil, usagef("device %q: %w", u, err)
	}
	return bus, nil
}

// effort is how far a search goes. Each step may disturb somebody.
type effort int

const (
	effortUnasked effort = iota // for a command that was told no device
	effortScan                  // atecc scan
	effortAll                   // atecc scan --all
)

// place is a bus where a search may look.
type place struct {
	uri  i2c.URI
	name string // that its driver or its maker gave it
	why  string // it is left alone by a search of less effort than from; "" if it never is
	from effort
}

// String is what a person would call it: a node by its path.
func (p place) String() string {
	text := p.uri.String()
	if p.uri.Scheme == "i2c" {
		text = p.uri.Path
	}
	if p.name != "" {
		text += " (" + p.name + ")"
	}
	return text
}

// places lists the buses of this machine.
func (a *app) places() ([]place, error) {
	adapters, err := sysfs.Adapters(a.sysRoot)
	if err != nil {
		return nil, err
	}
	var list []place
	for _, adapter := range adapters {
		uri := i2c.URI{Scheme: "i2c", Path: adapter.Path}
		list = append(list, place{uri, adapter.Name, adapter.Skip, effortAll})
	}
	for _, find := range []func(root string) ([]place, error){mcp2221Places, ft232hPlaces} {
		more, err := find(a.sysRoot)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

func mcp2221Places(root string) ([]place, error) {
	found, err := mcp2221.Find(root)
	var list []place
	for _, info := range found {
		list = append(list, bridgePlace("mcp2221", info.Path, info))
	}
	return list, err
}

// singleChannel is the USB product of the FT232H. Its relatives have more
// channels, and are mostly part of something else, such as a programmer, whose
// pins a search must not touch.
const singleChannel = 0x6014

func ft232hPlaces(root string) ([]place, error) {
	found, err := ft232h.Find(root)
	var list []place
	for _, info := range found {
		if info.PID == singleChannel {
			list = append(list, bridgePlace("ft232h", info.Path, info))
			continue
		}
		for _, channel := range []string{"/A", "/B"} {
			p := bridgePlace("ft232h", info.Path+channel, info)
			p.why, p.from = "it may be a programmer or a serial port", effortAll
			list = append(list, p)
		}
	}
	return list, err
}

// bridgePlace is a bridge on USB. To look there takes it from its driver, which
// whoever uses it through that driver would notice.
func bridgePlace(scheme, path string, info usbfs.Info) place {
	p := place{uri: i2c.URI{Scheme: scheme, Path: path}, name: info.Product}
	if i := slices.IndexFunc(info.Interfaces, isHeld); i >= 0 {
		p.why = fmt.Sprintf("the driver %s has it; atecc scan takes it, and gives it back", info.Interfaces[i].Driver)
		p.from = effortScan
	}
	return p
}

// isHeld says whether a driver has an interface that we would take. An MCP2221
// also has a serial port, which stays with its driver.
func isHeld(i usbfs.Interface) bool { return i.Driver != "" && i.Driver != "cdc_acm" }

// withAddress is the URI of another chip on the same bus.
func withAddress(u i2c.URI, known i2c.KnownAddress) string {
	uri := u.String()
	if known.Bits7 == i2c.KnownAddresses()[0].Bits7 {
		return uri
	}
	separator := "?"
	if strings.Contains(uri, "?") {
		separator = "&"
	}
	return fmt.Sprintf("%s%saddr=0x%02x", uri, separator, known.Bits7)
}
