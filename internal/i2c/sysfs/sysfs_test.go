package sysfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"periph.io/x/conn/v3/physic"
	"periph.io/x/host/v3/sysfs"

	"atecc/internal/i2c"
)

// fakeNode is /dev/i2c-N as periph's code sees it: ioctl and close.
type fakeNode struct {
	fail   error
	ioctls int
}

func (n *fakeNode) Ioctl(uint, uintptr) error { n.ioctls++; return n.fail }
func (n *fakeNode) Close() error              { return n.fail }

// onFakeNode is a bus whose transfers run periph's own code, down to the ioctl
// that would enter the kernel. The node is an unexported field of periph's
// type; a test that replaces it is the only way to see what periph makes of an
// errno without a bus that produces it.
func onFakeNode(t *testing.T, n *fakeNode) *Bus {
	t.Helper()
	dev := &sysfs.I2C{}
	field := reflect.ValueOf(dev).Elem().FieldByName("f")
	if !field.IsValid() || !reflect.TypeOf(n).Implements(field.Type()) {
		t.Fatal("periph's sysfs.I2C has changed: it no longer has its node in field f")
	}
	reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem().Set(reflect.ValueOf(n))
	return newBus(dev, t.TempDir(), 1)
}

// driverErrnos is what I2C, USB and HID drivers of the kernel return.
var driverErrnos = []syscall.Errno{
	syscall.EPERM, syscall.ENOENT, syscall.EINTR, syscall.EIO, syscall.ENXIO, syscall.EAGAIN,
	syscall.ENOMEM, syscall.EACCES, syscall.EFAULT, syscall.EBUSY, syscall.ENODEV, syscall.EINVAL,
	syscall.ENOTTY, syscall.EPIPE, syscall.ENODATA, syscall.EPROTO, syscall.EBADMSG, syscall.EOVERFLOW,
	syscall.EILSEQ, syscall.EMSGSIZE, syscall.EOPNOTSUPP, syscall.ESHUTDOWN, syscall.ETIMEDOUT,
	syscall.EALREADY, syscall.EREMOTEIO, syscall.ECANCELED,
}

func TestTransfersKeepTheErrnoThroughPeriph(t *testing.T) {
	for _, errno := range driverErrnos {
		b := onFakeNode(t, &fakeNode{fail: errno})
		transfers := map[string]error{
			"wake":  b.Tx(0, []byte{1}, nil),
			"write": b.Tx(0x60, []byte{3, 7}, nil),
			"read":  b.Tx(0x60, nil, make([]byte, 4)),
			"close": b.Close(),
		}
		for name, err := range transfers {
			var got syscall.Errno
			if !errors.As(err, &got) || got != errno {
				t.Errorf("%s: %q has errno %d, want %d (%v)", name, err, int(got), int(errno), errno)
			}
			if !strings.Contains(fmt.Sprint(err), errno.Error()) {
				t.Errorf("%s: %q lost its text", name, err)
			}
		}
	}
}

func TestEveryErrnoIsRecoveredFromItsText(t *testing.T) {
	for e := syscall.Errno(1); e <= lastErrno; e++ {
		if strings.HasPrefix(e.Error(), "errno ") {
			continue // the system has no such errno
		}
		var got syscall.Errno
		if err := withErrno(errors.New("sysfs-i2c: " + e.Error())); !errors.As(err, &got) || got.Error() != e.Error() {
			t.Errorf("%d: got %d", int(e), int(got))
		}
	}
}

func TestOtherErrorsStayWhatTheyAre(t *testing.T) {
	if err := withErrno(nil); err != nil {
		t.Errorf("no error became %v", err)
	}
	for _, err := range []error{
		errors.New("sysfs-i2c: invalid address"),
		errors.New("remote I/O error"), // not periph's
		fmt.Errorf("sysfs-i2c: %w", syscall.EIO),
	} {
		if got := withErrno(err); !reflect.DeepEqual(got, err) {
			t.Errorf("%v became %v", err, got)
		}
	}
}

