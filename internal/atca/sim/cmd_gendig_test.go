package sim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"atecc/internal/atca/wire"
)

func TestGenDigMatchesTheVectors(t *testing.T) {
	tests := []struct {
		name string
		p1   byte
		p2   uint16
		data []byte
		want string
	}{
		{"OTP", 1, 1, nil, "7ad226682e4b501d2854605dc8a42c3c3ca945b8ed06ca9ea1e20359983b7f65"},
		{"slot", 2, 4, nil, "b2219c6943f468fd99bbcd3080074904f014e7115e808d4aaf7e63375a69a10a"},
		{"slot without NoMac, four bytes ignored", 2, 4, []byte{10, 11, 12, 13}, "b2219c6943f468fd99bbcd3080074904f014e7115e808d4aaf7e63375a69a10a"},
		{"slot with NoMac", 2, 6, []byte{10, 11, 12, 13}, "3eeea1c9647df02fd37c92732cd613fbbe41ddf3a9a0ef79d81bcede4caa675a"},
		{"data of the host", 3, 0x0005, run(0x80, 32), "a72e9c9a6c3d142badce29b81be8f0e9c8c24ee24514f31c8b2fd694cd5e82f1"},
		{"TempKey before the data", 3, 0x8005, run(0x80, 32), "59e7c08155153c55d81dc2c56df10376d72269bf41ef0aad94fae59a4a5b4d63"},
		{"configuration of a slot", 5, 5, nil, "b54b840f56ec524579444c6d590c56214d3e087ef4ac84fa086382d02a995a13"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := vectorChip(t, allLocked, slotSetting{5, 0x2087, 0x0033}, slotSetting{6, cfgSecret | 0x10, keyData})
			copy(m.chip.mem.slot(6), run(0, 32))
			copy(m.chip.mem.otp[32:], run(0, 32))
			m.load(wire.NonceFixed, run(0x40, 32))
			m.want(good, wire.OpGenDig, tt.p1, tt.p2, tt.data...)
			if got := m.chip.state.tempKey.low(); hex.EncodeToString(got[:]) != tt.want {
				t.Errorf("TempKey %x, want %s", got, tt.want)
			}
		})
	}
}

// TestGenDigHashesWhatTheChipHolds computes the digests that no vector reaches.
func TestGenDigHashesWhatTheChipHolds(t *testing.T) {
	m := vectorChip(t, allLocked, slotSetting{6, cfgSecret | 0x10, keyData})
	m.chip.setCounter(1, 0x010203)
	common, zeros := unhex("EE0123"), make([]byte, 32)
	config := m.ok(32, wire.OpRead, 0x80, 0x18)
	tests := []struct {
		name    string
		p1      byte
		p2      uint16
		message [][]byte // before TempKey
	}{
		{"configuration", 0, 3, [][]byte{config, unhex("15000300"), common, zeros[:25]}},
		{"counter", 4, 1, [][]byte{zeros, unhex("15040100"), common, unhex("00 03020100"), zeros[:20]}},
		{"slot with NoMac, without the four bytes", 2, 6, [][]byte{m.chip.mem.slot(6)[:32], unhex("15020600"), common, zeros[:25]}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m.load(wire.NonceFixed, run(0x40, 32))
			m.want(good, wire.OpGenDig, tt.p1, tt.p2)
			want := sha256.Sum256(bytes.Join(append(tt.message, run(0x40, 32)), nil))
			if got := m.chip.state.tempKey.low(); got != want {
				t.Errorf("TempKey %x, want %x", got, want)
			}
		})
	}
}

func TestGenDigSeesTheLockOfTheSlot(t *testing.T) {
	var digests [2][32]byte
	for i := range digests {
		m := vectorChip(t, allLocked, slotSetting{8, cfgOpen, keyData})
		if i == 1 {
			m.want(good, wire.OpLock, 0x22, 0)
		}
		m.load(wire.NonceFixed, run(0x40, 32))
		m.want(good, wire.OpGenDig, wire.GenDigKeyConfig, 8)
		digests[i] = m.chip.state.tempKey.low()
	}
	if digests[0] == digests[1] {
		t.Error("the locked slot has the same digest")
	}
}

