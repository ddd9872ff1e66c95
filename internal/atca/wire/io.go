package wire

import (
	"crypto/hmac"
	"crypto/sha256"
)

// What the IO protection key hides and proves, and the function with which
// KDF stretches a key (docs/chip.md, "Digests"). The key is known to the chip
// and to its host; it keeps who listens on the bus from what passes there.

// IOKeystream is what ECDH and KDF XOR to a secret that leaves them encrypted.
// A secret of 32 bytes takes the first half. The chip sends its nonce along.
func IOKeystream(ioKey, nonce [32]byte) [64]byte {
	first := sha256.Sum256(append(ioKey[:], nonce[:16]...))
	second := sha256.Sum256(append(ioKey[:], nonce[16:]...))
	return [64]byte(append(first[:], second[:]...))
}

// HashSecureBootKey is the key of one SecureBoot: the digest goes to the chip
// XORed with it, and the MAC of the answer starts with it. tempKey is the nonce
// that both ends know.
func HashSecureBootKey(ioKey, tempKey [32]byte) [32]byte {
	return sha256.Sum256(append(ioKey[:], tempKey[:]...))
}

// HashSecureBootMAC is the answer of SecureBoot with a MAC. digest is the plain
// one. The signature is the one that was checked, sent or stored; it is empty
// where the chip only compares digests.
func HashSecureBootMAC(key, digest [32]byte, signature []byte, mode byte, p2 uint16) [32]byte {
	m := append(key[:], digest[:]...)
	m = append(m, signature...)
	return sha256.Sum256(append(m, byte(OpSecureBoot), mode, byte(p2), byte(p2>>8)))
}

// PRF is the pseudo-random function of TLS 1.2 (RFC 5246, section 5) with
// SHA-256, its first 64 bytes. The message is label and seed together.
func PRF(key, message []byte) [64]byte {
	a := hmacSHA256(key, message)
	first := hmacSHA256(key, a, message)
	a = hmacSHA256(key, a)
	second := hmacSHA256(key, a, message)
	return [64]byte(append(first, second...))
}

func hmacSHA256(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}
