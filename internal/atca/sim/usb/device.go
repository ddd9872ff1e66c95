package usb

import (
	"encoding/binary"
	"time"
	"unicode/utf16"
)

// Descriptor types and standard requests (USB 2.0, chapter 9).
const (
	descDevice        = 1
	descConfiguration = 2
	descString        = 3
	descInterface     = 4
	descEndpoint      = 5
	descQualifier     = 6
	descHID           = 0x21
	descReport        = 0x22

	reqGetStatus     = 0
	reqClearFeature  = 1
	reqSetFeature    = 3
	reqGetDescriptor = 6
	reqGetConfig     = 8
	reqSetConfig     = 9
	reqGetInterface  = 10
	reqSetInterface  = 11
)

// Request types: direction, kind and recipient.
const (
	inDevice           = 0x80
	inInterface        = 0x81
	inEndpoint         = 0x82
	outDevice          = 0x00
	outInterface       = 0x01
	outEndpoint        = 0x02
	classInInterface   = 0xA1
	classOutInterface  = 0x21
	vendorInDevice     = 0xC0
	vendorOutDevice    = 0x40
	vendorInInterface  = 0xC1
	vendorOutInterface = 0x41
)

// speed is a USB speed, in the numbers of vhci-hcd.
type speed int

const (
	fullSpeed speed = 2
	highSpeed speed = 3
)

// Kinds of endpoints.
const (
	bulk      = 2
	interrupt = 3
)

// profile is what a device tells when it is enumerated. Drivers choose their
// devices by vendor and product; libraries for FTDI's chips look at the release
// to tell the chips apart.
type profile struct {
	speed           speed
	vendor, product uint16
	release         uint16  // of the device, binary coded decimal
	class           [3]byte // class, subclass, protocol; zero: see the interfaces
	packet0         byte    // packet size of endpoint 0
	maker, name     string
	interfaces      []iface
}

// iface is an interface; its number is its place in the profile. There is one
// setting of each, and one configuration of all.
type iface struct {
	before    []byte // descriptors in front of it, such as an association
	class     [3]byte
	extra     []byte // class descriptors
	report    []byte // HID report descriptor
	endpoints []endpoint
}

type endpoint struct {
	address  byte
	kind     byte
	packet   uint16
	interval byte
}

// function is what a device does besides being enumerated. A false ok stalls:
// it is how a device says that a request makes no sense to it.
type function interface {
	// request answers a control request of the device's class or vendor. What
	// it returns is cut to what the host has room for.
	request(s setup, data []byte) (reply []byte, ok bool)
	// out takes what the host sends to an endpoint.
	out(endpoint byte, data []byte) (ok bool)
	// in gives up to n bytes to the host. Nil means nothing yet; then again
	// says when to ask again, even if nothing happens. 0 is never.
	in(endpoint byte, n int) (data []byte, again time.Duration)
	// err is a failure of the bus behind the device that ends it.
	err() error
}

// setup is the head of a control transfer.
type setup struct {
	requestType, request byte
	value, index, length uint16
}

func parseSetup(b [8]byte) setup {
	le := binary.LittleEndian
	return setup{b[0], b[1], le.Uint16(b[2:]), le.Uint16(b[4:]), le.Uint16(b[6:])}
}

// device is a USB device.
type device struct {
	profile
	function
	serial     string
	configured byte
}

// standardRequest identifies a request of chapter 9.
type standardRequest struct{ requestType, request byte }

// standard has the requests that the device answers itself. SET_ADDRESS is not
// among them: vhci-hcd keeps it to itself, since a connection has but one
// device.
var standard = map[standardRequest]func(*device, setup) ([]byte, bool){
	{inDevice, reqGetDescriptor}:    (*device).descriptor,
	{inInterface, reqGetDescriptor}: (*device).classDescriptor,
	{inDevice, reqGetStatus}:        noStatus,
	{inInterface, reqGetStatus}:     noStatus,
	{inEndpoint, reqGetStatus}:      noStatus,
	{inDevice, reqGetConfig}:        func(d *device, _ setup) ([]byte, bool) { return []byte{d.configured}, true },
	{outDevice, reqSetConfig}:       (*device).configure,
	{inInterface, reqGetInterface}:  func(*device, setup) ([]byte, bool) { return []byte{0}, true },
	{outInterface, reqSetInterface}: func(_ *device, s setup) ([]byte, bool) { return nil, s.value == 0 },
	{outDevice, reqSetFeature}:      accept,
	{outDevice, reqClearFeature}:    accept,
	{outEndpoint, reqClearFeature}:  accept,
}