func TestGenDigSaysWhatWentIntoTempKey(t *testing.T) {
	host := run(0, 32)
	tests := []struct {
		name          string
		p1            byte
		p2            uint16
		data          []byte
		random, fixed string
	}{
		{"configuration", 0, 0, nil, "00800000", "10800000"},
		{"OTP", 1, 0, nil, "00800000", "10800000"},
		{"slot", 2, 4, nil, "24800000", "34800000"},
		{"slot with NoMac", 2, 6, []byte{1, 2, 3, 4}, "a6800000", "b6800000"},
		{"data of the host", 3, 0, host, "00800000", "10800000"},
		{"counter", 4, 0, nil, "00800000", "10800000"},
		{"configuration of a slot", 5, 0, nil, "00800000", "10800000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := vectorChip(t, allLocked, slotSetting{6, cfgSecret | 0x10, keyData})
			m.ok(32, wire.OpNonce, wire.NonceRandom, 0, run(0, 20)...)
			m.want(good, wire.OpGenDig, tt.p1, tt.p2, tt.data...)
			m.wantState(tt.random)
			m.load(wire.NonceFixed|wire.Nonce64, run(0, 64))
			m.want(good, wire.OpGenDig, tt.p1, tt.p2, tt.data...)
			m.wantState(tt.fixed)
			if m.chip.state.tempKey.upper {
				t.Error("the second half is still valid")
			}
		})
	}
}

func TestGenDigForgetsTheDigestOfAKeyButNotTheTaint(t *testing.T) {
	m := vectorChip(t, allLocked, slotSetting{6, cfgSecret | 0x10, keyData})
	setTempKey(m, false)
	m.chip.state.tempKey.genKey, m.chip.state.tempKey.keyID = true, 2
	m.want(good, wire.OpGenDig, wire.GenDigData, 6)
	m.wantState("a6800000")
	m.want(good, wire.OpGenDig, wire.GenDigData, 4)
	m.wantState("a4800000")
	m.want(good, wire.OpGenDig, wire.GenDigNonce, 0, run(0, 32)...)
	m.wantState("80800000")
	m.want(no, wire.OpMAC, 3, 0)
}

func TestFailedGenDigClearsTempKey(t *testing.T) {
	tests := []struct {
		name string
		p1   byte
		p2   uint16
		want wire.Status
	}{
		{"private slot", 2, 0, no},
		{"keys of the maker", 2, 0x8004, no},
		{"no such slot", 2, 16, bad},
		{"no such zone", 6, 0, bad},
		{"not authorised", 2, 5, no},
		{"no count", 4, 0, no},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := vectorChip(t, allLocked, slotSetting{5, cfgSecret, 0x04BC})
			copy(m.chip.mem.config[counterOffset:], bytes.Repeat([]byte{0x12}, 8))
			m.load(wire.NonceFixed, run(0, 32))
			m.want(tt.want, wire.OpGenDig, tt.p1, tt.p2)
			m.wantState("00000000")
		})
	}
}

func TestEphemeralKeyIsNoInputOfGenDigOrMAC(t *testing.T) {
	m := vectorChip(t, allLocked)
	m.ok(64, wire.OpGenKey, wire.GenKeyCreate, wire.KeyIDTempKey)
	m.want(no, wire.OpMAC, wire.MACChallengeTempKey, 4)
	m.ok(64, wire.OpGenKey, wire.GenKeyCreate, wire.KeyIDTempKey)
	m.want(no, wire.OpGenDig, wire.GenDigData, 4)
}

// openSession does what a host does before it reads or writes encrypted: a
// random nonce, and GenDig of the key in the slot. It returns the session key.
func openSession(m *master, slot uint16, key []byte) [32]byte {
	m.t.Helper()
	numIn := run(0x31, 20)
	out := m.ok(32, wire.OpNonce, wire.NonceRandom, 0, numIn...)
	nonce := wire.HashNonce([32]byte(out), numIn, wire.NonceRandom)
	m.want(good, wire.OpGenDig, wire.GenDigData, slot)
	return wire.HashGenDig(nonce, wire.GenDigData, slot, m.chip.mem.serial(), [32]byte(key))
}

// xored is b with the session key over it.
func xored(session [32]byte, b []byte) []byte {
	out := bytes.Clone(b)
	for i := range out {
		out[i] ^= session[i]
	}
	return out
}

