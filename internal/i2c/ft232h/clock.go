package ft232h

import (
	"fmt"
	"time"

	"periph.io/x/conn/v3/physic"
)

// Limits of the bus clock: what the chip takes, and what a long wire needs.
const (
	minClock     = 10 * physic.KiloHertz
	maxClock     = physic.MegaHertz
	defaultClock = 100 * physic.KiloHertz
)

// baseClock is SCL at divisor 0. The engine runs at 60 MHz and makes one of its
// phases of 1 + divisor of these; SCL has three phases, not two, so that
//
//	SCL = 60 MHz / (1 + divisor) / 3
//
// (AN_108 gives it with two phases, and AN_113 with the factor 2/3 to that.)
const baseClock = 60 * physic.MegaHertz / 3

// divisorFor returns the divisor for a clock, or for the next slower one that
// there is.
func divisorFor(clock physic.Frequency) (uint16, error) {
	if clock == 0 {
		clock = defaultClock
	}
	if clock < minClock || clock > maxClock {
		return 0, fmt.Errorf("%s is no clock for this bus; it takes %s to %s", clock, minClock, maxClock)
	}
	return uint16((baseClock+clock-1)/clock - 1), nil
}

func clockOf(divisor uint16) physic.Frequency {
	return baseClock / (1 + physic.Frequency(divisor))
}

// maxHold is the longest time that the I2C specification asks of the parts of
// a START or STOP, that of the slowest mode.
const maxHold = 5 * time.Microsecond

// holds is how many opSetPins make up one part of a START or STOP. The chip asks
// for 250 ns. A third of SCL's period is more than that at any clock, and grows
// with the pull-up resistors that a slow clock is chosen for.
func holds(divisor uint16) int {
	t := min(clockOf(divisor).Period()/3, maxHold)
	return int((t + pinTime - 1) / pinTime)
}

// Clock is the clock that the divisor makes.
func (b *Bus) Clock() (physic.Frequency, bool) {
	defer b.take()()
	return clockOf(b.divisor), true
}

// SetSpeed changes the clock.
func (b *Bus) SetSpeed(f physic.Frequency) error {
	divisor, err := divisorFor(f)
	if err != nil {
		return err
	}
	defer b.take()()
	return b.guarded(func() error {
		b.divisor = divisor
		s := b.script()
		s.clock(divisor)
		_, err := b.run(s)
		return err
	})
}
