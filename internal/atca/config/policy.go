package config

import "fmt"

// SigningRefusal says why the key in a slot is none for a host that wants its
// digests signed (ES256) without further authorisation, and is empty when it
// is one. The policy counts even while the data zone is unlocked and the chip
// does not yet enforce all of it. ReqRandom and LimitedUse are no refusal: Sign
// does not look at the first, and the second only counts.
func (z Zone) SigningRefusal(slot int) string {
	s := z.Slot(slot)
	switch {
	case !z.ConfigLocked():
		return "config zone is not locked"
	case !s.PrivateKey():
		return "not a P-256 private key slot"
	case !s.Config.IsSecret():
		return "IsSecret is not set"
	case !s.Config.ExternalSign():
		return "external signatures are not allowed (ReadKey bit 0)"
	case s.Key.ReqAuth():
		return fmt.Sprintf("needs authorisation by slot %d (ReqAuth)", s.Key.AuthKey())
	case s.Key.PersistentDisable():
		return "disabled until the " + latchName(z.Part()) + " is set"
	}
	return ""
}

// GenKeyRefusal says why GenKey would not create a key in a slot, and is empty
// when it would. A key that is there is no reason: it would be replaced.
func (z Zone) GenKeyRefusal(slot int) string {
	s := z.Slot(slot)
	switch {
	case !z.ConfigLocked():
		return "config zone is not locked"
	case !s.PrivateKey():
		return "not a P-256 private key slot"
	case !s.Config.IsSecret():
		return "IsSecret is not set"
	case s.Locked:
		return "slot is locked"
	case z.DataLocked() && !s.Config.CanGenKey():
		return "key creation is not allowed (WriteConfig bit 13)"
	case z.DataLocked() && s.Key.ReqAuth():
		return fmt.Sprintf("needs authorisation by slot %d (ReqAuth)", s.Key.AuthKey())
	}
	return ""
}

// PublicKeyRefusal says why GenKey would not tell the public key of the private
// key in a slot, and is empty when it would.
func (z Zone) PublicKeyRefusal(slot int) string {
	s := z.Slot(slot)
	switch {
	case !z.ConfigLocked():
		return "config zone is not locked"
	case !s.PrivateKey():
		return "not a P-256 private key slot"
	case z.DataLocked() && !s.Key.PubInfo():
		return "public key is not readable (PubInfo)"
	}
	return ""
}

// latchName is the latch that PersistentDisable looks at.
func latchName(p Part) string {
	if p == Part508 {
		return "intrusion latch"
	}
	return "persistent latch"
}
