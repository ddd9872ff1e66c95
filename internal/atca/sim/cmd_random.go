package sim

import "atecc/internal/atca/wire"

// legalRandom: mode 1 left the seed in the 508A's EEPROM alone; the 608 takes
// it and does not care.
func legalRandom(_ wire.Part, c wire.Command) bool {
	return c.P1 <= 1 && c.P2 == 0 && len(c.Data) == 0
}

// cmdRandom shows the number to the host and keeps it nowhere.
func (c *Chip) cmdRandom(wire.Command) ([]byte, error) {
	b, err := c.random()
	return b[:], err
}
