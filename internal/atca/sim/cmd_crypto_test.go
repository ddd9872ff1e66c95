package sim

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"testing"

	"atecc/internal/atca/wire"
)

// verifiesOnHost checks the chip's R and S under its X and Y.
func verifiesOnHost(t *testing.T, xy, digest, rs []byte) bool {
	t.Helper()
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append([]byte{4}, xy...))
	if err != nil {
		t.Fatal(err)
	}
	return ecdsa.Verify(key, digest, new(big.Int).SetBytes(rs[:32]), new(big.Int).SetBytes(rs[32:]))
}

// signer is a chip with a fresh key in slot 0 and its public key.
func signer(t *testing.T, slots ...slotSetting) (*master, []byte) {
	t.Helper()
	m := withSlots(t, allLocked, append([]slotSetting{{0, cfgSign, keySign}}, slots...)...)
	return m, m.ok(64, wire.OpGenKey, wire.GenKeyCreate, 0)
}

// storePublic puts a public key into a slot in its stored form.
func storePublic(m *master, slot int, xy []byte) {
	b := make([]byte, 72)
	copy(b[4:], xy[:32])
	copy(b[40:], xy[32:])
	copy(m.chip.mem.slot(slot), b)
}

func TestPublicKeyIsTheOneOfTheCreatedKey(t *testing.T) {
	m, public := signer(t)
	if got := m.ok(64, wire.OpGenKey, wire.GenKeyPublic, 0); !bytes.Equal(got, public) {
		t.Errorf("public key %x, created %x", got, public)
	}
	if again := m.ok(64, wire.OpGenKey, wire.GenKeyCreate, 0); bytes.Equal(again, public) {
		t.Error("a second key is the same")
	}
}

func TestPublicKeyMatchesTheVector(t *testing.T) {
	m, _ := signer(t)
	m.chip.mem.storePrivate(0, unhex("878F0AB6A526D7111C26E6170810796E7B33007F832B8D64467ED6F870537A19"))
	want := "8f8d182bd819048582a9927ea0c56defb4159548e11ca5f7abac45bbce76815be5c64fcd2fd12698544de037951726666073046119ad5e11a90aa49773aeac86"
	if got := hex.EncodeToString(m.ok(64, wire.OpGenKey, wire.GenKeyPublic, 0)); got != want {
		t.Errorf("public key %s", got)
	}
}

func TestPrivateSlotHoldsTheKeyBehindFourZeros(t *testing.T) {
	m, _ := signer(t)
	if got := m.chip.mem.slot(0)[:4]; !bytes.Equal(got, make([]byte, 4)) {
		t.Errorf("padding %x", got)
	}
}

func TestGenKeyFollowsTheSlotsPolicy(t *testing.T) {
	tests := []struct {
		name        string
		config, key uint16
		public      wire.Status
		create      wire.Status
	}{
		{"open", cfgSign, keySign, good, good},
		{"public key hidden", cfgSign, 0x0031, no, good},
		{"key fixed", 0x0083, keySign, good, no},
		{"not secret", 0x2003, keySign, no, no},
		{"not a curve key", cfgSign, 0x003F, no, no},
		{"disabled by the latch", cfgSign, 0x1033, no, good},
		{"not authorised", cfgSign, 0x05B3, no, no},
		{"random nonce asked for", cfgSign, 0x0073, good, good},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := withSlots(t, allLocked, slotSetting{0, tt.config, tt.key})
			m.chip.mem.storePrivate(0, deriveScalar("x", 0))
			if got := m.status(wire.OpGenKey, wire.GenKeyPublic, 0); got != tt.public {
				t.Errorf("public key: %02x, want %02x", byte(got), byte(tt.public))
			}
			if got := m.status(wire.OpGenKey, wire.GenKeyCreate, 0); got != tt.create {
				t.Errorf("create: %02x, want %02x", byte(got), byte(tt.create))
			}
		})
	}
}

