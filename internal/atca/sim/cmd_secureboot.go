package sim

import (
	"crypto/subtle"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// Modes of the SecureBoot word: what the chip keeps from one boot to the next.
const (
	bootFull      = 1 // nothing, the signature comes each time
	bootSignature = 2 // the signature
	bootDigest    = 3 // the digest
)

const digestSize = 32

// legalSecureBoot: only a boot that relies on what is stored comes without a
// signature.
func legalSecureBoot(_ wire.Part, c wire.Command) bool {
	const known = wire.SecureBootModeMask | wire.SecureBootProhibit | wire.SecureBootMAC
	if c.P1&^known != 0 || c.P2 != 0 {
		return false
	}
	switch c.P1 & wire.SecureBootModeMask {
	case wire.SecureBootFull, wire.SecureBootFullCopy:
		return len(c.Data) == digestSize+signatureSize
	case wire.SecureBootFullStore:
		return len(c.Data) == digestSize
	}
	return false
}

// cmdSecureBoot checks the digest of the code that the host is about to run. A
// nonce in TempKey is used up, whatever comes of it. What success brings does not
// come with a mismatch: neither the latch nor the end of all SecureBoots, so
// that a host may try again.
func (c *Chip) cmdSecureBoot(cmd wire.Command) ([]byte, error) {
	boot := c.mem.config.SecureBoot()
	mode := cmd.P1 & wire.SecureBootModeMask
	digest := [digestSize]byte(cmd.Data)
	macKey, err := c.secureBootKey(cmd, boot)
	if err != nil {
		return nil, err
	}
	subtle.XORBytes(digest[:], digest[:], macKey[:])
	if c.bootEnded || !c.mem.config.ConfigLocked() || !bootMode(boot, mode) {
		return nil, wire.StatusExecution
	}
	signature, err := c.checkBoot(cmd, boot, digest)
	if err != nil {
		return nil, err
	}
	if mode == wire.SecureBootFullCopy {
		c.copyBoot(boot, digest, signature)
	}
	c.latch = c.latch || boot.PersistentEnable()
	c.bootEnded = cmd.P1&wire.SecureBootProhibit != 0
	if cmd.P1&wire.SecureBootMAC == 0 {
		return nil, nil
	}
	mac := wire.HashSecureBootMAC(macKey, digest, signature, cmd.P1, cmd.P2)
	return mac[:], nil
}

// bootMode says whether the configuration knows the mode of the command.
func bootMode(boot config.SecureBoot, mode byte) bool {
	switch boot.Mode() {
	case bootFull:
		return mode == wire.SecureBootFull
	case bootSignature, bootDigest:
		return mode != wire.SecureBootFull
	}
	return false
}

// secureBootKey is the key of a SecureBoot with a MAC, from the IO protection
// key and the nonce in TempKey. Without a MAC it is zero, which hides nothing.
func (c *Chip) secureBootKey(cmd wire.Command, boot config.SecureBoot) (key [32]byte, err error) {
	if cmd.P1&wire.SecureBootMAC == 0 {
		return key, nil
	}
	defer c.state.consume(fromTempKey)
	t := c.state.tempKey
	ioKey, ok := c.ioKey()
	if !ok || !t.usable() || boot.RandNonce() && t.fixed {
		return key, wire.StatusExecution
	}
	return wire.HashSecureBootKey(ioKey, t.low()), nil
}

// checkBoot checks the digest and returns the signature that vouches for it:
// the one in the command, the stored one, or none where the digest is stored.
func (c *Chip) checkBoot(cmd wire.Command, boot config.SecureBoot, digest [digestSize]byte) ([]byte, error) {
	signature := cmd.Data[digestSize:]
	if boot.Mode() != bootFull {
		size := signatureSize
		if boot.Mode() == bootDigest {
			size = digestSize
		}
		kept, err := c.bootStore(cmd, boot, size)
		switch {
		case err != nil:
			return nil, err
		case len(signature) == 0 && boot.Mode() == bootDigest:
			return nil, equalDigest(kept, digest)
		case len(signature) == 0:
			signature = kept
		}
	}
	slot := c.mem.config.Slot(boot.PublicKeySlot())
	key, ok := c.slotPublic(slot)
	if !ok {
		return nil, wire.StatusExecution
	}
	if err := c.use(keyUse{slot: slot, ready: true}); err != nil {
		return nil, err
	}
	if !verifies(key, digest, signature) {
		return nil, wire.StatusMiscompare
	}
	return signature, nil
}

// bootStore is what the slot for it holds from an earlier boot. It must be
// large enough, and not locked if it is about to be written; the sources do
// not mention its lock.
func (c *Chip) bootStore(cmd wire.Command, boot config.SecureBoot, size int) ([]byte, error) {
	slot := c.mem.config.Slot(boot.DigestSlot())
	copies := cmd.P1&wire.SecureBootModeMask == wire.SecureBootFullCopy
	if slot.Key.Private() || copies && slot.Locked {
		return nil, wire.StatusExecution
	}
	return part(c.mem.slot(slot.Number), 0, size)
}

// copyBoot keeps what was found good, for the boots to come.
func (c *Chip) copyBoot(boot config.SecureBoot, digest [digestSize]byte, signature []byte) {
	if boot.Mode() == bootDigest {
		c.storeSecret(boot.DigestSlot(), digest[:])
		return
	}
	c.storeSecret(boot.DigestSlot(), signature)
}

// equalDigest compares without telling where the difference is.
func equalDigest(stored []byte, digest [digestSize]byte) error {
	if subtle.ConstantTimeCompare(stored, digest[:]) == 0 {
		return wire.StatusMiscompare
	}
	return nil
}
