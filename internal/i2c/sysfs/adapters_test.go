package sysfs

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// write creates a file and the directories it lies in.
func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func symlink(t *testing.T, target, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

// plant adds a bus to a fake file system: its node, and its description below
// the device it belongs to.
func plant(t *testing.T, root string, n int, device, name string) {
	t.Helper()
	bus := fmt.Sprintf("i2c-%d", n)
	write(t, filepath.Join(root, "dev", bus), "")
	write(t, filepath.Join(root, "sys/devices", device, bus, "name"), name+"\n")
	symlink(t, filepath.Join("../../../devices", device, bus), filepath.Join(root, "sys/bus/i2c/devices", bus))
}

func TestAdaptersAreListedByNumber(t *testing.T) {
	root := t.TempDir()
	plant(t, root, 10, "platform/soc/b", "bcm2835 (i2c@7e205000)")
	plant(t, root, 2, "usb1/1-1", "i2c-tiny-usb at bus 001 device 004")
	write(t, filepath.Join(root, "dev/i2c-7"), "") // a node without description
	write(t, filepath.Join(root, "dev/i2c-sensors"), "")
	got, err := Adapters(root)
	if err != nil {
		t.Fatal(err)
	}
	want := []Adapter{
		{2, "/dev/i2c-2", "i2c-tiny-usb at bus 001 device 004", ""},
		{7, "/dev/i2c-7", "", ""},
		{10, "/dev/i2c-10", "bcm2835 (i2c@7e205000)", ""},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAMachineWithoutBusesHasNone(t *testing.T) {
	if got, err := Adapters(t.TempDir()); len(got) != 0 || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestASearchLeavesForeignBusesAlone(t *testing.T) {
	tests := []struct{ name, reason string }{
		{"SMBus I801 adapter at efa0", "mainboard"},
		{"SMBus PIIX4 adapter port 0 at 0b00", "mainboard"},
		{"i915 gmbus dpb", "graphics"},
		{"AMDGPU DM i2c hw bus 0", "graphics"},
		{"NVIDIA i2c adapter 1 at 1:00.0", "graphics"},
		{"nvkm-0000:01:00.0-bus-0000", "graphics"},
		{"Radeon i2c bit bus 0x90", "graphics"},
		{"DPDDC-A", "display"},
		{"DP AUX channel 0", "display"},
		{"mediatek DDC", "display"},
		{"PMIC I2C adapter", "power"},
		{"CP2112 SMBus Bridge on hidraw0", ""},
		{"MCP2221 usb-i2c bridge", "as mcp2221: it runs at 100 kHz"},
		{"FT260 usb-i2c bridge on hidraw1", ""},
		{"i2c-tiny-usb at bus 001 device 004", ""},
		{"OSIF at bus 001 device 005", ""},
		{"i2c-diolan-u2c at bus 001 device 006", ""},
		{"bcm2835 (i2c@7e804000)", ""},
		{"Synopsys DesignWare I2C adapter", ""},
		{"21a0000.i2c", ""},
		{"", ""},
	}
	for _, tt := range tests {
		got := skipReason(tt.name, nil)
		if (got == "") != (tt.reason == "") || !strings.Contains(got, tt.reason) {
			t.Errorf("%q: got %q, want a reason with %q", tt.name, got, tt.reason)
		}
	}
}

func TestASearchLeavesTheBusesOfAGraphicsDriverAlone(t *testing.T) {
	root := t.TempDir()
	const card = "pci0000:00/0000:00:02.0"
	plant(t, root, 4, card+"/drm/card0/card0-DP-1", "AUX A/port A")
	plant(t, root, 5, "pci0000:00/0000:00:15.0/i2c_designware.0", "Synopsys DesignWare I2C adapter")
	symlink(t, "../../../bus/pci/drivers/i915", filepath.Join(root, "sys/devices", card, "driver"))
	symlink(t, "../../../../bus/platform/drivers/i2c_designware", filepath.Join(root, "sys/devices/pci0000:00/0000:00:15.0/i2c_designware.0/driver"))
	got, err := Adapters(root)
	if err != nil || len(got) != 2 {
		t.Fatalf("got %v, %v", got, err)
	}
	if got[0].Skip != "it belongs to a graphics card" || got[1].Skip != "" {
		t.Errorf("got %q and %q", got[0].Skip, got[1].Skip)
	}
}

func TestABusWithADanglingDescriptionIsStillListed(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "dev/i2c-1"), "")
	symlink(t, "../../../devices/gone/i2c-1", filepath.Join(root, "sys/bus/i2c/devices/i2c-1"))
	got, err := Adapters(root)
	if err != nil || len(got) != 1 || got[0].Name != "" || got[0].Skip != "" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestDriversAreFoundUpToTheRoot(t *testing.T) {
	root := t.TempDir()
	plant(t, root, 1, "platform/soc/host", "host")
	symlink(t, "/drivers/inner", filepath.Join(root, "sys/devices/platform/soc/host/driver"))
	symlink(t, "/drivers/outer", filepath.Join(root, "sys/devices/platform/driver"))
	if got, want := drivers(root, 1), []string{"inner", "outer"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
