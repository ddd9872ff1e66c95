package ft232h

import (
	"slices"
	"syscall"
	"time"
)

// bridge is a fake FTDI bridge: vendor requests, and an engine that takes
// orders byte by byte, as AN_108 has them. It rejects what the part rejects.
// In a synctest bubble it takes the time that the part takes.
type bridge struct {
	wire      *wire
	driveZero bool // knows opDriveZero
	oldSeries bool // an FT2232D
	channel   int
	packet    int

	// How it can fail.
	mute   bool  // the engine never answers
	usbErr error // of the next transfers
	short  bool  // takes half of what it is sent
	apart  bool  // AD2 is not joined to AD1
	ignore int   // order bytes to lose, as if an order was cut short

	mode, latency byte
	closed        bool
	lists, asked  int // transfers to and from the bridge
	controls      int

	serial []byte // to be sent by the serial port
	orders []byte // that the engine has begun with
	ready  []byte // answers
	due    time.Duration
	clock  time.Duration // of the engine, since the bridge was made
	made   time.Time

	value, direction, openDrain byte
	divisor                     int
	fullClock, threePhase       bool
}

// engine is the mode in which there are orders.
const engine = 2

func newBridge() *bridge {
	return &bridge{wire: newWire(), driveZero: true, packet: 512, latency: defaultLatency, made: time.Now()}
}

func (b *bridge) Close() error {
	b.closed = true
	return nil
}

func (b *bridge) Control(requestType, request byte, value, index uint16, _ []byte, _ time.Duration) (int, error) {
	b.controls++
	switch {
	case b.usbErr != nil:
		return 0, b.usbErr
	case requestType != 0x40 || int(index) != b.channel+1:
		return 0, syscall.EPIPE
	}
	switch {
	case request == 0 && value == 0:
		// Neither the mode nor what is stored is sure to go by that.
	case request == 0 && value == 1:
		b.serial = nil
	case request == 0 && value == 2:
		b.ready = nil
	case request == 9 && value >= 1 && value <= 255:
		b.latency = byte(value)
	case request == 0x0B:
		b.setMode(byte(value >> 8))
	default:
		return 0, syscall.EPIPE
	}
	return 0, nil
}

// setMode resets the engine, unless it has that mode already: all pins are
// inputs then. What the serial port had to send it takes for orders.
func (b *bridge) setMode(mode byte) {
	if mode == b.mode {
		return
	}
	b.mode, b.orders = mode, nil
	b.value, b.direction, b.openDrain = 0, 0, 0
	b.divisor, b.fullClock, b.threePhase = 0, false, false
	b.apply()
	if mode == engine {
		b.orders, b.serial = b.serial, nil
		b.execute()
	}
}

func (b *bridge) Transfer(endpoint byte, data []byte, timeout time.Duration) (int, error) {
	switch {
	case b.usbErr != nil:
		return 0, b.usbErr
	case endpoint == byte(2+2*b.channel):
		return b.take(data)
	case endpoint == byte(0x81+2*b.channel):
		return b.give(data, timeout)
	}
	return 0, syscall.ENOENT
}

func (b *bridge) take(data []byte) (int, error) {
	b.lists++
	b.clock = max(b.clock, time.Since(b.made))
	if b.short {
		data = data[:len(data)/2]
	}
	if b.mode != engine {
		b.serial = append(b.serial, data...)
		return len(data), nil
	}
	lost := min(b.ignore, len(data))
	b.ignore -= lost
	b.orders = append(b.orders, data[lost:]...)
	b.execute()
	return len(data), nil
}

// give returns answers that are due, in packets with two status bytes; when
// there are none, an empty packet after the latency.
func (b *bridge) give(buf []byte, timeout time.Duration) (int, error) {
	b.asked++
	if len(buf)%b.packet != 0 {
		return 0, syscall.EOVERFLOW
	}
	wait := b.due - time.Since(b.made)
	latency := time.Duration(b.latency) * time.Millisecond
	if len(b.ready) == 0 || wait > latency {
		time.Sleep(min(latency, timeout))
		return copy(buf, []byte{0x32, 0x60}), nil
	}
	time.Sleep(wait)
	n := 0
	for full := true; full && n < len(buf); {
		data := b.ready[:min(len(b.ready), b.packet-2)]
		b.ready = b.ready[len(data):]
		n += copy(buf[n:], append([]byte{0x32, 0x60}, data...))
		full = len(data) == b.packet-2
	}
	return n, nil
}

func (b *bridge) answer(p ...byte) {
	if b.mute {
		return
	}
	b.ready = append(b.ready, p...)
	b.due = b.clock + time.Duration(b.latency)*time.Millisecond
}