func TestARefusalThroughPeriphIsANACK(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.ENXIO, syscall.EREMOTEIO, syscall.EIO, syscall.ETIMEDOUT} {
		c := i2c.NewConn(onFakeNode(t, &fakeNode{fail: errno}), 0x60, i2c.Options{})
		err := c.Wake(t.Context())
		var bus *i2c.BusError
		if !errors.As(err, &bus) || bus.Errno != errno || bus.Bus != "/dev/i2c-1" || !i2c.IsNACK(err) {
			t.Errorf("%v: got %v", errno, err)
		}
	}
}

func TestTheWakePulseReachesTheKernel(t *testing.T) {
	// periph sends nothing at all for an empty write.
	n := &fakeNode{}
	_ = i2c.NewConn(onFakeNode(t, n), 0x60, i2c.Options{}).Wake(t.Context())
	if n.ioctls != 2 {
		t.Errorf("%d transfers, want the pulse and the read", n.ioctls)
	}
}

func TestTheClockCannotBeSet(t *testing.T) {
	if err := onFakeNode(t, &fakeNode{}).SetSpeed(100 * physic.KiloHertz); err == nil {
		t.Error("the speed was set")
	}
}

func TestOpenOfAMissingBus(t *testing.T) {
	for _, path := range []string{"65000", "/dev/i2c-65000"} {
		_, err := Open("/", path)
		var bus *i2c.BusError
		if !errors.As(err, &bus) || bus.Phase != i2c.PhaseOpen || bus.Errno != syscall.ENOENT || bus.Bus != "/dev/i2c-65000" {
			t.Fatalf("%s: got %+v", path, err)
		}
		want := "/dev/i2c-65000 cannot be opened: no such file or directory, ENOENT (2)"
		if err.Error() != want || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: got  %q\nwant %q", path, err, want)
		}
	}
}

func TestOpenOfWhatIsNoBus(t *testing.T) {
	for _, path := range []string{"", "x", "-1", "/dev/null", "/dev/i2c-", "/dev/i2c-1x", "99999"} {
		_, err := Open("/", path)
		var bus *i2c.BusError
		if errors.As(err, &bus) || err == nil || !strings.Contains(err.Error(), "neither a bus number nor a path such as /dev/i2c-1") {
			t.Errorf("%q: got %v", path, err)
		}
	}
}

func TestPermissionDeniedNamesModeAndGroup(t *testing.T) {
	for mode, want := range map[os.FileMode]string{
		0o660: `EACCES \(13\); its mode is 0660 and its group \w+, so the user must be in that group$`,
		0o640: `EACCES \(13\); its mode is 0640 and its group \w+, so even that group may not$`,
		0o600: `EACCES \(13\); its mode is 0600 and its group \w+, so even that group may not$`,
	} {
		node := filepath.Join(t.TempDir(), "i2c-1")
		write(t, node, "")
		if err := os.Chmod(node, mode); err != nil {
			t.Fatal(err)
		}
		err := i2c.OpenError(node, explain(node, &fs.PathError{Op: "open", Path: node, Err: syscall.EACCES}))
		var bus *i2c.BusError
		if !errors.As(err, &bus) || bus.Errno != syscall.EACCES || !errors.Is(err, fs.ErrPermission) {
			t.Errorf("got %+v", err)
		}
		if s := err.Error(); strings.Count(s, node) != 1 || !regexp.MustCompile(want).MatchString(s) {
			t.Errorf("got %q", s)
		}
	}
	gone := explain("/nowhere/i2c-0", syscall.EPERM)
	if !strings.Contains(gone.Error(), "its owner is not known") {
		t.Errorf("got %q", gone)
	}
}

