package sim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"atecc/internal/atca/wire"
)

func TestNonceOfAnUnlockedChipMatchesTheVector(t *testing.T) {
	m := newMaster(t, Options{})
	m.ok(32, wire.OpNonce, wire.NonceRandom, 0, run(0xC0, 20)...)
	want := "ccdb1550c1f20122917b810302e556ec1c24590a0b79e89beafb5322892ef6c4"
	if got := m.chip.state.tempKey.low(); hex.EncodeToString(got[:]) != want {
		t.Errorf("TempKey %x", got)
	}
	m.wantState("00800000")
}

func TestNonceHashesItsModeAndNumber(t *testing.T) {
	m := withSlots(t, allLocked)
	out := m.ok(32, wire.OpNonce, wire.NonceRandomNoSeed, 0, run(0, 20)...)
	message := append(append(out, run(0, 20)...), 0x16, 0x01, 0x00)
	if got := m.chip.state.tempKey.low(); got != sha256.Sum256(message) {
		t.Errorf("TempKey %x", got)
	}
}

func TestFixedNonceGoesToItsTarget(t *testing.T) {
	tests := []struct {
		name  string
		mode  byte
		n     int
		state string
		check func(v *volatile) []byte
	}{
		{"TempKey", 0x03, 32, "10800000", func(v *volatile) []byte { return v.tempKey.value[:32] }},
		{"TempKey, 64 bytes", 0x23, 64, "10800000", func(v *volatile) []byte { return v.tempKey.value[:] }},
		{"message digest buffer", 0x43, 32, "00000000", func(v *volatile) []byte { return v.digest.value[:v.digest.n] }},
		{"message digest buffer, 64 bytes", 0x63, 64, "00000000", func(v *volatile) []byte { return v.digest.value[:v.digest.n] }},
		{"alternate key buffer", 0x83, 32, "00000000", func(v *volatile) []byte { return v.altKey[:] }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMaster(t, Options{})
			m.load(tt.mode, run(1, tt.n))
			m.wantState(tt.state)
			if got := tt.check(&m.chip.state); !bytes.Equal(got, run(1, tt.n)) {
				t.Errorf("holds %x", got)
			}
		})
	}
}

func TestNonceForOtherTargetsLeavesTempKeyAlone(t *testing.T) {
	m := newMaster(t, Options{})
	m.load(wire.NonceFixed, run(1, 32))
	m.load(wire.NonceFixed|wire.NonceMsgDigBuf, run(2, 32))
	m.load(wire.NonceFixed|wire.NonceAltKeyBuf, run(3, 32))
	if got := m.chip.state.tempKey.low(); got != [32]byte(run(1, 32)) {
		t.Errorf("TempKey %x", got)
	}
}

func TestCalculatedNonceHashesTempKey(t *testing.T) {
	m := newMaster(t, Options{})
	m.want(no, wire.OpNonce, wire.NonceRandom, wire.NonceCalculate, run(0, 20)...)
	m.load(wire.NonceFixed|wire.Nonce64, run(1, 64))
	out := m.ok(32, wire.OpNonce, wire.NonceRandom, wire.NonceCalculate, run(0, 20)...)
	want := sha256.Sum256(append(append(run(1, 32), run(0, 20)...), 0x16, 0, 0))
	if !bytes.Equal(out, want[:]) || m.chip.state.tempKey.low() != want {
		t.Errorf("answer %x, want %x", out, want)
	}
	m.wantState("10800000") // the source stays what it was
	if m.chip.state.tempKey.upper {
		t.Error("the second half is still valid")
	}
}

func TestCommandsThatDoNotUseTempKeyKeepIt(t *testing.T) {
	m, _ := signer(t, slotSetting{8, cfgOpen, keyData})
	m.load(wire.NonceFixed, run(0, 32))
	m.ok(32, wire.OpRandom, 0, 0)
	m.ok(32, wire.OpRead, wire.Zone32, 0)
	m.want(good, wire.OpWrite, 0x82, 0x40, run(0, 32)...)
	m.ok(4, wire.OpCounter, wire.CounterIncrement, 0)
	m.want(good, wire.OpSelfTest, wire.SelfTestAll, 0)
	m.ok(64, wire.OpGenKey, wire.GenKeyPublic, 0)
	m.want(bad, wire.OpRandom, 7, 0)
	m.want(no, wire.OpSign, wire.SignExternal|wire.SignMsgDigBuf, 0)
	m.ok(64, wire.OpSign, wire.SignExternal, 0)
}

