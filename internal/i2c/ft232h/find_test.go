package ft232h

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"periph.io/x/conn/v3/physic"

	"atecc/internal/i2c"
	"atecc/internal/i2c/usbfs"
)

// plug writes what sysfs has of devices, and an empty file for each node.
func plug(t *testing.T, infos ...usbfs.Info) (root string) {
	t.Helper()
	root = t.TempDir()
	for _, i := range infos {
		dir := filepath.Join(root, "sys/bus/usb/devices", i.Path)
		write(t, filepath.Join(dir, "busnum"), fmt.Sprint(i.Bus))
		write(t, filepath.Join(dir, "devnum"), fmt.Sprint(i.Dev))
		write(t, filepath.Join(dir, "idVendor"), fmt.Sprintf("%04x", i.VID))
		write(t, filepath.Join(dir, "idProduct"), fmt.Sprintf("%04x", i.PID))
		if i.Serial != "" {
			write(t, filepath.Join(dir, "serial"), i.Serial)
		}
		write(t, filepath.Join(root, "dev/bus/usb", fmt.Sprintf("%03d/%03d", i.Bus, i.Dev)), "")
	}
	return root
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

var (
	mouse  = usbfs.Info{Bus: 1, Dev: 2, Path: "1-1", VID: 0x046D, PID: 0x6014}
	uart   = usbfs.Info{Bus: 1, Dev: 3, Path: "1-2", VID: 0x0403, PID: 0x6001, Serial: "A5"}
	blank  = usbfs.Info{Bus: 1, Dev: 4, Path: "1-3.1", VID: 0x0403, PID: 0x6014}
	single = usbfs.Info{Bus: 1, Dev: 5, Path: "1-3.2", VID: 0x0403, PID: 0x6014, Serial: "FT1"}
	dual   = usbfs.Info{Bus: 2, Dev: 6, Path: "2-1", VID: 0x0403, PID: 0x6010, Serial: "FT2"}
	quad   = usbfs.Info{Bus: 2, Dev: 7, Path: "2-2", VID: 0x0403, PID: 0x6011, Serial: "FT4"}
	all    = []usbfs.Info{mouse, uart, blank, single, dual, quad}
)

func TestFindListsBridgesWithAnEngineOnly(t *testing.T) {
	found, err := Find(plug(t, all...))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := names(found), "1-3.1, 1-3.2 (serial number FT1), 2-1 (serial number FT2), 2-2 (serial number FT4)"; got != want {
		t.Errorf("found %s, want %s", got, want)
	}
}

func TestABridgeIsChosenByPathOrSerialNumber(t *testing.T) {
	tests := []struct {
		there   []usbfs.Info
		text    string
		path    string
		channel int
	}{
		{[]usbfs.Info{blank}, "", "1-3.1", 0},
		{[]usbfs.Info{blank}, "/A", "1-3.1", 0},
		{[]usbfs.Info{dual}, "/b", "2-1", 1},
		{all[2:], "1-3.1", "1-3.1", 0},
		{all[2:], "1-3.1/a", "1-3.1", 0},
		{all[2:], "FT1", "1-3.2", 0},
		{all[2:], "FT2/B", "2-1", 1},
		{all[2:], "2-2/B", "2-2", 1},
	}
	for _, tt := range tests {
		sel, err := parseSelector(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := sel.choose(tt.there); err != nil || info.Path != tt.path || sel.channel != tt.channel {
			t.Errorf("%q: got %s, channel %d, %v, want %s, channel %d", tt.text, info.Path, sel.channel, err, tt.path, tt.channel)
		}
	}
}

func TestANameThatFitsNoBridgeOrSeveralSaysWhichThereAre(t *testing.T) {
	tests := []struct {
		there  []usbfs.Info
		text   string
		ofOpen bool // rather than of the name
		want   []string
	}{
		{nil, "", true, []string{"no FT232H"}},
		{[]usbfs.Info{uart}, "A5", true, []string{"no FT232H"}},
		{all, "FT9", true, []string{"ft232h:FT9", "1-3.1", "FT1", "FT2", "FT4"}},
		{all, "A5", true, []string{"ft232h:A5", "1-3.1"}},
		{all, "", false, []string{"4 FTDI bridges", "1-3.1", "FT1"}},
		{all, "FT1/B", false, []string{"FT232H has only channel A"}},
		{all, "FT4/C", false, []string{`"FT4/C"`, "/A and /B"}},
		{all, "FT4/", false, []string{"/A and /B"}},
		{all, "FT4/AB", false, []string{"/A and /B"}},
	}
	for _, tt := range tests {
		_, err := Open(plug(t, tt.there...), tt.text, 0)
		var bus *i2c.BusError
		if errors.As(err, &bus) != tt.ofOpen || err == nil {
			t.Errorf("%q: got %v, want a BusError: %t", tt.text, err, tt.ofOpen)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q: got %q, want %q in it", tt.text, err, want)
			}
		}
		if tt.ofOpen && bus.Phase != i2c.PhaseOpen {
			t.Errorf("%q: phase %s, want open", tt.text, bus.Phase)
		}
	}
}

func TestOpenKeepsTheErrnoOfEachStep(t *testing.T) {
	root := plug(t, single)
	// A plain file in the place of the node can be opened, but not claimed.
	wantOpenError(t, root, syscall.ENOTTY, "interface 0")
	if err := os.Remove(filepath.Join(root, "dev/bus/usb/001/005")); err != nil {
		t.Fatal(err)
	}
	wantOpenError(t, root, syscall.ENOENT, "unplugged")
	devices := filepath.Join(root, "sys/bus/usb/devices")
	if err := os.RemoveAll(devices); err != nil {
		t.Fatal(err)
	}
	write(t, devices, "")
	wantOpenError(t, root, syscall.ENOTDIR, "devices")
}

func wantOpenError(t *testing.T, root string, errno syscall.Errno, text string) {
	t.Helper()
	_, err := Open(root, "FT1", 0)
	var bus *i2c.BusError
	if !errors.As(err, &bus) || bus.Phase != i2c.PhaseOpen || bus.Errno != errno || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want errno %v and %q", err, errno, text)
	}
}

func TestOpenRefusesAClockOutOfRange(t *testing.T) {
	_, err := Open(plug(t, single), "", 5*physic.KiloHertz)
	var bus *i2c.BusError
	if err == nil || errors.As(err, &bus) || !strings.Contains(err.Error(), "5kHz") {
		t.Errorf("got %v, want an error of its own that names 5kHz", err)
	}
}
