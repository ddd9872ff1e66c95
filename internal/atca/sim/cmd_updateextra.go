package sim

import "atecc/internal/atca/wire"

// Bytes that UpdateExtra changes.
const (
	userExtraOffset  = 84
	userExtraAddress = 85 // Selector of a 508A
)

// legalUpdateExtra: with the bit for a use of a key, the other one is ignored.
func legalUpdateExtra(_ wire.Part, c wire.Command) bool {
	if c.P1&^(wire.UpdateExtraUse|wire.UpdateExtraAddress) != 0 || len(c.Data) != 0 {
		return false
	}
	if c.P1&wire.UpdateExtraUse != 0 {
		return slotNumber(c.P2)
	}
	return c.P2 <= 0xFF
}

// cmdUpdateExtra writes one of two bytes of the configuration, or spends a use
// of a limited key without using it. The data sheet has it after the
// configuration lock; Microchip's library sends it before as well, and real
// parts accept that.
func (c *Chip) cmdUpdateExtra(cmd wire.Command) ([]byte, error) {
	if cmd.P1&wire.UpdateExtraUse != 0 {
		return nil, c.spendUse(int(cmd.P2))
	}
	offset := userExtraOffset + int(cmd.P1)
	b := &c.mem.config[offset]
	if *b != 0 && !c.rewritable(offset) {
		return nil, wire.StatusExecution
	}
	*b = byte(cmd.P2)
	return nil, nil
}

// rewritable says whether a byte may be written while it is not zero: only the
// Selector of a 508A, unless ChipMode forbids it. (One sentence of the data sheet
// has that bit the other way round, and contradicts the rest.)
func (c *Chip) rewritable(offset int) bool {
	return offset == userExtraAddress && c.part() == wire.Part508 &&
		!c.mem.config.ChipMode().AddressFromUserExtra()
}

// spendUse succeeds without doing anything where uses are not counted. Before
// the configuration lock counters stand still.
func (c *Chip) spendUse(slot int) error {
	z := c.mem.config
	if !z.Slot(slot).Config.LimitedUse() {
		return nil
	}
	if !z.ConfigLocked() {
		return wire.StatusExecution
	}
	return c.countUse(slot)
}
