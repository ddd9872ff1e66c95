package sim

import (
	"crypto/subtle"

	"atecc/internal/atca/wire"
)

// legalRead: an address beyond the zone is illegal in every state. (Real chips
// answer either of two errors there; tests on hardware accept both.)
func legalRead(_ wire.Part, c wire.Command) bool {
	if c.P1&^(wire.ZoneMask|wire.Zone32) != 0 || len(c.Data) != 0 {
		return false
	}
	_, err := location(c)
	return err == nil
}

// location is what the parameters of Read and Write address.
func location(c wire.Command) (wire.Location, error) {
	return wire.ParseAddress(wire.Zone(c.P1&wire.ZoneMask), c.P2, c.P1&wire.Zone32 != 0)
}

// cmdRead shows the configuration always, and the rest only when the data zone
// is locked: before that nobody has decided yet what is secret.
func (c *Chip) cmdRead(cmd wire.Command) ([]byte, error) {
	l, err := location(cmd)
	if err != nil {
		return nil, wire.StatusParse
	}
	block := cmd.P1&wire.Zone32 != 0
	switch {
	case l.Zone == wire.ZoneConfig:
		return c.mem.load(l, block), nil
	case !c.mem.config.DataLocked():
		return nil, wire.StatusExecution
	case l.Zone == wire.ZoneOTP:
		return c.mem.load(l, block), nil
	}
	return c.readSlot(l, block)
}

// readSlot follows the read permission of SlotConfig: in clear, encrypted in
// whole blocks, or never. Private keys are never read.
func (c *Chip) readSlot(l wire.Location, block bool) ([]byte, error) {
	s := c.mem.config.Slot(l.Slot)
	secret, encrypted := s.Config.IsSecret(), s.Config.EncryptRead()
	switch {
	case s.Key.Private():
		return nil, wire.StatusExecution
	case !secret && !encrypted:
		return c.mem.load(l, block), nil
	case secret && encrypted && block:
		return c.readEncrypted(l, s.Config.ReadKey())
	}
	return nil, wire.StatusExecution
}

// readEncrypted hides the block behind the session key that GenDig made of the
// read key and a random nonce. The session key is good for one block.
func (c *Chip) readEncrypted(l wire.Location, readKey int) ([]byte, error) {
	defer c.state.consume(fromTempKey)
	t := c.state.tempKey
	if !t.usable() || t.fixed || !t.madeOf(readKey) {
		return nil, wire.StatusExecution
	}
	out := c.mem.load(l, true)
	subtle.XORBytes(out, out, t.value[:wire.BlockSize])
	return out, nil
}

// load reads a word or a block. A block that the slot does not fill ends in
// zeros.
func (m *eeprom) load(l wire.Location, block bool) []byte {
	out := make([]byte, unit(block))
	copy(out, m.zone(l)[l.Offset():])
	return out
}

// unit is the size of an access.
func unit(block bool) int {
	if block {
		return wire.BlockSize
	}
	return wire.WordSize
}
