package config

// Slots is the number of slots.
const Slots = 16

// Slot is the configuration of one slot.
type Slot struct {
	Number int
	Config SlotConfig
	Key    KeyConfig
	// Locked: the slot was locked by itself, and nothing changes it any more.
	Locked bool
}

// PrivateKey says whether the slot is configured for a P-256 private key.
func (s Slot) PrivateKey() bool { return s.Key.Private() && s.Key.Type() == KeyTypeP256 }

// PublicKey says whether the slot is configured for a P-256 public key.
func (s Slot) PublicKey() bool { return !s.Key.Private() && s.Key.Type() == KeyTypeP256 }

// SlotConfig is the access policy of a slot (docs/chip.md, "SlotConfig").
type SlotConfig uint16

// ReadKey is the slot of the key that encrypts reads, or of the parent of a
// validated public key. In a slot for a private key these bits are permissions:
// ExternalSign, InternalSign, ECDH and ECDHToNextSlot.
func (c SlotConfig) ReadKey() int { return int(c & 0xF) }

// ExternalSign (private keys): Sign takes digests that the host made.
func (c SlotConfig) ExternalSign() bool { return c.bit(0) }

// InternalSign (private keys): Sign takes what GenDig or GenKey left in TempKey.
func (c SlotConfig) InternalSign() bool { return c.bit(1) }

// ECDH (private keys): the key may be used by ECDH.
func (c SlotConfig) ECDH() bool { return c.bit(2) }

// ECDHToNextSlot (private keys in even slots): the shared secret goes to the
// slot after this one instead of the host.
func (c SlotConfig) ECDHToNextSlot() bool { return c.bit(3) }

// NoMac bars the key from MAC and HMAC.
func (c SlotConfig) NoMac() bool { return c.bit(4) }

// LimitedUse makes each use of the key count.
func (c SlotConfig) LimitedUse() bool { return c.bit(5) }

// EncryptRead makes reads encrypted. It needs IsSecret.
func (c SlotConfig) EncryptRead() bool { return c.bit(6) }

// IsSecret bars reads in clear and access by four bytes. The chip refuses to
// use a private key whose slot is not secret.
func (c SlotConfig) IsSecret() bool { return c.bit(7) }

// WriteKey is the slot of the key that encrypts writes, and of the parent key
// of DeriveKey.
func (c SlotConfig) WriteKey() int { return int(c >> 8 & 0xF) }

// WriteConfig is the nibble that Write, GenKey, PrivWrite and DeriveKey each
// read in their own way.
func (c SlotConfig) WriteConfig() byte { return byte(c >> 12) }

// CanGenKey is the bit of WriteConfig that lets GenKey create a key (in other
// slots: lets DeriveKey) once the data zone is locked.
func (c SlotConfig) CanGenKey() bool { return c.bit(13) }

// EncryptedWrite is the bit of WriteConfig that lets Write and PrivWrite in,
// encrypted by WriteKey.
func (c SlotConfig) EncryptedWrite() bool { return c.bit(14) }

func (c SlotConfig) bit(n int) bool { return c>>n&1 != 0 }

// KeyType says what a slot is made for.
type KeyType int

// Key types. The other values are reserved.
const (
	KeyTypeP256 KeyType = 4
	KeyTypeAES  KeyType = 6 // 608 only
	KeyTypeData KeyType = 7 // data, and keys for SHA-256 and HMAC
)

// KeyConfig says what a slot holds and what its key demands (docs/chip.md,
// "KeyConfig").
type KeyConfig uint16

// Private says that the slot holds a private key.
func (c KeyConfig) Private() bool { return c.bit(0) }

// PubInfo lets GenKey tell the public key of a private one. For a public key it
// demands validation, and for AES keys and data on a 608 it lets KDF and ECDH
// write the slot.
func (c KeyConfig) PubInfo() bool { return c.bit(1) }

// Type is the key type.
func (c KeyConfig) Type() KeyType { return KeyType(c >> 2 & 7) }

// Lockable lets Lock freeze this slot alone.
func (c KeyConfig) Lockable() bool { return c.bit(5) }

// ReqRandom demands a nonce from the chip's own generator in TempKey. Sign and
// ECDH do not look at it.
func (c KeyConfig) ReqRandom() bool { return c.bit(6) }

// ReqAuth demands an authorisation by AuthKey before each use.
func (c KeyConfig) ReqAuth() bool { return c.bit(7) }

// AuthKey is the slot of the key that authorises.
func (c KeyConfig) AuthKey() int { return int(c >> 8 & 0xF) }

// PersistentDisable bars the key while the persistent latch (508A: the
// intrusion latch) is 0.
func (c KeyConfig) PersistentDisable() bool { return c.bit(12) }

// X509ID picks one of the four X509format bytes for a public key.
func (c KeyConfig) X509ID() int { return int(c >> 14) }

func (c KeyConfig) bit(n int) bool { return c>>n&1 != 0 }
