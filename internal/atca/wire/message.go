package wire

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
)

// Layouts of the messages that the chip hashes (docs/chip.md, "Digests"). Each
// layout is written once here, for both ends.

// Serial is the chip's nine-byte serial number.
type Serial [9]byte

// gap is the length of what stands between the serial number and the second
// value in most messages: zeros, unless GenDig has something to say there.
const gap = 25

// hashAround hashes what most messages consist of: two values, and between them
// the command, the part of the serial number that all chips share, and a gap.
func hashAround(first [32]byte, header [4]byte, sn Serial, middle, last []byte) [32]byte {
	m := append(first[:], header[:]...)
	m = append(m, sn[8], sn[0], sn[1])
	m = append(m, middle...)
	return sha256.Sum256(append(m, last...))
}

// header is opcode and parameters as the messages hold them.
func header(op Opcode, p1 byte, p2 uint16) [4]byte {
	return [4]byte{byte(op), p1, byte(p2), byte(p2 >> 8)}
}

// HashNonce is what a random Nonce leaves in TempKey.
func HashNonce(randOut [32]byte, numIn []byte, mode byte) [32]byte {
	m := append(randOut[:], numIn...)
	return sha256.Sum256(append(m, byte(OpNonce), mode, 0))
}

// HashGenKey is what GenKey with a digest leaves in TempKey. header is
// param1 and param2 of the command, or the three OtherData bytes of mode 0x10.
func HashGenKey(tempKey [32]byte, header [3]byte, sn Serial, public [64]byte) [32]byte {
	h := [4]byte{byte(OpGenKey), header[0], header[1], header[2]}
	return hashAround(tempKey, h, sn, make([]byte, gap), public[:])
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

// HashMAC is the answer of MAC. first is the key, or TempKey in its place;
// second the challenge, or TempKey.
func HashMAC(first, second [32]byte, mode byte, key uint16, sn Serial) [32]byte {
	return HashCheckMac(first, second, MACOtherData(mode, key, sn), sn)
}

// MACOtherData is what CheckMac wants to know about the MAC of another chip:
// the MAC command that it was given, and its serial number where it counts.
func MACOtherData(mode byte, key uint16, sn Serial) [13]byte {
	return otherData(OpMAC, mode, key, sn)
}

func otherData(op Opcode, mode byte, key uint16, sn Serial) (other [13]byte) {
	h := header(op, mode, key)
	copy(other[:], h[:])
	if mode&MACSerial != 0 {
		copy(other[7:], sn[4:8])
		copy(other[11:], sn[2:4])
	}
	return other
}

// HashCheckMac is the MAC that CheckMac expects. sn is the serial number of the
// chip that checks; what it shares with all others is hashed.
func HashCheckMac(first, second [32]byte, other [13]byte, sn Serial) [32]byte {
	m := append(first[:], second[:]...)
	return sha256.Sum256(append(m, macTrailer(other, sn)...))
}

// macTrailer is how MAC, CheckMac and HMAC end their message. The zeros stand
// where an older family hashed its OTP zone.
func macTrailer(other [13]byte, sn Serial) []byte {
	m := append([]byte{}, other[:4]...)
	m = append(m, make([]byte, 8)...)
	m = append(m, other[4:7]...)
	m = append(m, sn[8])
	m = append(m, other[7:11]...)
	m = append(m, sn[0], sn[1])
	return append(m, other[11:]...)
}

// HashHMAC is the answer of the 508A's HMAC.
func HashHMAC(key, tempKey [32]byte, mode byte, slot uint16, sn Serial) [32]byte {
	h := hmac.New(sha256.New, key[:])
	h.Write(make([]byte, 32))
	h.Write(tempKey[:])
	h.Write(macTrailer(otherData(OpHMAC, mode, slot, sn), sn))
	return [32]byte(h.Sum(nil))
}

// HashGenDig is what GenDig leaves in TempKey after it has hashed a block of
// the configuration or OTP zone, or a slot: the session key of encrypted Read,
// Write and PrivWrite.
func HashGenDig(tempKey [32]byte, zone byte, key uint16, sn Serial, value [32]byte) [32]byte {
	return hashAround(value, header(OpGenDig, zone, key), sn, make([]byte, gap), tempKey[:])
}

// HashGenDigOther is the same for a slot with NoMac: four bytes of the host's
// stand where the command would.
func HashGenDigOther(tempKey [32]byte, other [4]byte, sn Serial, value [32]byte) [32]byte {
	return hashAround(value, other, sn, make([]byte, gap), tempKey[:])
}

// HashGenDigNonce is what GenDig makes of the host's data. The top bit of key
// puts TempKey first, so that two chips can take each the other's part; it is
// not hashed.
func HashGenDigNonce(tempKey [32]byte, key uint16, sn Serial, data [32]byte) [32]byte {
	first, last := data, tempKey
	if key&GenDigSwap != 0 {
		first, last = tempKey, data
	}
	return hashAround(first, header(OpGenDig, GenDigNonce, key&0xFF), sn, make([]byte, gap), last[:])
}

// HashGenDigCounter is what GenDig makes of a counter.
func HashGenDigCounter(tempKey [32]byte, counter uint16, sn Serial, count uint32) [32]byte {
	middle := make([]byte, gap)
	binary.LittleEndian.PutUint32(middle[1:], count)
	return hashAround([32]byte{}, header(OpGenDig, GenDigCounter, counter), sn, middle, tempKey[:])
}

// HashGenDigKeyConfig is what GenDig makes of the configuration of a slot. Two
// sources differ by one zero; this is the one that was tried on chips.
func HashGenDigKeyConfig(tempKey [32]byte, slot uint16, sn Serial, slotConfig, keyConfig [2]byte, unlocked bool) [32]byte {
	middle := make([]byte, gap)
	copy(middle[1:], slotConfig[:])
	copy(middle[3:], keyConfig[:])
	middle[5] = flag(unlocked)
	return hashAround([32]byte{}, header(OpGenDig, GenDigKeyConfig, slot), sn, middle, tempKey[:])
}

// HashDeriveKey is the key that DeriveKey makes of source: of the target itself,
// or of its parent.
func HashDeriveKey(source [32]byte, mode byte, target uint16, sn Serial, tempKey [32]byte) [32]byte {
	return hashAround(source, header(OpDeriveKey, mode, target), sn, make([]byte, gap), tempKey[:])
}

// HashDeriveKeyMAC authorises DeriveKey where the slot demands it. No nonce is
// in it: the same MAC authorises again.
func HashDeriveKeyMAC(parent [32]byte, mode byte, target uint16, sn Serial) [32]byte {
	return hashAround(parent, header(OpDeriveKey, mode, target), sn, nil, nil)
}

// HashWriteMAC authenticates an encrypted Write. zone is param1 as it is sent;
// plain is the block before encryption, all of it even where the slot ends
// earlier.
func HashWriteMAC(tempKey [32]byte, zone byte, address uint16, sn Serial, plain [BlockSize]byte) [32]byte {
	return hashAround(tempKey, header(OpWrite, zone, address), sn, make([]byte, gap), plain[:])
}

// PrivateKeySize is a private key as PrivWrite takes it: four zeros, then the
// number, high byte first.
const PrivateKeySize = 36

// HashPrivWriteMAC authenticates an encrypted PrivWrite. The gap is shorter by
// what the key is longer than a block.
func HashPrivWriteMAC(tempKey [32]byte, mode byte, slot uint16, sn Serial, plain [PrivateKeySize]byte) [32]byte {
	middle := make([]byte, gap-(PrivateKeySize-BlockSize))
	return hashAround(tempKey, header(OpPrivWrite, mode, slot), sn, middle, plain[:])
}

// CipherPrivWrite encrypts the key for PrivWrite, or decrypts it. The four bytes
// that TempKey is too short for are covered by its hash.
func CipherPrivWrite(tempKey [32]byte, key [PrivateKeySize]byte) (out [PrivateKeySize]byte) {
	more := sha256.Sum256(tempKey[:])
	n := subtle.XORBytes(out[:], key[:], tempKey[:])
	subtle.XORBytes(out[n:], key[n:], more[:])
	return out
}
