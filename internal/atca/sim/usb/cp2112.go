package usb

import (
	"encoding/binary"

	"periph.io/x/conn/v3/physic"
)

// Reports of the CP2112 (AN495). The first group are feature reports.
const (
	cpGPIOConfig  = 0x02
	cpGPIOGet     = 0x03
	cpGPIOSet     = 0x04
	cpVersion     = 0x05
	cpSMBusConfig = 0x06
	cpLock        = 0x20
	cpUSBConfig   = 0x21

	cpRead           = 0x10
	cpWriteRead      = 0x11
	cpReadForce      = 0x12
	cpReadResponse   = 0x13
	cpWrite          = 0x14
	cpStatusRequest  = 0x15
	cpStatusResponse = 0x16
	cpCancel         = 0x17

	// What the reports can carry.
	cpMaxData   = 61
	cpMaxRead   = 512
	cpMaxTarget = 16

	cpIdle     = 0x00
	cpComplete = 0x02
	cpError    = 0x03

	cpNack    = 0x00 // why it failed
	cpSuccess = 0x05
)

// cpFeatures are the feature reports and what they hold after a reset, without
// the number in front. The SMBus configuration is: 100 kHz, own address, no
// automatic reads, no timeouts, no retries.
var cpFeatures = map[byte][]byte{
	cpGPIOConfig:  {0, 0, 0, 0},
	cpGPIOGet:     {0xFF},
	cpGPIOSet:     {0, 0},
	cpVersion:     {0x0C, 0x02},
	cpSMBusConfig: {0x00, 0x01, 0x86, 0xA0, 0x02, 0, 0, 0, 0, 0, 0, 0, 0},
	cpLock:        {0xFF},
	cpUSBConfig:   {0xC4, 0x10, 0x90, 0xEA, 0x32, 0x00, 0x02, 0x00, 0x00},
}

// cpOutputs are the output reports and the length that they have at least.
var cpOutputs = map[byte]struct {
	least int
	run   func(*cp2112, []byte) bool
}{
	cpRead:          {4, (*cp2112).readRequest},
	cpWriteRead:     {6, (*cp2112).writeReadRequest},
	cpReadForce:     {3, (*cp2112).readForce},
	cpWrite:         {3, (*cp2112).writeRequest},
	cpStatusRequest: {2, (*cp2112).statusRequest},
	cpCancel:        {2, func(c *cp2112, _ []byte) bool { c.status = cpIdle; return true }},
}

var cp2112Profile = profile{
	speed:  fullSpeed,
	vendor: 0x10C4, product: 0xEA90, release: 0x0100,
	packet0: 64,
	maker:   "Silicon Laboratories", name: "CP2112 HID USB-to-SMBus Bridge",
	interfaces: []iface{hidInterface(cp2112Reports(), 0x81, 0x01)},
}

// cp2112Reports describes the reports: what each is for is up to the vendor, so
// it comes down to number, direction and size. The kernel drops a report whose
// number it was not told of.
func cp2112Reports() []byte {
	b := []byte{
		0x06, 0x00, 0xFF, 0x09, 0x01, // usage page and usage: of the vendor
		0xA1, 0x01, // collection
		0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, // bytes
	}
	const input, output, feature = 0x81, 0x91, 0xB1
	add := func(number, kind byte, size int) {
		b = append(b, 0x85, number, 0x95, byte(size), 0x09, 0x01, kind, 0x02)
	}
	for _, number := range []byte{cpGPIOConfig, cpGPIOGet, cpGPIOSet, cpVersion, cpSMBusConfig, cpLock, cpUSBConfig} {
		add(number, feature, len(cpFeatures[number]))
	}
	for _, number := range []byte{cpRead, cpWriteRead, cpReadForce, cpWrite, cpStatusRequest, cpCancel} {
		add(number, output, hidReportSize-1)
	}
	for _, number := range []byte{cpReadResponse, cpStatusResponse} {
		add(number, input, hidReportSize-1)
	}
	return append(b, 0xC0)
}

