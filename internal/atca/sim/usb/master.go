package usb

import (
	"fmt"

	"periph.io/x/conn/v3/physic"

	"atecc/internal/atca/sim"
)

// Limits of the virtual bus, and the clock of a bridge that was not told any.
const (
	slowest    = physic.KiloHertz
	fastest    = physic.MegaHertz
	resetSpeed = 100 * physic.KiloHertz
)

// master is the I2C engine of a bridge. It works the bus in the steps that all
// of them are made of.
type master struct {
	bus     *sim.Bus
	current *sim.Transaction // nil after STOP
	fault   error            // the first failure of the bus, which ends the device
}

func (m *master) err() error { return m.fault }

// fail keeps the first failure. A chip that refuses is none.
func (m *master) fail(err error) {
	if m.fault == nil && err != nil {
		m.fault = fmt.Errorf("the virtual bus failed: %w", err)
	}
}

// setSpeed sets the clock, as near as the virtual bus can.
func (m *master) setSpeed(hz physic.Frequency) {
	m.fail(m.bus.SetSpeed(min(max(hz, slowest), fastest)))
}

// start sends START, or a repeated START before a STOP, and the address byte:
// the address and the bit that is set to read. An address that nobody answers
// to leaves a transaction all the same; it is the host's to end it.
func (m *master) start(octet byte) (ack bool) {
	m.end(false)
	t, ack, err := m.bus.Begin(uint16(octet>>1), octet&1 == 1)
	m.fail(err)
	m.current = t
	return ack
}

func (m *master) stop() { m.end(true) }

func (m *master) end(stop bool) {
	if m.current != nil {
		m.fail(m.current.End(stop))
	}
	m.current = nil
}

// put writes a byte. Outside of a transaction nobody listens.
func (m *master) put(b byte) (ack bool) { return m.current != nil && m.current.Put(b) }

// get reads a byte.
func (m *master) get() byte {
	if m.current == nil {
		return 0xFF
	}
	return m.current.Get()
}

// write is START, the address and data. It stops at the first refusal, without
// a STOP in either case.
func (m *master) write(address byte, data []byte) (ack bool) {
	if !m.start(address << 1) {
		return false
	}
	for _, b := range data {
		if !m.put(b) {
			return false
		}
	}
	return true
}

// read is START, the address and n bytes, without a STOP.
func (m *master) read(address byte, n int) (data []byte, ack bool) {
	if !m.start(address<<1 | 1) {
		return nil, false
	}
	data = make([]byte, n)
	for i := range data {
		data[i] = m.get()
	}
	return data, true
}
