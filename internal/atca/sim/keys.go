package sim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"math/big"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// publicSize is a public key as commands carry it: X and Y.
const publicSize = 64

// firstPublicSlot: the slots below are too small for a public key.
const firstPublicSlot = 8

// privateKey is the key of a slot. An unwritten slot holds no number that
// could be one: all ones exceed the order of the curve. So whether a key is
// there needs no record of its own, which could come to disagree.
func (c *Chip) privateKey(slot int) (*ecdsa.PrivateKey, bool) {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), c.mem.scalar(slot))
	return key, err == nil
}

// scalar is the number in a slot for a private key.
func (m *eeprom) scalar(slot int) []byte { return m.slot(slot)[padSize : padSize+scalarSize] }

// isScalar says whether a number can be a private key. It does not compute the
// public one, which takes most of the time.
func isScalar(d []byte) bool {
	n := new(big.Int).SetBytes(d)
	return n.Sign() > 0 && n.Cmp(elliptic.P256().Params().N) < 0
}

// storePrivate puts a key into its slot, in the chip's own layout.
func (m *eeprom) storePrivate(slot int, d []byte) {
	b := m.slot(slot)
	clear(b[:padSize])
	copy(b[padSize:], d)
}

// signingSlot says whether the slot is one that GenKey and Sign work with:
// commands refuse a private key that is not marked secret.
func signingSlot(s config.Slot) bool { return s.PrivateKey() && s.Config.IsSecret() }

// publicBytes is X and Y of a private key.
func publicBytes(key *ecdsa.PrivateKey) ([publicSize]byte, error) {
	b, err := key.PublicKey.Bytes()
	if err != nil {
		return [publicSize]byte{}, err
	}
	return [publicSize]byte(b[1:]), nil // without the "uncompressed" mark
}

// storedPublic is the public key in a slot: each coordinate stands behind four
// bytes of padding, of which the first holds the validity.
func (m *eeprom) storedPublic(slot int) [publicSize]byte {
	b := m.slot(slot)
	x, y := b[padSize:padSize+scalarSize], b[2*padSize+scalarSize:]
	return [publicSize]byte(append(append([]byte{}, x...), y[:scalarSize]...))
}

// parsePublic checks that X and Y are a point on the curve. Under one that is
// not, a signature would prove nothing.
func parsePublic(xy []byte) (*ecdsa.PublicKey, bool) {
	uncompressed := append([]byte{4}, xy...)
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), uncompressed)
	return key, err == nil
}

// signature signs a digest; the answer is R and S. High S is not avoided, the
// chip does not either.
func signature(key *ecdsa.PrivateKey, digest [32]byte) ([]byte, error) {
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		return nil, err
	}
	b := make([]byte, 2*scalarSize)
	r.FillBytes(b[:scalarSize])
	s.FillBytes(b[scalarSize:])
	return b, nil
}

// verifies checks R and S against a digest.
func verifies(key *ecdsa.PublicKey, digest [32]byte, rs []byte) bool {
	r := new(big.Int).SetBytes(rs[:scalarSize])
	s := new(big.Int).SetBytes(rs[scalarSize:])
	return ecdsa.Verify(key, digest[:], r, s)
}

// slotState is what an internal signature says of the key in TempKey's slot.
func (c *Chip) slotState(cmd wire.Command) wire.SlotState {
	t, zone := c.state.tempKey, c.mem.config
	of := zone.Slot(int(t.keyID))
	s := wire.SlotState{
		SignMode:       cmd.P1,
		SignKey:        cmd.P2,
		SlotConfig:     littleEndian(uint16(of.Config)),
		KeyConfig:      littleEndian(uint16(of.Key)),
		TempKeyFlags:   t.flags(),
		SlotUnlocked:   !of.Locked,
		PublicKeyValid: c.mem.publicValid(of.Number),
	}
	if cmd.P1&wire.SignSerial != 0 {
		sn := c.mem.serial()
		s.Serial47, s.Serial23 = [4]byte(sn[4:8]), [2]byte(sn[2:4])
	}
	return s
}

func littleEndian(v uint16) [2]byte { return [2]byte{byte(v), byte(v >> 8)} }
