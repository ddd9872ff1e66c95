package sim

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"testing"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// Bits of the SecureBoot word, besides its mode: digest or signature in slot
// 12, public key in slot 13.
const (
	bootSlots    = 0xDC00
	bootLatch    = 0x0008
	bootLatchAlt = 0x0004
	bootRandom   = 0x0010
)

// bootChip is a chip in one configuration of SecureBoot with the key of slot
// 0, as the maker's, in slot 13 as well. The IO protection key is in slot 6.
func bootChip(t *testing.T, word uint16, slots ...slotSetting) *master {
	t.Helper()
	m := custom(t, allLocked, func(z *config.Zone) {
		ioOptions(0, 0)(z)
		z[atBoot], z[atBoot+1] = byte(word), byte(word>>8)
	}, append([]slotSetting{{0, cfgSign, keySign}, {12, cfgSealed, keyData}, {13, cfgSealed, keyPublic}}, slots...)...)
	storePublic(m, 13, m.ok(64, wire.OpGenKey, wire.GenKeyCreate, 0))
	return m
}

// release is a digest of code and the maker's signature.
func release(m *master, first byte) (digest, both []byte) {
	m.t.Helper()
	digest = run(first, 32)
	m.load(wire.NonceFixed, digest)
	return digest, append(bytes.Clone(digest), m.ok(64, wire.OpSign, wire.SignExternal, 0)...)
}

// TestSecureBootChecksWhatTheConfigurationSays runs each mode in each
// configuration with good code, with other code, and after a copy.
func TestSecureBootChecksWhatTheConfigurationSays(t *testing.T) {
	const miss = wire.StatusMiscompare
	tests := []struct {
		config                        uint16
		mode                          byte
		goodCode, otherCode, repeated wire.Status
	}{
		{0, 5, no, no, no},
		{0, 6, no, no, no},
		{0, 7, no, no, no},
		{bootFull, 5, good, miss, good},
		{bootFull, 6, no, no, no},
		{bootFull, 7, no, no, no},
		{bootSignature, 5, no, no, no},
		{bootSignature, 6, miss, miss, good},
		{bootSignature, 7, good, miss, good},
		{bootDigest, 5, no, no, no},
		{bootDigest, 6, miss, miss, good},
		{bootDigest, 7, good, miss, good},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("configuration %d mode %d", tt.config, tt.mode), func(t *testing.T) {
			m := bootChip(t, bootSlots|tt.config)
			digest, both := release(m, 0x80)
			forged := append(run(0x40, 32), both[32:]...)
			if tt.mode == wire.SecureBootFullStore {
				both, forged = digest, forged[:32]
			}
			m.want(tt.otherCode, wire.OpSecureBoot, tt.mode, 0, forged...)
			m.want(tt.goodCode, wire.OpSecureBoot, tt.mode, 0, both...)
			if _, signed := release(m, 0x80); tt.config >= bootSignature {
				m.want(good, wire.OpSecureBoot, wire.SecureBootFullCopy, 0, signed...)
			}
			m.want(tt.repeated, wire.OpSecureBoot, tt.mode, 0, both...)
			m.want(tt.otherCode, wire.OpSecureBoot, tt.mode, 0, forged...)
		})
	}
}

func TestCopyKeepsTheDigestOrTheSignature(t *testing.T) {
	for configuration, want := range map[uint16]func(both []byte) []byte{
		bootSignature: func(b []byte) []byte { return b[32:] },
		bootDigest:    func(b []byte) []byte { return b[:32] },
	} {
		m := bootChip(t, bootSlots|configuration)
		_, both := release(m, 0x80)
		before := m.chip.mem
		m.want(wire.StatusMiscompare, wire.OpSecureBoot, 7, 0, append(run(0, 32), both[32:]...)...)
		if m.chip.mem != before {
			t.Errorf("configuration %d: a mismatch was stored", configuration)
		}
		m.want(good, wire.OpSecureBoot, 7, 0, both...)
		w := want(both)
		if got := m.chip.mem.slot(12)[:len(w)]; !bytes.Equal(got, w) {
			t.Errorf("configuration %d: stored %x, want %x", configuration, got, w)
		}
	}
}

// macOnHost is the key and the answer of a SecureBoot with a MAC, by their
// layouts.
func macOnHost(ioKey, nonce, digest, signature []byte, mode byte) (key, mac [32]byte) {
	key = sha256.Sum256(append(bytes.Clone(ioKey), nonce...))
	m := append(append(bytes.Clone(key[:]), digest...), signature...)
	return key, sha256.Sum256(append(m, 0x80, mode, 0, 0))
}