func TestIllegalNonceOrKeyDigestClearsTempKey(t *testing.T) {
	for name, tt := range map[string]struct {
		op   wire.Opcode
		p1   byte
		p2   uint16
		want string
	}{
		"nonce":                {wire.OpNonce, 0x02, 0, "00000000"},
		"nonce of no length":   {wire.OpNonce, wire.NonceFixed | wire.NonceMsgDigBuf, 0, "00000000"},
		"digest of no slot":    {wire.OpGenKey, wire.GenKeyDigest, 16, "00000000"},
		"public key of nobody": {wire.OpGenKey, wire.GenKeyPublic, 16, "10800000"},
		"unknown":              {0x99, 0, 0, "10800000"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMaster(t, Options{})
			m.load(wire.NonceFixed, run(0, 32))
			m.want(bad, tt.op, tt.p1, tt.p2)
			m.wantState(tt.want)
		})
	}
}

func TestDigestBufferOutlivesNonceAndSHAOnly(t *testing.T) {
	tests := []struct {
		name string
		do   func(*master)
		want wire.Status
	}{
		{"nonce", func(m *master) { m.load(wire.NonceFixed, run(0, 32)) }, good},
		{"SHA", func(m *master) { m.want(good, wire.OpSHA, wire.SHAStart, 0) }, good},
		{"info", func(m *master) { m.wantState("00000000") }, good},
		{"random", func(m *master) { m.ok(32, wire.OpRandom, 0, 0) }, no},
		{"public key", func(m *master) { m.ok(64, wire.OpGenKey, 0, 0) }, no},
		{"an illegal command", func(m *master) { m.want(bad, wire.OpRandom, 9, 0) }, good},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, _ := signer(t)
			m.load(wire.NonceFixed|wire.NonceMsgDigBuf, run(0, 32))
			tt.do(m)
			if got := m.status(wire.OpSign, wire.SignExternal|wire.SignMsgDigBuf, 0); got != tt.want {
				t.Errorf("sign: %02x, want %02x", byte(got), byte(tt.want))
			}
		})
	}
}

func TestInfoReportsTheFlagsOfTempKey(t *testing.T) {
	for want, tk := range map[string]tempKey{
		"80800000": {valid: true, noMac: true},
		"40800000": {valid: true, genKey: true},
		"23800000": {valid: true, genDig: true, keyID: 3},
		"1f800000": {valid: true, fixed: true, keyID: 15},
		"00000000": {},
	} {
		m := newMaster(t, Options{})
		m.chip.state.tempKey = tk
		m.wantState(want)
	}
}

func TestInfoTellsWhetherAKeyIsThere(t *testing.T) {
	m := withSlots(t, dataUnlocked)
	for slot, want := range map[uint16]byte{0: 0, 8: 0} {
		if got := m.ok(4, wire.OpInfo, wire.InfoKeyValid, slot); got[0] != want {
			t.Errorf("slot %d: %x", slot, got)
		}
	}
	m.ok(64, wire.OpGenKey, wire.GenKeyCreate, 0)
	if got := m.ok(4, wire.OpInfo, wire.InfoKeyValid, 0); !bytes.Equal(got, []byte{1, 0, 0, 0}) {
		t.Errorf("after GenKey: %x", got)
	}
}

func TestInfoHasNoGPIOOnI2C(t *testing.T) {
	newMaster(t, Options{}).want(no, wire.OpInfo, wire.InfoGPIO, 0)
}

func TestLatchNeedsAuthorisationAndSurvivesSleep(t *testing.T) {
	z := blank(t, allLocked, slotSetting{0, cfgSign, 0x1033})
	z[69] = 0x84 // volatile key permission by slot 4
	m := newMaster(t, Options{Config: (*[128]byte)(z)})
	sign := func() wire.Status {
		m.load(wire.NonceFixed, run(0, 32))
		return m.status(wire.OpSign, wire.SignExternal, 0)
	}
	authorise := func(slot int) { m.chip.state.auth = &slot }

	m.want(no, wire.OpInfo, wire.InfoLatch, wire.InfoLatchSet)
	authorise(5)
	m.want(no, wire.OpInfo, wire.InfoLatch, wire.InfoLatchSet)
	if got := sign(); got != no {
		t.Errorf("sign without the latch: %02x", byte(got))
	}
	authorise(4)
	if got := m.ok(4, wire.OpInfo, wire.InfoLatch, wire.InfoLatchSet); got[0] != 1 {
		t.Errorf("latch %x after it was set", got)
	}
	m.word(wire.WordSleep)
	m.wake()
	if got := m.ok(4, wire.OpInfo, wire.InfoLatch, wire.InfoLatchRead); got[0] != 1 {
		t.Errorf("latch %x after sleep", got)
	}
	if got := sign(); got != good {
		t.Errorf("sign with the latch: %02x", byte(got))
	}
	authorise(4)
	if got := m.ok(4, wire.OpInfo, wire.InfoLatch, wire.InfoLatchClear); got[0] != 0 {
		t.Errorf("latch %x after it was cleared", got)
	}
}

