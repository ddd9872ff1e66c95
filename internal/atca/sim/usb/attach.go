package usb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"atecc/internal/atca/sim"
)

// vhci is the directory of the virtual USB host.
const vhci = "sys/devices/platform/vhci_hcd.0"

// ErrNoHost says that the kernel has no virtual USB host.
var ErrNoHost = errors.New("the kernel has no virtual USB host; load it with modprobe vhci-hcd")

// ErrNoPort says that all ports of the virtual USB host are taken.
var ErrNoPort = errors.New("all ports of the kernel's virtual USB host are taken; unplug a device of it")

// Options say how a bridge is plugged in.
type Options struct {
	// Root is the directory that holds sys; "/" except in tests.
	Root string
	// Serial is the USB serial number, which tells bridges of a kind apart.
	Serial string
	// Attached, where it is set, is called once the kernel has the device, and
	// goes on to enumerate it and to look for a driver. Its error unplugs it.
	Attached func() error
}

// kind is one kind of bridge.
type kind struct {
	name    string
	profile profile
	build   func(*master) function
}

// kinds are in the order of the documentation.
var kinds = []kind{
	{"ft232h", ft232hProfile, newFT232H},
	{"tiny-usb", tinyUSBProfile, newTinyUSB},
	{"osif", osifProfile, newOSIF},
	{"diolan", diolanProfile, newDiolan},
	{"cp2112", cp2112Profile, newCP2112},
	{"mcp2221", mcp2221Profile, newMCP2221},
}

// Kinds are the names that Attach knows.
func Kinds() []string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

// Attach plugs a bridge of the kind into the kernel, with bus behind it, and
// serves it until ctx ends, which unplugs it, or until the kernel lets go. The
// caller keeps the bus. It needs root and the kernel module vhci-hcd.
func Attach(ctx context.Context, kind string, bus *sim.Bus, o Options) error {
	d, err := newDevice(kind, bus, o.Serial)
	if err != nil {
		return err
	}
	connection, err := plug(o.Root, d.speed)
	if err != nil {
		return err
	}
	if o.Attached != nil {
		if err := o.Attached(); err != nil {
			return errors.Join(err, connection.Close())
		}
	}
	return serve(ctx, connection, d)
}

// newDevice makes a bridge that nobody uses yet.
func newDevice(name string, bus *sim.Bus, serial string) (*device, error) {
	for _, k := range kinds {
		if k.name == name {
			m := &master{bus: bus}
			m.setSpeed(resetSpeed)
			return &device{profile: k.profile, function: k.build(m), serial: serial}, nil
		}
	}
	return nil, fmt.Errorf("no bridge is called %q; there are %s", name, strings.Join(Kinds(), ", "))
}

// plug gives one end of a socket pair to the kernel and returns the other.
func plug(root string, s speed) (*os.File, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("cannot make a socket pair: %w", err)
	}
	// The kernel keeps its own reference to the socket.
	defer func() { _ = unix.Close(pair[1]) }()
	// Only with a non-blocking descriptor can a read be ended by Close.
	err = unix.SetNonblock(pair[0], true)
	ours := os.NewFile(uintptr(pair[0]), "usbip")
	if err == nil {
		err = attach(root, pair[1], s)
	}
	if err != nil {
		return nil, errors.Join(err, ours.Close())
	}
	return ours, nil
}

// attach gives a socket to a free port. Somebody else may take that port in
// the meantime, so each is tried.
func attach(root string, socket int, s speed) error {
	ports, err := freePorts(root)
	if err != nil {
		return err
	}
	for _, port := range ports {
		err := writeAttach(root, fmt.Sprintf("%s %d %d %d", port, socket, deviceID, s))
		// Kernels of different age report a port that is taken differently.
		if errors.Is(err, unix.EBUSY) || errors.Is(err, unix.EINVAL) {
			continue
		}
		return err
	}
	return ErrNoPort
}

// deviceID is the bus and number of the device on the machine it comes from.
// The kernel only repeats it.
const deviceID = 1<<16 | 1

func writeAttach(root, line string) error {
	f, err := os.OpenFile(filepath.Join(root, vhci, "attach"), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line)
	return errors.Join(err, f.Close())
}

// freePorts lists the ports for devices up to high speed that nothing is
// plugged into. The file has a line for each port:
//
//	hub port sta spd dev      sockfd local_busid
//	hs  0000 004 000 00000000 000000 0-0
//
// Kernels before 4.13 have no column hub, and only such ports.
func freePorts(root string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(root, vhci, "status"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoHost
	}
	if err != nil {
		return nil, err
	}
	const free = "004"
	var ports []string
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(strings.TrimPrefix(line, "hs"))
		if len(fields) > 2 && fields[0] != "ss" && fields[1] == free {
			ports = append(ports, fields[0])
		}
	}
	if len(ports) == 0 {
		return nil, ErrNoPort
	}
	return ports, nil
}
