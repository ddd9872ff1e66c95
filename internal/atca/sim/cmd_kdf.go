package sim

import (
	"bytes"
	"crypto/aes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

const (
	kdfShort = 32 // what KDF makes, unless it is asked for more
	kdfLong  = 64

	// prfMessageMax is the longest label and seed.
	prfMessageMax = 127

	// Where the configuration says what an IV looks like: its place in the
	// message, and two bytes that must be there.
	kdfIVLocation = 72
	kdfIVString   = 73
	kdfIVSize     = 2
)

// kdf is a KDF command, taken apart.
type kdf struct {
	source, target, algorithm byte
	from, to                  int // slots of source and target, where they are slots
	details                   uint32
	message                   []byte
}

// parseKDF takes a command apart that has at least its details.
func parseKDF(c wire.Command) kdf {
	return kdf{
		source:    c.P1 & wire.KDFSourceMask,
		target:    c.P1 & wire.KDFTargetMask,
		algorithm: c.P1 & wire.KDFAlgorithmMask,
		from:      int(c.P2 & 0xFF),
		to:        int(c.P2 >> 8),
		details:   binary.LittleEndian.Uint32(c.Data),
		message:   c.Data[wire.KDFDetailsSize:],
	}
}

// messageLength is the length of the message as the details have it.
func (k kdf) messageLength() int { return int(k.details >> wire.KDFLengthShift) }

// messageFrom is where an HKDF message is.
func (k kdf) messageFrom() uint32 { return k.details & wire.KDFHKDFMessageMask }

// zeroKey says that an HKDF takes zeros for its key, whatever the source.
func (k kdf) zeroKey() bool {
	return k.algorithm == wire.KDFHKDF && k.details&wire.KDFHKDFZeroKey != 0
}

// showsIV says that the message is one for an IV, which is no secret.
func (k kdf) showsIV() bool {
	return k.algorithm == wire.KDFHKDF && k.messageFrom() == wire.KDFHKDFFromInputIV
}

// out says whether the result leaves the chip.
func (k kdf) out() bool {
	return k.target == wire.KDFToOutput || k.target == wire.KDFToOutputEncrypted
}

// splits says whether one half of the result stays and the other is answered:
// TLS with an AEAD cipher takes keys from the first and IVs from the second.
func (k kdf) splits() bool {
	return k.algorithm == wire.KDFPRF && k.details&wire.KDFPRFAEADMask == wire.KDFPRFAEADOutput && !k.out()
}

// size is how much goes to the target.
func (k kdf) size() int {
	if k.algorithm == wire.KDFPRF && k.details&wire.KDFPRFLong != 0 && !k.splits() {
		return kdfLong
	}
	return kdfShort
}

// keyPlace is the part of the source that is the key.
func (k kdf) keyPlace() (start, n int) {
	switch k.algorithm {
	case wire.KDFPRF:
		return 0, int(k.details&wire.KDFPRFKeyMask+1) * aes.BlockSize
	case wire.KDFAES:
		return int(k.details&wire.KDFAESKeyMask) * aes.BlockSize, aes.BlockSize
	}
	return 0, scalarSize
}

// legalKDF: param2 counts only where a slot is meant. Reserved bits of the
// details are not looked at.
func legalKDF(_ wire.Part, c wire.Command) bool {
	const known = wire.KDFSourceMask | wire.KDFTargetMask | wire.KDFAlgorithmMask
	if c.P1&^known != 0 || len(c.Data) < wire.KDFDetailsSize {
		return false
	}
	k := parseKDF(c)
	switch {
	case k.target > wire.KDFToOutputEncrypted,
		k.source == wire.KDFFromSlot && k.from >= wire.Slots,
		k.target == wire.KDFToSlot && k.to >= wire.Slots:
		return false
	}
	switch k.algorithm {
	case wire.KDFPRF:
		return k.legalPRF()
	case wire.KDFAES:
		return len(k.message) == aes.BlockSize
	case wire.KDFHKDF:
		return k.legalHKDF()
	}
	return false
}

// legalPRF: a result that is split has two halves, and its first one cannot be
// encrypted beside a second in clear.
func (k kdf) legalPRF() bool {
	if len(k.message) != k.messageLength() || len(k.message) > prfMessageMax {
		return false
	}
	switch k.details & wire.KDFPRFAEADMask {
	case 0:
		return true
	case wire.KDFPRFAEADOutput:
		return k.details&wire.KDFPRFLong != 0 && k.target != wire.KDFToOutputEncrypted
	}
	return false
}

// legalHKDF: a message from inside the chip may be sent along all the same,
// as Microchip's library does. TempKey cannot be key, message and target at once.
func (k kdf) legalHKDF() bool {
	inside := k.messageFrom() == wire.KDFHKDFFromSlot || k.messageFrom() == wire.KDFHKDFFromTempKey
	if k.messageFrom() == wire.KDFHKDFFromTempKey && k.source == wire.KDFFromTempKey && k.target == wire.KDFToTempKey {
		return false
	}
	return len(k.message) == k.messageLength() || inside && len(k.message) == 0
}

// cmdKDF derives a key. It never clears TempKey, not even by an error.
func (c *Chip) cmdKDF(cmd wire.Command) ([]byte, error) {
	k := parseKDF(cmd)
	if err := c.kdfAES(k); err != nil {
		return nil, err
	}
	encrypted, ok := c.kdfTarget(k)
	if !ok {
		return nil, wire.StatusExecution
	}
	message, err := c.kdfMessage(k)
	if err != nil {
		return nil, err
	}
	key, err := c.kdfKey(k)
	if err != nil {
		return nil, err
	}
	result, err := k.derive(key, message)
	if err != nil {
		return nil, err
	}
	if k.out() {
		return c.leave(result, encrypted)
	}
	c.keep(k, result[:k.size()])
	if k.splits() {
		return result[k.size():], nil
	}
	return nil, nil
}

// kdfAES: AES has to be there, and allowed for KDF as well.
func (c *Chip) kdfAES(k kdf) error {
	if k.algorithm != wire.KDFAES {
		return nil
	}
	if !c.mem.config.AESEnabled() {
		return wire.StatusParse
	}
	return refuseUnless(c.mem.config.ChipOptions().KDFAES())
}

// kdfTarget says whether the target is allowed and takes that much, and for a
// result that leaves, how. An IV may always be shown in clear; that is what the
// check of its message is for. The half that is shown of a split result has no
// such check and follows KdfProt.
func (c *Chip) kdfTarget(k kdf) (encrypted, ok bool) {
	protection := c.mem.config.ChipOptions().KDFProtection()
	if k.target == wire.KDFToOutput && k.showsIV() {
		return false, true
	}
	if protection == protectAll || k.splits() && protection != protectClear {
		return false, false
	}
	switch k.target {
	case wire.KDFToTempKeyUpper:
		return false, k.size() == kdfShort && c.state.tempKey.usable()
	case wire.KDFToAltKeyBuf:
		return false, k.size() == kdfShort
	case wire.KDFToSlot:
		slot := c.mem.config.Slot(k.to)
		return false, c.mem.config.ConfigLocked() && c.derivable(slot) && k.size() <= wire.SlotSize(k.to)
	case wire.KDFToTempKey:
		return false, true
	}
	encrypted = k.target == wire.KDFToOutputEncrypted || protection == protectEncrypted
	return encrypted, c.mayLeave(encrypted, protection)
}

// kdfMessage is what gets hashed or encrypted. For HKDF it may come from the
// chip, and 32 zeros stand for none.
func (c *Chip) kdfMessage(k kdf) ([]byte, error) {
	n := k.messageLength()
	switch {
	case k.showsIV():
		return k.message, refuseUnless(c.holdsIV(k.message))
	case k.algorithm != wire.KDFHKDF:
		return k.message, nil
	case n == 0:
		return make([]byte, kdfShort), nil
	}
	switch k.messageFrom() {
	case wire.KDFHKDFFromSlot:
		slot := c.mem.config.Slot(int(k.details >> wire.KDFHKDFSlotShift & wire.KDFHKDFSlotMask))
		if !c.mem.config.ConfigLocked() || slot.Key.Private() {
			return nil, wire.StatusExecution
		}
		return part(c.mem.slot(slot.Number), 0, n)
	case wire.KDFHKDFFromTempKey:
		return part(c.state.tempKey.content(), 0, n)
	}
	return k.message, nil
}

// holdsIV says whether a message has the mark of an IV where it belongs.
func (c *Chip) holdsIV(message []byte) bool {
	z := c.mem.config
	at := int(z[kdfIVLocation])
	mark, err := part(message, at, kdfIVSize)
	return err == nil && bytes.Equal(mark, z[kdfIVString:kdfIVString+kdfIVSize])
}

// kdfKey is the key. For one from a slot the use counts.
func (c *Chip) kdfKey(k kdf) ([]byte, error) {
	if k.zeroKey() {
		return make([]byte, scalarSize), nil
	}
	start, n := k.keyPlace()
	switch k.source {
	case wire.KDFFromTempKeyUpper:
		return part(c.state.tempKey.content(), kdfShort+start, n)
	case wire.KDFFromAltKeyBuf:
		if c.state.altKey == nil {
			return nil, wire.StatusExecution
		}
		return part(c.state.altKey[:], start, n)
	case wire.KDFFromSlot:
		return c.kdfSlotKey(k, start, n)
	}
	return part(c.state.tempKey.content(), start, n)
}

// kdfSlotKey is the key from a slot: one for AES, or for the other algorithms
// one of either type.
func (c *Chip) kdfSlotKey(k kdf, start, n int) ([]byte, error) {
	slot := c.mem.config.Slot(k.from)
	secret := !slot.Key.Private() && slot.Key.Type() == config.KeyTypeData && k.algorithm != wire.KDFAES
	if !c.mem.config.ConfigLocked() || !secret && !aesSlot(slot) {
		return nil, wire.StatusExecution
	}
	key, err := part(c.mem.slot(slot.Number), start, n)
	if err != nil {
		return nil, err
	}
	return key, c.use(keyUse{slot: slot, ready: true, noAuth: true})
}

// derive computes the result: what goes to the target, and behind it what a
// split result shows. AES makes half of it, the rest is zero.
func (k kdf) derive(key, message []byte) ([]byte, error) {
	switch k.algorithm {
	case wire.KDFPRF:
		out := wire.PRF(key, message)
		if k.details&wire.KDFPRFLong == 0 {
			return out[:kdfShort], nil
		}
		return out[:], nil
	case wire.KDFAES:
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		out := make([]byte, kdfShort)
		block.Encrypt(out, message)
		return out, nil
	}
	h := hmac.New(sha256.New, key)
	h.Write(message)
	return h.Sum(nil), nil
}

// keep stores a result inside the chip. A half of TempKey that is not the
// target stays valid. The sources are silent on TempKey's flags; none is set
// with a new first half, and they stay with a new second one.
func (c *Chip) keep(k kdf, result []byte) {
	t := &c.state.tempKey
	switch k.target {
	case wire.KDFToTempKey:
		fresh := tempKey{value: t.value, valid: true, upper: t.upper || len(result) == kdfLong}
		copy(fresh.value[:], result)
		*t = fresh
	case wire.KDFToTempKeyUpper:
		copy(t.value[kdfShort:], result)
		t.upper = true
	case wire.KDFToSlot:
		c.storeSecret(k.to, result)
	case wire.KDFToAltKeyBuf:
		key := [32]byte(result)
		c.state.altKey = &key
	}
}