func TestLatchReadsZeroWhereNothingCanSetIt(t *testing.T) {
	m := newMaster(t, Options{})
	if got := m.ok(4, wire.OpInfo, wire.InfoLatch, wire.InfoLatchRead); !bytes.Equal(got, make([]byte, 4)) {
		t.Errorf("latch %x", got)
	}
	slot := 0
	m.chip.state.auth = &slot
	m.want(no, wire.OpInfo, wire.InfoLatch, wire.InfoLatchSet)
}

func TestSelfTestPasses(t *testing.T) {
	for state := range lockStates {
		m := withSlots(t, state)
		for _, tests := range []byte{0, wire.SelfTestAll, wire.SelfTestMask} {
			m.want(good, wire.OpSelfTest, tests, 0)
		}
	}
}

func TestSelfTestRunsTheTestsOfItsBits(t *testing.T) {
	m := newMaster(t, Options{})
	m.chip.state.failed = wire.SelfTestSHA | wire.SelfTestAES
	m.want(wire.Status(wire.SelfTestAES), wire.OpSelfTest, wire.SelfTestSHA, 0)
	m.want(good, wire.OpSelfTest, wire.SelfTestAES, 0)
}

// new508 is a 508A whose slot 0 has a key.
func new508(t *testing.T) *master {
	t.Helper()
	z := blank(t, allLocked, slotSetting{0, cfgSign, keySign})
	z[6], z[18] = 0x50, 0xAA
	return newMaster(t, Options{Config: (*[128]byte)(z)})
}

func Test508ClearsTempKeyAfterNearlyEverything(t *testing.T) {
	kept := map[string]func(*master){
		"info":       func(m *master) { m.wantState("10800000") },
		"bad info":   func(m *master) { m.want(no, wire.OpInfo, wire.InfoGPIO, 0) },
		"public key": func(m *master) { m.ok(64, wire.OpGenKey, 0, 0) },
	}
	cleared := map[string]func(*master){
		"random":        func(m *master) { m.ok(32, wire.OpRandom, 0, 0) },
		"read":          func(m *master) { m.ok(4, wire.OpRead, 0, 0) },
		"failed write":  func(m *master) { m.want(no, wire.OpWrite, 0, 0, 0, 0, 0, 0) },
		"failed GenKey": func(m *master) { m.want(no, wire.OpGenKey, 0, 8) },
		"unknown":       func(m *master) { m.want(bad, 0x99, 0, 0) },
		"bad random":    func(m *master) { m.want(bad, wire.OpRandom, 9, 0) },
		"SHA start":     func(m *master) { m.want(good, wire.OpSHA, wire.SHAStart, 0) },
	}
	for want, group := range map[wire.Status]map[string]func(*master){good: kept, no: cleared} {
		for name, do := range group {
			t.Run(name, func(t *testing.T) {
				m := new508(t)
				m.load(wire.NonceFixed, run(0, 32))
				do(m)
				if got := m.status(wire.OpSign, wire.SignExternal, 0); got != want {
					t.Errorf("sign afterwards: %02x, want %02x", byte(got), byte(want))
				}
			})
		}
	}
}

func Test508HasNothingOfThe608(t *testing.T) {
	m := new508(t)
	m.want(bad, wire.OpSelfTest, wire.SelfTestAll, 0)
	m.want(bad, wire.OpNonce, 0x43, 0, run(0, 32)...)
	m.want(bad, wire.OpNonce, 0x23, 0, run(0, 64)...)
	m.want(bad, wire.OpSign, 0xA0, 0)
	m.want(bad, wire.OpVerify, 0x22, 4, make([]byte, 128)...)
	m.want(bad, wire.OpVerify, 0x82, 4, make([]byte, 128)...)
	m.want(bad, wire.OpGenKey, 4, 0xFFFF)
	m.want(bad, wire.OpInfo, wire.InfoLatch, 0)
	m.want(bad, wire.OpSHA, wire.SHAReadContext, 0)
	m.want(bad, wire.OpSHA, 0x42, 0)
}

