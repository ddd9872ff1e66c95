package mcp2221

import (
	"errors"
	"os"
	"path/filepath"
)

// hidInterface is the part of the bridge that takes reports. On a real part it
// is number 2, behind the two of the serial port, with endpoints 0x83 and 0x03;
// but its descriptors say so, and then a part that differs will do as well.
type hidInterface struct {
	number  int
	in, out byte // its endpoints
}

// findHID looks it up in the descriptors of a device. The kernel keeps them in
// sysfs, where everybody may read them.
func findHID(root, path string) (hidInterface, error) {
	descriptors, err := os.ReadFile(filepath.Join(root, "sys/bus/usb/devices", path, "descriptors"))
	if err != nil {
		return hidInterface{}, err
	}
	return parseHID(descriptors)
}

// Descriptors as the USB specification lays them out: length, type, and then
// fields at fixed places.
const (
	interfaceType = 4
	atNumber      = 2
	atClass       = 5
	interfaceSize = 9

	endpointType = 5
	atAddress    = 2
	atAttributes = 3
	endpointSize = 7

	classHID      = 3
	transferType  = 0x03 // bits of the attributes
	interruptType = 0x03
	inward        = 0x80 // bit of an endpoint's address
)

var errNoHID = errors.New("the device has no HID interface with an endpoint in each direction")

// parseHID finds the first HID interface and its two interrupt endpoints. The
// endpoints of an interface follow it, before the next interface. Descriptors
// come from the device, so no length in them is believed.
func parseHID(b []byte) (hidInterface, error) {
	var h hidInterface
	hid := false
	for len(b) >= 2 && int(b[0]) >= 2 && int(b[0]) <= len(b) {
		d := b[:b[0]]
		b = b[b[0]:]
		switch {
		case d[1] == interfaceType && len(d) >= interfaceSize:
			hid = d[atClass] == classHID
			h = hidInterface{number: int(d[atNumber])}
		case d[1] == endpointType && len(d) >= endpointSize && hid:
			h.add(d[atAddress], d[atAttributes])
		}
		if h.in != 0 && h.out != 0 {
			return h, nil
		}
	}
	return hidInterface{}, errNoHID
}

// add takes an endpoint if it carries reports.
func (h *hidInterface) add(address, attributes byte) {
	switch {
	case attributes&transferType != interruptType:
	case address&inward != 0:
		h.in = address
	default:
		h.out = address
	}
}
