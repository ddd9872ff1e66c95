package usb

import (
	"time"

	"periph.io/x/conn/v3/physic"
)

// Commands of the MCP2221A (DS20005565, "USB HID Commands"). A command is a
// report of 64 bytes, and so is its answer, which begins with the same byte.
const (
	mcpStatus        = 0x10
	mcpGetData       = 0x40
	mcpSetGPIO       = 0x50
	mcpGetGPIO       = 0x51
	mcpSetSRAM       = 0x60
	mcpGetSRAM       = 0x61
	mcpWrite         = 0x90
	mcpRead          = 0x91
	mcpWriteRepeated = 0x92
	mcpReadRepeated  = 0x93
	mcpWriteNoStop   = 0x94
	mcpReadFlash     = 0xB0

	mcpDone        = 0x00
	mcpBusy        = 0x01 // or: no such command
	mcpNoData      = 0x41
	mcpChunk       = 60   // bytes of data in a report
	mcpErrorLength = 0x7F // in place of a length

	// Orders in a status command, and what came of them.
	mcpCancel       = 0x10
	mcpCancelled    = 0x10
	mcpWasIdle      = 0x11
	mcpSetSpeed     = 0x20
	mcpSpeedTaken   = 0x20
	mcpSpeedRefused = 0x21

	// States of the I2C engine, from the Linux driver; the data sheet does not
	// list them.
	mcpEngineIdle = 0x00
	mcpEngineNack = 0x25
	mcpReadDone   = 0x55

	mcpNackFlag = 0x40 // in byte 20 of a status
	mcpNoGPIO   = 0xEE

	mcpClock = 12 * physic.MegaHertz
	// mcpFastest is the least divider, that of 400 kHz.
	mcpFastest = 27
	mcpAtReset = 117 // 100 kHz
)

var mcp2221Profile = profile{
	speed:  fullSpeed,
	vendor: 0x04D8, product: 0x00DD, release: 0x0100,
	class:   [3]byte{0xEF, 2, 1}, // interfaces belong together
	packet0: 8,
	maker:   "Microchip Technology Inc.", name: "MCP2221 USB-I2C/UART Combo",
	interfaces: append(mcpSerialPort(), hidInterface([]byte{
		0x06, 0x00, 0xFF, 0x09, 0x01, // usage page and usage: of the vendor
		0xA1, 0x01, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, hidReportSize,
		0x09, 0x02, 0x81, 0x02, // in
		0x09, 0x03, 0x91, 0x02, // out
		0xC0,
	}, 0x83, 0x03)),
}

// mcpSerialPort are the first two interfaces of the part, a serial port of the
// communications device class. It is there so that the HID interface has the
// number that it has on the part; nothing is connected to it.
func mcpSerialPort() []iface {
	return []iface{
		{
			before: []byte{8, 0x0B, 0, 2, 2, 2, 1, 0}, // interfaces 0 and 1 are one function
			class:  [3]byte{2, 2, 1},
			extra: []byte{
				5, 0x24, 0x00, 0x10, 0x01, // class version 1.10
				4, 0x24, 0x02, 0x02, // line coding can be set
				5, 0x24, 0x06, 0, 1, // interface 1 has the data
				5, 0x24, 0x01, 0, 1, // no call management
			},
			endpoints: []endpoint{{0x81, interrupt, 8, 2}},
		},
		{class: [3]byte{10, 0, 0}, endpoints: []endpoint{{mcpSerialOut, bulk, 16, 0}, {0x82, bulk, 16, 0}}},
	}
}

const (
	mcpSerialOut = 0x02
	mcpReportsIn = 0x83
)

// Requests of the serial port.
const (
	cdcSetLineCoding = 0x20
	cdcGetLineCoding = 0x21
	cdcSetLines      = 0x22
	cdcSendBreak     = 0x23
)

// mcp2221 is the Microchip MCP2221A. Its I2C engine is busy after a refusal
// until the host cancels; every other I2C command meets a busy engine. That
// follows what drivers had to do to get along with it. The part answers before
// a transfer is over and goes on in the background; here it is over at once.
type mcp2221 struct {
	*master
	reports
	divider byte
	state   byte // of the engine
	address byte
	asked   int    // length of the transfer
	moved   int    // bytes of it that passed
	w       []byte // what came of a write that takes more than one report
	data    []byte // what was read and not fetched
}

func newMCP2221(m *master) function {
	return &mcp2221{master: m, divider: mcpAtReset}
}

func (d *mcp2221) request(s setup, _ []byte) ([]byte, bool) {
	switch {
	case s.requestType == classInInterface && s.request == cdcGetLineCoding:
		return []byte{0x80, 0x25, 0, 0, 0, 0, 8}, true // 9600 8N1
	case s.requestType == classOutInterface && s.request >= cdcSetLineCoding && s.request <= cdcSendBreak:
		return nil, s.request != cdcGetLineCoding
	}
	return hidRequest(s)
}

