package sim

import (
	"bytes"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// dataSize is the size of the sixteen slots together: eight small ones, the
// large one, and seven that take a public key.
const dataSize = 8*36 + 416 + 7*72

// Parts of a slot that holds a key (docs/chip.md, "Zones and addresses").
const (
	padSize    = 4  // zeros before each 32-byte number
	scalarSize = 32 // private key, coordinate, half a signature, secret key
)

// Values of the high nibble of a validated public key's first byte.
const (
	nibbleValid   = 0x50
	nibbleInvalid = 0xA0
)

// eeprom is what survives the loss of power. It is a plain value: comparing
// two of them tells whether a command has written, and assigning one takes a
// write back that could not be saved.
type eeprom struct {
	config config.Zone
	otp    [wire.OTPSize]byte
	data   [dataSize]byte // slot after slot
}

// erased is the memory of a new part around the given configuration zone:
// unwritten EEPROM reads as 0xFF.
func erased(z config.Zone) eeprom {
	m := eeprom{config: z}
	copy(m.otp[:], bytes.Repeat([]byte{0xFF}, len(m.otp)))
	copy(m.data[:], bytes.Repeat([]byte{0xFF}, len(m.data)))
	return m
}

// slot is the content of a slot; writing to it writes the EEPROM.
func (m *eeprom) slot(n int) []byte {
	start := 0
	for i := range n {
		start += wire.SlotSize(i)
	}
	return m.data[start : start+wire.SlotSize(n)]
}

// zone returns the memory that a location lies in.
func (m *eeprom) zone(l wire.Location) []byte {
	switch l.Zone {
	case wire.ZoneConfig:
		return m.config[:]
	case wire.ZoneOTP:
		return m.otp[:]
	}
	return m.slot(l.Slot)
}

// secret is the 32-byte secret of a slot that holds no elliptic-curve key.
func (m *eeprom) secret(n int) [scalarSize]byte {
	return [scalarSize]byte(m.slot(n)[:scalarSize])
}

// serial is the chip's serial number as the hashed messages want it.
func (m *eeprom) serial() wire.Serial { return m.config.Serial() }

// holdsValidated says whether the slot is one for public keys that must be
// validated before use.
func holdsValidated(s config.Slot) bool {
	return !s.Key.Private() && s.Key.PubInfo() && s.Key.Type() == config.KeyTypeP256
}

// publicValid says whether the slot holds a public key that has been validated.
// An unwritten slot starts with 0xFF, which is neither of the two marks.
func (m *eeprom) publicValid(n int) bool {
	return holdsValidated(m.config.Slot(n)) && m.slot(n)[0]&0xF0 == nibbleValid
}

// setNibble marks a public key as validated or not.
func (m *eeprom) setNibble(n int, nibble byte) {
	b := m.slot(n)
	b[0] = b[0]&0x0F | nibble
}

// crcData is the checksum that Lock compares before it locks the data zone:
// all slots but those with private keys, then the OTP zone.
func (m *eeprom) crcData() uint16 {
	var b []byte
	for n := range wire.Slots {
		if !m.config.Slot(n).Key.Private() {
			b = append(b, m.slot(n)...)
		}
	}
	return wire.CRC16(append(b, m.otp[:]...))
}