func TestSecureBootAnswersAMACOverAnEncryptedDigest(t *testing.T) {
	tests := []struct {
		name   string
		config uint16
		mode   byte
		signed bool // the MAC covers a signature
	}{
		{"full", bootFull, 0x85, true},
		{"copy of the signature", bootSignature, 0x87, true},
		{"stored signature", bootSignature, 0x86, true},
		{"copy of the digest", bootDigest, 0x87, true},
		{"stored digest", bootDigest, 0x86, false},
		{"stored digest, the last one", bootDigest, 0xC6, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := bootChip(t, bootSlots|tt.config)
			digest, both := release(m, 0x80)
			if tt.config != bootFull {
				m.want(good, wire.OpSecureBoot, 7, 0, both...)
			}
			signature := both[32:]
			if !tt.signed {
				signature = nil
			}
			nonce := run(0x40, 32)
			key, want := macOnHost(m.chip.mem.slot(6)[:32], nonce, digest, signature, tt.mode)
			data := bytes.Clone(both)
			for i := range key {
				data[i] ^= key[i]
			}
			if tt.mode&7 == wire.SecureBootFullStore {
				data = data[:32]
			}
			m.want(no, wire.OpSecureBoot, tt.mode, 0, data...) // no nonce
			m.load(wire.NonceFixed, nonce)
			plain := append(bytes.Clone(digest), data[32:]...)
			m.want(wire.StatusMiscompare, wire.OpSecureBoot, tt.mode, 0, plain...)
			m.wantState("00000000") // the nonce is spent
			m.load(wire.NonceFixed, nonce)
			if got := m.ok(32, wire.OpSecureBoot, tt.mode, 0, data...); !bytes.Equal(got, want[:]) {
				t.Errorf("MAC %x, want %x", got, want)
			}
			m.wantState("00000000")
		})
	}
}

func TestSecureBootWithAMACWantsKeyAndNonce(t *testing.T) {
	m := bootChip(t, bootSlots|bootFull)
	_, both := release(m, 0x80)
	m.ok(64, wire.OpGenKey, wire.GenKeyCreate, wire.KeyIDTempKey)
	m.want(no, wire.OpSecureBoot, 0x85, 0, both...) // a private key is no nonce
	m = bootChip(t, bootSlots|bootRandom|bootFull)
	m.load(wire.NonceFixed, run(0, 32))
	m.want(no, wire.OpSecureBoot, 0x85, 0, both...)
	m.ok(32, wire.OpNonce, wire.NonceRandom, 0, run(0, 20)...)
	m.want(wire.StatusMiscompare, wire.OpSecureBoot, 0x85, 0, both...)
	m.chip.mem.config[atOptions] = 0 // no IO protection
	m.ok(32, wire.OpNonce, wire.NonceRandom, 0, run(0, 20)...)
	m.want(no, wire.OpSecureBoot, 0x85, 0, both...)
	m.wantState("00000000")
}

func TestSecureBootWithoutAMACLeavesTempKeyAlone(t *testing.T) {
	m := bootChip(t, bootSlots|bootFull)
	_, both := release(m, 0x80)
	m.load(wire.NonceFixed, run(0, 32))
	m.want(good, wire.OpSecureBoot, 5, 0, both...)
	m.want(wire.StatusMiscompare, wire.OpSecureBoot, 5, 0, make([]byte, 96)...)
	m.wantState("10800000")
}

func TestSuccessSetsTheLatchWhereTheConfigurationSaysSo(t *testing.T) {
	for bits, want := range map[uint16]byte{0: 0, bootLatch: 1, bootLatchAlt: 1} {
		m := bootChip(t, bootSlots|bits|bootFull)
		_, both := release(m, 0x80)
		latch := func() byte { return m.ok(4, wire.OpInfo, wire.InfoLatch, wire.InfoLatchRead)[0] }
		m.want(wire.StatusMiscompare, wire.OpSecureBoot, 5, 0, make([]byte, 96)...)
		if got := latch(); got != 0 {
			t.Errorf("bits %02x: latch %d after a mismatch", bits, got)
		}
		m.want(good, wire.OpSecureBoot, 5, 0, both...)
		m.word(wire.WordSleep)
		m.wake()
		if got := latch(); got != want {
			t.Errorf("bits %02x: latch %d, want %d", bits, got, want)
		}
	}
}

