package mcp2221

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"periph.io/x/conn/v3/physic"

	"atecc/internal/i2c"
)

func TestTheClockIsTheNextSlowerOne(t *testing.T) {
	tests := []struct {
		ask     physic.Frequency
		divider byte
		want    physic.Frequency
	}{
		{100 * physic.KiloHertz, 117, 100 * physic.KiloHertz},
		{400 * physic.KiloHertz, 27, 400 * physic.KiloHertz},
		{50 * physic.KiloHertz, 237, 50 * physic.KiloHertz},
		{133 * physic.KiloHertz, 88, baseClock / 91},
		{399 * physic.KiloHertz, 28, baseClock / 31},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			b, f, wires := onFake(t)
			if err := b.SetSpeed(tt.ask); err != nil {
				t.Fatal(err)
			}
			f.check(t)
			got, ok := b.Clock()
			if got != tt.want || !ok || wires.hz != tt.want || f.divider != tt.divider || got > tt.ask {
				t.Errorf("%s: clock %s with divider %d, want %s with %d", tt.ask, got, f.divider, tt.want, tt.divider)
			}
		})
	}
}

func TestAClockThatThePartCannotMakeIsRefused(t *testing.T) {
	for _, hz := range []physic.Frequency{1, 10 * physic.KiloHertz, 50*physic.KiloHertz - 1, 401 * physic.KiloHertz, physic.MegaHertz, -1} {
		b := unopened(newFake(&memory{}))
		_, err := Open(t.TempDir(), "", hz)
		for _, err := range []error{b.SetSpeed(hz), err} {
			if err == nil || !strings.Contains(err.Error(), "is not between 50kHz and 400kHz") {
				t.Errorf("%s: got %v", hz, err)
			}
		}
	}
}

func TestAClockThatIsNotTakenIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f, _ := onFake(t)
		f.noSpeedChange = true
		err := b.SetSpeed(200 * physic.KiloHertz)
		if err == nil || err.Error() != "the bridge did not take the bus clock 200kHz (0x21)" {
			t.Errorf("got %v", err)
		}
		if hz, _ := b.Clock(); hz != DefaultClock {
			t.Errorf("clock %s", hz)
		}
	})
}

func TestLinesThatAreLowAtRestAreSaid(t *testing.T) {
	tests := []struct {
		scl, sda bool
		want     string
	}{
		{true, false, "SCL held low; the pull-up resistors are missing, or a chip pulls"},
		{false, true, "SDA held low;"},
		{true, true, "SCL and SDA held low;"},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			f := newFake(&memory{})
			f.lowSCL, f.lowSDA = tt.scl, tt.sda
			err := unopened(f).start(DefaultClock)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) || i2c.IsNACK(err) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			f.check(t)
		})
	}
}

func TestABridgeThatCannotBeStartedSaysWhy(t *testing.T) {
	tests := []struct {
		name string
		set  func(*fakeBridge)
		want string
	}{
		{"unplugged", func(f *fakeBridge) { f.fail = syscall.ENODEV }, "no such device"},
		{"silent", func(f *fakeBridge) { f.quiet = true }, "the bridge gave no report"},
		{"stuck", func(f *fakeBridge) { f.used, f.state, f.held = true, 0x44, true }, "the transfer does not end: a byte did not go out"},
		{"no clock", func(f *fakeBridge) { f.noSpeedChange = true }, "did not take the bus clock"},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			f := newFake(&memory{})
			tt.set(f)
			if err := unopened(f).start(DefaultClock); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: got %v", tt.name, err)
			}
		})
	}
}

// plug adds a device to the sysfs below root.
func plug(t *testing.T, root, path string, product uint16, serial string) {
	t.Helper()
	for name, content := range map[string]string{
		"busnum": "1", "devnum": path[2:], "idVendor": "04d8", "idProduct": fmt.Sprintf("%04x", product),
		"serial": serial, "descriptors": string(realDescriptors),
	} {
		file := filepath.Join(root, "sys/bus/usb/devices", path, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBridgesAreFoundByTheirIdentity(t *testing.T) {
	root := t.TempDir()
	plug(t, root, "1-2", productID, "A1")
	plug(t, root, "1-3", 0x000A, "B2") // Microchip's too, but a serial port
	plug(t, root, "1-5", productID, "")
	found, err := Find(root)
	if err != nil || len(found) != 2 || found[0].Path != "1-2" || found[0].Serial != "A1" || found[1].Path != "1-5" {
		t.Errorf("found %+v (%v)", found, err)
	}
}

func TestABridgeIsChosenByPlaceOrSerialNumber(t *testing.T) {
	root := t.TempDir()
	plug(t, root, "1-2", productID, "A1")
	plug(t, root, "1-5", productID, "B2")
	plug(t, root, "1-6", productID, "B2")
	tests := []struct{ selector, path, want string }{
		{"1-2", "1-2", ""},
		{"A1", "1-2", ""},
		{"1-6", "1-6", ""},
		{"", "", "mcp2221: fits 3 bridges; name one of mcp2221:1-2, mcp2221:1-5, mcp2221:1-6"},
		{"B2", "", "mcp2221:B2 fits 2 bridges; name one of mcp2221:1-5, mcp2221:1-6"},
		{"1-9", "", `mcp2221:1-9 cannot be opened: none of the 3 MCP2221 that are plugged in has the place or serial number "1-9"`},
	}
	for _, tt := range tests {
		info, err := choose(root, tt.selector)
		if info.Path != tt.path || (err == nil) != (tt.want == "") || err != nil && err.Error() != tt.want {
			t.Errorf("%q: chose %q (%v)", tt.selector, info.Path, err)
		}
	}
}

func TestTheOnlyBridgeNeedsNoName(t *testing.T) {
	root := t.TempDir()
	plug(t, root, "1-4", productID, "")
	if info, err := choose(root, ""); err != nil || info.Path != "1-4" {
		t.Errorf("chose %+v (%v)", info, err)
	}
}

func TestFailuresToOpenKeepTheErrno(t *testing.T) {
	empty, noNode, noHID := t.TempDir(), t.TempDir(), t.TempDir()
	plug(t, noNode, "1-4", productID, "")
	plug(t, noHID, "1-4", productID, "")
	if err := os.WriteFile(filepath.Join(noHID, "sys/bus/usb/devices/1-4/descriptors"), realDescriptors[:18], 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		root, bus string
		errno     syscall.Errno
		want      string
	}{
		{empty, "mcp2221:", 0, "no MCP2221 (USB 04d8:00dd) is plugged in"},
		{noNode, "mcp2221:1-4", syscall.ENOENT, "no such file or directory"},
		{noHID, "mcp2221:1-4", 0, "no HID interface"},
	}
	for _, tt := range tests {
		_, err := Open(tt.root, "", 0)
		var bus *i2c.BusError
		if !errors.As(err, &bus) || bus.Phase != i2c.PhaseOpen || bus.Bus != tt.bus || bus.Errno != tt.errno || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v", err)
		}
	}
}
