package sim

import (
	"crypto/aes"
	"encoding/binary"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// legalAES: of two blocks one is H of the multiplication, which has no key and
// ignores the bits that select one.
func legalAES(_ wire.Part, c wire.Command) bool {
	keyBits := byte(0b11 << wire.AESKeyBlockShift)
	if c.P1&^(wire.AESModeMask|keyBits) != 0 || !slotNumber(c.P2) && c.P2 != wire.KeyIDTempKey {
		return false
	}
	switch c.P1 & wire.AESModeMask {
	case wire.AESEncrypt, wire.AESDecrypt:
		return len(c.Data) == aes.BlockSize
	case wire.AESGFM:
		return len(c.Data) == 2*aes.BlockSize
	}
	return false
}

// cmdAES works on single blocks; modes of operation are the host's business.
// A part that left the factory without AES does not know the command.
func (c *Chip) cmdAES(cmd wire.Command) ([]byte, error) {
	if !c.mem.config.AESEnabled() {
		return nil, wire.StatusParse
	}
	if cmd.P1&wire.AESModeMask == wire.AESGFM {
		product := multiplyGCM([16]byte(cmd.Data), [16]byte(cmd.Data[16:]))
		return product[:], nil
	}
	key, err := c.aesKey(cmd)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, aes.BlockSize)
	if cmd.P1&wire.AESModeMask == wire.AESDecrypt {
		block.Decrypt(out, cmd.Data)
	} else {
		block.Encrypt(out, cmd.Data)
	}
	return out, nil
}

// aesKey finds the key, one of up to four in a slot or in TempKey, which keeps
// it for the next block.
func (c *Chip) aesKey(cmd wire.Command) ([]byte, error) {
	start := int(cmd.P1>>wire.AESKeyBlockShift) * aes.BlockSize
	if cmd.P2 == wire.KeyIDTempKey {
		return part(c.state.tempKey.content(), start, aes.BlockSize)
	}
	slot := c.mem.config.Slot(int(cmd.P2))
	if !c.mem.config.ConfigLocked() || !aesSlot(slot) {
		return nil, wire.StatusExecution
	}
	key, err := part(c.mem.slot(slot.Number), start, aes.BlockSize)
	if err != nil {
		return nil, err
	}
	return key, c.use(keyUse{slot: slot, ready: true, noAuth: true})
}

// aesSlot says whether a slot is one for AES keys. It need not be secret.
func aesSlot(s config.Slot) bool { return !s.Key.Private() && s.Key.Type() == config.KeyTypeAES }

// part is n bytes of a register or slot, which must have that many.
func part(b []byte, start, n int) ([]byte, error) {
	if start+n > len(b) {
		return nil, wire.StatusExecution
	}
	return b[start : start+n], nil
}

// multiplyGCM multiplies in the field of GCM (NIST SP 800-38D, section 6.3).
// The first bit of a block is the coefficient of 1, so going up by one power
// is a shift to the right; what falls out comes back as the polynomial.
func multiplyGCM(x, y [16]byte) (product [16]byte) {
	const polynomial = 0xE1 << 56
	var zHigh, zLow uint64
	vHigh, vLow := binary.BigEndian.Uint64(y[:8]), binary.BigEndian.Uint64(y[8:])
	for i := range 128 {
		if x[i/8]>>(7-i%8)&1 == 1 {
			zHigh, zLow = zHigh^vHigh, zLow^vLow
		}
		overflow := vLow & 1
		vHigh, vLow = vHigh>>1^overflow*polynomial, vHigh<<63|vLow>>1
	}
	binary.BigEndian.PutUint64(product[:8], zHigh)
	binary.BigEndian.PutUint64(product[8:], zLow)
	return product
}
