package sim

import (
	"time"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// power is what the chip is doing while nobody gives it a command.
type power uint8

const (
	asleep power = iota // volatile state is gone; unpowered looks the same
	idle                // volatile state is kept, the watchdog is off
	awake
)

// port is the chip's side of the bus: power state, watchdog and the buffer
// that commands and answers go through (docs/chip.md, "Bus: wake, sleep, idle,
// reading and writing").
type port struct {
	sampled
	power   power
	expires time.Time // when the watchdog puts the chip to sleep
	ready   time.Time // until then the chip is busy and refuses its address

	in   []byte // command bytes received so far
	out  []byte // answer
	next int    // first byte of out that was not read yet
	read bool   // there was a read since the last write
}

// sampled is what the chip takes from its configuration when power comes or when
// it leaves sleep. A change counts from then on; idle is not enough.
type sampled struct {
	address  uint16
	divider  int
	watchdog time.Duration
}

// sample reads the configuration as a whole, so that the address and the bit
// that says where it stands cannot come from two different times.
func sample(z config.Zone) sampled {
	s := sampled{z.Address(), z.ChipMode().Divider(), watchdogShort}
	if z.ChipMode().LongWatchdog() {
		s.watchdog = watchdogLong
	}
	return s
}

// now is the chip's time, after whatever the watchdog had to do by then.
func (c *Chip) now() time.Time {
	t := c.wall()
	if c.port.power == awake && !t.Before(c.port.expires) {
		c.sleep()
	}
	return t
}

// sleep drops all volatile state. Only the persistent latch stays.
func (c *Chip) sleep() {
	c.state = volatile{}
	c.park(asleep)
}

// park stops the watchdog and empties the I/O buffer.
func (c *Chip) park(p power) {
	c.port = port{sampled: c.port.sampled, power: p}
}

// sdaLow tells the chip that SDA was low for d. A chip that is awake does not
// care: the pulse neither restarts the watchdog nor brings the wake answer back.
func (c *Chip) sdaLow(d time.Duration) {
	now := c.now()
	if c.port.power == awake || d < wakePulse {
		return
	}
	delay := wakeDelay
	// Idle keeps all that follows; only sleep, like the loss of power, makes
	// the chip look at its configuration afresh.
	if c.port.power == asleep {
		c.port.sampled = sample(c.mem.config)
		if c.mem.config.ChipOptions().PowerOnSelfTest() {
			c.state.failed = c.selfTest(wire.SelfTestAll)
			delay = selfTestWake
		}
	}
	c.wake(now, delay)
}

// wake starts the watchdog and lays the wake answer out. The wake answer stays
// until a command replaces it: who finds it where a command's answer should be
// knows that the chip was reset in between.
func (c *Chip) wake(now time.Time, delay time.Duration) {
	answer := wire.WakeOK
	if c.state.failed != 0 {
		answer = wire.WakeSelfTest
	}
	c.port.power = awake
	c.port.expires = now.Add(c.port.watchdog)
	c.port.ready = now.Add(c.clock.delay(delay))
	c.port.out = answer[:]
}

// acknowledges says whether the chip answers to its address now. Nobody
// answers to the general call, and a part with the single-wire interface never
// answers. A read is refused as well while a command is half received: the
// public sources contradict each other there, most say so.
func (c *Chip) acknowledges(addr uint16, read bool) bool {
	now := c.now()
	p := &c.port
	if p.power != awake || now.Before(p.ready) {
		return false
	}
	if addr == 0 || addr != p.address || !c.mem.config.I2CEnabled() {
		return false
	}
	return !read || len(p.in) == 0
}

// write takes the bytes after the address of an acknowledged write, and says
// how many of them it acknowledged. Nothing is executed before end.
func (c *Chip) write(b []byte) (taken int) {
	c.now()
	p := &c.port
	if p.power != awake || len(b) == 0 {
		return 0
	}
	if p.read {
		p.read, p.next = false, 0
	}
	switch b[0] {
	case wire.WordReset:
		p.in, p.next = nil, 0
	case wire.WordSleep:
		c.sleep()
	case wire.WordIdle:
		c.park(idle)
	case wire.WordCommand:
		return 1 + p.receive(b[1:])
	}
	// Other word addresses are reserved; they are acknowledged and ignored,
	// as the public sources do not say.
	return len(b)
}

// receive appends to the command and returns how many bytes it took: the chip
// refuses what exceeds the count, and what exceeds its buffer.
func (p *port) receive(b []byte) int {
	if len(p.in) == 0 && len(b) == 0 {
		return 0
	}
	group := append(p.in, b...)
	// A count that cannot be right still says how many bytes the chip waits
	// for; the check of the group will tell.
	whole := min(max(int(group[0]), 1), wire.MaxFrame)
	taken := len(b) - max(len(group)-whole, 0)
	p.in = group[:len(p.in)+taken]
	return taken
}

// complete says whether the group has all the bytes that its count asks for.
func (p *port) complete() bool {
	return len(p.in) > 0 && len(p.in) >= min(int(p.in[0]), wire.MaxFrame)
}

// end is the end of a write: a STOP, which starts a complete command, or a
// repeated START, which makes the chip lose it.
func (c *Chip) end(stop bool) error {
	if !c.port.complete() {
		return nil
	}
	group := c.port.in
	c.port.in = nil // the next write starts a new command
	if !stop {
		return nil
	}
	return c.execute(group)
}

// read fills r from where the last read ended, and leaves it alone beyond the
// answer: SDA stays high there.
func (c *Chip) read(r []byte) {
	c.now()
	p := &c.port
	if p.power != awake {
		return
	}
	p.read = true
	n := min(len(r), len(p.out)-p.next)
	for i := range n {
		r[i] &= p.out[p.next+i]
	}
	p.next += n
}
