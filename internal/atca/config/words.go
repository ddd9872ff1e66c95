package config

import (
	"fmt"
	"math/bits"
)

// The functions below say what a value means. An empty text leaves the field
// out of a description.

// quiet is for values that mean nothing to anybody.
func quiet(Zone, uint64) string { return "" }

// either is the text of a flag that is set, and of one that is not.
func either(set, clear string) func(Zone, uint64) string { return oneOf(clear, set) }

// oneOf is a text for each value.
func oneOf(texts ...string) func(Zone, uint64) string {
	return func(_ Zone, v uint64) string { return texts[v] }
}

// slotIf names a slot that only matters when what it serves is in use.
func slotIf(what string, used func(Zone) bool) func(Zone, uint64) string {
	return func(z Zone, v uint64) string {
		if !used(z) {
			return ""
		}
		return fmt.Sprintf("%s in slot %d", what, v)
	}
}

// protection says where the secret of a key agreement may go.
func protection(command string) func(Zone, uint64) string {
	return oneOf(
		command+" output in clear allowed",
		command+" output encrypted",
		command+" output stays in the chip",
		command+" output forbidden")
}

// textReserved speaks up only when a reserved field is not zero.
func textReserved(_ Zone, v uint64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("reserved bits are not zero: 0x%x", v)
}

// textFree is for bytes whose meaning is the user's own.
func textFree(_ Zone, v uint64) string {
	if v == 0 {
		return "not set"
	}
	return fmt.Sprintf("0x%02x", v)
}

// textSerial gives the whole number, although the zone holds it in two pieces.
func textSerial(z Zone, _ uint64) string { return "serial number " + z.SerialString() }

// families are the known values of the last byte of the serial number.
var families = map[byte]string{
	0xEE: "standard part",
	0x01: "Trust&GO or TrustFLEX part",
	0x27: "TNGLORA part for The Things Industries",
	0x10: "TNGLORA part for Actility",
}

// textFamily reads the product from the last byte of the serial number.
func textFamily(z Zone, _ uint64) string {
	if name, ok := families[z.Serial()[8]]; ok {
		return name
	}
	return "unknown kind of part"
}

// textRevision tells the 608's siblings apart. A later revision than those
// known is given by its number alone rather than guessed.
func textRevision(z Zone, _ uint64) string {
	r := z.Revision()
	name := z.Part().String()
	if z.Part() == Part608 {
		switch r[3] {
		case 0x01, 0x02:
			name += "A"
		case 0x03:
			name += "B"
		}
	}
	return fmt.Sprintf("%s, revision %02x", name, r[3])
}

// textAddress gives the 7-bit form, which is what bus tools print. A
// single-wire part uses the byte for its GPIO.
func textAddress(z Zone, v uint64) string {
	if !z.I2CEnabled() {
		return fmt.Sprintf("GPIO control 0x%02x", v)
	}
	text := fmt.Sprintf("7-bit address 0x%02x", v>>1)
	if v&1 != 0 {
		text += ", reserved bit 0 is set"
	}
	return text
}

// textUserExtraAdd says whether the byte is an address, which ChipMode decides.
func textUserExtraAdd(z Zone, v uint64) string {
	switch {
	case v == 0:
		return "not set"
	case z.ChipMode().AddressFromUserExtra():
		return fmt.Sprintf("7-bit address 0x%02x", v>>1)
	}
	return fmt.Sprintf("0x%02x, not used as address", v)
}

// textOTPMode knows the two modes of the 508A.
func textOTPMode(_ Zone, v uint64) string {
	switch v {
	case 0xAA:
		return "OTP zone read-only once locked"
	case 0x55:
		return "OTP zone in consumption mode once locked: bits can be cleared"
	}
	return fmt.Sprintf("0x%02x is no OTP mode", v)
}

// textDivider names the divider as the tables of execution times do.
func textDivider(z Zone, v uint64) string {
	n := z.ChipMode().Divider()
	if uint64(clockDividers[n]) != v {
		return fmt.Sprintf("unknown clock divider 0x%02x", v)
	}
	return fmt.Sprintf("clock divider M%d", n)
}

// textUseLock: fifteen of sixteen values mean off, FF among them, which public
// configurations leave there.
func textUseLock(_ Zone, v uint64) string {
	if v == 0xA {
		return "transport lock on"
	}
	return "transport lock off"
}

// textCounter decodes a counter; an impossible pattern is told, not guessed at.
func textCounter(_ Zone, v uint64) string {
	var b [8]byte
	for i := range b {
		b[i] = byte(v >> (8 * i))
	}
	count, ok := DecodeCounter(b)
	if !ok {
		return "not a legal count"
	}
	return fmt.Sprintf("%d of %d", count, MaxCount)
}

// textKdfIvLoc and textQuoted belong together: where the IV stands in the
// message of an HKDF step, and what must be found there.
func textKdfIvLoc(_ Zone, v uint64) string { return fmt.Sprintf("IV at byte %d of an HKDF message", v) }

func textQuoted(_ Zone, v uint64) string {
	return fmt.Sprintf("these bytes must stand there: %q", []byte{byte(v), byte(v >> 8)})
}

// textLock follows ConfigLocked and DataLocked: only 55 is open.
func textLock(what string) func(Zone, uint64) string {
	return func(_ Zone, v uint64) string {
		if v == unlocked {
			return what + " not locked"
		}
		return what + " locked"
	}
}

// textX509 describes half a format byte, zero apart.
func textX509(format, zero string) func(Zone, uint64) string {
	return func(_ Zone, v uint64) string {
		if v == 0 {
			return zero
		}
		return fmt.Sprintf(format, v)
	}
}

// textUses counts the bits that are left in LastKeyUse. The chip clears the
// bits of each byte from the top, so only eight patterns and zero are legal.
func textUses(z Zone, _ uint64) string {
	left := 0
	for _, b := range z[offUseLock : offUseLock+16] {
		if b&(b+1) != 0 {
			return fmt.Sprintf("0x%02x is no legal pattern", b)
		}
		left += bits.OnesCount8(b)
	}
	return fmt.Sprintf("%d uses of slot 15 left", left)
}
