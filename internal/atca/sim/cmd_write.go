package sim

import (
	"crypto/subtle"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// Bytes of the configuration zone that no Write reaches: those of the factory,
// and those that have a command of their own (UserExtra, the locks).
const (
	factoryEnd   = 16
	commandStart = 84
	commandEnd   = 88
)

const (
	macSize = 32

	// OTPmode of the 508A, and its value for a zone whose bits can be used up.
	otpModeOffset  = 18
	otpConsumption = 0x55

	// WriteConfig of slots that take clear data; see also EncryptedWrite.
	writeAlways     = 0x0
	writePubInvalid = 0x1
)

// legalWrite: only blocks are encrypted, and never the configuration zone. A
// MAC may come without the bit that says so, as the slot may ask for one.
func legalWrite(_ wire.Part, c wire.Command) bool {
	if c.P1&^(wire.ZoneMask|wire.ZoneEncrypted|wire.Zone32) != 0 {
		return false
	}
	if _, err := location(c); err != nil {
		return false
	}
	block, encrypted := c.P1&wire.Zone32 != 0, c.P1&wire.ZoneEncrypted != 0
	zone := wire.Zone(c.P1 & wire.ZoneMask)
	if encrypted && (!block || zone == wire.ZoneConfig) {
		return false
	}
	switch len(c.Data) {
	case unit(block):
		return !encrypted
	case wire.BlockSize + macSize:
		return encrypted || block && zone == wire.ZoneData
	}
	return false
}

// cmdWrite never reads back: a host that wants to be sure compares for itself.
func (c *Chip) cmdWrite(cmd wire.Command) ([]byte, error) {
	l, err := location(cmd)
	if err != nil {
		return nil, wire.StatusParse
	}
	switch l.Zone {
	case wire.ZoneConfig:
		return nil, c.writeConfig(l, cmd)
	case wire.ZoneOTP:
		return nil, c.writeOTP(l, cmd)
	}
	return nil, c.writeSlot(l, cmd)
}

// writeConfig refuses as a whole a write that touches a protected byte.
func (c *Chip) writeConfig(l wire.Location, cmd wire.Command) error {
	start, end := l.Offset(), l.Offset()+len(cmd.Data)
	protected := start < factoryEnd || start < commandEnd && end > commandStart
	if c.mem.config.ConfigLocked() || protected {
		return wire.StatusExecution
	}
	c.mem.store(l, cmd.Data)
	return nil
}

// writeOTP takes blocks, between the two locks. Encrypted ones are taken as
// well; the sources allow them without describing a use.
func (c *Chip) writeOTP(l wire.Location, cmd wire.Command) error {
	z := c.mem.config
	if z.DataLocked() {
		return c.consumeOTP(l, cmd)
	}
	if !z.ConfigLocked() || cmd.P1&wire.Zone32 == 0 {
		return wire.StatusExecution
	}
	return c.storeMaybeEncrypted(l, cmd, false)
}

// consumeOTP is what is left once the zone is locked: a 508A in consumption
// mode clears bits, and no command sets them again. A 608 writes nothing.
func (c *Chip) consumeOTP(l wire.Location, cmd wire.Command) error {
	consumption := c.part() == wire.Part508 && c.mem.config[otpModeOffset] == otpConsumption
	if !consumption || cmd.P1&wire.ZoneEncrypted != 0 {
		return wire.StatusExecution
	}
	b := c.mem.otp[l.Offset():]
	for i, mask := range cmd.Data {
		b[i] &= mask
	}
	return nil
}

// writeSlot applies what no lock state changes (no private keys, no locked
// slots) and then the rules of the lock state.
func (c *Chip) writeSlot(l wire.Location, cmd wire.Command) error {
	z := c.mem.config
	s := z.Slot(l.Slot)
	if !z.ConfigLocked() || s.Key.Private() || s.Locked {
		return wire.StatusExecution
	}
	if z.DataLocked() {
		return c.writeByPolicy(l, cmd, s)
	}
	// Before the data lock whole blocks go anywhere, whatever the policy says.
	if cmd.P1&wire.Zone32 == 0 {
		return wire.StatusExecution
	}
	return c.storeMaybeEncrypted(l, cmd, false)
}

// writeByPolicy follows WriteConfig. The encryption bit of the command decides
// nothing here; a slot that wants encrypted data gets it or nothing.
func (c *Chip) writeByPolicy(l wire.Location, cmd wire.Command, s config.Slot) error {
	block := cmd.P1&wire.Zone32 != 0
	switch {
	case s.Config.EncryptedWrite():
		if len(cmd.Data) != wire.BlockSize+macSize {
			return wire.StatusExecution
		}
		return c.storeMaybeEncrypted(l, cmd, true)
	case len(cmd.Data) != unit(block):
		return wire.StatusParse // a MAC where none is asked for
	case s.Config.WriteConfig() == writeAlways && (block || !s.Config.IsSecret()),
		s.Config.WriteConfig() == writePubInvalid && block && !c.mem.publicValid(l.Slot):
		c.mem.store(l, cmd.Data)
		return nil
	}
	return wire.StatusExecution
}

// storeMaybeEncrypted writes a block in clear, or decrypts it when it comes
// with a MAC. keyed asks for a TempKey that GenDig made of the slot's write
// key; before the data zone is locked any valid TempKey will do.
func (c *Chip) storeMaybeEncrypted(l wire.Location, cmd wire.Command, keyed bool) error {
	if len(cmd.Data) == wire.BlockSize {
		c.mem.store(l, cmd.Data)
		return nil
	}
	if !keyed && cmd.P1&wire.ZoneEncrypted == 0 {
		return wire.StatusParse
	}
	defer c.state.consume(fromTempKey)
	t := c.state.tempKey
	if !t.usable() || keyed && !t.madeOf(c.mem.config.Slot(l.Slot).Config.WriteKey()) {
		return wire.StatusExecution
	}
	var plain [wire.BlockSize]byte
	subtle.XORBytes(plain[:], cmd.Data[:wire.BlockSize], t.value[:wire.BlockSize])
	// Param1 is hashed as it arrived, with or without the bit for encryption.
	mac := wire.HashWriteMAC(t.low(), cmd.P1, cmd.P2, c.mem.serial(), plain)
	if !equalMAC(mac, cmd.Data[wire.BlockSize:]) {
		return wire.StatusExecution
	}
	c.mem.store(l, plain[:])
	return nil
}

// equalMAC compares what the host sent with what the chip computed.
func equalMAC(want [macSize]byte, got []byte) bool {
	return subtle.ConstantTimeCompare(want[:], got) == 1
}

// store writes a word or a block. What exceeds the slot is ignored. A public
// key that needs validation is no longer valid, whichever block was written.
func (m *eeprom) store(l wire.Location, b []byte) {
	copy(m.zone(l)[l.Offset():], b)
	if l.Zone == wire.ZoneData && holdsValidated(m.config.Slot(l.Slot)) {
		m.setNibble(l.Slot, nibbleInvalid)
	}
}
