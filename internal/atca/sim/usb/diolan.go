package usb

import (
	"time"

	"periph.io/x/conn/v3/physic"
)

// Endpoints, commands and answers of the Diolan U2C-12. The host sends
// commands in a row; each gets an answer of its own, whose last byte says how
// it went. SDA and SCL can also be moved by hand; that is not built.
const (
	diolanOut = 0x02
	diolanIn  = 0x84

	diolanFirmware       = 0x0A
	diolanSerial         = 0x0B
	diolanStart          = 0x0C
	diolanStop           = 0x0D
	diolanRepeatedStart  = 0x0E
	diolanPutByteAck     = 0x13
	diolanGetByteAck     = 0x14
	diolanSetSpeed       = 0x1B
	diolanClockSync      = 0x24
	diolanClockSyncLimit = 0x26

	diolanOK             = 0x00
	diolanFailed         = 0x01
	diolanNotImplemented = 0x06
	diolanNack           = 0x07

	// maxDiolanAnswers is how many answers are kept for the host. Its driver
	// tells that the part stops to answer when nobody fetches them.
	maxDiolanAnswers = 256
)

var diolanProfile = profile{
	speed:  fullSpeed,
	vendor: 0x0ABF, product: 0x3370, release: 0x0100,
	packet0: 64,
	maker:   "Diolan", name: "U2C-12",
	interfaces: []iface{{
		class:     [3]byte{0xFF, 0, 0},
		endpoints: []endpoint{{diolanOut, bulk, 64, 0}, {diolanIn, bulk, 64, 0}},
	}},
}

// diolanCommand is a command: how many bytes follow it, and what it does.
type diolanCommand struct {
	args int
	run  func(d *diolan, args []byte) []byte
}

var diolanCommands = map[byte]diolanCommand{
	diolanFirmware:       {0, func(*diolan, []byte) []byte { return []byte{1, 0, diolanOK} }},
	diolanSerial:         {0, func(*diolan, []byte) []byte { return []byte{1, 0, 0, 0, diolanOK} }},
	diolanStart:          {0, (*diolan).begin},
	diolanRepeatedStart:  {0, (*diolan).begin},
	diolanStop:           {0, (*diolan).finish},
	diolanPutByteAck:     {1, (*diolan).putByte},
	diolanGetByteAck:     {1, (*diolan).getByte},
	diolanSetSpeed:       {1, (*diolan).speed},
	diolanClockSync:      {1, func(*diolan, []byte) []byte { return []byte{diolanOK} }},
	diolanClockSyncLimit: {2, func(*diolan, []byte) []byte { return []byte{diolanOK} }},
}

// diolan is the Diolan U2C-12, as its driver sees it: the host spells out START,
// each byte and STOP, as many in one transfer as fit, and then fetches the
// answers one by one. A read costs a round trip for each byte, because the
// driver looks at one before it asks for the next. After a refusal the rest of
// the row is still carried out; with nobody selected, it does no harm.
type diolan struct {
	*master
	answers [][]byte
	started bool // the next byte is an address
	running bool // between START and STOP
}

func newDiolan(m *master) function { return &diolan{master: m} }

func (*diolan) request(setup, []byte) ([]byte, bool) { return nil, false }

// out runs the commands of one transfer. What follows an unknown command
// cannot be told apart any more, so it ends the transfer.
func (d *diolan) out(_ byte, data []byte) bool {
	for len(data) > 0 {
		if len(d.answers) >= maxDiolanAnswers {
			return false
		}
		c, known := diolanCommands[data[0]]
		if !known || len(data) <= c.args {
			d.answers = append(d.answers, []byte{diolanNotImplemented})
			return true
		}
		d.answers = append(d.answers, c.run(d, data[1:1+c.args]))
		data = data[1+c.args:]
	}
	return true
}

// in gives one answer. The host asks again for the next: an answer is shorter
// than a packet, which ends a transfer.
func (d *diolan) in(_ byte, n int) ([]byte, time.Duration) {
	if len(d.answers) == 0 {
		return nil, 0
	}
	answer := d.answers[0]
	d.answers = d.answers[1:]
	return answer[:min(n, len(answer))], 0
}

func (d *diolan) begin([]byte) []byte {
	d.started, d.running = true, true
	return []byte{diolanOK}
}

func (d *diolan) finish([]byte) []byte {
	d.stop()
	d.started, d.running = false, false
	return []byte{diolanOK}
}

func (d *diolan) putByte(args []byte) []byte {
	put := d.put
	if d.started {
		put = d.start
	}
	if !d.running {
		return []byte{diolanFailed}
	}
	d.started = false
	if !put(args[0]) {
		return []byte{diolanNack}
	}
	return []byte{diolanOK}
}

func (d *diolan) getByte([]byte) []byte {
	if !d.running || d.started {
		return []byte{diolanFailed}
	}
	return []byte{d.get(), diolanOK}
}

// speed sets the clock: 400 kHz, 100 kHz, or a count of two microseconds on
// top of ten.
func (d *diolan) speed(args []byte) []byte {
	switch n := args[0]; n {
	case 0:
		d.setSpeed(400 * physic.KiloHertz)
	case 1:
		d.setSpeed(100 * physic.KiloHertz)
	default:
		d.setSpeed(physic.MegaHertz / physic.Frequency(2*(int64(n)-1)+10))
	}
	return []byte{diolanOK}
}
