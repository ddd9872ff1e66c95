package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"atecc/internal/atca/sim"
	"atecc/internal/i2c"
	"atecc/internal/i2c/usbfs"
)

func TestEachWayToABusHasAnOpener(t *testing.T) {
	for scheme := range openers {
		if _, isBus := busSchemes[scheme]; isBus == (scheme == "sim") {
			t.Errorf("scheme %s: in the table of buses is %v", scheme, isBus)
		}
	}
	for scheme := range busSchemes {
		if openers[scheme] == nil {
			t.Errorf("scheme %s has no opener", scheme)
		}
	}
}

func TestAnotherChipOnTheSameBus(t *testing.T) {
	known := i2c.KnownAddresses()
	tests := []struct {
		uri   string
		known i2c.KnownAddress
		want  string
	}{
		{"ft232h:1-1.2", known[0], "ft232h:1-1.2"},
		{"ft232h:1-1.2", known[1], "ft232h:1-1.2?addr=0x35"},
		{"mcp2221:?hz=50000", known[0], "mcp2221:?hz=50000"},
		{"mcp2221:?hz=50000", known[1], "mcp2221:?hz=50000&addr=0x35"},
	}
	for _, tt := range tests {
		u, err := i2c.ParseURI(tt.uri)
		if err != nil {
			t.Fatal(err)
		}
		got := withAddress(u, tt.known)
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.uri, got, tt.want)
		}
		if _, err := i2c.ParseURI(got); err != nil {
			t.Errorf("%s: %v", got, err)
		}
	}
}

func TestTheClockStaysInTheNameOfWhatIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chip, err := sim.New(sim.Options{Image: "tngtls-608B"})
		if err != nil {
			t.Fatal(err)
		}
		u, err := i2c.ParseURI("ft232h:1-2/B?hz=50000")
		if err != nil {
			t.Fatal(err)
		}
		found, err := testApp("").knock(t.Context(), nil, sim.NewBus("ft232h:1-2/B", defaultClock, chip), u)
		if err != nil || len(found) != 1 || found[0].uri != "ft232h:1-2/B?hz=50000&addr=0x35" {
			t.Errorf("found %v (%v)", found, err)
		}
	})
}

func TestABridgeIsTakenFromItsDriverOnlyByAScan(t *testing.T) {
	tests := []struct {
		name       string
		interfaces []usbfs.Interface
		from       effort
		why        string
	}{
		{"without drivers", []usbfs.Interface{{Number: 0}}, effortUnasked, ""},
		{"with one for its serial port", []usbfs.Interface{{Number: 0, Driver: "cdc_acm"}, {Number: 2}}, effortUnasked, ""},
		{"with two", []usbfs.Interface{{Number: 0, Driver: "cdc_acm"}, {Number: 2, Driver: "usbhid"}}, effortScan, "the driver usbhid has it"},
		{"with one", []usbfs.Interface{{Number: 0}, {Number: 1, Driver: "ftdi_sio"}}, effortScan, "the driver ftdi_sio has it"},
	}
	for _, tt := range tests {
		p := bridgePlace("ft232h", "1-2", usbfs.Info{Path: "1-2", Product: "Bridge", Interfaces: tt.interfaces})
		if p.uri.String() != "ft232h:1-2" || p.name != "Bridge" || p.from != tt.from || !strings.HasPrefix(p.why, tt.why) || (p.why == "") != (tt.why == "") {
			t.Errorf("%s: got %+v", tt.name, p)
		}
	}
}

// plugged is a machine with these USB devices of FTDI and Microchip, by the
// place of each.
func plugged(t *testing.T, products map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for path, product := range products {
		dir := filepath.Join(root, "sys/bus/usb/devices", path)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		vendor, id, _ := strings.Cut(product, ":")
		for name, content := range map[string]string{"busnum": "1", "devnum": "2", "idVendor": vendor, "idProduct": id} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return root
}

func TestPlacesAreBusesOfTheKernelAndBridges(t *testing.T) {
	a := testApp("")
	a.sysRoot = plugged(t, map[string]string{
		"1-1": "04d8:00dd", "1-2": "0403:6014", "1-3": "0403:6011", "1-4": "0403:6001", "1-5": "1d6b:0002",
	})
	places, err := a.places()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range places {
		got = append(got, p.String())
	}
	want := []string{"mcp2221:1-1", "ft232h:1-2", "ft232h:1-3/A", "ft232h:1-3/B"}
	if !slices.Equal(got, want) {
		t.Errorf("places %q, want %q", got, want)
	}
}

func TestTheRelativesOfTheFT232HAreLeftAlone(t *testing.T) {
	a := testApp("")
	a.sysRoot = plugged(t, map[string]string{"1-3": "0403:6010"})
	for _, tt := range []struct {
		args []string
		code int
		said string
	}{
		{[]string{"scan"}, exitDone, "ft232h:1-3/B is left alone: it may be a programmer or a serial port"},
		{[]string{"scan", "--all"}, exitNoChip, "ft232h:1-3/A cannot be opened"},
	} {
		code, _, talk := runApp(t, a, tt.args...)
		if code != tt.code || !strings.Contains(talk, tt.said) {
			t.Errorf("atecc %v: exit code %d, said %q", tt.args, code, talk)
		}
	}
}

func TestTheTransportsPageNamesEachWay(t *testing.T) {
	page, err := os.ReadFile("../../docs/transports.md")
	if err != nil {
		t.Fatal(err)
	}
	for scheme := range busSchemes {
		if !strings.Contains(string(page), "--device "+scheme+":") {
			t.Errorf("docs/transports.md has no command with --device %s:", scheme)
		}
	}
	for _, word := range strings.Fields(string(page)) {
		uri := strings.Trim(word, "'`")
		scheme, _, isURI := strings.Cut(uri, ":")
		if _, known := busSchemes[scheme]; !known || !isURI {
			continue
		}
		if u, err := i2c.ParseURI(uri); err != nil || u.Allow("addr", "hz") != nil {
			t.Errorf("docs/transports.md has %s: %v", uri, err)
		}
	}
}