func TestGenKeyDigestGoesToTempKey(t *testing.T) {
	m, public := signer(t)
	m.load(wire.NonceFixed, run(0x40, 32))
	m.ok(64, wire.OpGenKey, wire.GenKeyDigest, 0)
	m.wantState("50800000") // GenKeyData, fixed source, slot 0
	want := wire.HashGenKey([32]byte(run(0x40, 32)), [3]byte{8, 0, 0}, m.chip.mem.serial(), [64]byte(public))
	if got := m.chip.state.tempKey.low(); got != want {
		t.Errorf("TempKey %x, want %x", got, want)
	}
	created := m.ok(64, wire.OpGenKey, wire.GenKeyCreate|wire.GenKeyDigest, 0)
	want = wire.HashGenKey(want, [3]byte{12, 0, 0}, m.chip.mem.serial(), [64]byte(created))
	if got := m.chip.state.tempKey.low(); got != want {
		t.Errorf("after create: TempKey %x, want %x", got, want)
	}
}

func TestGenKeyDigestMatchesTheVectorOfAStoredKey(t *testing.T) {
	z := blank(t, allLocked, slotSetting{9, cfgOpen, keyPublic})
	copy(z[:4], unhex("01234567"))
	copy(z[8:13], unhex("89ABCDEFEE"))
	m := newMaster(t, Options{Config: (*[128]byte)(z)})
	xy := make([]byte, 64)
	for i := range xy {
		xy[i] = byte(3 * i)
	}
	storePublic(m, 9, xy)
	m.load(wire.NonceFixed, run(0x40, 32))
	m.want(good, wire.OpGenKey, wire.GenKeyPublicDigest, 9, 0x55, 0x66, 0x77)
	m.wantState("59800000")
	want := "e9389cc4efa28638fb3b0fffcb68f53c6e2fe7678df84f4632c634f211c508d4"
	if got := m.chip.state.tempKey.low(); hex.EncodeToString(got[:]) != want {
		t.Errorf("TempKey %x", got)
	}
}

func TestFailedDigestClearsTempKeyAndCreatesNothing(t *testing.T) {
	m, public := signer(t)
	m.want(no, wire.OpGenKey, wire.GenKeyCreate|wire.GenKeyDigest, 0) // no TempKey
	if got := m.ok(64, wire.OpGenKey, wire.GenKeyPublic, 0); !bytes.Equal(got, public) {
		t.Error("the key was replaced by a command that failed")
	}
	m.load(wire.NonceFixed, run(0, 32))
	m.want(no, wire.OpGenKey, wire.GenKeyPublicDigest, 4, 0, 0, 0) // no public key slot
	m.wantState("00000000")
}

func TestDigestWithReqRandomWantsARandomNonce(t *testing.T) {
	m := withSlots(t, allLocked, slotSetting{0, cfgSign, 0x0073})
	m.load(wire.NonceFixed, run(0, 32))
	m.want(no, wire.OpGenKey, wire.GenKeyDigest, 0)
	m.ok(32, wire.OpNonce, wire.NonceRandom, 0, run(0, 20)...)
	m.ok(64, wire.OpGenKey, wire.GenKeyDigest, 0)
	m.wantState("40800000")
}

func TestDigestOfAStoredKeyFollowsTheKeysPolicy(t *testing.T) {
	m := withSlots(t, allLocked, slotSetting{13, cfgOpen, keyPublic | 0x40}, slotSetting{12, cfgOpen, keyData})
	m.load(wire.NonceFixed, run(0, 32))
	m.want(no, wire.OpGenKey, wire.GenKeyPublicDigest, 13, 0, 0, 0) // ReqRandom
	m.wantState("00000000")
	m.ok(32, wire.OpNonce, wire.NonceRandom, 0, run(0, 20)...)
	m.want(good, wire.OpGenKey, wire.GenKeyPublicDigest, 13, 0, 0, 0)
	m.wantState("4d800000")
	m.want(no, wire.OpGenKey, wire.GenKeyPublicDigest, 12, 0, 0, 0) // no public key
	m.wantState("00000000")
}

func TestEphemeralKeyStaysInTempKeyAndSignsNothing(t *testing.T) {
	m, _ := signer(t)
	m.ok(64, wire.OpGenKey, wire.GenKeyCreate, wire.KeyIDTempKey)
	m.ok(64, wire.OpGenKey, wire.GenKeyPublic, 0)
	if !m.chip.state.tempKey.private {
		t.Error("GenKey of a slot destroyed the key in TempKey")
	}
	m.want(no, wire.OpSign, wire.SignExternal, 0)
	m.ok(64, wire.OpGenKey, wire.GenKeyCreate, wire.KeyIDTempKey, 0, 0, 0)
	m.want(no, wire.OpNonce, wire.NonceRandom, wire.NonceCalculate, run(0, 20)...)
}

