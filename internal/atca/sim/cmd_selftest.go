package sim

import (
	"bytes"
	"crypto/aes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"

	"atecc/internal/atca/wire"
)

// legalSelfTest: six bits are tests, known or not.
func legalSelfTest(_ wire.Part, c wire.Command) bool {
	return c.P1&^wire.SelfTestMask == 0 && c.P2 == 0 && len(c.Data) == 0
}

// cmdSelfTest runs the tests asked for and answers the map of all that have
// failed since the chip woke; without a test it only answers the map. The one
// byte is data: 0 says that all is well.
func (c *Chip) cmdSelfTest(cmd wire.Command) ([]byte, error) {
	c.state.failed = c.state.failed&^cmd.P1 | c.selfTest(cmd.P1)
	return []byte{c.state.failed}, nil
}

// selfTests are the tests by their bit. Sources differ on which of two bits
// means ECDSA, so either runs it.
var selfTests = []struct {
	bits byte
	ok   func(*Chip) bool
}{
	{wire.SelfTestRNG, (*Chip).testRNG},
	{wire.SelfTestECDSA | wire.SelfTestSign, (*Chip).testECDSA},
	{wire.SelfTestECDH, (*Chip).testECDH},
	{wire.SelfTestAES, (*Chip).testAES},
	{wire.SelfTestSHA, (*Chip).testSHA},
}

// selfTest returns which of the selected tests fail.
func (c *Chip) selfTest(selected byte) (failed byte) {
	for _, t := range selfTests {
		if selected&t.bits != 0 && !t.ok(c) {
			failed |= selected & t.bits
		}
	}
	return failed
}

// testRNG: numbers must differ, once they are to be random.
func (c *Chip) testRNG() bool {
	a, errA := c.random()
	b, errB := c.random()
	return errA == nil && errB == nil && (a != b || !c.mem.config.ConfigLocked())
}

// testECDSA and testECDH use keys of their own, as the chip's may be missing.
func (c *Chip) testECDSA() bool {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return false
	}
	digest := sha256.Sum256(nil)
	rs, err := signature(key, digest)
	return err == nil && verifies(&key.PublicKey, digest, rs)
}

func (c *Chip) testECDH() bool {
	a, errA := ecdh.P256().GenerateKey(rand.Reader)
	b, errB := ecdh.P256().GenerateKey(rand.Reader)
	if errA != nil || errB != nil {
		return false
	}
	ab, errA := a.ECDH(b.PublicKey())
	ba, errB := b.ECDH(a.PublicKey())
	return errA == nil && errB == nil && bytes.Equal(ab, ba)
}

// testAES encrypts zeros with a key of zeros, for which the answer is well
// known.
func (c *Chip) testAES() bool {
	block, err := aes.NewCipher(make([]byte, 16))
	if err != nil {
		return false
	}
	out := make([]byte, aes.BlockSize)
	block.Encrypt(out, out)
	return bytes.HasPrefix(out, []byte{0x66, 0xE9, 0x4B, 0xD4})
}

// testSHA hashes "abc".
func (c *Chip) testSHA() bool {
	sum := sha256.Sum256([]byte("abc"))
	return bytes.HasPrefix(sum[:], []byte{0xBA, 0x78, 0x16, 0xBF})
}