// execute runs the orders that are complete.
func (b *bridge) execute() {
	for len(b.orders) > 0 {
		n := b.executeOne()
		if n == 0 {
			return // the rest of the order is still to come
		}
		b.orders = b.orders[n:]
	}
}

// lengths is how many bytes an order has, without data of varying length.
var lengths = map[byte]int{
	0x11: 3, 0x13: 3, 0x20: 3, 0x22: 2, 0x31: 3, 0x80: 3, 0x81: 1, 0x82: 3, 0x84: 1, 0x85: 1, 0x86: 3,
	0x87: 1, 0x8A: 1, 0x8B: 1, 0x8C: 1, 0x8D: 1, 0x96: 1, 0x97: 1, 0x9E: 3,
}

// known says whether this part has the order.
func (b *bridge) known(op byte) bool {
	_, ok := lengths[op]
	return ok && (op != 0x9E || b.driveZero) && (op < 0x8A || !b.oldSeries)
}

// executeOne runs one order and returns its length, 0 while it is incomplete.
func (b *bridge) executeOne() int {
	op := b.orders[0]
	if !b.known(op) {
		b.answer(0xFA, op)
		return 1
	}
	n := lengths[op]
	if len(b.orders) < n {
		return 0
	}
	if op == 0x11 || op == 0x31 {
		n += 1 + int(b.orders[1]) + int(b.orders[2])<<8
	}
	if len(b.orders) < n {
		return 0
	}
	b.clock += pinTime
	if op < 0x80 {
		b.shift(op, b.orders[1:n])
	} else {
		b.configure(op, b.orders[1:n])
	}
	return n
}

func (b *bridge) configure(op byte, arg []byte) {
	switch op {
	case 0x80:
		b.value, b.direction = arg[0], arg[1]
		b.apply()
	case 0x81:
		b.answer(b.pins())
	case 0x86:
		b.divisor = int(arg[0]) | int(arg[1])<<8
	case 0x87:
		b.due = b.clock
	case 0x8A, 0x8B:
		b.fullClock = op == 0x8A
	case 0x8C, 0x8D:
		b.threePhase = op == 0x8C
	case 0x9E:
		b.openDrain = arg[0]
	}
}

// apply puts the pins on the wire.
func (b *bridge) apply() {
	scl := b.direction&1 == 0 || b.value&1 != 0
	b.wire.move(b.clock, scl, b.sdaDrive())
}

func (b *bridge) sdaDrive() drive {
	switch {
	case b.direction&2 == 0:
		return released
	case b.value&2 == 0:
		return pullsLow
	case b.openDrain&2 != 0:
		return released
	}
	return pushesHigh
}

func (b *bridge) pins() byte {
	p := b.value & b.direction &^ 7
	if b.wire.scl {
		p |= 1
	}
	if b.wire.sda {
		p |= 2
	}
	if b.wire.sda || b.apart {
		p |= 4
	}
	return p
}

// phase is a third of the time of a bit.
func (b *bridge) phase() time.Duration {
	ticks := time.Duration(1 + b.divisor)
	if !b.fullClock {
		ticks *= 5
	}
	return ticks * time.Microsecond / 60
}

// shift runs an order that moves SCL.
func (b *bridge) shift(op byte, arg []byte) {
	if !b.threePhase {
		b.wire.fault("data changes at the edge that it is taken at")
	}
	switch op {
	case 0x11:
		for _, c := range arg[2:] {
			b.bits(8, &c)
		}
	case 0x13:
		b.bits(int(arg[0])+1, &arg[1])
	case 0x20:
		for range 1 + int(arg[0]) + int(arg[1])<<8 {
			b.answer(b.bits(8, nil))
		}
	case 0x22:
		// What the register held before stays in the upper bits.
		b.answer(0xA4 | b.bits(int(arg[0])+1, nil))
	}
}

// bits clocks n bits out, or in when there are none to go out.
func (b *bridge) bits(n int, out *byte) (in byte) {
	for i := range n {
		if out != nil {
			b.value &^= 2
			b.value |= *out >> (7 - i) & 1 << 1
		}
		b.apply()
		b.edge(1)
		in <<= 1
		if b.wire.sda {
			in |= 1
		}
		b.edge(0)
		b.clock += b.phase()
	}
	return in
}

func (b *bridge) edge(scl byte) {
	b.clock += b.phase()
	b.value = b.value&^1 | scl
	b.apply()
}

var _ device = (*bridge)(nil)

// reset forgets what has been counted and logged.
func (b *bridge) reset() {
	b.lists, b.asked, b.controls = 0, 0, 0
	b.wire.chip.log, b.wire.chip.done = "", nil
	b.wire.faults, b.wire.lowTime = nil, 0
}

// written is the one write that the chip has taken.
func (b *bridge) written() []byte { return slices.Concat(b.wire.chip.done...) }