func TestSignTakesItsDigestOnceFromEitherSource(t *testing.T) {
	m, public := signer(t)
	digest := run(0x80, 32)
	for _, tt := range []struct {
		name        string
		nonce, sign byte
	}{
		{"TempKey", wire.NonceFixed, wire.SignExternal},
		{"TempKey with serial number", wire.NonceFixed, wire.SignExternal | wire.SignSerial},
		{"message digest buffer", wire.NonceFixed | wire.NonceMsgDigBuf, wire.SignExternal | wire.SignMsgDigBuf},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m.load(tt.nonce, digest)
			first := m.ok(64, wire.OpSign, tt.sign, 0)
			if !verifiesOnHost(t, public, digest, first) {
				t.Error("the signature does not verify")
			}
			m.want(no, wire.OpSign, tt.sign, 0)
			m.load(tt.nonce, digest)
			if second := m.ok(64, wire.OpSign, tt.sign, 0); bytes.Equal(first, second) {
				t.Error("two signatures are the same")
			}
		})
	}
}

func TestSignaturesDifferAlsoWithSeededRandom(t *testing.T) {
	var sigs [2][]byte
	for i := range sigs {
		m := newMaster(t, Options{Image: "jwt", SeededRandom: true})
		m.load(wire.NonceFixed, run(0, 32))
		sigs[i] = m.ok(64, wire.OpSign, wire.SignExternal, 0)
	}
	if bytes.Equal(sigs[0], sigs[1]) {
		t.Error("the signature's nonce follows from the seed")
	}
}

func TestSignFollowsTheSlotsPolicy(t *testing.T) {
	tests := []struct {
		name        string
		config, key uint16
		want        wire.Status
	}{
		{"open", cfgSign, keySign, good},
		{"ReqRandom does not matter", cfgSign, 0x0073, good},
		{"external signatures forbidden", 0x2082, keySign, no},
		{"not secret", 0x2003, keySign, no},
		{"disabled by the latch", cfgSign, 0x1033, no},
		{"not authorised", cfgSign, 0x05B3, no},
		{"limited", cfgSign | 0x20, keySign, good},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := withSlots(t, allLocked, slotSetting{0, tt.config, tt.key})
			m.load(wire.NonceFixed, run(0, 32))
			if got := m.status(wire.OpSign, wire.SignExternal, 0); got != tt.want {
				t.Errorf("status %02x, want %02x", byte(got), byte(tt.want))
			}
			m.wantState("00000000") // used up either way
		})
	}
}

func TestInternalSignatureCoversTheStateOfTheKey(t *testing.T) {
	for _, mode := range []byte{0x00, 0x40, 0x01, 0x41, 0x20, 0x60} {
		m, public := signer(t)
		m.want(no, wire.OpSign, mode, 0) // no TempKey
		m.load(wire.NonceFixed, run(0x40, 32))
		m.want(no, wire.OpSign, mode, 0) // nothing about a key in it
		m.load(wire.NonceFixed, run(0x40, 32))
		m.ok(64, wire.OpGenKey, wire.GenKeyDigest, 0)

		z, sn := m.chip.mem.config, m.chip.mem.serial()
		s := wire.SlotState{SignMode: mode, SlotConfig: [2]byte(z[20:]), KeyConfig: [2]byte(z[96:]), TempKeyFlags: 0x50, SlotUnlocked: true}
		if mode&wire.SignSerial != 0 {
			s.Serial47, s.Serial23 = [4]byte(sn[4:8]), [2]byte(sn[2:4])
		}
		digest := sha256.Sum256(wire.InternalMessage(m.chip.state.tempKey.low(), s.OtherData(), sn))
		if rs := m.ok(64, wire.OpSign, mode, 0); !verifiesOnHost(t, public, digest[:], rs) {
			t.Errorf("mode %02x: the signature does not verify", mode)
		}
	}
}