// mcpCommands has the commands, which get the whole report and fill the answer.
var mcpCommands = map[byte]func(d *mcp2221, b, answer []byte){
	mcpStatus:        (*mcp2221).statusCommand,
	mcpGetData:       (*mcp2221).getData,
	mcpSetGPIO:       func(_ *mcp2221, _, answer []byte) { fill(answer[2:18], mcpNoGPIO) },
	mcpGetGPIO:       func(_ *mcp2221, _, answer []byte) { fill(answer[2:10], mcpNoGPIO) },
	mcpSetSRAM:       func(*mcp2221, []byte, []byte) {},
	mcpGetSRAM:       func(_ *mcp2221, _, answer []byte) { answer[2], answer[3] = 18, 4 },
	mcpReadFlash:     func(_ *mcp2221, _, answer []byte) { answer[2] = 10 },
	mcpWrite:         (*mcp2221).writeCommand,
	mcpWriteRepeated: (*mcp2221).writeCommand,
	mcpWriteNoStop:   (*mcp2221).writeCommand,
	mcpRead:          (*mcp2221).readCommand,
	mcpReadRepeated:  (*mcp2221).readCommand,
}

func fill(b []byte, value byte) {
	for i := range b {
		b[i] = value
	}
}

// out takes a command. Linux leaves out the end of a report that is zero.
func (d *mcp2221) out(endpoint byte, data []byte) bool {
	if endpoint == mcpSerialOut {
		return true
	}
	if len(data) == 0 || len(data) > hidReportSize {
		return false
	}
	b := make([]byte, hidReportSize)
	copy(b, data)
	answer := make([]byte, hidReportSize)
	answer[0] = b[0]
	if run, known := mcpCommands[b[0]]; known {
		run(d, b, answer)
	} else {
		answer[1] = mcpBusy
	}
	d.push(answer...)
	return true
}

// in has something on the reports' endpoint only: the serial port is silent.
func (d *mcp2221) in(endpoint byte, n int) ([]byte, time.Duration) {
	if endpoint != mcpReportsIn {
		return nil, 0
	}
	return d.reports.in(endpoint, n)
}

// statusCommand cancels, sets the clock, and tells how things are. A host sends
// it after each transfer, because that is the only place where a refusal shows.
func (d *mcp2221) statusCommand(b, answer []byte) {
	if b[2] == mcpCancel {
		answer[2] = d.cancel()
	}
	if b[3] == mcpSetSpeed {
		answer[3], answer[4] = mcpSpeedRefused, b[4]
		if !d.busy() && b[4] >= mcpFastest {
			d.divider = b[4]
			d.setSpeed(mcpClock / (physic.Frequency(d.divider) + 3))
			answer[3] = mcpSpeedTaken
		}
	}
	answer[8] = d.state
	answer[9], answer[10] = byte(d.asked), byte(d.asked>>8)
	answer[11], answer[12] = byte(d.moved), byte(d.moved>>8)
	answer[13] = byte(min(len(d.data), 0xFF))
	answer[14] = d.divider
	answer[16] = d.address
	if d.state == mcpEngineNack {
		answer[20] = mcpNackFlag
	}
	answer[22], answer[23] = 1, 1 // SCL and SDA at rest
	copy(answer[46:], "A612")
}

// busy is the engine after a refusal, or in the middle of a write that takes
// more than one report.
func (d *mcp2221) busy() bool { return d.state != mcpEngineIdle || len(d.w) > 0 }

// cancel frees the engine and the bus.
func (d *mcp2221) cancel() byte {
	if !d.busy() && d.current == nil {
		return mcpWasIdle
	}
	d.stop()
	d.state, d.w, d.data = mcpEngineIdle, nil, nil
	return mcpCancelled
}

// writeCommand collects the reports of a write, which repeat the length of the
// whole, and runs it when it is complete.
func (d *mcp2221) writeCommand(b, answer []byte) {
	if d.state != mcpEngineIdle {
		answer[1], answer[2] = mcpBusy, d.state
		return
	}
	d.asked = int(b[1]) | int(b[2])<<8
	d.address = b[3]
	n := min(d.asked-len(d.w), mcpChunk)
	if n < 0 { // a shorter length than was said before
		answer[1], answer[2] = mcpBusy, d.state
		return
	}
	d.w = append(d.w, b[4:4+n]...)
	d.moved = len(d.w)
	if len(d.w) < d.asked {
		return
	}
	ack := d.write(b[3]>>1, d.w)
	d.w, d.data = nil, nil
	d.settle(ack, b[0] != mcpWriteNoStop)
}

// readCommand reads all at once. The host fetches it by mcpGetData. The address
// comes with the bit for reading in the data sheet, and without in Linux.
func (d *mcp2221) readCommand(b, answer []byte) {
	if d.busy() {
		answer[1], answer[2] = mcpBusy, d.state
		return
	}
	d.asked = int(b[1]) | int(b[2])<<8
	d.address = b[3]
	data, ack := d.read(b[3]>>1, d.asked)
	d.data, d.moved = data, len(data)
	d.settle(ack, true)
}

// settle ends a transfer.
func (d *mcp2221) settle(ack, stop bool) {
	if !ack {
		d.state = mcpEngineNack
	}
	if stop || !ack {
		d.stop()
	}
}

// getData gives out what was read, a report at a time.
func (d *mcp2221) getData(_, answer []byte) {
	n := min(len(d.data), mcpChunk)
	if n == 0 {
		answer[1], answer[2], answer[3] = mcpNoData, d.state, mcpErrorLength
		return
	}
	answer[2], answer[3] = mcpReadDone, byte(n)
	copy(answer[4:], d.data[:n])
	d.data = d.data[n:]
}
