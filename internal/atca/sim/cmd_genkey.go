package sim

import (
	"crypto/ecdsa"
	"crypto/elliptic"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// otherDataSize is what replaces param1 and param2 in the digest of a stored
// public key.
const otherDataSize = 3

// legalGenKey: bits 2 (create) and 3 (digest) go together as they like. Bit 4
// is a mode of its own; the data sheet says that the two are ignored then, but
// lists no such combination as legal.
func legalGenKey(p wire.Part, c wire.Command) bool {
	switch {
	case c.P2 == wire.KeyIDTempKey:
		// Libraries send three zeros here, which the 608 accepts.
		return p == wire.Part608 && c.P1 == wire.GenKeyCreate && (len(c.Data) == 0 || len(c.Data) == otherDataSize)
	case !slotNumber(c.P2):
		return false
	case c.P1 == wire.GenKeyPublicDigest:
		return len(c.Data) == otherDataSize
	}
	return c.P1&^(wire.GenKeyCreate|wire.GenKeyDigest) == 0 && len(c.Data) == 0
}

// digestsKey says whether the command hashes the public key into TempKey.
func digestsKey(c wire.Command) bool {
	return c.P1&(wire.GenKeyDigest|wire.GenKeyPublicDigest) != 0
}

// cmdGenKey creates a key, computes a public key, or hashes one.
func (c *Chip) cmdGenKey(cmd wire.Command) ([]byte, error) {
	if !c.mem.config.ConfigLocked() {
		return nil, wire.StatusExecution
	}
	public, err := c.genKey(cmd)
	if err != nil {
		return nil, err
	}
	if digestsKey(cmd) {
		c.digestKey(cmd, public)
	}
	if cmd.P1 == wire.GenKeyPublicDigest {
		return nil, nil
	}
	return public[:], nil
}

// genKey makes or finds the public key that the command is about.
func (c *Chip) genKey(cmd wire.Command) (public [publicSize]byte, err error) {
	switch {
	case cmd.P2 == wire.KeyIDTempKey:
		return c.createEphemeral()
	case cmd.P1 == wire.GenKeyPublicDigest:
		return c.storedForDigest(int(cmd.P2))
	}
	s := c.mem.config.Slot(int(cmd.P2))
	if !signingSlot(s) {
		return public, wire.StatusExecution
	}
	// ReqRandom concerns the nonce that goes into a digest, and the digest has
	// to be possible before a key is replaced for it.
	u := keyUse{
		slot:      s,
		reqRandom: digestsKey(cmd),
		ready:     !digestsKey(cmd) || c.state.tempKey.usable(),
		uncounted: true,
		creates:   cmd.P1&wire.GenKeyCreate != 0,
	}
	if u.creates {
		return c.createKey(u)
	}
	return c.publicKey(u)
}

// createKey replaces the key of a slot. The old key is gone for good; neither
// the chip nor this model asks twice. The answer shows the public key even
// where PubInfo hides it later.
func (c *Chip) createKey(u keyUse) (public [publicSize]byte, err error) {
	s := u.slot
	if s.Locked || c.mem.config.DataLocked() && !s.Config.CanGenKey() {
		return public, wire.StatusExecution
	}
	if err := c.use(u); err != nil {
		return public, err
	}
	d, err := c.newScalar()
	if err != nil {
		return public, err
	}
	c.mem.storePrivate(s.Number, d)
	return publicOf(d)
}

// publicKey computes the public key of a slot. There is none where no key was
// ever made; the public sources do not name the status for that.
func (c *Chip) publicKey(u keyUse) (public [publicSize]byte, err error) {
	if c.mem.config.DataLocked() && !u.slot.Key.PubInfo() {
		return public, wire.StatusExecution
	}
	key, ok := c.privateKey(u.slot.Number)
	if !ok {
		return public, wire.StatusExecution
	}
	if err := c.use(u); err != nil {
		return public, err
	}
	return publicBytes(key)
}

// createEphemeral leaves a private key in TempKey, for ECDH alone. The flag
// keeps all other commands from taking it for a digest.
func (c *Chip) createEphemeral() (public [publicSize]byte, err error) {
	d, err := c.newScalar()
	if err != nil {
		return public, err
	}
	c.state.tempKey = digestTempKey([32]byte(d), false)
	c.state.tempKey.private = true
	return publicOf(d)
}

// storedForDigest reads a public key that is about to be validated. Whether it
// is valid now, or a point on the curve at all, does not matter to a hash.
func (c *Chip) storedForDigest(slot int) (public [publicSize]byte, err error) {
	s := c.mem.config.Slot(slot)
	if !publicKeySlot(s) {
		return public, wire.StatusExecution
	}
	if err := c.use(keyUse{slot: s, reqRandom: true, ready: c.state.tempKey.usable(), uncounted: true}); err != nil {
		return public, err
	}
	return c.mem.storedPublic(slot), nil
}

// digestKey hashes a public key into TempKey, where an internal Sign or a
// Verify that validates finds it.
func (c *Chip) digestKey(cmd wire.Command, public [publicSize]byte) {
	header := [otherDataSize]byte{cmd.P1, byte(cmd.P2), byte(cmd.P2 >> 8)}
	if cmd.P1 == wire.GenKeyPublicDigest {
		header = [otherDataSize]byte(cmd.Data)
	}
	t := &c.state.tempKey
	t.setLow(wire.HashGenKey(t.low(), header, c.mem.serial(), public))
	t.genKey, t.genDig, t.keyID = true, false, byte(cmd.P2)
}

// publicKeySlot says whether a slot can hold a public key that the chip works
// with.
func publicKeySlot(s config.Slot) bool { return s.PublicKey() && s.Number >= firstPublicSlot }

// publicOf is the public key of a number that was accepted as a private key.
func publicOf(d []byte) (public [publicSize]byte, err error) {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d)
	if err != nil {
		return public, err
	}
	return publicBytes(key)
}