func accept(*device, setup) ([]byte, bool) { return nil, true }

// noStatus: bus-powered, no remote wakeup, nothing halted.
func noStatus(*device, setup) ([]byte, bool) { return []byte{0, 0}, true }

// control answers a request to endpoint 0. The type of the request tells whose
// it is: those of a class or vendor go to the function.
func (d *device) control(s setup, data []byte) ([]byte, bool) {
	if answer, ok := standard[standardRequest{s.requestType, s.request}]; ok {
		return answer(d, s)
	}
	return d.request(s, data)
}

// configure takes the only configuration, or none.
func (d *device) configure(s setup) ([]byte, bool) {
	if s.value > 1 {
		return nil, false
	}
	d.configured = byte(s.value)
	return nil, true
}

// descriptor answers for what describes the whole device.
func (d *device) descriptor(s setup) ([]byte, bool) {
	switch index := byte(s.value); s.value >> 8 {
	case descDevice:
		return d.deviceDescriptor(), true
	case descConfiguration:
		return d.configuration(), index == 0
	case descString:
		return d.text(index)
	case descQualifier:
		// How it would be at the other speed: the same. A device that knows
		// only full speed has nothing to say here.
		return append([]byte{10, descQualifier}, append(d.identity(), 1, 0)...), d.speed == highSpeed
	}
	return nil, false
}

// identity is the part that device descriptor and qualifier have in common.
func (d *device) identity() []byte {
	return []byte{0x00, 0x02, d.class[0], d.class[1], d.class[2], d.packet0}
}

func (d *device) deviceDescriptor() []byte {
	b := append([]byte{18, descDevice}, d.identity()...)
	for _, word := range []uint16{d.vendor, d.product, d.release} {
		b = binary.LittleEndian.AppendUint16(b, word)
	}
	return append(b, 1, 2, 3, 1) // strings: maker, name, serial; one configuration
}

// configuration is the configuration descriptor with all that belongs to it.
func (d *device) configuration() []byte {
	var body []byte
	for n, i := range d.interfaces {
		body = append(body, i.before...)
		body = append(body, 9, descInterface, byte(n), 0, byte(len(i.endpoints)), i.class[0], i.class[1], i.class[2], 0)
		body = append(body, i.extra...)
		for _, e := range i.endpoints {
			body = append(body, 7, descEndpoint, e.address, e.kind, byte(e.packet), byte(e.packet>>8), e.interval)
		}
	}
	const busPowered, milliamps = 0x80, 100
	size := uint16(9 + len(body))
	return append([]byte{
		9, descConfiguration, byte(size), byte(size >> 8),
		byte(len(d.interfaces)), 1, 0, busPowered, milliamps / 2,
	}, body...)
}

// text answers for the strings, which are UTF-16. Number 0 is the list of
// languages: US English.
func (d *device) text(index byte) ([]byte, bool) {
	units := []uint16{0x0409}
	switch index {
	case 0:
	case 1, 2, 3:
		units = utf16.Encode([]rune([]string{d.maker, d.name, d.serial}[index-1]))
	default:
		return nil, false
	}
	// A descriptor cannot be longer than its length byte can say.
	units = units[:min(len(units), 126)]
	b := []byte{byte(2 + 2*len(units)), descString}
	for _, u := range units {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b, true
}

// classDescriptor answers for the HID descriptors of an interface.
func (d *device) classDescriptor(s setup) ([]byte, bool) {
	if int(s.index) >= len(d.interfaces) {
		return nil, false
	}
	i := d.interfaces[s.index]
	switch s.value >> 8 {
	case descHID:
		return i.extra, i.report != nil
	case descReport:
		return i.report, i.report != nil
	}
	return nil, false
}

// has says whether the device has an endpoint.
func (d *device) has(address byte) bool {
	for _, i := range d.interfaces {
		for _, e := range i.endpoints {
			if e.address == address {
				return true
			}
		}
	}
	return false
}

// controlOnly is embedded by a function that has no endpoint but 0.
type controlOnly struct{}

func (controlOnly) out(byte, []byte) bool { return false }

func (controlOnly) in(byte, int) ([]byte, time.Duration) { return nil, 0 }
