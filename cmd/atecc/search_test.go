package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"atecc/internal/atca/sim"
	"atecc/internal/i2c"
)

// knockAt looks for chips of these images on one virtual bus.
func knockAt(t *testing.T, a *app, images ...string) []sighting {
	t.Helper()
	var chips []*sim.Chip
	for _, image := range images {
		chip, err := sim.New(sim.Options{Image: image, Seed: image})
		if err != nil {
			t.Fatal(err)
		}
		chips = append(chips, chip)
	}
	bus := sim.NewBus("i2c:7", defaultClock, chips...)
	found, err := a.knock(t.Context(), nil, bus, i2c.URI{Scheme: "i2c", Path: "/dev/i2c-7"})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestSearchFindsAllChipsOnABus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		found := knockAt(t, testApp(""), "tngtls-608B", "jwt")
		want := []string{
			"i2c:/dev/i2c-7 (ATECC608B ",
			"i2c:/dev/i2c-7?addr=0x35 (ATECC608B ",
		}
		if len(found) != len(want) {
			t.Fatalf("found %v", found)
		}
		for i, f := range found {
			if !strings.HasPrefix(f.String(), want[i]) {
				t.Errorf("found %v, want %s...)", f, want[i])
			}
		}
	})
}

func TestWhatASearchFindsCanBeNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, f := range knockAt(t, testApp(""), "tngtls-608B", "jwt", "tflxtls-608B") {
			u, err := i2c.ParseURI(f.uri)
			if err != nil {
				t.Fatal(err)
			}
			address, err := addressOr(u, 0x60)
			if err != nil || address.Bits7 != f.address.Bits7 {
				t.Errorf("%s names address 0x%02x (%v), the chip is at 0x%02x", f.uri, address.Bits7, err, f.address.Bits7)
			}
		}
	})
}

func TestSearchOfAnEmptyBusFindsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if found := knockAt(t, testApp("")); len(found) != 0 {
			t.Errorf("found %v", found)
		}
	})
}

func TestTheOnlyChipIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var talk strings.Builder
		a := testApp("")
		a.err = &talk
		uri, err := a.only(knockAt(t, a, "jwt"))
		if err != nil || uri != "i2c:/dev/i2c-7" {
			t.Errorf("took %q (%v)", uri, err)
		}
		if !strings.HasPrefix(talk.String(), "using i2c:/dev/i2c-7 (ATECC608B ") {
			t.Errorf("said %q", &talk)
		}
	})
}

func TestOneOfSeveralChipsIsNotTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := testApp("")
		_, err := a.only(knockAt(t, a, "jwt", "tngtls-608B"))
		if exitCode(err) != exitUsage || !strings.Contains(err.Error(), "2 chips were found; say which with --device: i2c:/dev/i2c-7 (") {
			t.Errorf("error is %v", err)
		}
	})
}

func TestNoChipIsNotTakenForOne(t *testing.T) {
	if uri, err := testApp("").only(nil); exitCode(err) != exitNoChip {
		t.Errorf("took %q (%v)", uri, err)
	}
}

// fakeRoot is a machine that has these buses, by the names of their drivers.
// None can be opened: the nodes are directories.
func fakeRoot(t *testing.T, names map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for bus, name := range names {
		dir := filepath.Join(root, "sys/bus/i2c/devices", bus)
		for _, d := range []string{dir, filepath.Join(root, "dev", bus)} {
			if err := os.MkdirAll(d, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, "name"), []byte(name+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestScanTouchesTheBusesOfAMainboardOnlyWhenTold(t *testing.T) {
	root := fakeRoot(t, map[string]string{"i2c-0": "SMBus I801 adapter at efa0"})
	for _, tt := range []struct {
		args []string
		code int
		said string
	}{
		{[]string{"scan"}, exitDone, "is left alone: it is an SMBus of the mainboard"},
		{[]string{"scan", "--all"}, exitNoChip, "i2c-0 cannot be opened: is a directory"},
	} {
		a := testApp("")
		a.sysRoot = root
		code, _, talk := runApp(t, a, tt.args...)
		if code != tt.code || !strings.Contains(talk, tt.said) {
			t.Errorf("atecc %v: exit code %d, said %q", tt.args, code, talk)
		}
	}
}

func TestSearchNamesTheFirstBusThatFails(t *testing.T) {
	a := testApp("")
	a.sysRoot = fakeRoot(t, map[string]string{"i2c-10": "bcm2835 (i2c@7e804000)", "i2c-2": "bcm2835 (i2c@7e805000)"})
	code, _, talk := runApp(t, a, "info")
	if code != exitNoChip || !strings.Contains(talk, "i2c-2 cannot be opened") {
		t.Errorf("exit code %d, said %q", code, talk)
	}
}
