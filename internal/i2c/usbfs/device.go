package usbfs

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Device is an open device. Its errors unwrap to the kernel's errno, of which
// ENODEV means that it was unplugged. It is not safe for concurrent use.
type Device struct {
	node node

	// claimed has the interfaces that are ours, each with the driver that it was
	// taken from, "" when there was none.
	claimed map[int]string
}

// Open opens a device that List has found below the same root. The error is an
// *os.PathError and keeps the errno.
func Open(root string, i Info) (*Device, error) {
	path := filepath.Join(root, "dev/bus/usb", fmt.Sprintf("%03d", i.Bus), fmt.Sprintf("%03d", i.Dev))
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return newDevice(fileNode{f}), nil
}

// Explain adds to an error of Open or Claim what it means, and the way out.
func Explain(err error) error {
	switch {
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%w; the udev rule packaging/70-atecc.rules allows it", err)
	case errors.Is(err, unix.EBUSY):
		return fmt.Errorf("%w; another program has it", err)
	case errors.Is(err, unix.ENOENT):
		return fmt.Errorf("%w; it was unplugged, or /dev/bus/usb is not mounted", err)
	}
	return err
}

func newDevice(n node) *Device { return &Device{node: n, claimed: map[int]string{}} }

// ownDriver is the kernel's name for a program that has claimed an interface.
const ownDriver = "usbfs"

// Claim makes interface n ours. A kernel driver that has it is sent away until
// Release; another program is not: then the error is EBUSY.
func (d *Device) Claim(n int) error {
	driver, err := d.driver(n)
	if err != nil {
		return fmt.Errorf("driver of interface %d: %w", n, err)
	}
	arg := disconnectClaim{number: uint32(n), flags: exceptDriver}
	copy(arg.driver[:], ownDriver)
	if _, err := d.node.ioctl(ioctlDisconnectClaim, unsafe.Pointer(&arg)); err != nil {
		return fmt.Errorf("claim interface %d: %w", n, err)
	}
	d.claimed[n] = driver
	return nil
}

// driver is the name of the driver that interface n is bound to, "" for none.
func (d *Device) driver(n int) (string, error) {
	arg := getDriver{number: uint32(n)}
	_, err := d.node.ioctl(ioctlGetDriver, unsafe.Pointer(&arg))
	if errors.Is(err, unix.ENODATA) {
		return "", nil
	}
	name, _, _ := bytes.Cut(arg.driver[:], []byte{0})
	return string(name), err
}

// Release ends the claim on interface n and calls back the driver that it was
// taken from. Even if the first fails the second is tried: nobody else will.
func (d *Device) Release(n int) error {
	driver, ok := d.claimed[n]
	if !ok {
		return fmt.Errorf("interface %d was not claimed", n)
	}
	delete(d.claimed, n)
	number := uint32(n)
	_, err := d.node.ioctl(ioctlRelease, unsafe.Pointer(&number))
	if err != nil {
		err = fmt.Errorf("release interface %d: %w", n, err)
	}
	if driver == "" {
		return err
	}
	return errors.Join(err, d.connect(n, driver))
}

// connect lets the kernel look for a driver for interface n. That it finds
// none is no error: the module may have been unloaded meanwhile.
func (d *Device) connect(n int, driver string) error {
	arg := interfaceIoctl{number: int32(n), code: ioctlConnect}
	if _, err := d.node.ioctl(ioctlInterface, unsafe.Pointer(&arg)); err != nil {
		return fmt.Errorf("give interface %d back to %s: %w", n, driver, err)
	}
	return nil
}

// Control makes a control transfer; bit 7 of the request type says in which
// direction data goes. It returns how many bytes went.
func (d *Device) Control(requestType, request byte, value, index uint16, data []byte, timeout time.Duration) (int, error) {
	if len(data) > math.MaxUint16 {
		return 0, fmt.Errorf("control request 0x%02x: %d bytes are more than a control transfer can hold: %w", request, len(data), unix.EINVAL)
	}
	arg := controlTransfer{
		requestType: requestType, request: request,
		value: value, index: index, length: uint16(len(data)),
		timeout: milliseconds(timeout), data: unsafe.Pointer(unsafe.SliceData(data)),
	}
	n, err := d.node.ioctl(ioctlControl, unsafe.Pointer(&arg))
	if err != nil {
		return 0, fmt.Errorf("control request 0x%02x: %w", request, err)
	}
	return n, nil
}

// Transfer makes a bulk or an interrupt transfer, whichever the endpoint is
// made for; bit 7 of the endpoint says in which direction data goes. It returns
// how many bytes went. A timeout is ETIMEDOUT, and what had come is lost.
func (d *Device) Transfer(endpoint byte, data []byte, timeout time.Duration) (int, error) {
	arg := bulkTransfer{
		endpoint: uint32(endpoint), length: uint32(len(data)),
		timeout: milliseconds(timeout), data: unsafe.Pointer(unsafe.SliceData(data)),
	}
	n, err := d.node.ioctl(ioctlBulk, unsafe.Pointer(&arg))
	if err != nil {
		return 0, fmt.Errorf("endpoint 0x%02x: %w", endpoint, err)
	}
	return n, nil
}

// milliseconds rounds up, because to the kernel 0 means to wait for ever.
func milliseconds(d time.Duration) uint32 {
	ms := d / time.Millisecond
	if d%time.Millisecond > 0 {
		ms++
	}
	return uint32(min(max(ms, 1), math.MaxInt32))
}

// Close gives back what is still claimed, and closes the device. One that was
// unplugged has nothing to give back, so that is no error here.
func (d *Device) Close() error {
	var errs []error
	for _, n := range slices.Sorted(maps.Keys(d.claimed)) {
		if err := d.Release(n); !errors.Is(err, unix.ENODEV) {
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, d.node.Close())...)
}
