package usb

import "periph.io/x/conn/v3/physic"

// Requests of i2c-tiny-usb, vendor requests to the interface. For the one that
// moves data, the value has the flags of a Linux I2C message, the index has
// the address, and the request itself says whether the message is the first
// and the last of its transaction.
const (
	tinyEcho     = 0
	tinyGetFunc  = 1
	tinySetDelay = 2
	tinyStatus   = 3
	tinyIO       = 4 // with the two bits below, 4 to 7
	tinyBegin    = 1
	tinyEnd      = 2

	tinyAck  = 1
	tinyNack = 2

	messageRead = 0x0001 // flag I2C_M_RD
)

// i2cFunctions are what the Linux driver tells its users that the adapter can
// do: plain I2C, and the SMBus commands that can be made of it. Byte by byte,
// least significant first.
var i2cFunctions = []byte{0x09, 0x00, 0xFF, 0x0E}

var tinyUSBProfile = profile{
	speed:  fullSpeed,
	vendor: 0x0403, product: 0xC631, release: 0x0205,
	packet0: 8,
	maker:   "Till Harbaum", name: "i2c-tiny-usb",
	interfaces: []iface{{class: [3]byte{0xFF, 0, 0}}},
}

// tinyUSB is the firmware of i2c-tiny-usb, as its driver sees it. All happens on
// endpoint 0: one request moves the bytes of one I2C message, and another asks
// how it went. The clock is given as the time of one bit. A refused data byte
// is not reported: the status knows only the address. That is enough for our
// chip, which refuses a byte only when there is one too many.
type tinyUSB struct {
	controlOnly
	*master
	status byte
}

func newTinyUSB(m *master) function { return &tinyUSB{master: m} }

func (t *tinyUSB) request(s setup, data []byte) ([]byte, bool) {
	toUs := s.requestType == vendorOutInterface
	if !toUs && s.requestType != vendorInInterface {
		return nil, false
	}
	switch s.request {
	case tinyEcho:
		return []byte{byte(s.value), byte(s.value >> 8)}, true
	case tinyGetFunc:
		return i2cFunctions, true
	case tinySetDelay:
		t.setSpeed(physic.MegaHertz / physic.Frequency(max(s.value, 1)))
		return nil, true
	case tinyStatus:
		return []byte{t.status}, true
	case tinyIO, tinyIO | tinyBegin, tinyIO | tinyEnd, tinyIO | tinyBegin | tinyEnd:
		// Data cannot come from the chip and from the host at once.
		if read := s.value&messageRead != 0; s.length > 0 && read == toUs {
			return nil, false
		}
		return t.message(s, data), true
	}
	return nil, false
}

// message runs one I2C message. After a refused address there is a STOP, and
// what the host reads is zeros.
func (t *tinyUSB) message(s setup, data []byte) []byte {
	octet := byte(s.index << 1)
	read := s.value&messageRead != 0
	if read {
		octet |= 1
	}
	reply := make([]byte, s.length)
	t.status = tinyAck
	if !t.start(octet) {
		t.status = tinyNack
		t.stop()
		return reply
	}
	for i := range reply {
		if read {
			reply[i] = t.get()
		} else if i < len(data) {
			t.put(data[i])
		}
	}
	if s.request&tinyEnd != 0 {
		t.stop()
	}
	return reply
}