func TestHostReadsASecretThatOnlyTheReadKeyOpens(t *testing.T) {
	m := vectorChip(t, allLocked, slotSetting{9, 0x80C4, keyData}, slotSetting{5, cfgSecret, keyData})
	secret := run(0x90, 72)
	copy(m.chip.mem.slot(9), secret)
	key := run(0, 32)
	for block, want := range [][]byte{secret[:32], secret[32:64], append(bytes.Clone(secret[64:]), make([]byte, 24)...)} {
		session := openSession(m, 4, key)
		address := wire.Location{Zone: wire.ZoneData, Slot: 9, Block: block}.Address()
		if got := xored(session, m.ok(32, wire.OpRead, 0x82, address)); !bytes.Equal(got, want) {
			t.Errorf("block %d: %x, want %x", block, got, want)
		}
		m.want(no, wire.OpRead, 0x82, address) // a session is good for one block
	}
	openSession(m, 5, make([]byte, 32)) // another key
	m.want(no, wire.OpRead, 0x82, 0x48)
	m.load(wire.NonceFixed, run(0, 32))
	m.want(good, wire.OpGenDig, wire.GenDigData, 4) // a nonce of the host's own making
	m.want(no, wire.OpRead, 0x82, 0x48)
	openSession(m, 4, key)
	m.want(good, wire.OpGenDig, wire.GenDigCounter, 0) // no session key any more
	m.want(no, wire.OpRead, 0x82, 0x48)
}

func TestHostWritesASecretThatOnlyTheWriteKeyOpens(t *testing.T) {
	m := vectorChip(t, allLocked, slotSetting{9, 0x4480, keyData}, slotSetting{5, cfgSecret, keyData})
	key, plain := run(0, 32), run(0xA0, 32)
	for _, p1 := range []byte{0x82, 0xC2} {
		session := openSession(m, 4, key)
		data := encrypted(m, session[:], p1, 0x0148, plain)
		m.want(good, wire.OpWrite, p1, 0x0148, data...)
		if got := m.chip.mem.slot(9)[32:64]; !bytes.Equal(got, plain) {
			t.Errorf("stored %x", got)
		}
		m.want(no, wire.OpWrite, p1, 0x0148, data...) // once

		session = openSession(m, 4, key)
		m.want(no, wire.OpWrite, p1, 0x0048, encrypted(m, session[:], p1, 0x0148, plain)...) // another address
		session = openSession(m, 4, key)
		m.want(no, wire.OpWrite, p1, 0x0048, encrypted(m, session[:], p1^wire.ZoneEncrypted, 0x0048, plain)...) // another mode
		session = openSession(m, 5, m.chip.mem.slot(5)[:32])
		m.want(no, wire.OpWrite, p1, 0x0148, encrypted(m, session[:], p1, 0x0148, plain)...) // another key
	}
	// Write does not ask where the nonce came from.
	m.load(wire.NonceFixed, run(0x40, 32))
	m.want(good, wire.OpGenDig, wire.GenDigData, 4)
	session := m.chip.state.tempKey.low()
	m.want(good, wire.OpWrite, 0xC2, 0x0048, encrypted(m, session[:], 0xC2, 0x0048, plain)...)
}

func TestWriteToAPartialBlockIsAuthenticatedAsAWhole(t *testing.T) {
	m := vectorChip(t, allLocked, slotSetting{9, 0x4480, keyData})
	session := openSession(m, 4, run(0, 32))
	data := encrypted(m, session[:], 0xC2, 0x0248, run(0xA0, 32))
	data[31] ^= 1 // a byte that the slot has no place for
	m.want(no, wire.OpWrite, 0xC2, 0x0248, data...)
	session = openSession(m, 4, run(0, 32))
	m.want(good, wire.OpWrite, 0xC2, 0x0248, encrypted(m, session[:], 0xC2, 0x0248, run(0xA0, 32))...)
	if got := m.chip.mem.slot(9)[64:]; !bytes.Equal(got, run(0xA0, 8)) {
		t.Errorf("stored %x", got)
	}
}

func Test508KeepsTempKeyFromNonceToGenDigToItsUse(t *testing.T) {
	m := vectorChip(t, allLocked, slotSetting{9, 0x80C4, keyData})
	m.chip.mem.config[6] = 0x50
	session := openSession(m, 4, run(0, 32))
	if got := xored(session, m.ok(32, wire.OpRead, 0x82, 0x48)); !bytes.Equal(got, m.chip.mem.slot(9)[:32]) {
		t.Errorf("read %x", got)
	}
	m.load(wire.NonceFixed, run(0, 32))
	m.ok(32, wire.OpMAC, 0, 4, run(0, 32)...) // does not use it, and clears it
	m.want(no, wire.OpGenDig, wire.GenDigData, 4)
}
