package sim

import "atecc/internal/atca/wire"

// legalHMAC: the message is TempKey, and nothing comes with the command.
func legalHMAC(_ wire.Part, c wire.Command) bool {
	return c.P1&^(wire.MACFixed|wire.MACSerial) == 0 && len(c.Data) == 0
}

// cmdHMAC is MAC by another algorithm, on the 508A alone: a 608 has the HMAC of
// SHA instead.
func (c *Chip) cmdHMAC(cmd wire.Command) ([]byte, error) {
	defer c.state.consume(fromTempKey)
	t, z := c.state.tempKey, c.mem.config
	slot := int(cmd.P2 & slotMask)
	barred := t.noMac || z.DataLocked() && z.Slot(slot).Config.NoMac()
	key, err := c.useSecret(slot, t.from(cmd.P1) && !barred)
	if err != nil {
		return nil, err
	}
	mac := wire.HashHMAC(key, t.low(), cmd.P1, cmd.P2, c.mem.serial())
	return mac[:], nil
}
