package config

import "fmt"

// DescribeSlot says what slot n, 0 to 15, is for and who may do what with it,
// once the data zone is locked. The first text is its kind.
func (z Zone) DescribeSlot(n int) []string {
	s := z.Slot(n)
	texts := []string{z.kind(s)}
	if s.Key.Private() {
		texts = append(texts, privateUses(s)...)
	} else {
		texts = append(texts, dataUses(s, z.Part())...)
	}
	texts = append(texts, demands(s, z.Part())...)
	texts = append(texts, z.roles(n)...)
	return append(texts, individualLock(s))
}

// kind names what the slot holds. Data that nobody may read in clear is called
// a secret, because the chip uses the same type for both.
func (z Zone) kind(s Slot) string {
	switch {
	case s.PrivateKey():
		return "P-256 private key"
	case s.Key.Private():
		return fmt.Sprintf("private key of the reserved type %d", s.Key.Type())
	case s.PublicKey() && s.Key.PubInfo():
		return fmt.Sprintf("P-256 public key, to be validated by the key in slot %d", s.Config.ReadKey())
	case s.PublicKey():
		return "P-256 public key"
	case s.Key.Type() == KeyTypeAES && z.Part() == Part608:
		return "AES key"
	case s.Key.Type() != KeyTypeData:
		return fmt.Sprintf("reserved key type %d", s.Key.Type())
	case s.Config.IsSecret():
		return "secret"
	}
	return "data"
}

// told is a text that applies to some slots.
type told struct {
	applies bool
	text    string
}

// those picks the texts that apply.
func those(all ...told) []string {
	var texts []string
	for _, t := range all {
		if t.applies {
			texts = append(texts, t.text)
		}
	}
	return texts
}

// privateUses is what may be done with a private key. The nibble that is
// ReadKey elsewhere holds permissions here. Bit 3 means nothing without ECDH,
// and only an even slot has a partner to send the secret to.
func privateUses(s Slot) []string {
	c := s.Config
	return those(
		told{!c.IsSecret(), "unusable, as IsSecret is not set"},
		told{c.ExternalSign(), "signs external digests"},
		told{c.InternalSign(), "signs internal digests"},
		told{c.ECDH() && !c.ECDHToNextSlot(), "does ECDH"},
		told{c.ECDH() && c.ECDHToNextSlot() && s.Number%2 == 0, fmt.Sprintf("does ECDH into slot %d", s.Number+1)},
		told{c.ECDH() && c.ECDHToNextSlot() && s.Number%2 != 0, "ECDH into the next slot, which an odd slot cannot do"},
		told{c&7 == 0, "neither signs nor does ECDH"},
		told{c.CanGenKey(), "can be regenerated (GenKey)"},
		told{c.EncryptedWrite(), fmt.Sprintf("can be replaced, encrypted with slot %d (PrivWrite)", c.WriteKey())},
		told{!c.CanGenKey() && !c.EncryptedWrite(), "cannot be replaced"},
		told{s.Key.PubInfo(), "public key readable"},
		told{!s.Key.PubInfo(), "public key not readable"},
	)
}

// dataUses is who may read and change anything that is no private key. CheckMac
// copies only odd slots, each the partner of the even one before it.
func dataUses(s Slot, p Part) []string {
	c := s.Config
	way := writeConfigs[c.WriteConfig()]
	texts := []string{reading(c), way.write.text(c)}
	if text := way.derive.text(c.WriteKey()); text != "" {
		texts = append(texts, text)
	}
	symmetric := s.Key.Type() == KeyTypeAES || s.Key.Type() == KeyTypeData
	return append(texts, those(
		told{p == Part608 && s.Key.PubInfo() && symmetric, "KDF and ECDH may write it"},
		told{c.NoMac(), "not for MAC (NoMac)"},
		told{c.ReadKey() == 0 && s.Number%2 != 0 && !s.PublicKey(), "CheckMac may copy it to TempKey"},
	)...)
}

// reading says who may read. The table has four rows.
func reading(c SlotConfig) string {
	switch {
	case !c.IsSecret() && !c.EncryptRead():
		return "readable"
	case !c.IsSecret():
		return "not readable, as EncryptRead without IsSecret is not allowed"
	case c.EncryptRead():
		return fmt.Sprintf("readable encrypted with slot %d", c.ReadKey())
	}
	return "never readable"
}

// writeRule is what a WriteConfig pattern says to the Write command.
type writeRule int

// What Write is told.
const (
	writeNever writeRule = iota
	writeAlways
	writePubInvalid
	writeEncrypt
)

