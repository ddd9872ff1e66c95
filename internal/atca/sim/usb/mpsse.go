package usb

import "time"

// Bits of a shifting command; together they are the command (AN_108, "Data
// Shifting Command"). The edge at which data is read makes no difference here:
// a chip changes SDA only after SCL has fallen.
const (
	shiftFalling = 0x01 // data going out changes on the falling edge
	shiftBits    = 0x02 // up to 8 bits, not up to 65536 bytes
	shiftLSB     = 0x08 // least significant bit first
	shiftOut     = 0x10
	shiftIn      = 0x20
	shiftTMS     = 0x40 // data goes out at the pin for JTAG
)

const (
	// mpsseBad answers a command that does not exist, with the command after
	// it. Hosts send one on purpose, to see that both sides are in step.
	mpsseBad = 0xFA

	// mpsseStep is how long a command to set pins takes, about: FTDI's
	// examples repeat it four times to fill 600 ns.
	mpsseStep ticks = 9

	// Bounds for a host that sends without end, or never fetches an answer.
	maxPending = 1 << 17
	maxAnswers = 1 << 16
)

// mpsse is the multi-protocol synchronous serial engine: an interpreter of
// commands that move the pins. Commands come in a stream without framing. One
// whose length was got wrong makes the engine take data for commands, or wait
// for data that never comes, and there is no way out but a reset; a program
// that does so hangs here as it does on the part.
type mpsse struct {
	lines   *lines
	pending []byte // commands, the last perhaps not complete
	answers []byte
	flush   bool      // do not wait for more answers
	seen    time.Time // when the last command was done

	divisor  uint16
	divideBy ticks // of the clock, 1 or 5
	phases   int   // of a bit, 2 or 3
	loopback bool
	in       byte    // shift register
	high     [2]byte // ACBUS: level and direction
}

func newMPSSE(m *master) *mpsse {
	e := &mpsse{lines: &lines{master: m, scl: true, sda: true}}
	e.reset()
	return e
}

// reset lets go of all pins and forgets commands and answers.
func (e *mpsse) reset() {
	l := e.lines
	*e = mpsse{lines: l, divideBy: 5, phases: 2, seen: time.Now()}
	l.drive(0, 0, 0)
}

// mpsseCommand is a command that does not shift: how many bytes follow it, and
// what it does with them.
type mpsseCommand struct {
	args int
	run  func(e *mpsse, args []byte)
}

// mpsseCommands has them all but those of the modes to emulate a CPU bus, and
// those that wait for another pin to go low. ADBUS has the pins for I2C, ACBUS
// is free for others.
var mpsseCommands = map[byte]mpsseCommand{
	// Set ADBUS: level, direction. Read it.
	0x80: {2, func(e *mpsse, a []byte) { e.setPins(a[0], a[1], e.lines.zero) }},
	0x81: {0, func(e *mpsse, _ []byte) { e.answer(e.lines.pins()) }},
	// The same for ACBUS, whose inputs are pulled up.
	0x82: {2, func(e *mpsse, a []byte) { copy(e.high[:], a) }},
	0x83: {0, func(e *mpsse, _ []byte) { e.answer(e.high[0] | ^e.high[1]) }},
	// Loopback: what goes out comes in.
	0x84: {0, func(e *mpsse, _ []byte) { e.loopback = true }},
	0x85: {0, func(e *mpsse, _ []byte) { e.loopback = false }},
	// Divisor of the clock, low byte first.
	0x86: {2, func(e *mpsse, a []byte) { e.divisor = littleEndian(a) }},
	// Send answers at once.
	0x87: {0, func(e *mpsse, _ []byte) { e.flush = len(e.answers) > 0 }},
	// Wait until a pin is high that nothing is connected to: it is pulled up.
	0x88: {0, func(*mpsse, []byte) {}},
	// Clock of 60 or 12 MHz, bits of three or two phases.
	0x8A: {0, func(e *mpsse, _ []byte) { e.divideBy = 1 }},
	0x8B: {0, func(e *mpsse, _ []byte) { e.divideBy = 5 }},
	0x8C: {0, func(e *mpsse, _ []byte) { e.phases = 3 }},
	0x8D: {0, func(e *mpsse, _ []byte) { e.phases = 2 }},
	// Clock bits, or bytes, without data.
	0x8E: {1, func(e *mpsse, a []byte) { e.pulse(int(a[0]&7) + 1) }},
	0x8F: {2, func(e *mpsse, a []byte) { e.pulse(8 * (int(littleEndian(a)) + 1)) }},
	// Adaptive clocking needs a clock that comes back; there is none.
	0x96: {0, func(*mpsse, []byte) {}},
	0x97: {0, func(*mpsse, []byte) {}},
	// Pins that only pull low, of ADBUS and ACBUS.
	0x9E: {2, func(e *mpsse, a []byte) { e.setPins(e.lines.level, e.lines.output, a[0]) }},
}

