package sim

import (
	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// legalPrivWrite: the place of the MAC is there also where it means nothing.
func legalPrivWrite(_ wire.Part, c wire.Command) bool {
	return c.P1&^wire.PrivWriteEncrypted == 0 && slotNumber(c.P2) && len(c.Data) == wire.PrivateKeySize+macSize
}

// cmdPrivWrite stores a private key that was made elsewhere. A number that is
// no private key is refused; the public sources do not name the status.
func (c *Chip) cmdPrivWrite(cmd wire.Command) ([]byte, error) {
	s := c.mem.config.Slot(int(cmd.P2))
	key, err := c.privateInput(cmd, s)
	if err != nil {
		return nil, err
	}
	d := key[padSize:]
	if !isScalar(d) {
		return nil, wire.StatusExecution
	}
	c.mem.storePrivate(s.Number, d)
	return nil, nil
}

// privateInput is the key in clear, if the slot takes one: after the data lock
// only encrypted, and by the slot's write key.
func (c *Chip) privateInput(cmd wire.Command, s config.Slot) (key [wire.PrivateKeySize]byte, err error) {
	z := c.mem.config
	key = [wire.PrivateKeySize]byte(cmd.Data)
	encrypted := cmd.P1&wire.PrivWriteEncrypted != 0
	if encrypted {
		defer c.state.consume(fromTempKey)
	}
	if !z.ConfigLocked() || !signingSlot(s) || s.Locked {
		return key, wire.StatusExecution
	}
	t := c.state.tempKey
	if z.DataLocked() && (!encrypted || !s.Config.EncryptedWrite() || !t.madeOf(s.Config.WriteKey())) {
		return key, wire.StatusExecution
	}
	if !encrypted {
		return key, nil
	}
	key = wire.CipherPrivWrite(t.low(), key)
	mac := wire.HashPrivWriteMAC(t.low(), cmd.P1, cmd.P2, c.mem.serial(), key)
	return key, refuseUnless(t.usable() && equalMAC(mac, cmd.Data[wire.PrivateKeySize:]))
}
