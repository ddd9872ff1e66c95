package usbfs_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"atecc/internal/i2c/usbfs"
)

// A tree is what sysfs holds: files by path, and links, which have an arrow
// before their target.
type tree map[string]string

const devices = "sys/bus/usb/devices/"

// machine has a host controller, a hub and an FT232H on the hub's port 2. As in
// a real sysfs, what is in devicesDir are links to the directories.
func machine() tree {
	return tree{
		"sys/pci/usb1/busnum":                               "1\n",
		"sys/pci/usb1/1-1/busnum":                           "1\n",
		"sys/pci/usb1/1-1/devnum":                           "2\n",
		"sys/pci/usb1/1-1/idVendor":                         "05e3\n",
		"sys/pci/usb1/1-1/idProduct":                        "0608\n",
		"sys/pci/usb1/1-1/1-1:1.0/bInterfaceNumber":         "00\n",
		"sys/pci/usb1/1-1/1-1:1.0/driver":                   "-> ../drivers/hub",
		"sys/pci/usb1/1-1/1-1.2/busnum":                     "1\n",
		"sys/pci/usb1/1-1/1-1.2/devnum":                     "14\n",
		"sys/pci/usb1/1-1/1-1.2/idVendor":                   "0403\n",
		"sys/pci/usb1/1-1/1-1.2/idProduct":                  "6010\n",
		"sys/pci/usb1/1-1/1-1.2/serial":                     "FT9XYZ\n",
		"sys/pci/usb1/1-1/1-1.2/product":                    "Dual RS232-HS\n",
		"sys/pci/usb1/1-1/1-1.2/speed":                      "480\n",
		"sys/pci/usb1/1-1/1-1.2/1-1.2:1.0/driver":           "-> ../drivers/ftdi_sio",
		"sys/pci/usb1/1-1/1-1.2/1-1.2:1.0/bInterfaceNumber": "00\n",
		"sys/pci/usb1/1-1/1-1.2/1-1.2:1.1/bInterfaceNumber": "01\n",
		devices + "usb1":                                    "-> ../../../pci/usb1",
		devices + "1-1":                                     "-> ../../../pci/usb1/1-1",
		devices + "1-1:1.0":                                 "-> ../../../pci/usb1/1-1/1-1:1.0",
		devices + "1-1.2":                                   "-> ../../../pci/usb1/1-1/1-1.2",
		devices + "1-1.2:1.0":                               "-> ../../../pci/usb1/1-1/1-1.2/1-1.2:1.0",
		devices + "1-1.2:1.1":                               "-> ../../../pci/usb1/1-1/1-1.2/1-1.2:1.1",
	}
}

func (files tree) plant(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		write := func() error { return os.WriteFile(path, []byte(text), 0o644) }
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			write = func() error { return os.Symlink(target, path) }
		}
		if err := write(); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

var (
	hub = usbfs.Info{
		Bus: 1, Dev: 2, Path: "1-1", VID: 0x05E3, PID: 0x0608,
		Interfaces: []usbfs.Interface{{Number: 0, Driver: "hub"}},
	}
	ftdi = usbfs.Info{
		Bus: 1, Dev: 14, Path: "1-1.2", VID: 0x0403, PID: 0x6010,
		Serial: "FT9XYZ", Product: "Dual RS232-HS", Speed: "480",
		Interfaces: []usbfs.Interface{{Number: 0, Driver: "ftdi_sio"}, {Number: 1}},
	}
)

func TestListHasDevicesWithTheirInterfacesAndDrivers(t *testing.T) {
	got, err := usbfs.List(machine().plant(t))
	if want := []usbfs.Info{hub, ftdi}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
}

func TestListOfAMachineWithoutUSBIsEmpty(t *testing.T) {
	if got, err := usbfs.List(t.TempDir()); err != nil || len(got) > 0 {
		t.Errorf("got %v, %v, want nothing", got, err)
	}
}

func TestListLeavesOutADeviceThatIsBeingUnplugged(t *testing.T) {
	files := machine()
	maps.DeleteFunc(files, func(name, _ string) bool { return strings.HasPrefix(name, "sys/pci/usb1/1-1/1-1.2/") })
	got, err := usbfs.List(files.plant(t))
	if want := []usbfs.Info{hub}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want only the hub", got, err)
	}
	for _, gone := range []string{"idProduct", "1-1.2:1.1/bInterfaceNumber"} {
		files := machine()
		delete(files, "sys/pci/usb1/1-1/1-1.2/"+gone)
		got, err := usbfs.List(files.plant(t))
		if want := []usbfs.Info{hub}; err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("without %s: got %+v, %v, want only the hub", gone, got, err)
		}
	}
}

func TestListSaysWhichDeviceAndFileItCannotRead(t *testing.T) {
	for _, tt := range []struct{ file, text, want string }{
		{"1-1.2/idVendor", "zz\n", "usb device 1-1.2: idVendor: "},
		{"1-1.2/busnum", "70000\n", "usb device 1-1.2: busnum: "},
		{"1-1.2/1-1.2:1.1/bInterfaceNumber", "\n", "usb device 1-1.2: bInterfaceNumber: "},
	} {
		files := machine()
		files["sys/pci/usb1/1-1/"+tt.file] = tt.text
		if _, err := usbfs.List(files.plant(t)); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.file, err, tt.want)
		}
	}
}

func TestListReportsADirectoryThatItCannotRead(t *testing.T) {
	root := tree{"sys/bus/usb/devices": "a file\n"}.plant(t)
	if _, err := usbfs.List(root); !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("got %v, want ENOTDIR", err)
	}
}

func TestOpenKeepsPathAndErrnoOfADeviceThatIsGone(t *testing.T) {
	_, err := usbfs.Open(machine().plant(t), ftdi)
	var path *os.PathError
	if !errors.As(err, &path) || !strings.HasSuffix(path.Path, "/dev/bus/usb/001/014") || !errors.Is(err, syscall.ENOENT) {
		t.Errorf("got %v, want ENOENT for /dev/bus/usb/001/014", err)
	}
}

// A plain file has the place of the node, so the kernel itself answers: it has
// no such ioctl for files.
func TestAnOpenDeviceGivesTheErrnoOfTheKernel(t *testing.T) {
	d, err := usbfs.Open(tree{"dev/bus/usb/001/014": ""}.plant(t), ftdi)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Transfer(0x81, make([]byte, 8), 0); !errors.Is(err, syscall.ENOTTY) {
		t.Errorf("transfer on a plain file: got %v, want ENOTTY", err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if _, err := d.Transfer(0x81, make([]byte, 8), 0); err == nil {
		t.Error("a closed device takes a transfer")
	}
}
