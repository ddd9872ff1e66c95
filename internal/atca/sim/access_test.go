package sim

import (
	"fmt"
	"testing"

	"atecc/internal/atca/wire"
)

// Settings of slots that the tests use, as SlotConfig and KeyConfig.
const (
	cfgSign   = 0x2083 // private, external and internal signatures, GenKey allowed
	keySign   = 0x0033 // private key, public key readable, lockable
	cfgOpen   = 0x0F0F // clear reads and writes
	cfgSealed = 0x8F8F // secret, never written
	keyData   = 0x003C // data, lockable
	cfgSecret = 0x0F8F // secret, clear writes of blocks
	cfgRoll   = 0x2080 // secret, DeriveKey rolls it
	keyPublic = 0x0030 // public key
	cfgParent = 0x0F0D // clear, validated by slot 13
	keyValid  = 0x0032 // public key that must be validated
)

const (
	good = wire.StatusSuccess
	no   = wire.StatusExecution
	bad  = wire.StatusParse
)

// TestAccessFollowsTheLockState walks docs/chip.md, "Access by lock state": a
// command, and what it answers with the configuration unlocked, with the data
// zone unlocked, and with both locked.
func TestAccessFollowsTheLockState(t *testing.T) {
	block := run(0, 32)
	digest := func(m *master) { m.load(wire.NonceFixed, block) }
	key := func(m *master) { m.chip.mem.storePrivate(0, deriveScalar("", 0)) }
	privateInput := append(append(make([]byte, 4), deriveScalar("", 0)...), make([]byte, 32)...)
	tests := []struct {
		name  string
		setUp func(*master)
		op    wire.Opcode
		p1    byte
		p2    uint16
		data  []byte
		want  [3]wire.Status
	}{
		{"read config word", nil, wire.OpRead, 0, 0x15, nil, [3]wire.Status{good, good, good}},
		{"read config block", nil, wire.OpRead, 0x80, 0x18, nil, [3]wire.Status{good, good, good}},
		{"write config word", nil, wire.OpWrite, 0, 0x05, block[:4], [3]wire.Status{good, no, no}},
		{"write config block", nil, wire.OpWrite, 0x80, 0x08, block, [3]wire.Status{good, no, no}},
		{"write serial number", nil, wire.OpWrite, 0, 0x00, block[:4], [3]wire.Status{no, no, no}},
		{"write factory bytes", nil, wire.OpWrite, 0, 0x03, block[:4], [3]wire.Status{no, no, no}},
		{"write first config block", nil, wire.OpWrite, 0x80, 0x00, block, [3]wire.Status{no, no, no}},
		{"write lock bytes", nil, wire.OpWrite, 0, 0x15, block[:4], [3]wire.Status{no, no, no}},
		{"write config block with the lock bytes", nil, wire.OpWrite, 0x80, 0x10, block, [3]wire.Status{no, no, no}},
		{"read OTP word", nil, wire.OpRead, 1, 0x0F, nil, [3]wire.Status{no, no, good}},
		{"read OTP block", nil, wire.OpRead, 0x81, 0x08, nil, [3]wire.Status{no, no, good}},
		{"write OTP word", nil, wire.OpWrite, 1, 0, block[:4], [3]wire.Status{no, no, no}},
		{"write OTP block", nil, wire.OpWrite, 0x81, 0, block, [3]wire.Status{no, good, no}},
		{"read open slot", nil, wire.OpRead, 0x82, 0x40, nil, [3]wire.Status{no, no, good}},
		{"read open word", nil, wire.OpRead, 2, 0x41, nil, [3]wire.Status{no, no, good}},
		{"read secret slot", nil, wire.OpRead, 0x82, 0x20, nil, [3]wire.Status{no, no, no}},
		{"read private slot", key, wire.OpRead, 0x82, 0, nil, [3]wire.Status{no, no, no}},
		{"write open word", nil, wire.OpWrite, 2, 0x40, block[:4], [3]wire.Status{no, no, good}},
		{"write open block", nil, wire.OpWrite, 0x82, 0x40, block, [3]wire.Status{no, good, good}},
		{"write sealed block", nil, wire.OpWrite, 0x82, 0x20, block, [3]wire.Status{no, good, no}},
		{"write secret word", nil, wire.OpWrite, 2, 0x28, block[:4], [3]wire.Status{no, no, no}},
		{"write secret block", nil, wire.OpWrite, 0x82, 0x28, block, [3]wire.Status{no, good, good}},
		{"write private slot", nil, wire.OpWrite, 0x82, 0, block, [3]wire.Status{no, no, no}},
		{"create key", nil, wire.OpGenKey, 4, 0, nil, [3]wire.Status{no, good, good}},
		{"create key that policy closes", nil, wire.OpGenKey, 4, 1, nil, [3]wire.Status{no, good, no}},
		{"create key in a data slot", nil, wire.OpGenKey, 4, 8, nil, [3]wire.Status{no, no, no}},
		{"create ephemeral key", nil, wire.OpGenKey, 4, 0xFFFF, nil, [3]wire.Status{no, good, good}},
		{"public key", key, wire.OpGenKey, 0, 0, nil, [3]wire.Status{no, good, good}},
		{"public key of an empty slot", nil, wire.OpGenKey, 0, 0, nil, [3]wire.Status{no, no, no}},
		{"sign", func(m *master) { key(m); digest(m) }, wire.OpSign, 0x80, 0, nil, [3]wire.Status{no, good, good}},
		{"sign with an empty slot", digest, wire.OpSign, 0x80, 0, nil, [3]wire.Status{no, no, no}},
		{"sign without a digest", key, wire.OpSign, 0x80, 0, nil, [3]wire.Status{no, no, no}},
		{"sign with a data slot", digest, wire.OpSign, 0x80, 8, nil, [3]wire.Status{no, no, no}},
		{"random", nil, wire.OpRandom, 0, 0, nil, [3]wire.Status{good, good, good}},
		{"nonce", nil, wire.OpNonce, 0, 0, block[:20], [3]wire.Status{good, good, good}},
		{"SHA start", nil, wire.OpSHA, 0, 0, nil, [3]wire.Status{good, good, good}},
		{"HMAC start", nil, wire.OpSHA, 4, 4, nil, [3]wire.Status{no, good, good}},
		{"self test", nil, wire.OpSelfTest, 0x3B, 0, nil, [3]wire.Status{good, good, good}},
		{"read counter", nil, wire.OpCounter, 0, 1, nil, [3]wire.Status{good, good, good}},
		{"MAC", nil, wire.OpMAC, 0, 4, block, [3]wire.Status{no, good, good}},
		{"MAC of a private slot", nil, wire.OpMAC, 0, 0, block, [3]wire.Status{no, no, no}},
		{"MAC of TempKey", digest, wire.OpMAC, 7, 0, nil, [3]wire.Status{good, good, good}},
		{"CheckMac that does not match", nil, wire.OpCheckMac, 0, 4, make([]byte, 77), [3]wire.Status{no, wire.StatusMiscompare, wire.StatusMiscompare}},
		{"GenDig of the configuration", digest, wire.OpGenDig, 0, 3, nil, [3]wire.Status{good, good, good}},
		{"GenDig of a slot", digest, wire.OpGenDig, 2, 4, nil, [3]wire.Status{no, good, good}},
		{"GenDig of a private slot", digest, wire.OpGenDig, 2, 0, nil, [3]wire.Status{no, no, no}},
		{"GenDig of a counter", digest, wire.OpGenDig, 4, 1, nil, [3]wire.Status{good, good, good}},
		{"GenDig of a private slot's configuration", digest, wire.OpGenDig, 5, 0, nil, [3]wire.Status{good, good, good}},
		{"GenDig without TempKey", nil, wire.OpGenDig, 0, 0, nil, [3]wire.Status{no, no, no}},
		{"derive a key", digest, wire.OpDeriveKey, 4, 6, nil, [3]wire.Status{no, good, good}},
		{"derive a key that policy closes", digest, wire.OpDeriveKey, 4, 5, nil, [3]wire.Status{no, good, no}},
		{"derive a private key", digest, wire.OpDeriveKey, 4, 0, nil, [3]wire.Status{no, no, no}},
		{"write a private key in clear", nil, wire.OpPrivWrite, 0, 0, privateInput, [3]wire.Status{no, good, no}},
		{"write a private key to a data slot", nil, wire.OpPrivWrite, 0, 8, privateInput, [3]wire.Status{no, no, no}},
		{"write UserExtra", nil, wire.OpUpdateExtra, 0, 1, nil, [3]wire.Status{good, good, good}},
		{"write UserExtraAdd", nil, wire.OpUpdateExtra, 1, 1, nil, [3]wire.Status{good, good, good}},
		{"spend a use of an unlimited key", nil, wire.OpUpdateExtra, 2, 4, nil, [3]wire.Status{good, good, good}},
		{"spend a use of a limited key", nil, wire.OpUpdateExtra, 2, 7, nil, [3]wire.Status{no, good, good}},
		{"increment counter", nil, wire.OpCounter, 1, 1, nil, [3]wire.Status{no, good, good}},
		{"lock config", nil, wire.OpLock, 0x80, 0, nil, [3]wire.Status{good, no, no}},
		{"lock data", nil, wire.OpLock, 0x81, 0, nil, [3]wire.Status{no, good, no}},
		{"lock slot", nil, wire.OpLock, 0x22, 0, nil, [3]wire.Status{no, good, good}},
		{"lock slot that is not lockable", nil, wire.OpLock, 0x12, 0, nil, [3]wire.Status{no, no, no}},
	}
	slots := []slotSetting{
		{0, cfgSign, keySign}, {1, 0x0083, keySign},
		{4, cfgSealed, 0x001C}, {5, cfgSecret, keyData},
		{6, cfgRoll, keyData}, {7, cfgSecret | 0x20, keyData}, {8, cfgOpen, keyData},
	}
	for _, tt := range tests {
		for state, want := range tt.want {
			t.Run(tt.name+"/"+lockStates[state], func(t *testing.T) {
				m := withSlots(t, state, slots...)
				m.chip.mem = erased(m.chip.mem.config) // no keys from the seed
				if tt.setUp != nil {
					tt.setUp(m)
				}
				if got := m.status(tt.op, tt.p1, tt.p2, tt.data...); got != want {
					t.Errorf("status %02x, want %02x", byte(got), byte(want))
				}
			})
		}
	}
}