func TestASetLatchIsNotClearedByABoot(t *testing.T) {
	m := bootChip(t, bootSlots|bootFull)
	_, both := release(m, 0x80)
	m.chip.latch = true
	m.want(good, wire.OpSecureBoot, 5, 0, both...)
	if !m.chip.latch {
		t.Error("the latch is gone")
	}
}

func TestLastSecureBootIsTheLastUntilPowerIsLost(t *testing.T) {
	path := statePath(t)
	z := blank(t, allLocked, slotSetting{0, cfgSign, keySign}, slotSetting{13, cfgSealed, keyPublic})
	copy(z[atBoot:], []byte{bootFull, 0xDC})
	o := Options{Config: (*[128]byte)(z)}
	m := open(t, path, o)
	storePublic(m, 13, m.ok(64, wire.OpGenKey, wire.GenKeyCreate, 0))
	m.ok(4, wire.OpCounter, wire.CounterIncrement, 0) // saves the public key too
	_, both := release(m, 0x80)
	m.want(wire.StatusMiscompare, wire.OpSecureBoot, 0x45, 0, make([]byte, 96)...)
	m.want(good, wire.OpSecureBoot, 0x05, 0, both...) // a mismatch does not end it
	m.want(good, wire.OpSecureBoot, 0x45, 0, both...)
	m.want(no, wire.OpSecureBoot, 0x05, 0, both...)
	m.word(wire.WordSleep)
	m.wake()
	m.want(no, wire.OpSecureBoot, 0x05, 0, both...)
	m.close()
	m = open(t, path, Options{})
	m.want(good, wire.OpSecureBoot, 0x05, 0, both...)
}

func TestSecureBootFollowsTheRulesOfItsSlots(t *testing.T) {
	tests := []struct {
		name string
		slot slotSetting
		want wire.Status
	}{
		{"as it should be", slotSetting{12, cfgSealed, keyData}, good},
		{"private slot for the digest", slotSetting{12, cfgSign, keySign}, no},
		{"limited key", slotSetting{13, cfgSealed | 0x20, keyPublic}, good},
		{"no public key", slotSetting{13, cfgSealed, keyData}, no},
		{"key that is not validated", slotSetting{13, cfgSealed, keyValid}, no},
		{"key that the latch closes", slotSetting{13, cfgSealed, keyPublic | 0x1000}, no},
		{"key that wants an authorisation", slotSetting{13, cfgSealed, keyPublic | 0x0480}, no},
		{"key that wants a random nonce elsewhere", slotSetting{13, cfgSealed, keyPublic | 0x40}, good},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := bootChip(t, bootSlots|bootDigest, tt.slot)
			_, both := release(m, 0x80)
			m.want(tt.want, wire.OpSecureBoot, 7, 0, both...)
			limited := byte(0)
			if tt.slot.n == 13 && tt.slot.config&0x20 != 0 {
				limited = 1
			}
			m.wantCount(limited)
		})
	}
}

func TestSlotTooSmallForASignatureIsRefused(t *testing.T) {
	m := bootChip(t, 0xD700|bootSignature, slotSetting{7, cfgSealed, keyData})
	digest, both := release(m, 0x80)
	m.want(no, wire.OpSecureBoot, 7, 0, both...)
	m.want(no, wire.OpSecureBoot, 6, 0, digest...)
	m = bootChip(t, 0xD700|bootDigest, slotSetting{7, cfgSealed, keyData}) // as TrustFLEX has it
	digest, both = release(m, 0x80)
	m.want(good, wire.OpSecureBoot, 7, 0, both...)
	m.want(good, wire.OpSecureBoot, 6, 0, digest...)
}

func TestLockedSlotKeepsTheDigestItHas(t *testing.T) {
	m := bootChip(t, bootSlots|bootDigest)
	digest, both := release(m, 0x80)
	m.want(good, wire.OpSecureBoot, 7, 0, both...)
	m.want(good, wire.OpLock, wire.LockSlot|12<<2, 0)
	_, newer := release(m, 0x40)
	m.want(no, wire.OpSecureBoot, 7, 0, newer...)
	m.want(good, wire.OpSecureBoot, 6, 0, digest...)
}

func TestSecureBootWaitsForTheConfigurationLock(t *testing.T) {
	for state, want := range []wire.Status{no, wire.StatusMiscompare, wire.StatusMiscompare} {
		m := custom(t, state, func(z *config.Zone) { copy(z[atBoot:], []byte{bootFull, 0xDC}) }, slotSetting{13, cfgSealed, keyPublic})
		storePublic(m, 13, publicOfHost(t))
		m.want(want, wire.OpSecureBoot, 5, 0, make([]byte, 96)...)
	}
}
