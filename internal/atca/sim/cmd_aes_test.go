package sim

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"testing"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// aesBlock encrypts one block on the host.
func aesBlock(t *testing.T, key, in []byte) []byte {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]byte, 16)
	block.Encrypt(out, in)
	return out
}

func TestAESMatchesTheVector(t *testing.T) {
	m := newMaster(t, Options{})
	m.load(wire.NonceFixed, make([]byte, 32))
	want := unhex("66e94bd4ef8a2c3b884cfa59ca342b2e")
	if got := m.ok(16, wire.OpAES, wire.AESEncrypt, wire.KeyIDTempKey, make([]byte, 16)...); !bytes.Equal(got, want) {
		t.Errorf("encrypted zeros %x", got)
	}
	if got := m.ok(16, wire.OpAES, wire.AESDecrypt, wire.KeyIDTempKey, want...); !bytes.Equal(got, make([]byte, 16)) {
		t.Errorf("decrypted %x, want zeros", got)
	}
}

func TestAESTakesEachKeyOfASlotOrOfTempKey(t *testing.T) {
	m := withSlots(t, allLocked, slotSetting{3, cfgSealed, keyAES}, slotSetting{9, cfgSealed, keyAES})
	copy(m.chip.mem.slot(3), run(0x10, 36))
	copy(m.chip.mem.slot(9), run(0x60, 72))
	m.load(wire.NonceFixed|wire.Nonce64, run(0xA0, 64))
	plain := run(0x80, 16)
	for _, tt := range []struct {
		key   uint16
		start byte
		keys  byte
	}{{3, 0x10, 2}, {9, 0x60, 4}, {wire.KeyIDTempKey, 0xA0, 4}} {
		for i := range byte(4) {
			mode := i << wire.AESKeyBlockShift
			if i >= tt.keys {
				m.want(no, wire.OpAES, mode, tt.key, plain...)
				continue
			}
			want := aesBlock(t, run(tt.start+16*i, 16), plain)
			if got := m.ok(16, wire.OpAES, mode, tt.key, plain...); !bytes.Equal(got, want) {
				t.Errorf("key %d of %04x: %x, want %x", i, tt.key, got, want)
			}
			if got := m.ok(16, wire.OpAES, mode|wire.AESDecrypt, tt.key, want...); !bytes.Equal(got, plain) {
				t.Errorf("key %d of %04x: decrypted %x", i, tt.key, got)
			}
		}
	}
}

func TestAESWantsTheHalfOfTempKeyThatHoldsTheKey(t *testing.T) {
	m := withSlots(t, allLocked)
	plain := make([]byte, 16)
	m.want(no, wire.OpAES, 0, wire.KeyIDTempKey, plain...) // empty
	m.load(wire.NonceFixed, run(0, 32))
	for mode, want := range map[byte]wire.Status{0x00: good, 0x40: good, 0x80: no, 0xC0: no} {
		if got := m.status(wire.OpAES, mode, wire.KeyIDTempKey, plain...); got != want {
			t.Errorf("mode %02x: %02x, want %02x", mode, byte(got), byte(want))
		}
	}
	m.wantState("10800000") // neither use nor refusal clears it
	m.ok(64, wire.OpGenKey, wire.GenKeyCreate, wire.KeyIDTempKey)
	m.want(no, wire.OpAES, 0, wire.KeyIDTempKey, plain...) // a private key is for ECDH
	if !m.chip.state.tempKey.private {
		t.Error("AES cleared the ephemeral key")
	}
}

func TestPartWithoutAESDoesNotKnowTheCommand(t *testing.T) {
	off := func(z *config.Zone) { z[atAESEnable] &^= 1 }
	m := custom(t, allLocked, off, slotSetting{3, cfgSealed, keyAES})
	m.load(wire.NonceFixed, run(0, 32))
	m.want(bad, wire.OpAES, 0, 3, make([]byte, 16)...)
	m.want(bad, wire.OpAES, 0, wire.KeyIDTempKey, make([]byte, 16)...)
	m.want(bad, wire.OpAES, wire.AESGFM, 0, make([]byte, 32)...)
	m = newMaster(t, Options{Image: "factory-508A"})
	m.want(bad, wire.OpAES, wire.AESGFM, 0, make([]byte, 32)...)
	m.want(bad, wire.OpKDF, 0x50, 0, []byte{6, 0, 0, 0}...)
	m.want(bad, wire.OpSecureBoot, 5, 0, make([]byte, 96)...)
}

func TestMultiplicationMatchesTheVector(t *testing.T) {
	m := newMaster(t, Options{})
	data := unhex("66e94bd4ef8a2c3b884cfa59ca342b2e 0388dace60b6a392f328c2b971b2fe78")
	want := unhex("5e2ec746917062882c85b0685353deb7")
	// There is no key, so what selects one means nothing.
	for _, mode := range []byte{0x03, 0xC3} {
		for _, key := range []uint16{0, 15, wire.KeyIDTempKey} {
			if got := m.ok(16, wire.OpAES, mode, key, data...); !bytes.Equal(got, want) {
				t.Errorf("mode %02x, key %04x: %x", mode, key, got)
			}
		}
	}
}

// TestAESAndMultiplicationMakeGCM seals a message with nothing but the chip and
// compares with the standard library.
func TestAESAndMultiplicationMakeGCM(t *testing.T) {
	m := withSlots(t, allLocked, slotSetting{3, cfgSealed, keyAES})
	key := run(0x30, 16)
	copy(m.chip.mem.slot(3), key)
	iv, plain := run(0xB0, 12), run(0, 64)
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	want := gcm.Seal(nil, iv, plain, nil)

	encrypt := func(b []byte) []byte { return m.ok(16, wire.OpAES, wire.AESEncrypt, 3, b...) }
	h, tag := encrypt(make([]byte, 16)), make([]byte, 16)
	absorb := func(b []byte) {
		for i := range tag {
			tag[i] ^= b[i]
		}
		tag = m.ok(16, wire.OpAES, wire.AESGFM, 0, append(bytes.Clone(h), tag...)...)
	}
	var sealed []byte
	for i := range len(plain) / 16 {
		stream := encrypt(append(bytes.Clone(iv), 0, 0, 0, byte(i+2)))
		for j := range stream {
			stream[j] ^= plain[16*i+j]
		}
		sealed = append(sealed, stream...)
		absorb(stream)
	}
	absorb(append(make([]byte, 14), 0x02, 0x00)) // 512 bits
	for i, b := range encrypt(append(bytes.Clone(iv), 0, 0, 0, 1)) {
		tag[i] ^= b
	}
	if got := append(sealed, tag...); !bytes.Equal(got, want) {
		t.Errorf("sealed %x\nwant   %x", got, want)
	}
}

func TestMultiplicationIsThatOfAField(t *testing.T) {
	one := [16]byte{0x80}
	x, y, z := [16]byte(run(0x11, 16)), [16]byte(run(0xE3, 16)), [16]byte(run(0x5A, 16))
	if multiplyGCM(x, one) != x || multiplyGCM(one, x) != x {
		t.Error("one times x is not x")
	}
	if multiplyGCM(x, [16]byte{}) != [16]byte{} {
		t.Error("zero times x is not zero")
	}
	if multiplyGCM(x, y) != multiplyGCM(y, x) {
		t.Error("the order matters")
	}
	if multiplyGCM(multiplyGCM(x, y), z) != multiplyGCM(x, multiplyGCM(y, z)) {
		t.Error("the grouping matters")
	}
}