// TestIllegalParametersAnswerAParseErrorWhateverTheState has one row for each
// rule on parameters and lengths.
func TestIllegalParametersAnswerAParseErrorWhateverTheState(t *testing.T) {
	tests := []struct {
		op   wire.Opcode
		p1   byte
		p2   uint16
		data int
	}{
		{wire.OpInfo, 0, 0, 1}, {wire.OpInfo, 0, 1, 0}, {wire.OpInfo, 1, 16, 0}, {wire.OpInfo, 3, 4, 0}, {wire.OpInfo, 4, 1, 0}, {wire.OpInfo, 5, 0, 0},
		{wire.OpRead, 3, 0, 0}, {wire.OpRead, 0x40, 0, 0}, {wire.OpRead, 0, 0x20, 0}, {wire.OpRead, 1, 0x10, 0}, {wire.OpRead, 2, 0x0101, 0}, {wire.OpRead, 2, 0x024A, 0}, {wire.OpRead, 0x82, 0x0D40, 0}, {wire.OpRead, 0, 0, 4},
		{wire.OpWrite, 3, 0, 4}, {wire.OpWrite, 0, 5, 32}, {wire.OpWrite, 0x80, 8, 4}, {wire.OpWrite, 0x80, 8, 64}, {wire.OpWrite, 0xC0, 8, 64}, {wire.OpWrite, 0x42, 0, 4}, {wire.OpWrite, 0xC2, 0, 32}, {wire.OpWrite, 0x81, 0, 64}, {wire.OpWrite, 0x04, 5, 4},
		{wire.OpLock, 3, 0, 0}, {wire.OpLock, 0xC0, 0, 0}, {wire.OpLock, 0x84, 0, 0}, {wire.OpLock, 0x42, 0, 0}, {wire.OpLock, 0, 0, 1},
		{wire.OpRandom, 2, 0, 0}, {wire.OpRandom, 0, 1, 0}, {wire.OpRandom, 0, 0, 1},
		{wire.OpNonce, 2, 0, 20}, {wire.OpNonce, 0, 0, 32}, {wire.OpNonce, 3, 0, 64}, {wire.OpNonce, 0x23, 0, 32}, {wire.OpNonce, 0xA3, 0, 64}, {wire.OpNonce, 0xC3, 0, 32}, {wire.OpNonce, 0x40, 0, 20}, {wire.OpNonce, 0, 1, 20}, {wire.OpNonce, 3, 0x8000, 32},
		{wire.OpGenKey, 4, 16, 0}, {wire.OpGenKey, 0, 0xFFFF, 0}, {wire.OpGenKey, 0x0C, 0xFFFF, 0}, {wire.OpGenKey, 0x10, 8, 0}, {wire.OpGenKey, 0x14, 8, 3}, {wire.OpGenKey, 0, 0, 3}, {wire.OpGenKey, 1, 0, 0}, {wire.OpGenKey, 0x20, 0, 0},
		{wire.OpSign, 0x80, 16, 0}, {wire.OpSign, 0x81, 0, 0}, {wire.OpSign, 0x02, 0, 0}, {wire.OpSign, 0x90, 0, 0}, {wire.OpSign, 0x80, 0, 32},
		{wire.OpVerify, 2, 0, 128}, {wire.OpVerify, 2, 4, 64}, {wire.OpVerify, 0, 16, 64}, {wire.OpVerify, 0, 8, 128}, {wire.OpVerify, 1, 8, 64}, {wire.OpVerify, 4, 8, 64}, {wire.OpVerify, 3, 8, 64}, {wire.OpVerify, 0x42, 4, 128}, {wire.OpVerify, 0x0A, 4, 128},
		{wire.OpSHA, 0, 1, 0}, {wire.OpSHA, 0, 0, 1}, {wire.OpSHA, 1, 0, 0}, {wire.OpSHA, 1, 65, 65}, {wire.OpSHA, 1, 3, 4}, {wire.OpSHA, 2, 65, 65}, {wire.OpSHA, 4, 16, 0}, {wire.OpSHA, 5, 0, 0}, {wire.OpSHA, 6, 1, 0}, {wire.OpSHA, 7, 35, 35}, {wire.OpSHA, 0x82, 0, 0}, {wire.OpSHA, 0x41, 1, 1}, {wire.OpSHA, 0x08, 0, 0}, {wire.OpSHA, 3, 16, 0},
		{wire.OpSelfTest, 0x40, 0, 0}, {wire.OpSelfTest, 1, 1, 0}, {wire.OpSelfTest, 1, 0, 1},
		{wire.OpCounter, 2, 0, 0}, {wire.OpCounter, 0, 2, 0}, {wire.OpCounter, 0, 0, 1},
		{wire.OpMAC, 0, 4, 0}, {wire.OpMAC, 0, 4, 31}, {wire.OpMAC, 1, 4, 32}, {wire.OpMAC, 0x10, 4, 32}, {wire.OpMAC, 0x20, 4, 32}, {wire.OpMAC, 0x08, 4, 32}, {wire.OpMAC, 0x80, 4, 32},
		{wire.OpCheckMac, 0, 4, 76}, {wire.OpCheckMac, 1, 4, 45}, {wire.OpCheckMac, 0x08, 4, 77}, {wire.OpCheckMac, 0x20, 4, 77}, {wire.OpCheckMac, 0x40, 4, 77},
		{wire.OpGenDig, 0, 4, 0}, {wire.OpGenDig, 0, 0, 4}, {wire.OpGenDig, 1, 2, 0}, {wire.OpGenDig, 2, 16, 0}, {wire.OpGenDig, 2, 4, 3}, {wire.OpGenDig, 2, 4, 32}, {wire.OpGenDig, 3, 0, 0}, {wire.OpGenDig, 3, 0x0100, 32}, {wire.OpGenDig, 3, 0x4000, 32}, {wire.OpGenDig, 4, 2, 0}, {wire.OpGenDig, 4, 0, 4}, {wire.OpGenDig, 5, 16, 0}, {wire.OpGenDig, 5, 0, 4}, {wire.OpGenDig, 6, 0, 0}, {wire.OpGenDig, 0x82, 0, 0},
		{wire.OpDeriveKey, 1, 3, 0}, {wire.OpDeriveKey, 2, 3, 0}, {wire.OpDeriveKey, 8, 3, 0}, {wire.OpDeriveKey, 0, 16, 0}, {wire.OpDeriveKey, 0, 3, 31},
		{wire.OpPrivWrite, 0x80, 0, 68}, {wire.OpPrivWrite, 1, 0, 68}, {wire.OpPrivWrite, 0, 16, 68}, {wire.OpPrivWrite, 0, 0, 36}, {wire.OpPrivWrite, 0x40, 0, 67},
		{wire.OpUpdateExtra, 4, 0, 0}, {wire.OpUpdateExtra, 0, 0x0100, 0}, {wire.OpUpdateExtra, 1, 0x0100, 0}, {wire.OpUpdateExtra, 2, 16, 0}, {wire.OpUpdateExtra, 0, 0, 1},
		// Commands that this chip does not have, and one that nobody has.
		{wire.OpPause, 0, 0, 0}, {wire.OpHMAC, 0, 0, 0}, {0x99, 0, 0, 0},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%02x %02x %04x %d", byte(tt.op), tt.p1, tt.p2, tt.data), func(t *testing.T) {
			for state := range lockStates {
				m := withSlots(t, state)
				m.want(bad, tt.op, tt.p1, tt.p2, make([]byte, tt.data)...)
			}
		})
	}
}

func TestEveryCommandHasALatency(t *testing.T) {
	for op := range commands {
		l, ok := latencies[op]
		if !ok || l.typical <= 0 || l.max[0] < l.typical || l.max[1] < l.max[0] || l.max[2] < l.max[1] {
			t.Errorf("%s: latency %v", op, l)
		}
	}
	for op := range latencies {
		if _, ok := commands[op]; !ok {
			t.Errorf("%s has a latency and no handler", op)
		}
	}
}
