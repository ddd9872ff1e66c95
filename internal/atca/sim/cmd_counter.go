package sim

import (
	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// counterOffset is where the two counters stand, eight bytes each.
const counterOffset = 52

// legalCounter: reading and incrementing are all there is; no counter can be
// set or taken back.
func legalCounter(_ wire.Part, c wire.Command) bool {
	return c.P1 <= wire.CounterIncrement && c.P2 <= 1 && len(c.Data) == 0
}

// cmdCounter reads in every lock state. It increments only after the
// configuration is locked; until then Write sets the counters, and the public
// sources do not say what the command does.
func (c *Chip) cmdCounter(cmd wire.Command) ([]byte, error) {
	n := int(cmd.P2)
	v, ok := c.mem.config.Counter(n)
	if !ok {
		return nil, wire.StatusExecution
	}
	if cmd.P1 == wire.CounterIncrement {
		// CountMatch limits the uses of keys, not this command.
		if !c.mem.config.ConfigLocked() || v >= counterMax {
			return nil, wire.StatusExecution
		}
		v++
		c.setCounter(n, v)
	}
	return number(v), nil
}

// setCounter writes a count in the chip's own way, in which a lost supply can
// skip counts but never lose one.
func (c *Chip) setCounter(n int, v uint32) {
	b := config.EncodeCounter(v)
	copy(c.mem.config[counterOffset+n*len(b):], b[:])
}
