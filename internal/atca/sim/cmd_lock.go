package sim

import "atecc/internal/atca/wire"

// Bytes that Lock changes.
const (
	lockValueOffset  = 86
	lockConfigOffset = 87
	slotLockedOffset = 88
	lockedByte       = 0x00

	lockSlotMask = 0x3C // slot number in param1
)

// legalLock: the two zones leave no room for a slot number, and for a slot the
// bit that skips the summary means nothing.
func legalLock(_ wire.Part, c wire.Command) bool {
	if len(c.Data) != 0 {
		return false
	}
	switch c.P1 & wire.LockTypeMask {
	case wire.LockZoneConfig, wire.LockZoneData:
		return c.P1&^(wire.LockTypeMask|wire.LockNoCRC) == 0
	case wire.LockSlot:
		return c.P1&^(wire.LockTypeMask|lockSlotMask|wire.LockNoCRC) == 0
	}
	return false
}

// cmdLock takes effect at once: from the next command on the random numbers
// are random, or the slot policies bind.
func (c *Chip) cmdLock(cmd wire.Command) ([]byte, error) {
	z := &c.mem.config
	switch cmd.P1 & wire.LockTypeMask {
	case wire.LockZoneConfig:
		if z.ConfigLocked() || !lockCRC(cmd, wire.CRC16(z[:])) {
			return nil, wire.StatusExecution
		}
		z[lockConfigOffset] = lockedByte
		return nil, nil
	case wire.LockZoneData:
		if !z.ConfigLocked() || z.DataLocked() || !lockCRC(cmd, c.mem.crcData()) {
			return nil, wire.StatusExecution
		}
		z[lockValueOffset] = lockedByte
		return nil, nil
	}
	return nil, c.lockSlot(int(cmd.P1&lockSlotMask) >> 2)
}

// lockCRC says whether the summary in param2 is right, or not to be checked.
func lockCRC(cmd wire.Command, crc uint16) bool {
	return cmd.P1&wire.LockNoCRC != 0 || cmd.P2 == crc
}

// lockSlot needs no summary, and no data lock. A cleared bit is a locked slot:
// the EEPROM's erased state must not lock anything.
func (c *Chip) lockSlot(n int) error {
	s := c.mem.config.Slot(n)
	if !c.mem.config.ConfigLocked() || s.Locked || !s.Key.Lockable() {
		return wire.StatusExecution
	}
	c.mem.config[slotLockedOffset+n/8] &^= 1 << (n % 8)
	return nil
}
