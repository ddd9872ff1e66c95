package sim

import "atecc/internal/atca/wire"

// tempKey is the register that most commands take their input from, with the
// flags that say where its content came from (docs/chip.md, "Volatile state").
// The zero value is the cleared register.
type tempKey struct {
	value   [64]byte
	valid   bool
	upper   bool // the second half is valid as well
	fixed   bool // SourceFlag: a fixed value, not one from the RNG
	genDig  bool
	genKey  bool
	noMac   bool
	keyID   byte
	private bool // holds an ephemeral private key, of use to ECDH alone
}

// usable says whether commands other than ECDH may take their input from it.
func (t tempKey) usable() bool { return t.valid && !t.private }

// madeOf says whether it is a session key: what GenDig made of a slot's key.
func (t tempKey) madeOf(slot int) bool { return t.genDig && int(t.keyID) == slot }

// from says whether it is there, and from the source that the host takes it to
// be from: commands that make or check a MAC say so in a bit of their mode.
func (t tempKey) from(mode byte) bool {
	return t.usable() && t.fixed == (mode&wire.MACFixed != 0)
}

// low is the half that commands take as input.
func (t tempKey) low() [32]byte { return [32]byte(t.value[:32]) }

// content is what is there: nothing, one half, or both.
func (t tempKey) content() []byte {
	switch {
	case !t.usable():
		return nil
	case t.upper:
		return t.value[:]
	}
	return t.value[:32]
}

// flags is the byte in which Info and an internal signature report the flags.
func (t tempKey) flags() byte {
	b := t.keyID & 0x0F
	for _, f := range []struct {
		set bool
		bit byte
	}{{t.noMac, 0x80}, {t.genKey, 0x40}, {t.genDig, 0x20}, {t.fixed, 0x10}} {
		if f.set {
			b |= f.bit
		}
	}
	return b
}

// digestTempKey is the register after a command that leaves a digest or other
// value in its first half.
func digestTempKey(v [32]byte, fixed bool) tempKey {
	t := tempKey{valid: true, fixed: fixed}
	copy(t.value[:], v[:])
	return t
}

// digestBuffer is the 608's message digest buffer; n of its bytes are valid.
type digestBuffer struct {
	value [64]byte
	n     int
}

// low is the first half, the digest to be signed or verified.
func (d digestBuffer) low() [32]byte { return [32]byte(d.value[:32]) }

// volatile is what the chip forgets when it sleeps and keeps in idle.
type volatile struct {
	tempKey tempKey
	digest  digestBuffer
	altKey  *[32]byte // alternate key buffer, nil while empty
	sha     shaContext
	auth    *int // slot whose key has authorised the host, nil for none
	failed  byte // self tests that failed, in the bits of SelfTest
}

// source is a register that a message digest is taken from: TempKey, or on the
// 608 the message digest buffer.
type source byte

// Sources of a message, in the bit of Sign and Verify that selects them.
const (
	fromTempKey source = 0
	fromDigest  source = wire.SignMsgDigBuf
)

// message reads a source. It is not there when the register is empty.
func (v *volatile) message(s source) (m [32]byte, ok bool) {
	if s == fromDigest {
		return v.digest.low(), v.digest.n >= 32
	}
	return v.tempKey.low(), v.tempKey.usable()
}

// consume clears a source: what was signed or verified once is gone, whatever
// came of it. The public sources leave open what a failed command does; a
// driver that is content with a cleared register is content with a kept one.
func (v *volatile) consume(s source) {
	if s == fromDigest {
		v.digest = digestBuffer{}
		return
	}
	v.tempKey = tempKey{}
}

// setLow replaces the first half and keeps the flags, but the one that says
// that a second half is there.
func (t *tempKey) setLow(v [32]byte) {
	copy(t.value[:], v[:])
	t.upper = false
}
