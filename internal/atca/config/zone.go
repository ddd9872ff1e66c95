package config

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// Size is the length of the zone in bytes.
const Size = 128

// Offsets of the bytes that this package reads by hand.
const (
	offSerialHigh   = 0
	offRevision     = 4
	offSerialLow    = 8
	offAESEnable    = 13
	offI2CEnable    = 14
	offI2CAddress   = 16
	offCountMatch   = 18
	offChipMode     = 19
	offSlotConfig   = 20
	offCounter      = 52
	offUseLock      = 68
	offVolatileKey  = 69
	offSecureBoot   = 70
	offUserExtraAdd = 85
	offLockValue    = 86
	offLockConfig   = 87
	offSlotLocked   = 88
	offChipOptions  = 90
	offX509Format   = 92
	offKeyConfig    = 96
)

// unlocked is what LockValue and LockConfig hold until Lock. Any other value
// counts as locked.
const unlocked = 0x55

// Part is a member of the family. The 608 gave new meanings to bytes that the
// 508A uses otherwise, so a zone can only be read with its part in mind.
type Part int

// Members of the family.
const (
	Part608 Part = iota
	Part508
)

// String is the part's name.
func (p Part) String() string {
	if p == Part508 {
		return "ATECC508A"
	}
	return "ATECC608"
}

// Zone is the configuration zone as the chip holds it.
type Zone [Size]byte

// Parse makes a zone of exactly 128 bytes. Every such image is a zone; whether
// it makes sense is another question.
func Parse(b []byte) (Zone, error) {
	if len(b) != Size {
		return Zone{}, fmt.Errorf("configuration zone has %d bytes, must have %d", len(b), Size)
	}
	return Zone(b), nil
}

// Serial is the nine-byte serial number, SN[0] first.
func (z Zone) Serial() [9]byte {
	var sn [9]byte
	copy(sn[:4], z[offSerialHigh:])
	copy(sn[4:], z[offSerialLow:])
	return sn
}

// SerialString is the serial number as 18 hexadecimal digits in lower case.
func (z Zone) SerialString() string {
	sn := z.Serial()
	return hex.EncodeToString(sn[:])
}

// Revision is the RevNum field. What the Info command says is the authority;
// this field may differ from it.
func (z Zone) Revision() [4]byte { return [4]byte(z[offRevision:]) }

// Part tells by RevNum which member of the family the zone belongs to.
func (z Zone) Part() Part {
	if z[offRevision+2] == 0x50 {
		return Part508
	}
	return Part608
}

// ConfigLocked says whether this zone can no longer be written.
func (z Zone) ConfigLocked() bool { return z[offLockConfig] != unlocked }

// DataLocked says whether the data and OTP zones are locked, which is when the
// slots' policies begin to hold.
func (z Zone) DataLocked() bool { return z[offLockValue] != unlocked }

// Address is the 7-bit address that the chip answers at after its next wake
// from sleep. A 608 can be told to take it from UserExtraAdd.
func (z Zone) Address() uint16 {
	extra := z[offUserExtraAdd]
	if z.Part() == Part608 && z.I2CEnabled() && z.ChipMode().AddressFromUserExtra() && extra != 0 {
		return uint16(extra >> 1)
	}
	return uint16(z[offI2CAddress] >> 1)
}

// AESEnabled says whether the AES engine is there. The factory decides.
func (z Zone) AESEnabled() bool { return z.Part() == Part608 && z[offAESEnable]&1 != 0 }

// I2CEnabled tells an I2C part from a single-wire one, which never answers on
// an I2C bus.
func (z Zone) I2CEnabled() bool { return z[offI2CEnable]&1 != 0 }

// Counter is the value of monotonic counter 0 or 1, and whether its bytes are
// a legal count.
func (z Zone) Counter(n int) (uint32, bool) {
	return DecodeCounter([8]byte(z[offCounter+8*n:]))
}

// Slot is what the zone says of slot n, 0 to 15.
func (z Zone) Slot(n int) Slot {
	return Slot{
		Number: n,
		Config: SlotConfig(z.word(offSlotConfig + 2*n)),
		Key:    KeyConfig(z.word(offKeyConfig + 2*n)),
		Locked: z.word(offSlotLocked)>>n&1 == 0,
	}
}

// word is a 16-bit field. The chip stores the low byte first.
func (z Zone) word(offset int) uint16 { return binary.LittleEndian.Uint16(z[offset:]) }