func TestInternalSignatureMatchesTheVectorsDigest(t *testing.T) {
	z := blank(t, allLocked, slotSetting{1, cfgSign, keySign}, slotSetting{2, 0x2087, keySign})
	copy(z[:4], unhex("01234567"))
	copy(z[8:13], unhex("89ABCDEFEE"))
	m := newMaster(t, Options{Config: (*[128]byte)(z)})
	public := m.ok(64, wire.OpGenKey, wire.GenKeyPublic, 1)
	tk := digestTempKey([32]byte(run(0x40, 32)), false)
	tk.genKey, tk.keyID = true, 2
	m.chip.state.tempKey = tk
	digest := unhex("faef277861113dc586c504dc63b565c1c63d1ace0051800157c7fef409172607")
	if rs := m.ok(64, wire.OpSign, 0x40, 1); !verifiesOnHost(t, public, digest, rs) {
		t.Error("the signature is not over the vector's digest")
	}
}

func TestInternalSignatureWaitsForTheDataLock(t *testing.T) {
	m := withSlots(t, dataUnlocked, slotSetting{0, cfgSign, keySign})
	m.ok(64, wire.OpGenKey, wire.GenKeyCreate, 0)
	m.load(wire.NonceFixed, run(0, 32))
	m.ok(64, wire.OpGenKey, wire.GenKeyDigest, 0)
	m.want(no, wire.OpSign, wire.SignInternal, 0)
}

func TestExternalVerifyAcceptsGoodSignaturesOnly(t *testing.T) {
	m, public := signer(t)
	digest := run(0x80, 32)
	m.load(wire.NonceFixed, digest)
	rs := m.ok(64, wire.OpSign, wire.SignExternal, 0)
	data := append(bytes.Clone(rs), public...)
	for _, source := range []byte{0, wire.VerifyMsgDigBuf} {
		nonce, mode := wire.NonceFixed|source<<1, wire.VerifyExternal|source
		m.want(no, wire.OpVerify, mode, wire.KeyIDP256, data...)
		m.load(nonce, digest)
		m.want(good, wire.OpVerify, mode, wire.KeyIDP256, data...)
		m.want(no, wire.OpVerify, mode, wire.KeyIDP256, data...) // used up
		m.load(nonce, run(0, 32))
		m.want(wire.StatusMiscompare, wire.OpVerify, mode, wire.KeyIDP256, data...)
		m.load(nonce, digest)
		m.want(wire.StatusMiscompare, wire.OpVerify, mode, wire.KeyIDP256, append(make([]byte, 64), public...)...)
		m.load(nonce, digest)
		m.want(wire.StatusECCFault, wire.OpVerify, mode, wire.KeyIDP256, append(bytes.Clone(rs), make([]byte, 64)...)...)
	}
}

func TestStoredVerifyAuthorisesTheHost(t *testing.T) {
	// Slot 1 signs only after slot 9's key has verified something.
	m, public := signer(t, slotSetting{9, cfgOpen, keyPublic}, slotSetting{1, cfgSign, 0x09B3})
	storePublic(m, 9, public)
	digest := run(0x80, 32)
	m.load(wire.NonceFixed, digest)
	rs := m.ok(64, wire.OpSign, wire.SignExternal, 0)

	m.load(wire.NonceFixed, digest)
	m.want(good, wire.OpVerify, wire.VerifyStored, 9, rs...)
	m.wantState("004c0000") // authorised by slot 9
	m.load(wire.NonceFixed, digest)
	m.ok(64, wire.OpSign, wire.SignExternal, 1)
	m.wantState("00000000") // the authorisation is spent
	m.load(wire.NonceFixed, digest)
	m.want(no, wire.OpSign, wire.SignExternal, 1)

	m.load(wire.NonceFixed, run(0, 32))
	m.want(wire.StatusMiscompare, wire.OpVerify, wire.VerifyStored, 9, rs...)
	m.wantState("00000000")
}