// text says who may write. A secret slot takes no four-byte access, even where
// writing is free.
func (r writeRule) text(c SlotConfig) string {
	switch r {
	case writeAlways:
		if c.IsSecret() {
			return "writable in blocks of 32 bytes"
		}
		return "writable"
	case writePubInvalid:
		return "writable while it holds no validated public key"
	case writeEncrypt:
		return fmt.Sprintf("writable encrypted with slot %d", c.WriteKey())
	}
	return "not writable"
}

// deriveRule is what a WriteConfig pattern says to the DeriveKey command.
type deriveRule int

// What DeriveKey is told: from the slot itself (roll) or from its parent
// (create), and whether the caller must know the parent to be let in.
const (
	deriveNo deriveRule = iota
	deriveRoll
	deriveCreate
	deriveRollMAC
	deriveCreateMAC
)

// text says how DeriveKey changes the slot, if it does.
func (r deriveRule) text(key int) string {
	switch r {
	case deriveRoll:
		return "DeriveKey rolls it"
	case deriveCreate:
		return fmt.Sprintf("DeriveKey makes it from slot %d", key)
	case deriveRollMAC:
		return fmt.Sprintf("DeriveKey rolls it, given a MAC by slot %d", key)
	case deriveCreateMAC:
		return fmt.Sprintf("DeriveKey makes it from slot %d, given a MAC by that slot", key)
	}
	return ""
}

// writeConfigs says what the sixteen WriteConfig patterns mean to Write and to
// DeriveKey (docs/chip.md, "SlotConfig").
var writeConfigs = [16]struct {
	write  writeRule
	derive deriveRule
}{
	0b0000: {writeAlways, deriveNo},
	0b0001: {writePubInvalid, deriveNo},
	0b0010: {writeNever, deriveRoll},
	0b0011: {writeNever, deriveCreate},
	0b0100: {writeEncrypt, deriveNo},
	0b0101: {writeEncrypt, deriveNo},
	0b0110: {writeEncrypt, deriveRoll},
	0b0111: {writeEncrypt, deriveCreate},
	0b1000: {writeNever, deriveNo},
	0b1001: {writeNever, deriveNo},
	0b1010: {writeNever, deriveRollMAC},
	0b1011: {writeNever, deriveCreateMAC},
	0b1100: {writeEncrypt, deriveNo},
	0b1101: {writeEncrypt, deriveNo},
	0b1110: {writeEncrypt, deriveRollMAC},
	0b1111: {writeEncrypt, deriveCreateMAC},
}

// demands are the conditions on a use of the key. People fear ReqRandom in a
// signing slot; Sign does not look at it, and the text says so.
func demands(s Slot, p Part) []string {
	return those(
		told{s.Key.ReqRandom() && s.Key.Private(), "needs a random nonce (ReqRandom), but not to sign"},
		told{s.Key.ReqRandom() && !s.Key.Private(), "needs a random nonce (ReqRandom)"},
		told{s.Key.ReqAuth(), fmt.Sprintf("needs authorisation by slot %d (ReqAuth)", s.Key.AuthKey())},
		told{s.Key.PersistentDisable(), "disabled until the " + latchName(p) + " is set"},
		told{s.Config.LimitedUse(), limitedUse(s, p)},
	)
}

// limitedUse says what counts the uses. Slot 15 of a 508A has bits of its own.
func limitedUse(s Slot, p Part) string {
	if p == Part508 && s.Number == Slots-1 {
		return "uses are limited (LastKeyUse)"
	}
	return "uses are limited (Counter[0])"
}

// roles are the services that the chip-wide fields give to a slot. They are
// what makes a slot dear although its own words look ordinary.
func (z Zone) roles(n int) []string {
	o, b := z.ChipOptions(), z.SecureBoot()
	return those(
		told{o.IOProtection() && o.IOProtectionKey() == n, "IO protection key"},
		told{z.CountMatch().Enabled() && z.CountMatch().Slot() == n, "limit of Counter[0] (CountMatch)"},
		told{z.UseLock().Enabled() && z.UseLock().Slot() == n, "transport key (UseLock)"},
		told{z.VolatileKeyPermission().Enabled() && z.VolatileKeyPermission().Slot() == n, "permits the persistent latch (VolatileKeyPermission)"},
		told{b.Mode() != 0 && b.PublicKeySlot() == n, "public key of SecureBoot"},
		told{b.Mode() >= 2 && b.DigestSlot() == n, "digest or signature of SecureBoot"},
	)
}

// individualLock says whether Lock froze the slot, or may.
func individualLock(s Slot) string {
	switch {
	case s.Locked:
		return "locked individually"
	case s.Key.Lockable():
		return "can be locked individually"
	}
	return "cannot be locked individually"
}
