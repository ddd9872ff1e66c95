package ft232h

import "time"

// Orders of the engine, by AN_108. Bytes and bits go most significant first;
// those out change at the falling edge of SCL, those in are taken at the rising
// one. A length is one less than what it counts.
const (
	opBytesOut    = 0x11 // length low, length high, bytes
	opBitsOut     = 0x13 // length, byte that has them from bit 7 on
	opBytesIn     = 0x20 // length low, length high; answers the bytes
	opBitsIn      = 0x22 // length; answers a byte, the last bit in bit 0
	opSetPins     = 0x80 // levels and directions (1 is out) of AD0 to AD7
	opReadPins    = 0x81 // answers the levels
	opLoopbackOff = 0x85
	opDivisor     = 0x86 // low, high
	opAnswerNow   = 0x87 // sends what there is, without waiting for a full packet
	opFullClock   = 0x8A // 60 MHz: no division by five
	opThreePhase  = 0x8C // data is there a phase before SCL rises and a phase after it falls
	opAdaptiveOff = 0x97
	opDriveZero   = 0x9E // pins AD0 to AD7, AC0 to AC7 that pull low and never high
	opUnknown     = 0xAA // no order at all
	answerBad     = 0xFA // precedes an order that is not known
)

// The pins, as bits of AD0 to AD7.
const (
	pinSCL   = 1 << 0
	pinSDA   = 1 << 1 // on which the engine writes
	pinSDAIn = 1 << 2 // on which it reads
)

// An acknowledge bit is low.
const (
	ackBit          = 1 << 0 // in the answer to opBitsIn
	acknowledge     = 0x00   // as data of opBitsOut
	dontAcknowledge = 0x80
)

// Levels of a line. High means that it is let go.
const (
	low  = false
	high = true
)

// pinTime is how long one opSetPins lasts at least, as AN_113 reckons: it
// repeats the order four times to make 600 ns.
const pinTime = 150 * time.Nanosecond

// script is a list of orders, and how many bytes they answer.
type script struct {
	driveZero bool
	repeat    int // opSetPins that make up a START's or a STOP's times
	out       []byte
	answers   int

	// fromRest is set when the first answer is the levels before the START. That
	// one is checked, and is not a part of what run returns.
	fromRest bool
}

// answered is how many bytes run will return for the list so far.
func (s *script) answered() int {
	if s.fromRest {
		return s.answers - 1
	}
	return s.answers
}

// set gives both lines a level. Where the part has no open-drain outputs, a
// line is let go by making its pin an input. (The shift register pushes SCL
// high all the same; nobody minds, since the chip never stretches the clock.)
func (s *script) set(scl, sda bool) {
	var released byte
	if scl {
		released |= pinSCL
	}
	if sda {
		released |= pinSDA
	}
	if s.driveZero {
		s.out = append(s.out, opSetPins, released, pinSCL|pinSDA)
		return
	}
	s.out = append(s.out, opSetPins, 0, (pinSCL|pinSDA)&^released)
}

// hold is set for as long as START and STOP need it.
func (s *script) hold(scl, sda bool) {
	for range s.repeat {
		s.set(scl, sda)
	}
}

// start makes a START, or in the middle of a transfer a repeated one.
func (s *script) start() {
	s.hold(high, high)
	s.hold(high, low)
	s.hold(low, low)
}

func (s *script) stop() {
	s.hold(low, low)
	s.hold(high, low)
	s.hold(high, high)
}

// write sends a byte; the answer has its acknowledge bit.
func (s *script) write(b byte) {
	s.shiftOut(b)
	s.set(low, high)
	s.out = append(s.out, opBitsIn, 0)
	s.answers++
}

// shiftOut sends eight bits. Without open-drain outputs each of them is a zero
// that the pin sends or, being an input, does not. The shift register alone
// would push a last one for a while after the chip begins to acknowledge.
func (s *script) shiftOut(b byte) {
	if s.driveZero {
		s.set(low, low)
		s.out = append(s.out, opBytesOut, 0, 0, b)
		return
	}
	for bit := 7; bit >= 0; bit-- {
		s.set(low, b>>bit&1 != 0)
		s.out = append(s.out, opBitsOut, 0, 0)
	}
}

// read takes a byte and acknowledges it, unless it is the last: that tells the
// chip to let go of SDA.
func (s *script) read(last bool) {
	s.set(low, high)
	s.out = append(s.out, opBytesIn, 0, 0)
	s.answers++
	if last {
		s.out = append(s.out, opBitsOut, 0, dontAcknowledge)
		return
	}
	s.set(low, low)
	s.out = append(s.out, opBitsOut, 0, acknowledge)
}

// clock sets the divisor.
func (s *script) clock(divisor uint16) {
	s.out = append(s.out, opDivisor, byte(divisor), byte(divisor>>8))
}

// levels has the lines read.
func (s *script) levels() {
	s.out = append(s.out, opReadPins)
	s.answers++
}

// atRest judges levels of a bus on which nothing goes on.
func atRest(levels byte) error {
	e := LineError{SCL: levels&pinSCL == 0, SDA: levels&pinSDAIn == 0}
	if e.SCL || e.SDA {
		return &e
	}
	return nil
}