func TestStoredVerifyRefusesWhatIsNoPublicKey(t *testing.T) {
	m, public := signer(t, slotSetting{9, cfgOpen, keyPublic}, slotSetting{10, cfgParent, keyValid}, slotSetting{11, cfgOpen, keyData}, slotSetting{12, cfgOpen, 0x0070})
	for _, slot := range []int{10, 11, 12} {
		storePublic(m, slot, public)
	}
	for name, slot := range map[string]uint16{"empty": 9, "not validated": 10, "data": 11, "private": 0, "too small": 4} {
		m.load(wire.NonceFixed, run(0, 32))
		if got := m.status(wire.OpVerify, wire.VerifyStored, slot, make([]byte, 64)...); got != no {
			t.Errorf("%s: status %02x", name, byte(got))
		}
	}
	// ReqRandom: a random nonce in TempKey and nothing else.
	m.load(wire.NonceFixed, run(0, 32))
	m.want(no, wire.OpVerify, wire.VerifyStored, 12, make([]byte, 64)...)
	m.ok(32, wire.OpNonce, wire.NonceRandom, 0, run(0, 20)...)
	m.load(wire.NonceFixed|wire.NonceMsgDigBuf, run(0, 32))
	m.want(no, wire.OpVerify, wire.VerifyStored|wire.VerifyMsgDigBuf, 12, make([]byte, 64)...)
	m.ok(32, wire.OpNonce, wire.NonceRandom, 0, run(0, 20)...)
	m.want(wire.StatusMiscompare, wire.OpVerify, wire.VerifyStored, 12, make([]byte, 64)...)
}

// validate makes the parent (the key of slot 0, public in slot 13) sign the
// state of the key in slot 14, and has the chip verify that.
func validate(m *master, mode, valid byte) []byte {
	m.t.Helper()
	m.load(wire.NonceFixed, run(0x40, 32))
	m.want(good, wire.OpGenKey, wire.GenKeyPublicDigest, 14, 1, 2, 3)
	var other [19]byte
	other[otherValid] = valid
	digest := sha256.Sum256(wire.InternalMessage(m.chip.state.tempKey.low(), other, m.chip.mem.serial()))
	key, ok := m.chip.privateKey(0)
	if !ok {
		m.t.Fatal("no key in slot 0")
	}
	rs, err := signature(key, digest)
	if err != nil {
		m.t.Fatal(err)
	}
	return m.do(wire.OpVerify, mode, 14, append(rs, other[:]...)...)
}

func TestValidationMakesAStoredKeyUsable(t *testing.T) {
	m, public := signer(t, slotSetting{13, cfgOpen, keyPublic}, slotSetting{14, cfgParent, keyValid})
	storePublic(m, 13, public)
	storePublic(m, 14, public)
	steps := []struct {
		mode, valid byte
		want        wire.Status
		info        byte
	}{
		{wire.VerifyValidate, 1, no, 0}, // says that it was valid already
		{wire.VerifyValidate, 0, good, 1},
		{wire.VerifyInvalidate, 0, no, 1},
		{wire.VerifyInvalidate, 1, good, 0},
	}
	for _, s := range steps {
		if got := validate(m, s.mode, s.valid); !bytes.Equal(got, []byte{byte(s.want)}) {
			t.Errorf("mode %02x, valid %d: answer %x, want %02x", s.mode, s.valid, got, byte(s.want))
		}
		if got := m.ok(4, wire.OpInfo, wire.InfoKeyValid, 14); got[0] != s.info {
			t.Errorf("mode %02x, valid %d: KeyValid %d, want %d", s.mode, s.valid, got[0], s.info)
		}
	}
}

func TestValidationWantsTheDigestOfThatKey(t *testing.T) {
	m, public := signer(t, slotSetting{13, cfgOpen, keyPublic}, slotSetting{14, cfgParent, keyValid})
	storePublic(m, 13, public)
	storePublic(m, 14, public)
	data := make([]byte, 83)
	m.load(wire.NonceFixed, run(0x40, 32))
	m.want(no, wire.OpVerify, wire.VerifyValidate, 14, data...)
	m.load(wire.NonceFixed, run(0x40, 32))
	m.want(good, wire.OpGenKey, wire.GenKeyPublicDigest, 13, 0, 0, 0)
	m.want(no, wire.OpVerify, wire.VerifyValidate, 14, data...)
	m.load(wire.NonceFixed, run(0x40, 32))
	m.want(good, wire.OpGenKey, wire.GenKeyPublicDigest, 14, 0, 0, 0)
	m.want(wire.StatusMiscompare, wire.OpVerify, wire.VerifyValidate, 14, data...)
}

