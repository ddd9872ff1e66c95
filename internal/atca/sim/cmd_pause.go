package sim

import "atecc/internal/atca/wire"

// legalPause: any selector is legal.
func legalPause(_ wire.Part, c wire.Command) bool { return c.P2 == 0 && len(c.Data) == 0 }

// cmdPause sends all chips of a bus but the selected one to idle, so that
// several 508As can share an address. Those that go idle do not answer: the next
// wake puts its own answer in the place of this one.
func (c *Chip) cmdPause(cmd wire.Command) ([]byte, error) {
	if c.mem.config[userExtraAddress] != cmd.P1 {
		c.park(idle)
	}
	return nil, nil
}
