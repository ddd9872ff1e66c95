package usb

import (
	"time"

	"periph.io/x/conn/v3/physic"
)

// Pins of ADBUS that I2C needs, as masks.
const (
	pinSCL   = 0x01
	pinSDA   = 0x02
	pinSDAIn = 0x04
	pinsSDA  = pinSDA | pinSDAIn
)

// ticks are the time of the lines: periods of the FT232H's clock of 60 MHz, in
// which whatever it does on the wire is exact.
type ticks int64

const ticksPerMicrosecond = 60

func ticksOf(d time.Duration) ticks {
	return ticks(d * ticksPerMicrosecond / time.Microsecond)
}

func (t ticks) duration() time.Duration {
	return time.Duration(t) * time.Microsecond / ticksPerMicrosecond
}

// busPhase is where in a transaction a chip on the wire is.
type busPhase int

const (
	busFree      busPhase = iota // no START yet
	busAddress                   // the byte after START
	busReceiving                 // bytes to the chip
	busSending                   // bytes from the chip
	busDeaf                      // the rest of a transaction that is over for the chip
)

// lines are SDA and SCL with pull-ups, a master's pins on one side and the chips
// on the other. It finds START, STOP, bytes and acknowledge bits in the levels
// (I2C specification UM10204, section 3.1), so a master that gets them wrong
// is not understood, as on a real bus.
type lines struct {
	*master

	// The master's pins: level, direction, and which of them only pull low.
	level, output, zero byte
	chip                bool // the chip pulls SDA low

	scl, sda bool  // levels of the wire
	now      ticks // time of the wire
	fell     ticks // when SDA went low
	quiet    bool  // SCL did not rise since then

	phase busPhase
	bits  int // of the current byte, 9 with the acknowledge bit
	octet byte
	rose  [2]ticks // when SCL rose for the first and the last bit of an address
	ack   bool
	reads bool // the address was for reading
}

func (l *lines) pass(t ticks) { l.now += t }

// drive sets all of the master's pins.
func (l *lines) drive(level, output, zero byte) {
	l.level, l.output, l.zero = level, output, zero
	l.settle()
}

func (l *lines) setLevel(pin byte, high bool) {
	l.level &^= pin
	if high {
		l.level |= pin
	}
	l.settle()
}

func (l *lines) toggle(pin byte) {
	l.level ^= pin
	l.settle()
}

// pins reads ADBUS. Pins that are neither driven nor connected are pulled up.
func (l *lines) pins() byte {
	b := l.level&l.output | ^l.output
	b &^= pinSCL | pinsSDA
	if l.scl {
		b |= pinSCL
	}
	if l.sda {
		b |= pinsSDA
	}
	return b
}

// line is the level of a line that some pins are tied to. A pin that is driven
// high against the chip wins: a master that forgot to make it open-drain does
// not see the chip's zeros.
func (l *lines) line(pins byte, chip bool) bool {
	if l.output&pins&^l.level != 0 {
		return false
	}
	strong := l.output & pins & l.level &^ l.zero
	return strong != 0 || !chip
}

// settle finds the levels that follow from who pulls what, and tells the chip
// of the edges. Where both lines move at once, they do in the order that is
// neither START nor STOP.
func (l *lines) settle() {
	scl := l.line(pinSCL, false)
	if l.scl && !scl {
		l.scl = false
		l.sclFell()
	}
	l.settleSDA()
	if !l.scl && scl {
		l.scl = true
		l.sclRose()
	}
}

func (l *lines) settleSDA() {
	sda := l.line(pinsSDA, l.chip)
	if sda == l.sda {
		return
	}
	l.sda = sda
	if sda {
		l.sdaRose()
	} else {
		l.sdaFell()
	}
}

// sdaFell is START while SCL is high.
func (l *lines) sdaFell() {
	l.fell, l.quiet = l.now, true
	if l.scl {
		l.phase, l.bits = busAddress, 0
		l.chip = false
	}
}

// sdaRose is STOP while SCL is high. A pulse without clock may wake a chip; so
// do the zeros of an address, which are for the bus to count. Each START is
// such a pulse, of a few microseconds, unless the host takes a pause there; a
// chip on the part's wire would wake of that as well.
func (l *lines) sdaRose() {
	if l.quiet {
		l.fail(l.bus.PullSDA((l.now - l.fell).duration()))
	}
	if l.scl {
		l.stop()
		l.phase, l.chip = busFree, false
	}
}

// sclRose is when bits count. The byte shifts out at one end, when it comes from
// the chip, while it shifts in at the other.
func (l *lines) sclRose() {
	l.quiet = false
	switch {
	case l.phase == busFree || l.phase == busDeaf:
		return
	case l.bits == 8 && l.phase == busSending:
		l.ack = !l.sda // by the master
	case l.bits < 8:
		l.octet = l.octet<<1 | bitValue(l.sda)
	}
	if l.bits == 0 {
		l.rose[0] = l.now
	}
	if l.bits == 7 {
		l.rose[1] = l.now
	}
	l.bits++
}

// sclFell is when the chip changes SDA.
func (l *lines) sclFell() {
	switch {
	case l.phase == busFree || l.phase == busDeaf || l.bits == 0:
		return
	case l.bits >= 9:
		l.nextByte()
	case l.phase == busSending:
		l.chip = l.bits < 8 && l.octet>>7 == 0
	case l.bits == 8:
		l.chip = l.received()
	}
}

// received is the end of a byte to the chip. The chip acknowledges, or not.
func (l *lines) received() (ack bool) {
	if l.phase == busAddress {
		l.reads = l.octet&1 == 1
		l.ack = l.follow() && l.start(l.octet)
	} else {
		l.ack = l.put(l.octet)
	}
	return l.ack
}

// follow makes the bus as fast as the address byte was. A chip cannot follow
// a clock that is too fast for it.
func (l *lines) follow() bool {
	bits := l.rose[1] - l.rose[0]
	if bits < 7*ticksPerMicrosecond {
		return false
	}
	l.setSpeed(7 * ticksPerMicrosecond * physic.MegaHertz / physic.Frequency(bits))
	return true
}

// nextByte is after the acknowledge bit. A chip that sends has the first bit of
// its next byte ready before the master can say that it wants no more, unless
// it says so by not acknowledging: hence the rule to refuse the last byte.
func (l *lines) nextByte() {
	l.bits, l.chip = 0, false
	switch {
	case !l.ack:
		l.phase = busDeaf
	case l.phase != busSending && !l.reads:
		l.phase = busReceiving
	default:
		l.phase = busSending
		l.octet = l.get()
		l.chip = l.octet>>7 == 0
	}
}