func TestKeyBoundToACertificateIsNotValidatedAlone(t *testing.T) {
	z := blank(t, allLocked, slotSetting{0, cfgSign, keySign}, slotSetting{13, cfgOpen, keyPublic}, slotSetting{14, cfgParent, keyValid | 0x4000})
	z[93] = 0x21 // X509format 1
	m := newMaster(t, Options{Config: (*[128]byte)(z)})
	public := m.ok(64, wire.OpGenKey, wire.GenKeyCreate, 0)
	storePublic(m, 13, public)
	storePublic(m, 14, public)
	if got := validate(m, wire.VerifyValidate, 0); got[0] != byte(no) {
		t.Errorf("answer %x", got)
	}
}

// ioChip is a chip with an IO protection key in slot 6.
func ioChip(t *testing.T) (*master, []byte) {
	t.Helper()
	m := newMaster(t, Options{Image: "jwt"})
	return m, m.ok(64, wire.OpGenKey, wire.GenKeyPublic, 0)
}

func TestVerifyAnswersAMACUnderTheIOProtectionKey(t *testing.T) {
	m, public := ioChip(t)
	digest, nonce := run(0x80, 32), run(0x40, 32)
	m.load(wire.NonceFixed, digest)
	rs := m.ok(64, wire.OpSign, wire.SignExternal, 0)
	data := append(bytes.Clone(rs), public...)
	tests := []struct {
		name string
		mode byte
		load func()
	}{
		{"message in TempKey", 0x82, func() {
			m.load(wire.NonceFixed, digest)
			m.load(wire.NonceFixed|wire.NonceMsgDigBuf, nonce)
		}},
		{"message in the digest buffer", 0xA2, func() {
			m.load(wire.NonceFixed|wire.NonceMsgDigBuf|wire.Nonce64, append(bytes.Clone(digest), nonce...))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.load()
			want := wire.HashVerifyMAC(m.chip.mem.secret(6), [32]byte(digest), [32]byte(nonce), [64]byte(rs), tt.mode, wire.KeyIDP256)
			if got := m.ok(32, wire.OpVerify, tt.mode, wire.KeyIDP256, data...); !bytes.Equal(got, want[:]) {
				t.Errorf("MAC %x, want %x", got, want)
			}
			m.want(no, wire.OpVerify, tt.mode, wire.KeyIDP256, data...) // all used up
			tt.load()
			m.want(wire.StatusMiscompare, wire.OpVerify, tt.mode, wire.KeyIDP256, append(make([]byte, 64), public...)...)
		})
	}
}

func TestVerifyMACWantsKeyAndNonce(t *testing.T) {
	m, public := ioChip(t)
	data := append(make([]byte, 64), public...)
	m.load(wire.NonceFixed, run(0, 32))
	m.want(no, wire.OpVerify, 0x82, wire.KeyIDP256, data...) // no nonce
	m.load(wire.NonceFixed|wire.NonceMsgDigBuf, run(0, 32))
	m.want(no, wire.OpVerify, 0xA2, wire.KeyIDP256, data...) // half a buffer
	m, public = signer(t)
	m.load(wire.NonceFixed|wire.NonceMsgDigBuf|wire.Nonce64, run(0, 64))
	m.want(no, wire.OpVerify, 0xA2, wire.KeyIDP256, append(make([]byte, 64), public...)...) // no IO protection
}

func TestLimitedKeyCountsItsUses(t *testing.T) {
	m, _ := signer(t, slotSetting{0, cfgSign | 0x20, keySign})
	m.load(wire.NonceFixed, run(0, 32))
	m.ok(64, wire.OpSign, wire.SignExternal, 0)
	m.want(no, wire.OpSign, wire.SignExternal, 0) // no digest: not counted
	if got := m.ok(4, wire.OpCounter, wire.CounterRead, 0); got[0] != 1 {
		t.Errorf("count %x after one use", got)
	}
	m.chip.setCounter(0, counterMax)
	m.load(wire.NonceFixed, run(0, 32))
	m.want(no, wire.OpSign, wire.SignExternal, 0)
}