func TestClockComesFromTheDeviceTree(t *testing.T) {
	tests := []struct {
		cells string
		want  physic.Frequency
	}{
		{"\x00\x01\x86\xa0", 100 * physic.KiloHertz},
		{"\x00\x06\x1a\x80", 400 * physic.KiloHertz},
		{"\x00\x01", 0},
		{"", 0},
	}
	for _, tt := range tests {
		b := newBus(nil, t.TempDir(), 1)
		write(t, filepath.Join(b.root, "sys/bus/i2c/devices/i2c-1/of_node/clock-frequency"), tt.cells)
		if hz, ok := b.Clock(); hz != tt.want || ok != (tt.want != 0) {
			t.Errorf("%q: got %s, %v, want %s", tt.cells, hz, ok, tt.want)
		}
	}
	if hz, ok := newBus(nil, t.TempDir(), 1).Clock(); ok {
		t.Errorf("a bus without device tree has clock %s", hz)
	}
}

// named is bus 3 of a machine, whose adapter has this name.
func named(t *testing.T, name string) *Bus {
	t.Helper()
	root := t.TempDir()
	write(t, filepath.Join(root, "sys/bus/i2c/devices/i2c-3/name"), name+"\n")
	return newBus(nil, root, 3)
}

func TestOnlyACP2112LimitsItsWrites(t *testing.T) {
	for name, want := range map[string]int{
		"CP2112 SMBus Bridge on hidraw0":     61,
		"FT260 usb-i2c bridge on hidraw1":    0,
		"MCP2221 usb-i2c bridge":             0,
		"i2c-tiny-usb at bus 001 device 004": 0,
		"bcm2835 (i2c@7e804000)":             0,
	} {
		if b := named(t, name); b.MaxTxSize() != want || b.String() != "/dev/i2c-3" {
			t.Errorf("%s, %s: limit %d, want %d", b, name, b.MaxTxSize(), want)
		}
	}
	if b := newBus(nil, t.TempDir(), 4); b.MaxTxSize() != 0 {
		t.Errorf("an adapter without a name has limit %d", b.MaxTxSize())
	}
}

func TestTheKernelRunsAnMCP2221At400Kilohertz(t *testing.T) {
	b := named(t, "MCP2221 usb-i2c bridge")
	if hz, ok := b.Clock(); hz != 400*physic.KiloHertz || !ok {
		t.Errorf("clock %s, %v", hz, ok)
	}
}

func TestAnMCP2221ThatFailsNamesTheOtherWay(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.ENXIO, syscall.EIO} {
		b := onFakeNode(t, &fakeNode{fail: errno})
		b.bridge = bridgeOf("MCP2221 usb-i2c bridge")
		err := i2c.NewConn(b, 0x60, i2c.Options{}).Wake(t.Context())
		var bus *i2c.BusError
		if !errors.Is(err, ErrTooFast) || !errors.As(err, &bus) || bus.Errno != errno || !i2c.IsNACK(err) {
			t.Errorf("got %v", err)
		}
		if !strings.HasSuffix(err.Error(), " (the kernel runs an MCP2221 at 400 kHz, which wakes no chip; as mcp2221: it runs at 100 kHz)") {
			t.Errorf("got %v", err)
		}
	}
	b := onFakeNode(t, &fakeNode{})
	b.bridge = bridgeOf("MCP2221 usb-i2c bridge")
	if err := b.Tx(0x60, []byte{1}, nil); err != nil {
		t.Errorf("a transfer that works: %v", err)
	}
}

func TestAFT260TellsItsClock(t *testing.T) {
	for text, want := range map[string]physic.Frequency{
		"100\n": 100 * physic.KiloHertz,
		"400\n": 400 * physic.KiloHertz,
		"0\n":   0,
		"fast":  0,
		"":      0,
	} {
		b := named(t, "FT260 usb-i2c bridge on hidraw1")
		write(t, filepath.Join(b.root, "sys/bus/i2c/devices/i2c-3/device/clock"), text)
		if hz, ok := b.Clock(); hz != want || ok != (want != 0) {
			t.Errorf("%q: clock %s, %v", text, hz, ok)
		}
	}
	if hz, ok := named(t, "FT260 usb-i2c bridge").Clock(); ok {
		t.Errorf("without the file: clock %s", hz)
	}
}
