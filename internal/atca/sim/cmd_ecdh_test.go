package sim

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"fmt"
	"testing"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// hostKey is a key pair of the host, and its public half as commands carry it.
func hostKey(t *testing.T) (*ecdh.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key, key.PublicKey().Bytes()[1:]
}

func publicOfHost(t *testing.T) []byte {
	t.Helper()
	_, public := hostKey(t)
	return public
}

// agreed is the secret as the host computes it from the chip's public key.
func agreed(t *testing.T, host *ecdh.PrivateKey, chip []byte) []byte {
	t.Helper()
	key, err := ecdh.P256().NewPublicKey(append([]byte{4}, chip...))
	if err != nil {
		t.Fatal(err)
	}
	secret, err := host.ECDH(key)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// exchanger is a chip with private keys in slots 0 and 2, whose secrets may go
// out, and in slot 4, whose secrets go to slot 5; with the IO protection key
// in slot 6 and the given EcdhProt.
func exchanger(t *testing.T, protection int) *master {
	t.Helper()
	m := custom(t, allLocked, ioOptions(protection, 0),
		slotSetting{0, cfgECDH, keySign}, slotSetting{2, cfgECDH, keySign}, slotSetting{4, cfgECDHIn, keySign},
		slotSetting{5, cfgSealed, keyData}, slotSetting{9, cfgSealed, keyDataKDF})
	for _, n := range []int{0, 2, 4} {
		m.chip.mem.storePrivate(n, deriveScalar("ecdh", n))
	}
	return m
}

// found looks for the secret in the answer and in all places that can hold
// one, and names where it is.
func (m *master) found(answer, secret []byte) string {
	v := &m.chip.state
	switch {
	case bytes.Equal(answer, secret):
		return "clear"
	case len(answer) == 64 && bytes.Equal(m.decrypted(answer), secret):
		return "encrypted"
	case !bytes.Equal(answer, []byte{0}):
		return fmt.Sprintf("status %02x", answer[0])
	case v.tempKey.usable() && bytes.Equal(v.tempKey.value[:32], secret):
		return "TempKey"
	}
	for n := range wire.Slots {
		if bytes.HasPrefix(m.chip.mem.slot(n), secret) {
			return fmt.Sprintf("slot %d", n)
		}
	}
	return "nowhere"
}

// TestECDHPutsTheSecretWhereModeAndConfigurationSay has a row for each mode
// and a column for each value of EcdhProt.
func TestECDHPutsTheSecretWhereModeAndConfigurationSay(t *testing.T) {
	const refused, sealed = "status 0f", "encrypted"
	tests := []struct {
		mode byte
		slot uint16
		want [4]string
	}{
		{0x00, 0, [4]string{"clear", sealed, refused, refused}},
		{0x00, 4, [4]string{"slot 5", "slot 5", "slot 5", refused}},
		{0x02, 0, [4]string{sealed, sealed, refused, refused}},
		{0x04, 4, [4]string{"slot 5", "slot 5", "slot 5", refused}},
		{0x04, 0, [4]string{refused, refused, refused, refused}},
		{0x08, 0, [4]string{"TempKey", "TempKey", "TempKey", refused}},
		{0x08, 4, [4]string{"TempKey", "TempKey", "TempKey", refused}},
		{0x0C, 0, [4]string{"clear", sealed, refused, refused}},
		{0x0C, 4, [4]string{refused, refused, refused, refused}},
		{0x0E, 0, [4]string{sealed, sealed, refused, refused}},
		{0x0E, 4, [4]string{refused, refused, refused, refused}},
		{0x01, 0, [4]string{"clear", sealed, refused, refused}},
		{0x03, 0, [4]string{sealed, sealed, refused, refused}},
		{0x05, 9, [4]string{"slot 9", "slot 9", "slot 9", refused}},
		{0x05, 5, [4]string{refused, refused, refused, refused}},
		{0x05, 0, [4]string{refused, refused, refused, refused}},
		{0x09, 0, [4]string{"TempKey", "TempKey", "TempKey", refused}},
		{0x0D, 0, [4]string{"clear", sealed, refused, refused}},
		{0x0F, 0, [4]string{sealed, sealed, refused, refused}},
		// For an ephemeral key the slot of the command does not matter.
		{0x0D, 4, [4]string{"clear", sealed, refused, refused}},
	}
	for _, tt := range tests {
		for protection, want := range tt.want {
			t.Run(fmt.Sprintf("mode %02x slot %d protection %d", tt.mode, tt.slot, protection), func(t *testing.T) {
				m := exchanger(t, protection)
				host, public := hostKey(t)
				var chip []byte
				if tt.mode&wire.ECDHFromTempKey != 0 {
					chip = m.ok(64, wire.OpGenKey, wire.GenKeyCreate, wire.KeyIDTempKey)
				} else {
					chip = m.ok(64, wire.OpGenKey, wire.GenKeyPublic, tt.slot)
				}
				answer := m.do(wire.OpECDH, tt.mode, tt.slot, public...)
				if got := m.found(answer, agreed(t, host, chip)); got != want {
					t.Errorf("secret: %s, want %s", got, want)
				}
			})
		}
	}
}

func TestEphemeralKeyIsGoodForOneExchange(t *testing.T) {
	for _, mode := range []byte{0x01, 0x05, 0x09, 0x0D, 0x0F} {
		m := exchanger(t, protectClear)
		m.want(no, wire.OpECDH, mode, 9, publicOfHost(t)...) // nothing there
		m.load(wire.NonceFixed, run(0x40, 32))
		m.want(no, wire.OpECDH, mode, 9, publicOfHost(t)...) // no private key
		m.ok(64, wire.OpGenKey, wire.GenKeyCreate, wire.KeyIDTempKey)
		m.ok(64, wire.OpGenKey, wire.GenKeyPublic, 0) // leaves it alone
		if got := m.status(wire.OpECDH, mode, 9, publicOfHost(t)...); got != good {
			t.Errorf("mode %02x: %02x", mode, byte(got))
		}
		m.want(no, wire.OpECDH, mode, 9, publicOfHost(t)...)
	}
}

func TestRefusedExchangeSpendsTheEphemeralKeyToo(t *testing.T) {
	m := exchanger(t, protectInside)
	m.ok(64, wire.OpGenKey, wire.GenKeyCreate, wire.KeyIDTempKey)
	m.want(no, wire.OpECDH, 0x0D, 0, publicOfHost(t)...)
	m.wantState("00000000")
}

func TestSecretInTempKeyHasNoFlags(t *testing.T) {
	m := exchanger(t, protectClear)
	m.load(wire.NonceFixed|wire.Nonce64, run(0x40, 64))
	m.ok(64, wire.OpGenKey, wire.GenKeyDigest, 2)
	m.want(good, wire.OpECDH, 0x08, 0, publicOfHost(t)...)
	m.wantState("00800000")
	m.ok(16, wire.OpAES, 0x40, wire.KeyIDTempKey, run(0, 16)...)
	m.want(no, wire.OpAES, 0x80, wire.KeyIDTempKey, run(0, 16)...) // 32 bytes are there
}

func TestExchangeWithASlotLeavesTempKeyAlone(t *testing.T) {
	m := exchanger(t, protectClear)
	m.load(wire.NonceFixed, run(0x40, 32))
	m.ok(32, wire.OpECDH, 0x0C, 0, publicOfHost(t)...)
	m.want(good, wire.OpECDH, 0x04, 4, publicOfHost(t)...)
	m.wantState("10800000")
	if got := m.chip.state.tempKey.low(); got != [32]byte(run(0x40, 32)) {
		t.Errorf("TempKey %x", got)
	}
}

func TestEncryptedSecretsNeedAnIOProtectionKey(t *testing.T) {
	m := custom(t, allLocked, options(0x6000), slotSetting{0, cfgECDH, keySign})
	m.chip.mem.storePrivate(0, deriveScalar("", 0))
	m.load(wire.NonceFixed, run(0, 32))
	m.want(no, wire.OpECDH, 0x0E, 0, publicOfHost(t)...)
	m.want(no, wire.OpKDF, 0x54, 0, append([]byte{2, 0, 0, 16}, run(0, 16)...)...)
	m.ok(32, wire.OpECDH, 0x0C, 0, publicOfHost(t)...)
	m = custom(t, allLocked, options(0x6500), slotSetting{0, cfgECDH, keySign}) // must be encrypted, cannot be
	m.chip.mem.storePrivate(0, deriveScalar("", 0))
	m.load(wire.NonceFixed, run(0, 32))
	m.want(no, wire.OpECDH, 0x0C, 0, publicOfHost(t)...)
	m.want(no, wire.OpKDF, 0x50, 0, append([]byte{2, 0, 0, 16}, run(0, 16)...)...)
}

func TestEachEncryptedSecretHasANonceOfItsOwn(t *testing.T) {
	m := exchanger(t, protectClear)
	public := publicOfHost(t)
	a, b := m.ok(64, wire.OpECDH, 0x0E, 0, public...), m.ok(64, wire.OpECDH, 0x0E, 0, public...)
	if bytes.Equal(a, b) || bytes.Equal(a[32:], b[32:]) {
		t.Error("two answers are encrypted alike")
	}
	if !bytes.Equal(m.decrypted(a), m.decrypted(b)) {
		t.Error("two answers hold different secrets")
	}
}

func TestECDHFollowsTheSlotsPolicy(t *testing.T) {
	tests := []struct {
		name        string
		config, key uint16
		auth        int
		want        wire.Status
		count       byte
	}{
		{"open", cfgECDH, keySign, -1, good, 0},
		{"ECDH alone", 0x0084, keySign, -1, good, 0},
		{"ECDH forbidden", cfgSign, keySign, -1, no, 0},
		{"not secret", 0x2007, keySign, -1, no, 0},
		{"data", cfgECDH, keyData, -1, no, 0},
		{"private key of another type", cfgECDH, 0x003F, -1, no, 0},
		{"public key", cfgECDH, keyPublic, -1, no, 0},
		{"ReqRandom does not matter", cfgECDH, keySign | 0x40, -1, good, 0},
		{"public key hidden", cfgECDH, 0x0031, -1, good, 0},
		{"disabled by the latch", cfgECDH, keySign | 0x1000, -1, no, 0},
		{"not authorised", cfgECDH, keySign | 0x0580, -1, no, 0},
		{"authorised by another key", cfgECDH, keySign | 0x0580, 4, no, 0},
		{"authorised", cfgECDH, keySign | 0x0580, 5, good, 0},
		{"limited", cfgECDH | 0x20, keySign, -1, good, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := withSlots(t, allLocked, slotSetting{0, tt.config, tt.key})
			m.chip.mem.storePrivate(0, deriveScalar("", 0))
			if tt.auth >= 0 {
				m.authorised(tt.auth)
			}
			if got := m.status(wire.OpECDH, 0, 0, publicOfHost(t)...); got != tt.want {
				t.Errorf("status %02x, want %02x", byte(got), byte(tt.want))
			}
			m.wantCount(tt.count)
			if tt.key&0x80 != 0 && m.chip.state.auth != nil {
				t.Error("the authorisation is not spent")
			}
		})
	}
}

