package sim

import "atecc/internal/atca/wire"

// Data of CheckMac: challenge, MAC, and what the other chip's MAC was made with.
const (
	checkMacResponse = challengeSize
	checkMacOther    = checkMacResponse + macSize
	checkMacSize     = checkMacOther + 13
)

// legalCheckMac: the challenge is always there, even where TempKey replaces it.
func legalCheckMac(_ wire.Part, c wire.Command) bool {
	return c.P1&^(fromRegister|wire.MACFixed) == 0 && len(c.Data) == checkMacSize
}

// cmdCheckMac checks a MAC. NoMac does not matter: to check is what such keys
// are for. A MAC under the key of a slot authorises the host. (One sentence of
// the 508A's data sheet says so of keys in TempKey; its table of modes and chips
// in the field have it this way.)
func (c *Chip) cmdCheckMac(cmd wire.Command) ([]byte, error) {
	first, second, err := c.macBlocks(cmd, cmd.Data[:challengeSize], true)
	// A 508A clears TempKey also where it was no input.
	if cmd.P1&fromRegister != 0 || c.part() == wire.Part508 {
		c.state.consume(fromTempKey)
	}
	if err != nil {
		return nil, err
	}
	want := wire.HashCheckMac(first, second, [13]byte(cmd.Data[checkMacOther:]), c.mem.serial())
	if !equalMAC(want, cmd.Data[checkMacResponse:checkMacOther]) {
		return nil, wire.StatusMiscompare
	}
	if cmd.P1&wire.MACKeyTempKey == 0 {
		slot := int(cmd.P2 & slotMask)
		c.state.auth = &slot
	}
	if cmd.P1&fromRegister == wire.MACChallengeTempKey {
		c.copySecret(int(cmd.P2&slotMask) | 1)
	}
	return nil, nil
}

// copySecret gives who knew the key of a slot the secret of its odd neighbour,
// in TempKey, if that slot's ReadKey is 0. In a slot for a private key the same
// bits are permissions, and nothing is copied.
func (c *Chip) copySecret(target int) {
	s := c.mem.config.Slot(target)
	if s.Key.Private() || s.Config.ReadKey() != 0 {
		return
	}
	c.state.tempKey = digestTempKey(c.mem.secret(target), true)
}
