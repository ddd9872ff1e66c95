package ft232h

import (
	"fmt"
	"time"
)

// wire is the bus behind the fake bridge: two lines that anybody can pull low,
// and one chip. It knows nothing of the orders that move the lines, and notes
// what no I2C bus allows.
type wire struct {
	scl, sda bool // as they are
	chip     chip
	stuckSCL bool // somebody holds it low for good
	faults   []string

	fellAt  time.Duration // when SDA fell last
	lowTime time.Duration // the longest that it was low
	roseAt  time.Duration // when SCL rose last
	held    time.Duration // the shortest part of a START or STOP
}

func newWire() *wire { return &wire{scl: high, sda: high, chip: chip{addr: 0x60, refuses: -1}} }

// drive is how the bridge drives SDA.
type drive int

const (
	released drive = iota
	pullsLow
	pushesHigh
)

func (w *wire) fault(format string, args ...any) {
	w.faults = append(w.faults, fmt.Sprintf(format, args...))
}

// move sets what the bridge does to the lines at a time, and lets the chip
// react until nothing changes any more.
func (w *wire) move(at time.Duration, scl bool, sda drive) {
	scl = scl && !w.stuckSCL
	for {
		level := sda != pullsLow && !w.chip.pulls
		if sda == pushesHigh && w.chip.pulls {
			w.fault("bridge pushes SDA high against the chip in %s", w.chip.where())
		}
		if scl == w.scl && level == w.sda {
			return
		}
		w.step(at, scl, level)
	}
}

func (w *wire) step(at time.Duration, scl, sda bool) {
	wasSCL, wasSDA := w.scl, w.sda
	w.scl, w.sda = scl, sda
	w.measure(at, wasSCL, wasSDA)
	switch {
	case wasSCL && scl && wasSDA && !sda:
		w.chip.start(w)
	case wasSCL && scl && !wasSDA && sda:
		w.chip.stop(w)
	case !wasSCL && scl && wasSDA != sda:
		w.fault("SDA changes together with SCL")
	case !wasSCL && scl:
		w.chip.rise(sda)
	case wasSCL && !scl:
		w.chip.fall()
	}
}

func (w *wire) measure(at time.Duration, wasSCL, wasSDA bool) {
	switch {
	case wasSDA && !w.sda:
		w.fellAt = at
	case !wasSDA && w.sda:
		w.lowTime = max(w.lowTime, at-w.fellAt)
		w.chip.asleep = w.chip.asleep && at-w.fellAt < wakeTime
	}
	switch {
	case !wasSCL && w.scl:
		w.roseAt = at
	case wasSCL && w.scl: // SDA moves: a START or a STOP
		w.held = min(w.held, at-w.roseAt)
	case wasSCL && w.fellAt > w.roseAt: // the end of a START
		w.held = min(w.held, at-w.fellAt)
	}
}

// wakeTime is tWLO: a chip wakes when SDA was low for so long.
const wakeTime = 60 * time.Microsecond

// part is what a chip takes the bits for.
type part int

const (
	notMine part = iota // until the next START
	address
	writing
	reading
)

// chip is a device on the bus, bit by bit.
type chip struct {
	addr    byte
	busy    bool // refuses its address
	asleep  bool // the same, until it is woken
	refuses int  // the data byte that it refuses, -1 for none
	answer  []byte

	pulls bool // SDA, now
	part  part
	bits  int // of the present byte, 9 with its acknowledge bit
	shift byte
	sent  int
	acked bool // the bridge acknowledged the byte that was read

	got  []byte   // since START
	done [][]byte // written, one for each STOP: only that makes the chip act
	log  string   // S, P, and R or W for an address, lower case when refused
}

func (c *chip) where() string { return fmt.Sprintf("bit %d", c.bits) }

// boundary notes a START or STOP within a byte. The rising edge of SCL that it
// is made behind has been counted as a bit.
func (c *chip) boundary(w *wire, what string) {
	if c.part != notMine && c.bits > 1 {
		w.fault("%s within a byte, behind bit %d", what, c.bits-1)
	}
}

func (c *chip) start(w *wire) {
	c.boundary(w, "START")
	c.log += "S"
	c.part, c.bits, c.shift, c.pulls = address, 0, 0, false
}

func (c *chip) stop(w *wire) {
	c.boundary(w, "STOP")
	c.log += "P"
	if c.part == writing {
		c.done = append(c.done, c.got)
	}
	c.got, c.part, c.pulls = nil, notMine, false
}

// rise takes a bit.
func (c *chip) rise(sda bool) {
	if c.part == notMine {
		return
	}
	c.bits++
	switch {
	case c.bits <= 8:
		c.shift <<= 1
		if sda {
			c.shift |= 1
		}
	case c.part == reading:
		c.acked = !sda
	}
}

// fall gives a bit, for the time until SCL falls again.
func (c *chip) fall() {
	switch {
	case c.part == notMine:
		return
	case c.bits == 8:
		c.pulls = c.acknowledges()
		return
	case c.bits >= 9:
		c.nextByte()
	}
	c.pulls = c.part == reading && c.dataBit() == 0
}

// dataBit is the next bit of what is read; there are ones behind the end.
func (c *chip) dataBit() byte {
	if c.sent >= len(c.answer) {
		return 1
	}
	return c.answer[c.sent] >> (7 - c.bits) & 1
}

// acknowledges ends the eight bits of a byte. What is read is acknowledged by
// the bridge.
func (c *chip) acknowledges() bool {
	switch c.part {
	case address:
		return c.addressed()
	case writing:
		if len(c.got) == c.refuses {
			c.part = notMine
			return false
		}
		c.got = append(c.got, c.shift)
		return true
	}
	return false
}

func (c *chip) addressed() bool {
	kind := "wr"[c.shift&1 : c.shift&1+1]
	if c.shift>>1 != c.addr || c.busy || c.asleep {
		c.log += kind
		c.part = notMine
		return false
	}
	c.log += map[string]string{"w": "W", "r": "R"}[kind]
	c.part, c.sent = writing, -1
	if kind == "r" {
		c.part = reading
	}
	return true
}

// nextByte begins the byte after an acknowledge bit. A byte that was read and
// not acknowledged is the last.
func (c *chip) nextByte() {
	c.bits, c.shift = 0, 0
	if c.part != reading {
		return
	}
	if c.sent >= 0 && !c.acked {
		c.part = notMine
	}
	c.sent++
}
