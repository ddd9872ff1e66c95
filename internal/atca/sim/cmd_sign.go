package sim

import (
	"crypto/sha256"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// legalSign: "for invalidation" makes sense only for an internal signature. The
// bit for the digest buffer is accepted there too, and ignored.
func legalSign(p wire.Part, c wire.Command) bool {
	allowed := byte(wire.SignSerial)
	if c.P1&wire.SignExternal != 0 {
		allowed |= wire.SignExternal
	} else {
		allowed |= wire.SignInvalidate
	}
	if p == wire.Part608 {
		allowed |= wire.SignMsgDigBuf
	}
	return c.P1&^allowed == 0 && slotNumber(c.P2) && len(c.Data) == 0
}

// cmdSign signs and thereby uses its message up.
func (c *Chip) cmdSign(cmd wire.Command) ([]byte, error) {
	from := fromTempKey
	external := cmd.P1&wire.SignExternal != 0
	if external {
		from = source(cmd.P1 & wire.SignMsgDigBuf)
	}
	defer c.state.consume(from)

	slot := c.mem.config.Slot(int(cmd.P2))
	key, ok := c.privateKey(slot.Number)
	if !ok || !signingSlot(slot) || !c.signAllowed(slot.Config, external) {
		return nil, wire.StatusExecution
	}
	// ReqRandom is not asked for: Trust&GO parts have it on the slot with which
	// they sign digests that the host made.
	// LimitedUse is counted before the signature is computed.
	digest, ready := c.signDigest(cmd, from, external)
	if err := c.use(keyUse{slot: slot, ready: ready}); err != nil {
		return nil, err
	}
	return signature(key, digest)
}

// signAllowed: an internal signature is worth something only once all is
// locked. An external one is taken to be allowed in between, where ReadKey does
// not bind yet; the public sources forbid only the internal one there.
func (c *Chip) signAllowed(s config.SlotConfig, external bool) bool {
	z := c.mem.config
	if !external {
		return z.DataLocked() && s.InternalSign()
	}
	return z.ConfigLocked() && (!z.DataLocked() || s.ExternalSign())
}

// signDigest is what gets signed: a digest of the host's, or one over TempKey
// and the state of the key that TempKey speaks of.
func (c *Chip) signDigest(cmd wire.Command, from source, external bool) (digest [32]byte, ready bool) {
	message, ready := c.state.message(from)
	if external {
		return message, ready
	}
	t := c.state.tempKey
	other := c.slotState(cmd).OtherData()
	return sha256.Sum256(wire.InternalMessage(message, other, c.mem.serial())), ready && (t.genDig || t.genKey)
}