func Test508HashesWholeBlocksAndInOneGo(t *testing.T) {
	m := new508(t)
	want := sha256.Sum256(run(0, 67))
	for _, wrong := range []struct {
		mode byte
		data int
		want wire.Status
	}{
		{wire.SHAUpdate, 3, bad},
		{wire.SHAEnd, 64, bad},
		{wire.SHAHMACEnd, 0, no}, // it is not an HMAC
	} {
		m.want(good, wire.OpSHA, wire.SHAStart, 0)
		m.want(wrong.want, wire.OpSHA, wrong.mode, uint16(wrong.data), make([]byte, wrong.data)...)
		m.want(no, wire.OpSHA, wire.SHAEnd, 0) // the error has ended it
	}

	m.want(good, wire.OpSHA, wire.SHAStart, 0)
	m.want(good, wire.OpSHA, wire.SHAUpdate, 64, run(0, 64)...)
	if got := m.ok(32, wire.OpSHA, wire.SHAEnd, 3, run(64, 3)...); !bytes.Equal(got, want[:]) {
		t.Errorf("digest %x", got)
	}
	m.want(good, wire.OpSHA, wire.SHAStart, 0)
	m.ok(32, wire.OpRandom, 0, 0)
	m.want(no, wire.OpSHA, wire.SHAEnd, 0)
}

func Test508KeepsTheDigestThatSHALeft(t *testing.T) {
	m := new508(t)
	m.want(good, wire.OpSHA, wire.SHAStart, 0)
	m.ok(32, wire.OpSHA, wire.SHAEnd, 3, 1, 2, 3)
	m.ok(64, wire.OpSign, wire.SignExternal, 0)
}

// limited508 is a 508A with two limited keys, in slots 14 and 15.
func limited508(t *testing.T) *master {
	t.Helper()
	z := blank(t, allLocked, slotSetting{14, 0x20, keyData}, slotSetting{15, 0x20, keyData})
	z[6] = 0x50
	copy(z[68:84], bytes.Repeat([]byte{0xFF}, 16))
	return newMaster(t, Options{Config: (*[128]byte)(z)})
}

func Test508CountsTheUsesOfSlot15BitByBit(t *testing.T) {
	m := limited508(t)
	for use, want := range map[int]string{1: "7fffffff", 2: "3fffffff", 9: "007fffff", 16: "0000ffff"} {
		copy(m.chip.mem.config[68:84], bytes.Repeat([]byte{0xFF}, 16))
		for range use {
			m.want(good, wire.OpSHA, wire.SHAHMACStart, 15)
		}
		if got := hex.EncodeToString(m.ok(4, wire.OpRead, 0, 17)); got != want {
			t.Errorf("LastKeyUse %s after %d uses, want %s", got, use, want)
		}
	}
	if got := m.ok(4, wire.OpCounter, wire.CounterRead, 0); got[0] != 0 {
		t.Errorf("Counter 0 moved to %d as well", got[0])
	}
	m.want(good, wire.OpSHA, wire.SHAHMACStart, 14)
	if got := m.ok(4, wire.OpCounter, wire.CounterRead, 0); got[0] != 1 {
		t.Errorf("Counter 0 is %d after a use of slot 14, want 1", got[0])
	}
}

func Test508Slot15Has128Uses(t *testing.T) {
	m := limited508(t)
	for range 128 {
		m.want(good, wire.OpSHA, wire.SHAHMACStart, 15)
	}
	m.want(no, wire.OpSHA, wire.SHAHMACStart, 15)
}

func Test508InConsumptionModeClearsBitsOfTheOTPZone(t *testing.T) {
	m := new508(t)
	m.want(no, wire.OpWrite, 1, 0, 1, 2, 3, 4) // read-only
	m.chip.mem.config[otpModeOffset] = otpConsumption
	m.want(good, wire.OpWrite, 1, 0, 0xF0, 0xFF, 0xFF, 0)
	m.want(good, wire.OpWrite, 1, 0, 0x7F, 0xFF, 0x01, 1)
	if got := hex.EncodeToString(m.ok(4, wire.OpRead, 1, 0)); got != "70ff0100" {
		t.Errorf("OTP %s", got)
	}
	m.want(good, wire.OpWrite, 0x81, 8, make([]byte, 32)...)
	if got := m.ok(32, wire.OpRead, 0x81, 8); !bytes.Equal(got, make([]byte, 32)) {
		t.Errorf("OTP %x", got)
	}
	m.load(wire.NonceFixed, run(0, 32))
	m.want(no, wire.OpWrite, 0xC1, 0, make([]byte, 64)...) // in clear only
}