func TestECDHWantsAKey(t *testing.T) {
	m := withSlots(t, allLocked, slotSetting{0, cfgECDH, keySign})
	m.chip.mem = erased(m.chip.mem.config)
	m.want(no, wire.OpECDH, 0, 0, publicOfHost(t)...)
}

func TestPointOffTheCurveIsAFault(t *testing.T) {
	m := exchanger(t, protectClear)
	m.want(wire.StatusECCFault, wire.OpECDH, 0, 0, make([]byte, 64)...)
	off := publicOfHost(t)
	off[63] ^= 1
	m.want(wire.StatusECCFault, wire.OpECDH, 0x0C, 0, off...)
	m.want(wire.StatusECCFault, wire.OpECDH, 0x04, 4, off...)
	if got := m.chip.mem.slot(5)[:4]; bytes.Equal(got, make([]byte, 4)) {
		t.Error("a fault left zeros in the target")
	}
}

// TestSlotForTheSecretFollowsItsOwnRules: ReadKey of the key speaks for the
// next slot; an ephemeral key needs a slot that KDF may write.
func TestSlotForTheSecretFollowsItsOwnRules(t *testing.T) {
	tests := []struct {
		name       string
		key        uint16
		locked     bool
		next, temp wire.Status
	}{
		{"data", keyData, false, good, no},
		{"data that KDF may write", keyDataKDF, false, good, good},
		{"AES key that KDF may write", keyAESKDF, false, good, good},
		{"the latch does not matter", keyDataKDF | 0x1000, false, good, good},
		{"locked", keyDataKDF, true, no, no},
		{"private", keySign, false, no, no},
		{"public key", keyPublic, false, no, no},
		{"validated public key", keyValid, false, no, no},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			edit := func(z *config.Zone) {
				if tt.locked {
					z[atSlotLocked] &^= 1 << 5
				}
			}
			m := custom(t, allLocked, edit, slotSetting{4, cfgECDHIn, keySign}, slotSetting{5, cfgSealed, tt.key})
			m.chip.mem.storePrivate(4, deriveScalar("", 4))
			for _, mode := range []byte{0x00, 0x04} {
				if got := m.status(wire.OpECDH, mode, 4, publicOfHost(t)...); got != tt.next {
					t.Errorf("next slot, mode %02x: %02x, want %02x", mode, byte(got), byte(tt.next))
				}
			}
			m.ok(64, wire.OpGenKey, wire.GenKeyCreate, wire.KeyIDTempKey)
			if got := m.status(wire.OpECDH, 0x05, 5, publicOfHost(t)...); got != tt.temp {
				t.Errorf("slot of the command: %02x, want %02x", byte(got), byte(tt.temp))
			}
		})
	}
}