func TestCountMatchLimitsAKeyUntilItIsRaised(t *testing.T) {
	z := blank(t, allLocked, slotSetting{0, cfgSign | 0x20, keySign}, slotSetting{10, cfgOpen, keyData})
	z[18] = 0xA1
	m := newMaster(t, Options{Config: (*[128]byte)(z)})
	sign := func() wire.Status {
		m.load(wire.NonceFixed, run(0, 32))
		return m.status(wire.OpSign, wire.SignExternal, 0)
	}
	limit := func(a, b byte) {
		m.want(good, wire.OpWrite, 0x82, 0x50, append([]byte{a, 0, 0, 0, b, 0, 0, 0}, make([]byte, 24)...)...)
	}
	if got := sign(); got != no {
		t.Errorf("without a limit in the slot: %02x", byte(got))
	}
	m.chip.setCounter(0, 31)
	limit(32, 32)
	if got := sign(); got != good {
		t.Errorf("use 32 of 32: %02x", byte(got))
	}
	if got := sign(); got != no {
		t.Errorf("use 33 of 32: %02x", byte(got))
	}
	for _, wrong := range [][2]byte{{64, 32}, {63, 63}} {
		limit(wrong[0], wrong[1])
		if got := sign(); got != no {
			t.Errorf("limit %v: %02x", wrong, byte(got))
		}
	}
	limit(64, 64)
	if got := sign(); got != good {
		t.Errorf("after the limit was raised: %02x", byte(got))
	}
	if got := m.ok(4, wire.OpCounter, wire.CounterRead, 0); got[0] != 33 {
		t.Errorf("count %x", got)
	}
}

func TestSHAMatchesTheStandardLibrary(t *testing.T) {
	m := newMaster(t, Options{})
	message := bytes.Repeat([]byte("abc"), 50)
	want := sha256.Sum256(message)
	for _, piece := range []int{1, 17, 63, 64} {
		m.want(good, wire.OpSHA, wire.SHAStart, 0)
		rest := message
		for len(rest) > piece {
			m.want(good, wire.OpSHA, wire.SHAUpdate, uint16(piece), rest[:piece]...)
			m.word(wire.WordIdle) // the computation stays
			m.wake()
			rest = rest[piece:]
		}
		if got := m.ok(32, wire.OpSHA, wire.SHAEnd, uint16(len(rest)), rest...); !bytes.Equal(got, want[:]) {
			t.Errorf("pieces of %d: %x", piece, got)
		}
	}
}

func TestSHAEndLeavesTheDigestWhereTheModeSays(t *testing.T) {
	empty := sha256.Sum256(nil)
	for _, tt := range []struct {
		name            string
		mode            byte
		tempKey, buffer bool
	}{
		{"TempKey", wire.SHAEnd, true, false},
		{"message digest buffer", wire.SHAEnd | wire.SHATargetMsgDigBuf, false, true},
		{"output only", wire.SHAEnd | wire.SHATargetOutput, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMaster(t, Options{})
			m.want(good, wire.OpSHA, wire.SHAStart, 0)
			if got := m.ok(32, wire.OpSHA, tt.mode, 0); !bytes.Equal(got, empty[:]) {
				t.Errorf("digest %x", got)
			}
			v := &m.chip.state
			if got := v.tempKey.usable() && v.tempKey.low() == empty && v.tempKey.fixed; got != tt.tempKey {
				t.Errorf("in TempKey: %v", got)
			}
			if got := v.digest.n == 32 && v.digest.low() == empty; got != tt.buffer {
				t.Errorf("in the buffer: %v", got)
			}
			m.want(no, wire.OpSHA, tt.mode, 0) // it has ended
		})
	}
}

func TestSHANeedsAStart(t *testing.T) {
	m := withSlots(t, allLocked, slotSetting{9, cfgOpen, keyPublic})
	for _, mode := range []byte{wire.SHAEnd, wire.SHAReadContext} {
		m.want(no, wire.OpSHA, mode, 0)
	}
	m.want(no, wire.OpSHA, wire.SHAUpdate, 1, 0)
	m.want(no, wire.OpSHA, wire.SHAPublic, 9)
	m.want(good, wire.OpSHA, wire.SHAStart, 0)
	m.word(wire.WordSleep)
	m.wake()
	m.want(no, wire.OpSHA, wire.SHAEnd, 0)
}

