package wire

import "crypto/sha256"

// Layouts of the messages that the chip hashes (docs/chip.md, "Digests"). Each
// layout is written once here, for both ends.

// Serial is the chip's nine-byte serial number.
type Serial [9]byte

// HashNonce is what a random Nonce leaves in TempKey.
func HashNonce(randOut [32]byte, numIn []byte, mode byte) [32]byte {
	m := append(randOut[:], numIn...)
	return sha256.Sum256(append(m, byte(OpNonce), mode, 0))
}

// HashGenKey is what GenKey with a digest leaves in TempKey. header is
// param1 and param2 of the command, or the three OtherData bytes of mode 0x10.
func HashGenKey(tempKey [32]byte, header [3]byte, sn Serial, public [64]byte) [32]byte {
	m := append(tempKey[:], byte(OpGenKey))
	m = append(m, header[:]...)
	m = append(m, sn[8], sn[0], sn[1])
	m = append(m, make([]byte, 25)...)
	return sha256.Sum256(append(m, public[:]...))
}

// SlotState is what an internal signature says of a key besides its digest.
// Verify in modes validate and invalidate sends it back as OtherData.
type SlotState struct {
	SignMode       byte
	SignKey        uint16
	SlotConfig     [2]byte
	KeyConfig      [2]byte
	TempKeyFlags   byte // NoMac, GenKeyData, GenDigData, SourceFlag, KeyID
	Serial47       [4]byte
	Serial23       [2]byte
	SlotUnlocked   bool
	PublicKeyValid bool
}

// OtherData is the state as Verify takes it in modes validate and invalidate.
func (s SlotState) OtherData() [19]byte {
	return [19]byte{
		s.SignMode, byte(s.SignKey), byte(s.SignKey >> 8),
		s.SlotConfig[0], s.SlotConfig[1], s.KeyConfig[0], s.KeyConfig[1],
		s.TempKeyFlags, 0, 0,
		s.Serial47[0], s.Serial47[1], s.Serial47[2], s.Serial47[3],
		s.Serial23[0], s.Serial23[1],
		flag(s.SlotUnlocked), flag(s.PublicKeyValid), 0,
	}
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// InternalMessage is the 55-byte message of an internal Sign, and of Verify in
// modes validate and invalidate.
func InternalMessage(tempKey [32]byte, other [19]byte, sn Serial) []byte {
	m := append(tempKey[:], byte(OpSign))
	m = append(m, other[:10]...)
	m = append(m, sn[8])
	m = append(m, other[10:14]...)
	m = append(m, sn[0], sn[1])
	return append(m, other[14:]...)
}

// HashVerifyMAC is the answer of Verify with a MAC: proof that this chip,
// which knows the IO protection key, did the verification.
func HashVerifyMAC(ioKey, message, nonce [32]byte, signature [64]byte, mode byte, p2 uint16) [32]byte {
	m := append(ioKey[:], message[:]...)
	m = append(m, nonce[:]...)
	m = append(m, signature[:]...)
	return sha256.Sum256(append(m, byte(OpVerify), mode, byte(p2), byte(p2>>8)))
}
