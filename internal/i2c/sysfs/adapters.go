package sysfs

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Adapter is a bus of this machine.
type Adapter struct {
	Number int
	Path   string // of its node, without the root
	Name   string // as its driver calls it, "" when not known
	Skip   string // why a search must leave it alone; "" when it may be searched
}

// Adapters lists the buses below root, which is "/" except in tests, in order
// of their numbers.
func Adapters(root string) ([]Adapter, error) {
	nodes, err := filepath.Glob(filepath.Join(root, nodePrefix+"*"))
	if err != nil {
		return nil, err
	}
	var found []Adapter
	for _, node := range nodes {
		n, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(node), filepath.Base(nodePrefix)))
		if err != nil {
			continue // not a bus: udev may link names of its own here
		}
		name := adapterName(root, n)
		found = append(found, Adapter{Number: n, Path: nodePrefix + strconv.Itoa(n), Name: name, Skip: skipReason(name, drivers(root, n))})
	}
	slices.SortFunc(found, func(a, b Adapter) int { return cmp.Compare(a.Number, b.Number) })
	return found, nil
}

// adapterDir is where the kernel describes a bus.
func adapterDir(root string, n int) string {
	return filepath.Join(root, "sys/bus/i2c/devices", fmt.Sprintf("i2c-%d", n))
}

// adapterName is what the driver calls the bus. It is all that tells one kind
// of adapter from another without touching it.
func adapterName(root string, n int) string {
	name, err := os.ReadFile(filepath.Join(adapterDir(root, n), "name"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(name))
}

// drivers are the names of the drivers of the devices that the bus is a part
// of, nearest first. A display's bus hangs below a connector, which hangs
// below the graphics card.
func drivers(root string, n int) []string {
	dir, err := filepath.EvalSymlinks(adapterDir(root, n))
	if err != nil {
		return nil
	}
	top, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil
	}
	var names []string
	for ; dir != top && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if target, err := os.Readlink(filepath.Join(dir, "driver")); err == nil {
			names = append(names, filepath.Base(target))
		}
	}
	return names
}

// A search sends general calls. On these buses that could change the voltage
// of a power supply or confuse a display, and no security chip is on them.
var (
	foreignNames = []struct{ part, reason string }{
		{"smbus", "it is an SMBus of the mainboard"},
		{"ddc", "it is the bus of a display"},
		{"dp aux", "it is the bus of a display"},
		{"pmic", "it controls power supplies"},
		{"i915", "it belongs to a graphics card"},
		{"amdgpu", "it belongs to a graphics card"},
		{"nvidia", "it belongs to a graphics card"},
		{"nvkm", "it belongs to a graphics card"},
		{"nouveau", "it belongs to a graphics card"},
		{"radeon", "it belongs to a graphics card"},
	}
	graphicsDrivers = []string{"i915", "xe", "amdgpu", "nvidia", "nouveau", "radeon"}
)

// skipReason judges a bus by its name and by the drivers above it.
func skipReason(name string, drivers []string) string {
	switch b := bridgeOf(name); {
	case b.remedy != nil:
		return b.remedy.Error()
	case b.part != "":
		// A CP2112 is called an SMBus bridge, but it is a USB adapter that
		// someone has plugged in on purpose.
		return ""
	}
	lower := strings.ToLower(name)
	for _, f := range foreignNames {
		if strings.Contains(lower, f.part) {
			return f.reason
		}
	}
	for _, d := range drivers {
		if slices.Contains(graphicsDrivers, d) {
			return "it belongs to a graphics card"
		}
	}
	return ""
}