func TestOddSlotHasNoNextOne(t *testing.T) {
	m := withSlots(t, allLocked, slotSetting{5, cfgECDHIn, keySign}, slotSetting{6, cfgSealed, keyDataKDF})
	m.chip.mem.storePrivate(5, deriveScalar("", 5))
	before := m.chip.mem
	m.want(no, wire.OpECDH, 0, 5, publicOfHost(t)...)
	m.want(no, wire.OpECDH, 4, 5, publicOfHost(t)...)
	if m.chip.mem != before {
		t.Error("a refused ECDH wrote something")
	}
}

func TestECDHOfThe508AHasOneMode(t *testing.T) {
	im, ok := config.LookupImage("factory-508A")
	if !ok {
		t.Fatal("no 508A")
	}
	z := im.Zone // slot 1 lets the secret out, slot 2 keeps it in slot 3
	z[lockConfigOffset], z[lockValueOffset] = 0, 0
	m := newMaster(t, Options{Config: (*[128]byte)(&z)})
	m.chip.mem.storePrivate(1, deriveScalar("", 1))
	m.chip.mem.storePrivate(2, deriveScalar("", 2))
	host, public := hostKey(t)
	for _, tt := range []struct {
		slot uint16
		want string
	}{{1, "clear"}, {2, "slot 3"}} {
		chip := m.ok(64, wire.OpGenKey, wire.GenKeyPublic, tt.slot)
		if got := m.found(m.do(wire.OpECDH, 0, tt.slot, public...), agreed(t, host, chip)); got != tt.want {
			t.Errorf("slot %d: %s, want %s", tt.slot, got, tt.want)
		}
	}
	for mode := byte(1); mode < 0x10; mode++ {
		m.want(bad, wire.OpECDH, mode, 1, public...)
	}
	m.load(wire.NonceFixed, run(0, 32))
	m.ok(32, wire.OpECDH, 0, 1, public...)
	m.wantState("00000000") // like nearly everything on that part
}