func TestSHAContextMatchesTheVectorAndContinues(t *testing.T) {
	m := newMaster(t, Options{})
	m.want(good, wire.OpSHA, wire.SHAStart, 0)
	m.want(good, wire.OpSHA, wire.SHAUpdate, 5, 1, 2, 3, 4, 5)
	context := m.ok(41, wire.OpSHA, wire.SHAReadContext, 0)
	want := "05000000 67E6096A 85AE67BB 72F36E3C 3AF54FA5 7F520E51 8C68059B ABD9831F 19CDE05B 0102030405"
	if !bytes.Equal(context, unhex(want)) {
		t.Errorf("context %x", context)
	}
	m.want(good, wire.OpSHA, wire.SHAUpdate, 64, run(6, 64)...) // goes on after reading
	context = m.ok(41, wire.OpSHA, wire.SHAReadContext, 0)

	other := newMaster(t, Options{})
	other.want(good, wire.OpSHA, wire.SHAWriteContext, 41, context...)
	sum := sha256.Sum256(run(1, 69))
	if got := other.ok(32, wire.OpSHA, wire.SHAEnd, 0); !bytes.Equal(got, sum[:]) {
		t.Errorf("digest %x, want %x", got, sum)
	}
}

func TestSHAContextWithWrongLengthIsRefused(t *testing.T) {
	m := newMaster(t, Options{})
	m.want(bad, wire.OpSHA, wire.SHAWriteContext, 37, make([]byte, 37)...)
	m.want(no, wire.OpSHA, wire.SHAEnd, 0)
}

func TestSHAPublicAppendsAStoredKey(t *testing.T) {
	m, public := signer(t, slotSetting{9, cfgOpen, keyPublic})
	storePublic(m, 9, public)
	m.want(good, wire.OpSHA, wire.SHAStart, 0)
	m.want(good, wire.OpSHA, wire.SHAPublic, 9)
	m.want(no, wire.OpSHA, wire.SHAPublic, 0)
	want := sha256.Sum256(public)
	if got := m.ok(32, wire.OpSHA, wire.SHAEnd, 0); !bytes.Equal(got, want[:]) {
		t.Errorf("digest %x", got)
	}
}

func TestHMACMatchesTheStandardLibrary(t *testing.T) {
	m := withSlots(t, allLocked, slotSetting{5, cfgSecret, keyData})
	copy(m.chip.mem.slot(5), run(0, 36))
	m.load(wire.NonceFixed, run(0, 32))
	h := hmac.New(sha256.New, run(0, 32))
	h.Write([]byte("message"))
	want := h.Sum(nil)
	for _, key := range []uint16{5, wire.KeyIDTempKey} {
		m.want(good, wire.OpSHA, wire.SHAHMACStart, key)
		m.want(good, wire.OpSHA, wire.SHAUpdate, 4, []byte("mess")...)
		m.want(no, wire.OpSHA, wire.SHAReadContext, 0) // would give the key's traces away
		if got := m.ok(32, wire.OpSHA, wire.SHAEnd|wire.SHATargetOutput, 3, []byte("age")...); !bytes.Equal(got, want) {
			t.Errorf("key %04x: %x, want %x", key, got, want)
		}
	}
}

func TestHMACKeysFollowTheirPolicy(t *testing.T) {
	m := withSlots(t, allLocked, slotSetting{5, cfgSecret | 0x10, keyData}, slotSetting{7, cfgSecret | 0x20, keyData}, slotSetting{6, cfgSecret, 0x103C})
	m.want(no, wire.OpSHA, wire.SHAHMACStart, 0)                 // private
	m.want(no, wire.OpSHA, wire.SHAHMACStart, 5)                 // NoMac
	m.want(no, wire.OpSHA, wire.SHAHMACStart, 6)                 // latch
	m.want(no, wire.OpSHA, wire.SHAHMACStart, wire.KeyIDTempKey) // empty
	m.want(good, wire.OpSHA, wire.SHAHMACStart, 7)
	if got := m.ok(4, wire.OpCounter, wire.CounterRead, 0); got[0] != 1 {
		t.Errorf("count %x after one limited use", got)
	}
	m.load(wire.NonceFixed, run(0, 32))
	m.chip.state.tempKey.noMac = true
	m.want(no, wire.OpSHA, wire.SHAHMACStart, wire.KeyIDTempKey)
}