func littleEndian(b []byte) uint16 { return uint16(b[0]) | uint16(b[1])<<8 }

// feed takes commands and runs those that are complete. It refuses more than
// the part could hold while its answers are not fetched; the part would make
// the host wait for ever.
func (e *mpsse) feed(data []byte) (ok bool) {
	if len(e.pending)+len(data) > maxPending {
		return false
	}
	e.pending = append(e.pending, data...)
	e.run()
	return true
}

// run runs commands. Between two runs the pins were as they are for as long as
// the host took.
func (e *mpsse) run() {
	e.lines.pass(ticksOf(time.Since(e.seen)))
	for len(e.answers) < maxAnswers && e.step() {
	}
	e.seen = time.Now()
}

// fetch takes up to n answers.
func (e *mpsse) fetch(n int) []byte {
	n = min(n, len(e.answers))
	b := e.answers[:n]
	e.answers = e.answers[n:]
	if len(e.answers) == 0 {
		e.flush = false
		e.run()
	}
	return b
}

func (e *mpsse) answer(b byte) { e.answers = append(e.answers, b) }

// step runs one command, when it is complete.
func (e *mpsse) step() bool {
	if len(e.pending) == 0 {
		return false
	}
	op := e.pending[0]
	if isShift(op) {
		return e.shift(op)
	}
	c, known := mpsseCommands[op]
	if !known {
		c.run = func(e *mpsse, _ []byte) { e.answers = append(e.answers, mpsseBad, op) }
	}
	args, ok := e.take(1, c.args)
	if ok {
		c.run(e, args)
	}
	return ok
}

// take removes a command of head and args bytes, and returns args.
func (e *mpsse) take(head, args int) ([]byte, bool) {
	if len(e.pending) < head+args {
		return nil, false
	}
	b := e.pending[head : head+args]
	e.pending = e.pending[head+args:]
	return b, true
}

func (e *mpsse) setPins(level, output, zero byte) {
	e.lines.pass(mpsseStep)
	e.lines.drive(level, output, zero)
}

// isShift says whether a command shifts. One must go somewhere, and JTAG's
// goes bit by bit.
func isShift(op byte) bool {
	if op&shiftTMS != 0 {
		return op < 0x80 && op&shiftBits != 0 && op&shiftOut == 0
	}
	return op < 0x80 && op&(shiftOut|shiftIn) != 0
}

// shift runs a shifting command. In bytes it is: command, count less one in two
// bytes, data; in bits: command, count less one, data. There is no data when
// nothing goes out.
func (e *mpsse) shift(op byte) bool {
	head := 3
	if op&shiftBits != 0 {
		head = 2
	}
	if len(e.pending) < head {
		return false
	}
	count, width := 1, int(e.pending[1]&7)+1
	if head == 3 {
		count, width = int(littleEndian(e.pending[1:]))+1, 8
	}
	args := 0
	if op&(shiftOut|shiftTMS) != 0 {
		args = count
	}
	data, ok := e.take(head, args)
	if !ok {
		return false
	}
	for i := range count {
		var b byte
		if args > 0 {
			b = data[i]
		}
		e.shiftByte(op, b, width)
		if op&shiftIn != 0 {
			e.answer(e.in)
		}
	}
	return true
}

// shiftByte shifts up to eight bits. Bits that come in push on those that came
// before: one alone is bit 0, or bit 7 with the least significant first, and
// the others are of no use.
func (e *mpsse) shiftByte(op, out byte, width int) {
	for i := range width {
		bit := out>>(7-i)&1 == 1
		if op&shiftLSB != 0 {
			bit = out>>i&1 == 1
		}
		got := e.clock(op, bit)
		if e.loopback {
			got = bit
		}
		if op&shiftLSB != 0 {
			e.in = e.in>>1 | bitValue(got)<<7
		} else {
			e.in = e.in<<1 | bitValue(got)
		}
	}
}

func bitValue(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// clock is one clock period: SCL leaves the level at which it rests, and
// returns. With three phases, data stands still around both edges, as I2C
// wants it. With two it changes when SCL falls, or rises, as the command says;
// here a change on the falling edge comes after the edge, which the I2C
// specification allows.
func (e *mpsse) clock(op byte, bit bool) (in bool) {
	l := e.lines
	write := op&shiftOut != 0
	if write && op&shiftFalling != 0 {
		l.setLevel(pinSDA, bit)
	}
	l.pass(e.phase())
	l.toggle(pinSCL)
	if write && op&shiftFalling == 0 {
		l.setLevel(pinSDA, bit)
	}
	l.pass(e.phase())
	in = l.sda
	l.toggle(pinSCL)
	if e.phases == 3 {
		l.pass(e.phase())
	}
	return in
}

// phase is how long one phase of a bit takes.
func (e *mpsse) phase() ticks { return (ticks(e.divisor) + 1) * e.divideBy }

// pulse clocks without data.
func (e *mpsse) pulse(n int) {
	for range n {
		e.clock(0, false)
	}
}
