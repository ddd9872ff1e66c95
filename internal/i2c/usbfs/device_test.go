package usbfs

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// kernel answers the ioctls as the kernel does for one device, and notes them.
type kernel struct {
	drivers map[uint32]string // by interface, "" when it has none
	fails   map[string]error  // by what was called
	calls   []string
	answer  []byte // of the next transfer that reads
	closed  bool

	control controlTransfer // the last one
	bulk    bulkTransfer
	data    []byte // that the last transfer wrote
}

func (k *kernel) Close() error {
	k.closed = true
	return k.fails["close"]
}

func (k *kernel) ioctl(request uintptr, arg unsafe.Pointer) (int, error) {
	switch request {
	case ioctlGetDriver:
		return k.getDriver((*getDriver)(arg))
	case ioctlDisconnectClaim:
		return k.claim((*disconnectClaim)(arg))
	case ioctlRelease:
		return k.release(*(*uint32)(arg))
	case ioctlInterface:
		return k.connect((*interfaceIoctl)(arg))
	case ioctlControl:
		k.control = *(*controlTransfer)(arg)
		return k.transfer("control", k.control.requestType, k.control.data, int(k.control.length))
	case ioctlBulk:
		k.bulk = *(*bulkTransfer)(arg)
		return k.transfer("bulk", byte(k.bulk.endpoint), k.bulk.data, int(k.bulk.length))
	}
	return 0, unix.ENOTTY
}

func (k *kernel) note(format string, args ...any) error {
	call := fmt.Sprintf(format, args...)
	k.calls = append(k.calls, call)
	return k.fails[call]
}

func (k *kernel) getDriver(arg *getDriver) (int, error) {
	driver := k.drivers[arg.number]
	if driver == "" {
		return 0, unix.ENODATA
	}
	copy(arg.driver[:], driver)
	return 0, k.fails["driver"]
}

func (k *kernel) claim(arg *disconnectClaim) (int, error) {
	if err := k.note("claim %d", arg.number); err != nil {
		return 0, err
	}
	name, _, _ := bytes.Cut(arg.driver[:], []byte{0})
	if arg.flags == exceptDriver && string(name) == k.drivers[arg.number] {
		return 0, unix.EBUSY
	}
	k.drivers[arg.number] = "usbfs"
	return 0, nil
}

func (k *kernel) release(number uint32) (int, error) {
	if err := k.note("release %d", number); err != nil {
		return 0, err
	}
	k.drivers[number] = ""
	return 0, nil
}

// connect returns 1, as the kernel does when it has found a driver.
func (k *kernel) connect(arg *interfaceIoctl) (int, error) {
	if arg.code != ioctlConnect {
		return 0, unix.ENOTTY
	}
	return 1, k.note("connect %d", arg.number)
}

func (k *kernel) transfer(kind string, direction byte, data unsafe.Pointer, n int) (int, error) {
	if err := k.note("%s", kind); err != nil {
		return 0, err
	}
	buffer := unsafe.Slice((*byte)(data), n)
	if direction&0x80 != 0 {
		return copy(buffer, k.answer), nil
	}
	k.data = slices.Clone(buffer)
	return n, nil
}

// plugIn returns a device with two interfaces, of which the first has a driver.
func plugIn() (*kernel, *Device) {
	k := &kernel{drivers: map[uint32]string{0: "ftdi_sio"}, fails: map[string]error{}}
	return k, newDevice(k)
}

func (k *kernel) wantCalls(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(k.calls, want) {
		t.Errorf("the kernel was asked for %q, want %q", k.calls, want)
	}
}

// The numbers are those that a C compiler gets from linux/usbdevice_fs.h.
func TestIoctlNumbersAreTheKernels(t *testing.T) {
	want := map[string][2]uintptr{ // for 32 and for 64 bits
		"control":          {0xC0105500, 0xC0185500},
		"bulk":             {0xC0105502, 0xC0185502},
		"get driver":       {0x41045508, 0x41045508},
		"release":          {0x80045510, 0x80045510},
		"interface":        {0xC00C5512, 0xC0105512},
		"connect":          {0x00005517, 0x00005517},
		"disconnect claim": {0x8108551B, 0x8108551B},
	}
	got := map[string]uintptr{
		"control": ioctlControl, "bulk": ioctlBulk, "get driver": ioctlGetDriver, "release": ioctlRelease,
		"interface": ioctlInterface, "connect": ioctlConnect, "disconnect claim": ioctlDisconnectClaim,
	}
	size := 0
	if unsafe.Sizeof(uintptr(0)) == 8 {
		size = 1
	}
	for name, number := range got {
		if number != want[name][size] {
			t.Errorf("%s: 0x%08X, want 0x%08X", name, number, want[name][size])
		}
	}
}

