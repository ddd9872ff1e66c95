package usb

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"atecc/internal/atca/sim"
)

const (
	newStatus = `hub port sta spd dev      sockfd local_busid
hs  0000 006 002 00010001 000007 1-1
hs  0001 004 000 00000000 000000 0-0
hs  0002 004 000 00000000 000000 0-0
ss  0008 004 000 00000000 000000 0-0
`
	oldStatus = `prt sta spd bus dev socket           local_busid
0000 006 002 000 000 c5a7bb80 1-1
0001 004 000 000 000 000000000 0-0
`
	fullStatus = `hub port sta spd dev      sockfd local_busid
hs  0000 006 002 00010001 000007 1-1
ss  0008 004 000 00000000 000000 0-0
`
)

// fakeRoot is a tree with a virtual USB host.
func fakeRoot(t *testing.T, status string) string {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, vhci)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"status": status, "attach": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestFreePortsAreThoseForHighSpeed(t *testing.T) {
	for status, want := range map[string][]string{newStatus: {"0001", "0002"}, oldStatus: {"0001"}} {
		got, err := freePorts(fakeRoot(t, status))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("free ports %q, %v; want %q", got, err, want)
		}
	}
}

func TestWithoutAHostOrAPortItSaysSo(t *testing.T) {
	tests := []struct {
		root string
		want error
	}{
		{t.TempDir(), ErrNoHost},
		{fakeRoot(t, fullStatus), ErrNoPort},
		{fakeRoot(t, ""), ErrNoPort},
	}
	for _, tt := range tests {
		err := Attach(t.Context(), "osif", newTestBus(t, sim.Options{}), Options{Root: tt.root})
		if !errors.Is(err, tt.want) {
			t.Errorf("%v, want %v", err, tt.want)
		}
	}
}

// TestAttachGivesTheKernelASocket plays a kernel that takes the socket and
// lets go of it at once.
func TestAttachGivesTheKernelASocket(t *testing.T) {
	for kind, want := range map[string]string{
		"osif":   `^0001 \d+ 65537 2$`,
		"ft232h": `^0001 \d+ 65537 3$`,
	} {
		root := fakeRoot(t, newStatus)
		attached := false
		err := Attach(t.Context(), kind, newTestBus(t, sim.Options{}), Options{
			Root:     root,
			Attached: func() error { attached = true; return nil },
		})
		if err != nil || !attached {
			t.Errorf("%s: error %v, attached %v", kind, err, attached)
		}
		line, err := os.ReadFile(filepath.Join(root, vhci, "attach"))
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(want).Match(line) {
			t.Errorf("%s: the kernel got %q, want %s", kind, line, want)
		}
	}
}

func TestAttachEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := Attach(ctx, "osif", newTestBus(t, sim.Options{}), Options{Root: fakeRoot(t, newStatus)})
	if err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func TestAnErrorOfTheCallerUnplugs(t *testing.T) {
	want := errors.New("nobody listens")
	err := Attach(t.Context(), "osif", newTestBus(t, sim.Options{}), Options{
		Root:     fakeRoot(t, newStatus),
		Attached: func() error { return want },
	})
	if !errors.Is(err, want) {
		t.Errorf("%v, want %v", err, want)
	}
}

func TestAPortThatCannotBeWrittenIsAnError(t *testing.T) {
	root := fakeRoot(t, newStatus)
	if err := os.Remove(filepath.Join(root, vhci, "attach")); err != nil {
		t.Fatal(err)
	}
	err := Attach(t.Context(), "osif", newTestBus(t, sim.Options{}), Options{Root: root})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v, want that a file is missing", err)
	}
}

func TestAttachKnowsItsKinds(t *testing.T) {
	if err := Attach(t.Context(), "ch341", newTestBus(t, sim.Options{}), Options{Root: fakeRoot(t, newStatus)}); err == nil {
		t.Error("kind ch341 was attached")
	}
}
