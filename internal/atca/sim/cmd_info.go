package sim

import (
	"encoding/binary"

	"atecc/internal/atca/wire"
)

// infoGPIOMask is what mode GPIO may ask for.
const infoGPIOMask = 0x03

// revisionOffset is where the configuration zone repeats the revision.
const revisionOffset = 4

// legalInfo: what param2 may be depends on the mode.
func legalInfo(p wire.Part, c wire.Command) bool {
	if len(c.Data) != 0 {
		return false
	}
	switch c.P1 {
	case wire.InfoRevision, wire.InfoState:
		return c.P2 == 0
	case wire.InfoKeyValid:
		return slotNumber(c.P2)
	case wire.InfoGPIO:
		return c.P2&^infoGPIOMask == 0
	case wire.InfoLatch:
		return p == wire.Part608 && (c.P2 == wire.InfoLatchRead || c.P2 == wire.InfoLatchClear || c.P2 == wire.InfoLatchSet)
	}
	return false
}

// cmdInfo leaves everything as it is, TempKey included, but for the latch. The
// revision is taken from the configuration zone; Microchip reserves the right
// to let the two differ.
func (c *Chip) cmdInfo(cmd wire.Command) ([]byte, error) {
	switch cmd.P1 {
	case wire.InfoRevision:
		return c.mem.config[revisionOffset : revisionOffset+wire.WordSize], nil
	case wire.InfoKeyValid:
		return word(flagBit(c.keyValid(int(cmd.P2)), 0)), nil
	case wire.InfoState:
		return c.infoState(), nil
	case wire.InfoLatch:
		return c.infoLatch(cmd.P2)
	}
	return nil, wire.StatusExecution // a part on I2C has no GPIO
}

// keyValid says whether a private key is there, or a public key validated. For
// all other slots the answer means nothing; this chip says no.
func (c *Chip) keyValid(slot int) bool {
	if c.mem.config.Slot(slot).PrivateKey() {
		return isScalar(c.mem.scalar(slot))
	}
	return c.mem.publicValid(slot)
}

// infoState reports TempKey and the authorisation. Two more bits, about the
// seed of the random number generator, read 0 on the 608.
func (c *Chip) infoState() []byte {
	auth := flagBit(c.state.tempKey.valid, 7)
	if by := c.state.auth; by != nil {
		auth |= byte(*by)<<3 | flagBit(true, 2)
	}
	return word(c.state.tempKey.flags(), auth)
}

// infoLatch reads or sets the persistent latch. Setting and clearing need the
// permission in the configuration, and the host authorised by its key. Reading
// is always answered; where nothing can set the latch it reads 0, though the
// public sources do not say so.
func (c *Chip) infoLatch(p2 uint16) ([]byte, error) {
	if p2 != wire.InfoLatchRead {
		permission, by := c.mem.config.VolatileKeyPermission(), c.state.auth
		if !permission.Enabled() || by == nil || *by != permission.Slot() {
			return nil, wire.StatusExecution
		}
		c.latch = p2 == wire.InfoLatchSet
	}
	return word(flagBit(c.latch, 0)), nil
}

// word is a four-byte answer that starts with b.
func word(b ...byte) []byte { return append(b, make([]byte, wire.WordSize-len(b))...) }

// number is a four-byte answer that holds a number.
func number(v uint32) []byte { return binary.LittleEndian.AppendUint32(nil, v) }

// flagBit is b as the given bit of a byte.
func flagBit(b bool, bit int) byte {
	if b {
		return 1 << bit
	}
	return 0
}
