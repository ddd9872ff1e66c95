package usb

import "periph.io/x/conn/v3/physic"

// Requests of the RobotFuzz OSIF, vendor requests to the interface. The index
// is the address.
const (
	osifRead    = 20
	osifWrite   = 21
	osifStop    = 22
	osifStatus  = 23
	osifBitRate = 24

	osifAck  = 0
	osifNack = 2

	osifClock = 12 * physic.MegaHertz
)

var osifProfile = profile{
	speed:  fullSpeed,
	vendor: 0x1964, product: 0x0001, release: 0x0100,
	packet0: 8,
	maker:   "RobotFuzz", name: "OSIF",
	interfaces: []iface{{class: [3]byte{0xFF, 0, 0}}},
}

// osif is the RobotFuzz OSIF, as its driver sees it. It descends from
// i2c-tiny-usb and works like it, on endpoint 0, with three requests a message:
// the bytes, the STOP, and the status, which is of address and data alike.
// Since its driver asks for a STOP after each message, there is no repeated
// START through it.
type osif struct {
	controlOnly
	*master
	status byte
}

func newOSIF(m *master) function { return &osif{master: m} }

func (o *osif) request(s setup, data []byte) ([]byte, bool) {
	toUs := s.requestType == vendorOutInterface
	// Old drivers ask for STOP and bit rate as if an answer would come, so the
	// direction tells nothing where there is no data.
	if !toUs && s.requestType != vendorInInterface || s.length > 0 && toUs != (s.request == osifWrite) {
		return nil, false
	}
	switch s.request {
	case osifRead:
		reply, ack := o.read(byte(s.index), int(s.length))
		o.note(ack)
		if !ack {
			reply = make([]byte, s.length)
		}
		return reply, true
	case osifWrite:
		o.note(o.write(byte(s.index), data))
		return nil, true
	case osifStop:
		o.stop()
		return nil, true
	case osifStatus:
		return []byte{o.status}, true
	case osifBitRate:
		return nil, o.bitRate(s.value, s.index)
	}
	return nil, false
}

func (o *osif) note(ack bool) {
	o.status = osifNack
	if ack {
		o.status = osifAck
	}
}

// bitRate sets the clock as the bit rate registers of an AVR do. The comment
// in the Linux driver has a clock that is ten times as fast; its result, 100
// kHz for a divisor of 52, has not.
func (o *osif) bitRate(divisor, prescale uint16) bool {
	if divisor > 0xFF || prescale > 3 {
		return false
	}
	o.setSpeed(osifClock / physic.Frequency(16+2*int64(divisor)<<(2*prescale)))
	return true
}
