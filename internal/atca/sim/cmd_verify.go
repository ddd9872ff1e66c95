package sim

import (
	"crypto/ecdsa"
	"crypto/sha256"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// Lengths in Verify's data.
const (
	signatureSize  = 64
	validationSize = 19 // OtherData of validate and invalidate

	otherValid = 17 // its byte that says whether the key was valid when signed
)

// legalVerify does not know ValidateExternal: no public source describes it
// completely, and whether the 608 has it is unclear.
func legalVerify(p wire.Part, c wire.Command) bool {
	allowed := byte(wire.VerifyModeMask)
	if p == wire.Part608 {
		allowed |= wire.VerifyMsgDigBuf | wire.VerifyMAC
	}
	if c.P1&^allowed != 0 {
		return false
	}
	switch c.P1 & wire.VerifyModeMask {
	case wire.VerifyStored:
		return slotNumber(c.P2) && len(c.Data) == signatureSize
	case wire.VerifyExternal:
		return c.P2 == wire.KeyIDP256 && len(c.Data) == signatureSize+publicSize
	case wire.VerifyValidate, wire.VerifyInvalidate:
		return slotNumber(c.P2) && len(c.Data) == signatureSize+validationSize
	}
	return false
}

// verification is what a mode of Verify has to check, and what follows if the
// signature is good. A bad signature changes nothing.
type verification struct {
	key    *ecdsa.PublicKey
	digest [32]byte
	accept func() // what a good signature changes
}

// cmdVerify checks a signature. The message is used up whatever comes of it.
func (c *Chip) cmdVerify(cmd wire.Command) ([]byte, error) {
	from := source(cmd.P1 & wire.VerifyMsgDigBuf)
	if cmd.P1&wire.VerifyModeMask&wire.VerifyValidate == wire.VerifyValidate {
		from = fromTempKey
	}
	defer c.state.consume(from)

	nonce, err := c.verifyNonce(cmd)
	if err != nil {
		return nil, err
	}
	v, err := c.verification(cmd, from)
	if err != nil {
		return nil, err
	}
	if !verifies(v.key, v.digest, cmd.Data[:signatureSize]) {
		return nil, wire.StatusMiscompare
	}
	if v.accept != nil {
		v.accept()
	}
	if cmd.P1&wire.VerifyMAC == 0 {
		return nil, nil
	}
	return c.verifyMAC(cmd, v.digest, nonce), nil
}

// verification finds key and digest, after the checks of the mode. It says
// nothing yet about the signature.
func (c *Chip) verification(cmd wire.Command, from source) (verification, error) {
	message, ready := c.state.message(from)
	switch cmd.P1 & wire.VerifyModeMask {
	case wire.VerifyExternal:
		return externalKey(cmd, message, ready)
	case wire.VerifyStored:
		return c.storedKey(cmd, message, ready, from)
	}
	return c.validation(cmd)
}

// externalKey works in every lock state. What the chip says to a point that is
// not on the curve is not public; here its computation fails.
func externalKey(cmd wire.Command, message [32]byte, ready bool) (verification, error) {
	if !ready {
		return verification{}, wire.StatusExecution
	}
	key, ok := parsePublic(cmd.Data[signatureSize:])
	if !ok {
		return verification{}, wire.StatusECCFault
	}
	return verification{key: key, digest: message}, nil
}

// storedKey verifies with the key of a slot, which thereby authorises the
// host. A nonce that must be random is one in TempKey.
func (c *Chip) storedKey(cmd wire.Command, message [32]byte, ready bool, from source) (verification, error) {
	slot := c.mem.config.Slot(int(cmd.P2))
	key, ok := c.slotPublic(slot)
	if !ok {
		return verification{}, wire.StatusExecution
	}
	if slot.Key.ReqRandom() && c.mem.config.DataLocked() && from != fromTempKey {
		ready = false
	}
	if err := c.use(keyUse{slot: slot, reqRandom: true, ready: ready}); err != nil {
		return verification{}, err
	}
	return verification{key, message, func() { c.state.auth = &slot.Number }}, nil
}

// slotPublic is the public key in a slot, if the chip may work with it.
// A key that needs validation and has none is as good as absent.
func (c *Chip) slotPublic(s config.Slot) (*ecdsa.PublicKey, bool) {
	if !c.mem.config.ConfigLocked() || !publicKeySlot(s) {
		return nil, false
	}
	if holdsValidated(s) && !c.mem.publicValid(s.Number) {
		return nil, false
	}
	xy := c.mem.storedPublic(s.Number)
	return parsePublic(xy[:])
}

// validation marks a stored key as valid or not, on the word of its parent
// (the key in slot ReadKey), which signed the digest of the key that GenKey
// left in TempKey. The slot's own locks do not matter.
func (c *Chip) validation(cmd wire.Command) (verification, error) {
	slot := c.mem.config.Slot(int(cmd.P2))
	parent := c.mem.config.Slot(slot.Config.ReadKey())
	key, ok := c.slotPublic(parent)
	other := [validationSize]byte(cmd.Data[signatureSize:])
	invalidate := cmd.P1&wire.VerifyModeMask == wire.VerifyInvalidate
	if !ok || !publicKeySlot(slot) || !holdsValidated(slot) || c.x509Bound(slot) || other[otherValid]&1 != flagBit(invalidate, 0) {
		return verification{}, wire.StatusExecution
	}
	t := c.state.tempKey
	ready := t.usable() && t.genKey && int(t.keyID) == slot.Number
	if err := c.use(keyUse{slot: parent, reqRandom: true, ready: ready}); err != nil {
		return verification{}, err
	}
	digest := sha256.Sum256(wire.InternalMessage(t.low(), other, c.mem.serial()))
	nibble := byte(nibbleValid)
	if invalidate {
		nibble = nibbleInvalid
	}
	return verification{key, digest, func() { c.mem.setNibble(slot.Number, nibble) }}, nil
}

// x509Bound says whether the slot's key may be validated only within a
// certificate.
func (c *Chip) x509Bound(s config.Slot) bool {
	return c.mem.config[x509Offset+s.Key.X509ID()] != 0
}

// x509Offset is where the four X509format bytes stand.
const x509Offset = 92

// verifyNonce is the host's nonce for an answer with a MAC: the half of the
// message digest buffer that the message does not fill. (One product data sheet
// has the two modes the other way round; Microchip's own library, which talks
// to real parts, has them so.)
func (c *Chip) verifyNonce(cmd wire.Command) (nonce [32]byte, err error) {
	if cmd.P1&wire.VerifyMAC == 0 {
		return nonce, nil
	}
	d, start := c.state.digest, 0
	if cmd.P1&wire.VerifyMsgDigBuf != 0 {
		start = 32
	}
	if !c.mem.config.ChipOptions().IOProtection() || d.n < start+len(nonce) {
		return nonce, wire.StatusExecution
	}
	return [32]byte(d.value[start:]), nil
}

// verifyMAC proves with the IO protection key that this chip verified.
func (c *Chip) verifyMAC(cmd wire.Command, digest, nonce [32]byte) []byte {
	key := c.mem.secret(c.mem.config.ChipOptions().IOProtectionKey())
	mac := wire.HashVerifyMAC(key, digest, nonce, [signatureSize]byte(cmd.Data), cmd.P1, cmd.P2)
	return mac[:]
}