func TestClaimTakesTheInterfaceFromItsDriverAndReleaseGivesItBack(t *testing.T) {
	k, d := plugIn()
	if err := errors.Join(d.Claim(0), d.Release(0), d.Close()); err != nil {
		t.Fatal(err)
	}
	k.wantCalls(t, "claim 0", "release 0", "connect 0")
}

func TestAnInterfaceWithoutADriverIsNotGivenToOne(t *testing.T) {
	k, d := plugIn()
	if err := errors.Join(d.Claim(1), d.Release(1)); err != nil {
		t.Fatal(err)
	}
	k.wantCalls(t, "claim 1", "release 1")
}

func TestAnInterfaceOfAnotherProgramIsBusy(t *testing.T) {
	k, d := plugIn()
	k.drivers[0] = "usbfs"
	if err := d.Claim(0); !errors.Is(err, unix.EBUSY) {
		t.Errorf("got %v, want EBUSY", err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	k.wantCalls(t, "claim 0")
}

func TestADriverThatCannotBeNamedIsNotSentAway(t *testing.T) {
	k, d := plugIn()
	k.fails["driver"] = unix.ENODEV
	if err := d.Claim(0); !errors.Is(err, unix.ENODEV) {
		t.Errorf("got %v, want ENODEV", err)
	}
	k.wantCalls(t)
}

func TestReleaseOfWhatWasNotClaimedIsAnError(t *testing.T) {
	k, d := plugIn()
	if err := d.Release(3); err == nil || !strings.Contains(err.Error(), "interface 3") {
		t.Errorf("got %v, want an error that names interface 3", err)
	}
	k.wantCalls(t)
}

func TestCloseGivesBackWhatIsStillClaimed(t *testing.T) {
	k, d := plugIn()
	k.drivers[1] = "ftdi_sio"
	if err := errors.Join(d.Claim(1), d.Claim(0), d.Close()); err != nil {
		t.Fatal(err)
	}
	k.wantCalls(t, "claim 1", "claim 0", "release 0", "connect 0", "release 1", "connect 1")
	if !k.closed {
		t.Error("the node is still open")
	}
}

func TestCloseGivesBackAllItCanWhenAPartFails(t *testing.T) {
	k, d := plugIn()
	k.drivers[1] = "ftdi_sio"
	k.fails["release 0"] = unix.EINVAL
	k.fails["connect 0"] = unix.EIO
	k.fails["close"] = unix.EINTR
	if err := errors.Join(d.Claim(0), d.Claim(1)); err != nil {
		t.Fatal(err)
	}
	err := d.Close()
	for _, want := range []error{unix.EINVAL, unix.EIO, unix.EINTR} {
		if !errors.Is(err, want) {
			t.Errorf("%v is missing from %q", want, err)
		}
	}
	if want := "give interface 0 back to ftdi_sio"; !strings.Contains(err.Error(), want) {
		t.Errorf("got %q, want it to say %q", err, want)
	}
	k.wantCalls(t, "claim 0", "claim 1", "release 0", "connect 0", "release 1", "connect 1")
}

func TestCloseOfAnUnpluggedDeviceIsNoError(t *testing.T) {
	k, d := plugIn()
	if err := d.Claim(0); err != nil {
		t.Fatal(err)
	}
	k.fails["release 0"], k.fails["connect 0"] = unix.ENODEV, unix.ENODEV
	if err := d.Close(); err != nil || !k.closed {
		t.Errorf("got %v, closed %t, want a closed device and no error", err, k.closed)
	}
}

func TestControlPassesTheSetupPacketAndItsData(t *testing.T) {
	k, d := plugIn()
	n, err := d.Control(0x40, 9, 0x0110, 2, []byte{1, 2, 3}, time.Second)
	if err != nil || n != 3 || !bytes.Equal(k.data, []byte{1, 2, 3}) {
		t.Errorf("wrote % x, %d, %v, want 01 02 03", k.data, n, err)
	}
	got := k.control
	got.data = nil
	if want := (controlTransfer{requestType: 0x40, request: 9, value: 0x0110, index: 2, length: 3, timeout: 1000}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestControlReads(t *testing.T) {
	k, d := plugIn()
	k.answer = []byte{0x10}
	var got [2]byte
	if n, err := d.Control(0xC0, 10, 0, 1, got[:], time.Second); err != nil || n != 1 || got[0] != 0x10 {
		t.Errorf("got % x, %d, %v, want 10", got, n, err)
	}
}

func TestControlWithoutDataHasNone(t *testing.T) {
	k, d := plugIn()
	if n, err := d.Control(0x40, 0, 0, 1, nil, time.Second); err != nil || n != 0 || k.control.length != 0 {
		t.Errorf("got %d, %v, length %d, want no data", n, err, k.control.length)
	}
}

func TestControlRefusesMoreThanALengthCanSay(t *testing.T) {
	k, d := plugIn()
	if _, err := d.Control(0x40, 1, 0, 0, make([]byte, 1<<16), time.Second); !errors.Is(err, unix.EINVAL) {
		t.Errorf("got %v, want EINVAL", err)
	}
	k.wantCalls(t)
}

func TestTransferGoesInTheDirectionOfItsEndpoint(t *testing.T) {
	k, d := plugIn()
	k.answer = []byte{7, 8}
	if n, err := d.Transfer(0x02, []byte{4, 5}, 20*time.Millisecond); err != nil || n != 2 || !bytes.Equal(k.data, []byte{4, 5}) {
		t.Errorf("wrote % x, %d, %v, want 04 05", k.data, n, err)
	}
	if k.bulk.endpoint != 0x02 || k.bulk.timeout != 20 {
		t.Errorf("got endpoint 0x%02x, timeout %d ms, want 0x02, 20 ms", k.bulk.endpoint, k.bulk.timeout)
	}
	got := make([]byte, 4)
	if n, err := d.Transfer(0x81, got, time.Second); err != nil || n != 2 || !bytes.Equal(got[:n], k.answer) {
		t.Errorf("read % x, %d, %v, want 07 08", got, n, err)
	}
}

func TestErrorsOfTransfersKeepTheErrnoAndNameTheirTarget(t *testing.T) {
	k, d := plugIn()
	k.fails["bulk"], k.fails["control"] = unix.ENODEV, unix.EPIPE
	if _, err := d.Transfer(0x81, nil, time.Second); !errors.Is(err, unix.ENODEV) || !strings.Contains(err.Error(), "0x81") {
		t.Errorf("got %v, want ENODEV and the endpoint", err)
	}
	if _, err := d.Control(0x40, 0x0B, 0, 1, nil, time.Second); !errors.Is(err, unix.EPIPE) || !strings.Contains(err.Error(), "0x0b") {
		t.Errorf("got %v, want EPIPE and the request", err)
	}
}

func TestATimeoutIsNeverRoundedToForEver(t *testing.T) {
	for d, want := range map[time.Duration]uint32{
		-time.Second:            1,
		0:                       1,
		time.Nanosecond:         1,
		time.Millisecond:        1,
		1001 * time.Microsecond: 2,
		3 * time.Second:         3000,
		math.MaxInt64:           math.MaxInt32,
	} {
		if got := milliseconds(d); got != want {
			t.Errorf("%v: %d ms, want %d", d, got, want)
		}
	}
}

func TestARefusalNamesTheWayOut(t *testing.T) {
	for errno, want := range map[unix.Errno]string{
		unix.EACCES: "permission denied; the udev rule packaging/70-atecc.rules allows it",
		unix.EPERM:  "operation not permitted; the udev rule packaging/70-atecc.rules allows it",
		unix.EBUSY:  "device or resource busy; another program has it",
		unix.ENOENT: "no such file or directory; it was unplugged, or /dev/bus/usb is not mounted",
		unix.ENODEV: "no such device",
	} {
		if err := Explain(errno); err.Error() != want || !errors.Is(err, errno) {
			t.Errorf("got  %v\nwant %v", err, want)
		}
	}
}
