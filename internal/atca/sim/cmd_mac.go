package sim

import "atecc/internal/atca/wire"

// challengeSize is the host's part of a MAC.
const challengeSize = 32

// slotMask: commands that hash all of param2 take their slot from its low bits.
const slotMask = 0x0F

// fromRegister are the modes of MAC and CheckMac that take TempKey as input.
const fromRegister = wire.MACChallengeTempKey | wire.MACKeyTempKey

// legalMAC: a challenge comes unless TempKey is one. Two more bits, for the OTP
// zone, belong to an older family.
func legalMAC(_ wire.Part, c wire.Command) bool {
	if c.P1&^(fromRegister|wire.MACFixed|wire.MACSerial) != 0 {
		return false
	}
	if c.P1&wire.MACChallengeTempKey != 0 {
		return len(c.Data) == 0
	}
	return len(c.Data) == challengeSize
}

// cmdMAC proves that the chip knows a key. A key that is there to check MACs
// only (NoMac) does not make any, and neither does TempKey with a trace of it.
func (c *Chip) cmdMAC(cmd wire.Command) ([]byte, error) {
	first, second, err := c.macBlocks(cmd, cmd.Data, c.mayMAC(cmd))
	if cmd.P1&fromRegister != 0 {
		c.state.consume(fromTempKey)
	}
	if err != nil {
		return nil, err
	}
	mac := wire.HashMAC(first, second, cmd.P1, cmd.P2, c.mem.serial())
	return mac[:], nil
}

// mayMAC says whether NoMac is in the way, of the slot's key or of TempKey.
func (c *Chip) mayMAC(cmd wire.Command) bool {
	if cmd.P1&fromRegister != 0 && c.state.tempKey.noMac {
		return false
	}
	z := c.mem.config
	usesSlot := cmd.P1&wire.MACKeyTempKey == 0
	return !usesSlot || !z.DataLocked() || !z.Slot(int(cmd.P2&slotMask)).Config.NoMac()
}

// macBlocks finds what MAC and CheckMac hash first: a key and a challenge, each
// of which TempKey may replace. The rules of a slot bind only if its key is used.
// ready is what the command itself asks for.
func (c *Chip) macBlocks(cmd wire.Command, challenge []byte, ready bool) (first, second [32]byte, err error) {
	t := c.state.tempKey
	first, second = t.low(), t.low()
	if cmd.P1&wire.MACChallengeTempKey == 0 {
		second = [32]byte(challenge)
	}
	ready = ready && (cmd.P1&fromRegister == 0 || t.from(cmd.P1))
	if cmd.P1&wire.MACKeyTempKey != 0 {
		return first, second, refuseUnless(ready)
	}
	first, err = c.useSecret(int(cmd.P2&slotMask), ready)
	return first, second, err
}

// useSecret is the secret of a slot for a command that honours all rules of its
// key. Any slot that holds no private key will do, whatever its type.
func (c *Chip) useSecret(slot int, ready bool) (key [scalarSize]byte, err error) {
	s := c.mem.config.Slot(slot)
	if !c.mem.config.ConfigLocked() || s.Key.Private() {
		return key, wire.StatusExecution
	}
	if err := c.use(keyUse{slot: s, reqRandom: true, ready: ready}); err != nil {
		return key, err
	}
	return c.mem.secret(slot), nil
}
