package usb

import "time"

// Vendor requests of FTDI's chips, to the device. The value has the parameter;
// the index is the channel, of which this chip has one.
const (
	ftdiReset       = 0
	ftdiModemStatus = 5
	ftdiErrorChar   = 7 // up to here, but for the two above, settings of a serial port
	ftdiSetLatency  = 9
	ftdiGetLatency  = 10
	ftdiSetBitMode  = 11
	ftdiReadPins    = 12
	ftdiReadEEPROM  = 0x90

	ftdiIn  = 0x81
	ftdiOut = 0x02

	ftdiPacket = 512 // the first two bytes of each are the modem status

	// Parameters of a reset.
	ftdiResetAll = 0
	ftdiPurgeOut = 1 // what the host sent
	ftdiPurgeIn  = 2 // what it has not fetched

	ftdiModeMPSSE = 2
)

// ftdiStatus is what each packet begins with: no modem, nothing to send.
var ftdiStatus = []byte{0x32, 0x60}

var ft232hProfile = profile{
	speed:  highSpeed,
	vendor: 0x0403, product: 0x6014, release: 0x0900,
	packet0: 64,
	maker:   "FTDI", name: "Single RS232-HS",
	interfaces: []iface{{
		class:     [3]byte{0xFF, 0xFF, 0xFF},
		endpoints: []endpoint{{ftdiIn, bulk, ftdiPacket, 0}, {ftdiOut, bulk, ftdiPacket, 0}},
	}},
}

// ft232h is the FTDI FT232H. Only its MPSSE mode does something; in the others
// what the host sends is lost, as on a serial port with nothing connected.
//
// SCL is ADBUS0. SDA is ADBUS1 and ADBUS2 tied together, as all wirings for
// I2C have it: the engine shifts out at one pin and in at the other.
//
// Answers go to the host in packets that begin with two bytes of status. The
// part sends a packet when it is full, when the engine is told to, and when the
// latency timer runs out, even if there is nothing to send. Programs that do
// not tell it to send wait for that timer each time, 16 ms if they leave it.
type ft232h struct {
	*master
	engine  *mpsse
	mode    byte
	latency time.Duration // how long answers wait for more of them
	asked   time.Time     // when the host began to wait; zero while it does not
}

func newFT232H(m *master) function {
	return &ft232h{master: m, engine: newMPSSE(m), latency: 16 * time.Millisecond}
}

func (f *ft232h) request(s setup, _ []byte) ([]byte, bool) {
	switch {
	case s.requestType == vendorInDevice:
		return f.query(s)
	case s.requestType != vendorOutDevice:
		return nil, false
	case s.request == ftdiReset:
		return nil, f.reset(s.value)
	case s.request == ftdiSetLatency && s.value > 0 && s.value < 0x100:
		f.latency = time.Duration(s.value) * time.Millisecond
		return nil, true
	case s.request == ftdiSetBitMode:
		f.mode = byte(s.value >> 8)
		f.engine.reset()
		return nil, true
	}
	// Baud rate, modem lines and the like mean nothing here.
	return nil, s.request <= ftdiErrorChar
}

// query answers what the host wants to know.
func (f *ft232h) query(s setup) ([]byte, bool) {
	switch s.request {
	case ftdiModemStatus:
		return ftdiStatus, true
	case ftdiGetLatency:
		return []byte{byte(f.latency / time.Millisecond)}, true
	case ftdiReadPins:
		return []byte{f.engine.lines.pins()}, true
	case ftdiReadEEPROM:
		return []byte{0xFF, 0xFF}, true // blank
	}
	return nil, false
}

func (f *ft232h) reset(what uint16) bool {
	switch what {
	case ftdiResetAll:
		f.engine.reset()
	case ftdiPurgeOut:
		f.engine.pending = nil
	case ftdiPurgeIn:
		f.engine.answers, f.engine.flush = nil, false
	default:
		return false
	}
	return true
}

func (f *ft232h) out(_ byte, data []byte) bool {
	return f.mode != ftdiModeMPSSE || f.engine.feed(data)
}

// in gives answers once the engine was told to send them, once a packet is
// full, or once they are old enough; then even none at all, but for the status.
func (f *ft232h) in(_ byte, n int) ([]byte, time.Duration) {
	now := time.Now()
	if f.asked.IsZero() {
		f.asked = now
	}
	waited := now.Sub(f.asked)
	full := len(f.engine.answers) >= ftdiPacket-len(ftdiStatus)
	if !full && !f.engine.flush && waited < f.latency {
		return nil, f.latency - waited
	}
	f.asked = time.Time{}
	return f.packets(n), 0
}

// packets fills a transfer. It ends with the first packet that is not full; so
// one whose answers fill a packet just so is ended by a packet with the status
// alone.
func (f *ft232h) packets(n int) []byte {
	b := []byte{}
	for len(b) < n {
		packet := append([]byte{}, ftdiStatus...)
		packet = append(packet, f.engine.fetch(ftdiPacket-len(packet))...)
		b = append(b, packet[:min(len(packet), n-len(b))]...)
		if len(packet) < ftdiPacket {
			break
		}
	}
	return b
}
