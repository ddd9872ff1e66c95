package sim

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	mathrand "math/rand/v2"
)

// derive turns the seed into n bytes for one purpose. Everything about a chip
// that must be the same every time comes from here: its serial number, the
// keys of an image, the spread of its execution times.
func derive(seed, purpose string, n int) []byte {
	b, err := hkdf.Key(sha256.New, []byte(seed), nil, "atecc sim: "+purpose, n)
	if err != nil {
		panic(err) // more than 255 hashes were asked for, which is a bug
	}
	return b
}

// deriveScalar is the private key that the seed gives to a slot. Nearly every
// number of 32 bytes is one; those that are not are passed over, since reducing
// them would favour some keys.
func deriveScalar(seed string, slot int) []byte {
	for try := 0; ; try++ {
		d := derive(seed, fmt.Sprintf("private key %d/%d", slot, try), scalarSize)
		if isScalar(d) {
			return d
		}
	}
}

// newEntropy is the chip's source of random numbers once its configuration
// zone is locked. Signatures never draw from it: a nonce that follows from a
// known seed gives the private key away.
func newEntropy(seeded bool, seed string) io.Reader {
	if !seeded {
		return rand.Reader
	}
	return mathrand.NewChaCha8([32]byte(derive(seed, "random numbers", 32)))
}

// random is what the random number generator yields. Until the configuration
// zone is locked that is a fixed pattern, so that testers can tell and nobody
// takes it for random.
func (c *Chip) random() ([32]byte, error) {
	var b [32]byte
	if !c.mem.config.ConfigLocked() {
		for i := range b {
			if i%4 < 2 {
				b[i] = 0xFF
			}
		}
		return b, nil
	}
	_, err := io.ReadFull(c.entropy, b[:])
	return b, err
}

// newScalar draws a private key from the same source as all random numbers, so
// that a seeded chip creates the same keys every time. The standard library
// would ignore a source of ours.
func (c *Chip) newScalar() ([]byte, error) {
	for {
		d, err := c.random()
		if err != nil {
			return nil, err
		}
		if isScalar(d[:]) {
			return d[:], nil
		}
	}
}