// cp2112 is the Silicon Labs CP2112. It runs a transfer as a whole and keeps
// what it read until it is asked for: the host sends the request, asks for the
// status until it is complete, and then for the data. A refused address is
// reported as a timeout, after the retries are used up; a refused data byte is
// taken for the same here.
//
// Whether the part sends a general call was not tried; its Linux driver asks it
// to without any doubt.
type cp2112 struct {
	*master
	reports
	features map[byte][]byte
	status   byte
	reason   byte
	count    int // bytes read by the last transfer
	data     []byte
}

func newCP2112(m *master) function {
	c := &cp2112{master: m, features: map[byte][]byte{}}
	for number, content := range cpFeatures {
		c.features[number] = append([]byte(nil), content...)
	}
	return c
}

// request answers for the feature reports.
func (c *cp2112) request(s setup, data []byte) ([]byte, bool) {
	number := byte(s.value)
	content, known := c.features[number]
	switch {
	case s.value>>8 != featureReport:
		return hidRequest(s)
	case !known:
		return nil, false
	case s.requestType == classInInterface && s.request == hidGetReport:
		return append([]byte{number}, content...), true
	case s.requestType == classOutInterface && s.request == hidSetReport:
		return nil, c.setFeature(number, data)
	}
	return nil, false
}

// setFeature takes a feature report. The part's one-time programmable names
// and numbers stay what they are.
func (c *cp2112) setFeature(number byte, data []byte) bool {
	content := c.features[number]
	if len(data) != 1+len(content) || data[0] != number {
		return false
	}
	switch number {
	case cpSMBusConfig:
		hz := binary.BigEndian.Uint32(data[1:])
		if hz == 0 {
			return false
		}
		c.setSpeed(physic.Frequency(hz) * physic.Hertz)
		copy(content, data[1:])
	case cpGPIOConfig, cpGPIOSet:
		copy(content, data[1:])
	}
	return true
}

func (c *cp2112) out(_ byte, data []byte) bool {
	if len(data) == 0 {
		return false
	}
	report, known := cpOutputs[data[0]]
	return known && len(data) >= report.least && report.run(c, data)
}

// writeRequest: address, length, data.
func (c *cp2112) writeRequest(b []byte) bool {
	n := int(b[2])
	if n > cpMaxData || len(b) < 3+n {
		return false
	}
	c.finish(nil, c.write(b[1]>>1, b[3:3+n]))
	return true
}

// readRequest: address, length.
func (c *cp2112) readRequest(b []byte) bool {
	n := int(binary.BigEndian.Uint16(b[2:]))
	if n < 1 || n > cpMaxRead {
		return false
	}
	c.finish(c.read(b[1]>>1, n))
	return true
}

// writeReadRequest: address, length to read, length to write, data to write,
// which often is the number of a register.
func (c *cp2112) writeReadRequest(b []byte) bool {
	n, w := int(binary.BigEndian.Uint16(b[2:])), int(b[4])
	if n < 1 || n > cpMaxRead || w < 1 || w > cpMaxTarget || len(b) < 5+w {
		return false
	}
	if !c.write(b[1]>>1, b[5:5+w]) {
		c.finish(nil, false)
		return true
	}
	c.finish(c.read(b[1]>>1, n))
	return true
}

// finish ends a transfer and keeps what came of it.
func (c *cp2112) finish(data []byte, ack bool) {
	c.stop()
	c.status, c.reason = cpComplete, cpSuccess
	if !ack {
		c.status, c.reason = cpError, cpNack
	}
	c.data, c.count = data, len(data)
}

func (c *cp2112) statusRequest([]byte) bool {
	c.push(cpStatusResponse, c.status, c.reason, 0, 0, byte(c.count>>8), byte(c.count))
	return true
}

// readForce gives out what was read, a report at a time.
func (c *cp2112) readForce(b []byte) bool {
	n := min(int(binary.BigEndian.Uint16(b[1:])), len(c.data), cpMaxData)
	c.push(append([]byte{cpReadResponse, c.status, byte(n)}, c.data[:n]...)...)
	c.data = c.data[n:]
	return true
}
