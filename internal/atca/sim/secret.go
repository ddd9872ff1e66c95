package sim

import (
	"crypto/subtle"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// Where a secret that ECDH or KDF made may go: the values of EcdhProt and
// KdfProt, two fields of ChipOptions. The sources call the last one
// "forbidden", which is read here as no target at all.
const (
	protectClear     = iota // may leave in clear
	protectEncrypted        // may leave, encrypted
	protectInside           // to TempKey or a slot only
	protectAll
)

// ioKey is the key that hides secrets on the bus, where the configuration
// names one.
func (c *Chip) ioKey() (key [32]byte, ok bool) {
	z := c.mem.config
	if !z.ConfigLocked() || !z.ChipOptions().IOProtection() {
		return key, false
	}
	return c.mem.secret(z.ChipOptions().IOProtectionKey()), true
}

// mayLeave says whether a secret may go out in the wanted form. It is asked
// before the key is used: a use must not be spent on a refusal.
func (c *Chip) mayLeave(encrypted bool, protection int) bool {
	if protection >= protectInside || !encrypted && protection != protectClear {
		return false
	}
	_, ok := c.ioKey()
	return ok || !encrypted
}

// leave is the answer that carries a secret out: in clear, or encrypted with
// the chip's nonce behind it.
func (c *Chip) leave(secret []byte, encrypted bool) ([]byte, error) {
	if !encrypted {
		return secret, nil
	}
	key, ok := c.ioKey()
	if !ok {
		return nil, wire.StatusExecution
	}
	nonce, err := c.random()
	if err != nil {
		return nil, err
	}
	stream := wire.IOKeystream(key, nonce)
	out := make([]byte, len(secret))
	subtle.XORBytes(out, secret, stream[:len(secret)])
	return append(out, nonce[:]...), nil
}

// takesSecret says whether a slot can hold a secret that the chip makes. Which
// command may write it there is another question.
func takesSecret(s config.Slot) bool {
	return !s.Key.Private() && s.Key.Type() != config.KeyTypeP256 && !s.Locked
}

// derivable says whether KDF, and ECDH with an ephemeral key, may write a slot:
// PubInfo says so. It binds once the data zone is locked.
func (c *Chip) derivable(s config.Slot) bool {
	return takesSecret(s) && (s.Key.PubInfo() || !c.mem.config.DataLocked())
}

// storeSecret writes a secret to the start of a slot.
func (c *Chip) storeSecret(slot int, b []byte) {
	c.mem.store(wire.Location{Zone: wire.ZoneData, Slot: slot}, b)
}
