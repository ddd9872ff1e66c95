package sim

import "atecc/internal/atca/wire"

// noMacData is what replaces the command in the digest of a slot with NoMac.
const noMacData = 4

// legalGenDig: what param2 may be depends on the zone. In mode nonce its top
// bit gives the order and only its low byte is hashed; what stands between them
// would go unnoticed.
func legalGenDig(_ wire.Part, c wire.Command) bool {
	n := len(c.Data)
	switch c.P1 {
	case wire.GenDigConfig:
		return c.P2 < wire.ConfigSize/wire.BlockSize && n == 0
	case wire.GenDigOTP:
		return c.P2 < wire.OTPSize/wire.BlockSize && n == 0
	case wire.GenDigData:
		// Microchip's library sends the four bytes whatever the slot is.
		return (slotNumber(c.P2) || c.P2 >= wire.GenDigTransport) && (n == 0 || n == noMacData)
	case wire.GenDigNonce:
		return c.P2&^(wire.GenDigSwap|0xFF) == 0 && n == challengeSize
	case wire.GenDigCounter:
		return c.P2 <= 1 && n == 0
	case wire.GenDigKeyConfig:
		return slotNumber(c.P2) && n == 0
	}
	return false
}

// cmdGenDig hashes something of the chip's into TempKey. Where TempKey came from
// stays known, and so does that a key with NoMac went into it.
func (c *Chip) cmdGenDig(cmd wire.Command) ([]byte, error) {
	if !c.state.tempKey.usable() {
		return nil, wire.StatusExecution
	}
	digest, err := c.genDig(cmd)
	if err != nil {
		return nil, err
	}
	t := &c.state.tempKey
	t.setLow(digest)
	// Only a slot's key makes a session key; the public sources disagree about
	// the host's data, where the older says no.
	t.genKey, t.genDig, t.keyID = false, false, 0
	if cmd.P1 == wire.GenDigData {
		s := c.mem.config.Slot(int(cmd.P2))
		t.genDig, t.keyID = true, byte(s.Number)
		t.noMac = t.noMac || s.Config.NoMac()
	}
	return nil, nil
}

// genDig is the digest. No lock state is asked for but where a slot's key is
// used; the public sources name none.
func (c *Chip) genDig(cmd wire.Command) (digest [32]byte, err error) {
	t, sn := c.state.tempKey.low(), c.mem.serial()
	switch cmd.P1 {
	case wire.GenDigConfig:
		return wire.HashGenDig(t, cmd.P1, cmd.P2, sn, block(c.mem.config[:], cmd.P2)), nil
	case wire.GenDigOTP:
		return wire.HashGenDig(t, cmd.P1, cmd.P2, sn, block(c.mem.otp[:], cmd.P2)), nil
	case wire.GenDigNonce:
		return wire.HashGenDigNonce(t, cmd.P2, sn, [32]byte(cmd.Data)), nil
	case wire.GenDigCounter:
		v, ok := c.mem.config.Counter(int(cmd.P2))
		return wire.HashGenDigCounter(t, cmd.P2, sn, v), refuseUnless(ok)
	case wire.GenDigKeyConfig:
		s := c.mem.config.Slot(int(cmd.P2))
		return wire.HashGenDigKeyConfig(t, cmd.P2, sn, littleEndian(uint16(s.Config)), littleEndian(uint16(s.Key)), !s.Locked), nil
	}
	return c.genDigSlot(cmd)
}

// genDigSlot makes a session key of a slot's key. The keys beyond the slots are
// Microchip's own and in no public source. Without the four bytes that a slot
// with NoMac asks for, a real 608B goes on; what it hashes then is not known,
// and taken to be the command.
func (c *Chip) genDigSlot(cmd wire.Command) (digest [32]byte, err error) {
	if cmd.P2 >= wire.GenDigTransport {
		return digest, wire.StatusExecution
	}
	slot := int(cmd.P2)
	key, err := c.useSecret(slot, true)
	if err != nil {
		return digest, err
	}
	t, sn := c.state.tempKey.low(), c.mem.serial()
	if len(cmd.Data) == noMacData && c.mem.config.Slot(slot).Config.NoMac() {
		return wire.HashGenDigOther(t, [noMacData]byte(cmd.Data), sn, key), nil
	}
	return wire.HashGenDig(t, cmd.P1, cmd.P2, sn, key), nil
}

// block is the n-th block of a zone.
func block(zone []byte, n uint16) [wire.BlockSize]byte {
	return [wire.BlockSize]byte(zone[int(n)*wire.BlockSize:])
}
