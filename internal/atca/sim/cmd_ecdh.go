package sim

import (
	"crypto/ecdh"

	"atecc/internal/atca/wire"
)

// legalECDH: the 508A has one mode. Param2 is a slot also where none is used.
func legalECDH(p wire.Part, c wire.Command) bool {
	allowed := byte(wire.ECDHFromTempKey | wire.ECDHEncrypted | wire.ECDHTargetMask)
	if p == wire.Part508 {
		allowed = wire.ECDHCompatible
	}
	return c.P1&^allowed == 0 && slotNumber(c.P2) && len(c.Data) == publicSize
}

// ecdhTarget is where the secret of one ECDH goes.
type ecdhTarget struct {
	to        byte // wire.ECDHToSlot, ECDHToTempKey or ECDHToOutput
	slot      int
	encrypted bool
}

// cmdECDH computes a shared secret. An ephemeral key in TempKey is good for one.
func (c *Chip) cmdECDH(cmd wire.Command) ([]byte, error) {
	ephemeral := c.state.tempKey
	if cmd.P1&wire.ECDHFromTempKey != 0 {
		c.state.consume(fromTempKey)
	}
	target, ok := c.ecdhTarget(cmd)
	if !ok {
		return nil, wire.StatusExecution
	}
	d, err := c.ecdhKey(cmd, ephemeral)
	if err != nil {
		return nil, err
	}
	secret, err := agree(d, cmd.Data)
	if err != nil {
		return nil, err
	}
	switch target.to {
	case wire.ECDHToTempKey:
		// The sources are silent on the flags; no flag claims anything here.
		c.state.tempKey = digestTempKey([32]byte(secret), false)
		return nil, nil
	case wire.ECDHToSlot:
		c.storeSecret(target.slot, secret)
		return nil, nil
	}
	return c.leave(secret, target.encrypted)
}

// ecdhTarget finds the target and says whether the configuration allows it.
// Where clear output is forbidden and encrypted is not, a command that asks for
// clear gets encrypted.
func (c *Chip) ecdhTarget(cmd wire.Command) (t ecdhTarget, ok bool) {
	z := c.mem.config
	protection := z.ChipOptions().ECDHProtection()
	if !z.ConfigLocked() || protection == protectAll {
		return t, false
	}
	// The private key may belong to secrets that stay in the next slot.
	own := cmd.P1&wire.ECDHFromTempKey == 0
	next := own && z.Slot(int(cmd.P2)).Config.ECDHToNextSlot()
	t = ecdhTarget{
		to:        cmd.P1 & wire.ECDHTargetMask,
		encrypted: cmd.P1&wire.ECDHEncrypted != 0 || protection == protectEncrypted,
	}
	if t.to == wire.ECDHCompatible {
		t.to = wire.ECDHToOutput
		if next {
			t.to = wire.ECDHToSlot
		}
	}
	switch t.to {
	case wire.ECDHToOutput:
		return t, (!next || !z.DataLocked()) && c.mayLeave(t.encrypted, protection)
	case wire.ECDHToSlot:
		t.slot, ok = c.ecdhSlot(int(cmd.P2), own, next)
		return t, ok
	}
	return t, true
}

// ecdhSlot is the slot that takes the secret. For a key in a slot that is the
// next one, which ReadKey of the key permits and the target need not; for an
// ephemeral key it is the slot in the command, which must permit it.
func (c *Chip) ecdhSlot(slot int, own, next bool) (target int, ok bool) {
	z := c.mem.config
	if !own {
		return slot, c.derivable(z.Slot(slot))
	}
	permitted := next || !z.DataLocked()
	return slot | 1, permitted && slot%2 == 0 && takesSecret(z.Slot(slot|1))
}

// ecdhKey is the private number: the ephemeral one, or that of a slot, for
// which the use counts.
func (c *Chip) ecdhKey(cmd wire.Command, ephemeral tempKey) ([]byte, error) {
	if cmd.P1&wire.ECDHFromTempKey != 0 {
		return ephemeral.value[:scalarSize], refuseUnless(ephemeral.valid && ephemeral.private)
	}
	s := c.mem.config.Slot(int(cmd.P2))
	d := c.mem.scalar(s.Number)
	if !signingSlot(s) || c.mem.config.DataLocked() && !s.Config.ECDH() || !isScalar(d) {
		return nil, wire.StatusExecution
	}
	return d, c.use(keyUse{slot: s, ready: true})
}

// agree is the X coordinate of the two keys' product. With a point that is not
// on the curve the computation fails; trying again does not help.
func agree(d, xy []byte) ([]byte, error) {
	own, err := ecdh.P256().NewPrivateKey(d)
	if err != nil {
		return nil, wire.StatusECCFault
	}
	peer, err := ecdh.P256().NewPublicKey(append([]byte{4}, xy...))
	if err != nil {
		return nil, wire.StatusECCFault
	}
	secret, err := own.ECDH(peer)
	if err != nil {
		return nil, wire.StatusECCFault
	}
	return secret, nil
}
