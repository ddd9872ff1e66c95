package sim

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// Settings of slots for AES keys and derived secrets.
const (
	keyAES     = 0x0018 // AES key
	keyAESKDF  = 0x001A // AES key that KDF may write
	keyDataKDF = 0x003E // data that KDF and ECDH may write, lockable
	cfgECDH    = 0x2087 // private: all signatures, ECDH, GenKey
	cfgECDHIn  = 0x208F // the same, but the secret goes to the next slot
)

// Places in the configuration zone that these tests set.
const (
	atAESEnable  = 13
	atSlotLocked = 88
	atOptions    = 90
	atBoot       = 70
)

// custom is an awake chip of a zone that the test edits.
func custom(t *testing.T, state int, edit func(z *config.Zone), slots ...slotSetting) *master {
	t.Helper()
	z := blank(t, state, slots...)
	edit(z)
	return newMaster(t, Options{Config: (*[128]byte)(z)})
}

// options sets ChipOptions, low byte first.
func options(word uint16) func(*config.Zone) {
	return func(z *config.Zone) { z[atOptions], z[atOptions+1] = byte(word), byte(word>>8) }
}

// ioOptions are ChipOptions with the IO protection key in slot 6, KDF-AES
// allowed, and the two protections.
func ioOptions(ecdh, kdf int) func(*config.Zone) {
	return options(0x6006 | uint16(ecdh)<<8 | uint16(kdf)<<10)
}

// decrypted undoes the encryption of a secret with the key in slot 6.
func (m *master) decrypted(answer []byte) []byte {
	n := len(answer) - 32
	nonce := answer[n:]
	out := make([]byte, n)
	for i := range out {
		stream := sha256.Sum256(append(append([]byte{}, m.chip.mem.slot(6)[:32]...), nonce[i/32*16:][:16]...))
		out[i] = answer[i] ^ stream[i%32]
	}
	return out
}

// authorised says to the chip that the host has proved a key.
func (m *master) authorised(slot int) { m.chip.state.auth = &slot }

func (m *master) wantCount(want byte) {
	m.t.Helper()
	if got := m.ok(4, wire.OpCounter, wire.CounterRead, 0); got[0] != want {
		m.t.Errorf("count %d, want %d", got[0], want)
	}
}

// TestIllegalParametersOfTheSecretCommands goes with the table of
// TestIllegalParametersAnswerAParseErrorWhateverTheState.
func TestIllegalParametersOfTheSecretCommands(t *testing.T) {
	prf := func(details byte) []byte { return []byte{0, details, 0, 16} }
	tests := []struct {
		op    wire.Opcode
		p1    byte
		p2    uint16
		first []byte // of the data; zeros follow
		data  int
	}{
		{wire.OpAES, 2, 0, nil, 16}, {wire.OpAES, 4, 0, nil, 16}, {wire.OpAES, 7, 0, nil, 16}, {wire.OpAES, 0x08, 0, nil, 16}, {wire.OpAES, 0x20, 0, nil, 16}, {wire.OpAES, 0, 16, nil, 16}, {wire.OpAES, 0, 0xFFFE, nil, 16}, {wire.OpAES, 0, 0, nil, 15}, {wire.OpAES, 0, 0, nil, 32}, {wire.OpAES, 1, 0, nil, 0}, {wire.OpAES, 3, 0, nil, 16}, {wire.OpAES, 3, 16, nil, 32},
		{wire.OpECDH, 0x10, 0, nil, 64}, {wire.OpECDH, 0x80, 0, nil, 64}, {wire.OpECDH, 0, 16, nil, 64}, {wire.OpECDH, 0, 0xFFFF, nil, 64}, {wire.OpECDH, 0, 0x0100, nil, 64}, {wire.OpECDH, 0, 0, nil, 63}, {wire.OpECDH, 0, 0, nil, 65}, {wire.OpECDH, 0, 0, nil, 0},
		{wire.OpKDF, 0x80, 0, prf(0), 20}, {wire.OpKDF, 0x60, 0, prf(0), 20}, {wire.OpKDF, 0x18, 0, prf(0), 20}, {wire.OpKDF, 0x1C, 0, prf(0), 20}, {wire.OpKDF, 0, 0, nil, 3}, {wire.OpKDF, 0, 0, nil, 0},
		{wire.OpKDF, 0x02, 0x0010, prf(0), 20}, {wire.OpKDF, 0x08, 0x1000, prf(0), 20}, {wire.OpKDF, 0x0A, 0xFF00, prf(0), 20},
		{wire.OpKDF, 0, 0, prf(0), 19}, {wire.OpKDF, 0, 0, prf(0), 21}, {wire.OpKDF, 0, 0, []byte{0, 0, 0, 128}, 132}, {wire.OpKDF, 0, 0, prf(2), 20}, {wire.OpKDF, 0, 0, prf(4), 20}, {wire.OpKDF, 0, 0, prf(5), 20}, {wire.OpKDF, 0, 0, prf(7), 20}, {wire.OpKDF, 0x14, 0, prf(3), 20},
		{wire.OpKDF, 0x20, 0, nil, 4}, {wire.OpKDF, 0x20, 0, nil, 19}, {wire.OpKDF, 0x20, 0, nil, 36},
		{wire.OpKDF, 0x40, 0, []byte{2, 0, 0, 16}, 19}, {wire.OpKDF, 0x40, 0, []byte{2, 0, 0, 16}, 4}, {wire.OpKDF, 0x40, 0, []byte{3, 0, 0, 16}, 4}, {wire.OpKDF, 0x40, 0, []byte{0, 0, 0, 16}, 5}, {wire.OpKDF, 0x40, 0, []byte{1, 0, 0, 16}, 20},
		{wire.OpSecureBoot, 0, 0, nil, 96}, {wire.OpSecureBoot, 4, 0, nil, 96}, {wire.OpSecureBoot, 0x0D, 0, nil, 96}, {wire.OpSecureBoot, 0x25, 0, nil, 96}, {wire.OpSecureBoot, 5, 1, nil, 96}, {wire.OpSecureBoot, 5, 0, nil, 32}, {wire.OpSecureBoot, 6, 0, nil, 96}, {wire.OpSecureBoot, 7, 0, nil, 32}, {wire.OpSecureBoot, 7, 0, nil, 95}, {wire.OpSecureBoot, 6, 0, nil, 0},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%02x %02x %04x %x %d", byte(tt.op), tt.p1, tt.p2, tt.first, tt.data), func(t *testing.T) {
			for state := range lockStates {
				m := withSlots(t, state)
				data := make([]byte, tt.data)
				copy(data, tt.first)
				m.want(bad, tt.op, tt.p1, tt.p2, data...)
			}
		})
	}
}

// TestAccessToSecretsFollowsTheLockState goes with the table of
// TestAccessFollowsTheLockState.
func TestAccessToSecretsFollowsTheLockState(t *testing.T) {
	peer := publicOfHost(t)
	nonce := func(m *master) { m.load(wire.NonceFixed, run(0, 32)) }
	block := run(0, 16)
	prf, hkdf := append([]byte{1, 0, 0, 16}, block...), append([]byte{2, 0, 0, 16}, block...)
	ecb := append([]byte{0, 0, 0, 0}, block...)
	tests := []struct {
		name  string
		setUp func(*master)
		op    wire.Opcode
		p1    byte
		p2    uint16
		data  []byte
		want  [3]wire.Status
	}{
		{"AES with a slot", nil, wire.OpAES, 0, 3, block, [3]wire.Status{no, good, good}},
		{"AES with TempKey", nonce, wire.OpAES, 0, 0xFFFF, block, [3]wire.Status{good, good, good}},
		{"AES with a data slot", nil, wire.OpAES, 0, 5, block, [3]wire.Status{no, no, no}},
		{"AES multiplication", nil, wire.OpAES, 3, 0, run(0, 32), [3]wire.Status{good, good, good}},
		{"ECDH", nil, wire.OpECDH, 0, 0, peer, [3]wire.Status{no, good, good}},
		{"ECDH that policy closes", nil, wire.OpECDH, 0, 1, peer, [3]wire.Status{no, good, no}},
		{"ECDH into the next slot that policy closes", nil, wire.OpECDH, 4, 0, peer, [3]wire.Status{no, no, no}},
		{"ECDH into the next slot", nil, wire.OpECDH, 4, 4, peer, [3]wire.Status{no, good, good}},
		{"ECDH into the next slot, not forced", nil, wire.OpECDH, 4, 2, peer, [3]wire.Status{no, good, no}},
		{"ECDH out, against the configuration", nil, wire.OpECDH, 0x0C, 4, peer, [3]wire.Status{no, good, no}},
		{"KDF from a slot", nil, wire.OpKDF, 0x12, 5, prf, [3]wire.Status{no, good, good}},
		{"KDF from TempKey", nonce, wire.OpKDF, 0x50, 0, hkdf, [3]wire.Status{good, good, good}},
		{"KDF into a slot", nonce, wire.OpKDF, 0x48, 0x0900, hkdf, [3]wire.Status{no, good, good}},
		{"KDF into a slot that policy closes", nonce, wire.OpKDF, 0x48, 0x0500, hkdf, [3]wire.Status{no, good, no}},
		{"KDF with AES", nil, wire.OpKDF, 0x32, 3, ecb, [3]wire.Status{no, good, good}},
		{"KDF encrypted", nonce, wire.OpKDF, 0x54, 0, hkdf, [3]wire.Status{no, good, good}},
	}
	slots := []slotSetting{
		{0, cfgECDH, keySign}, {1, cfgSign, keySign}, {2, cfgECDH, keySign}, {3, cfgSealed, keyAES},
		{4, cfgECDHIn, keySign}, {5, cfgSealed, keyData}, {6, cfgSealed, keyData}, {9, cfgSealed, keyAESKDF},
	}
	for _, tt := range tests {
		for state, want := range tt.want {
			t.Run(tt.name+"/"+lockStates[state], func(t *testing.T) {
				m := custom(t, state, ioOptions(0, 0), slots...)
				for _, n := range []int{0, 1, 2, 4} {
					m.chip.mem.storePrivate(n, deriveScalar("", n))
				}
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

func TestKeysForAESAndKDFFollowTheirPolicy(t *testing.T) {
	tests := []struct {
		name        string
		config, key uint16
		want        wire.Status
		count       byte
	}{
		{"open", cfgOpen, keyAES, good, 0},
		{"secret", cfgSealed, keyAES, good, 0},
		{"NoMac does not matter", cfgSealed | 0x10, keyAES, good, 0},
		{"ReqRandom does not matter", cfgSealed, keyAES | 0x40, good, 0},
		{"limited", cfgSealed | 0x20, keyAES, good, 1},
		{"disabled by the latch", cfgSealed | 0x20, keyAES | 0x1000, no, 0},
		{"authorisation asked for", cfgSealed | 0x20, keyAES | 0x0480, no, 0},
		{"private", cfgSealed, keyAES | 1, no, 0},
		{"public key", cfgSealed, keyPublic, no, 0},
		{"reserved type", cfgSealed, 0x0014, no, 0},
	}
	commands := map[string]struct {
		op   wire.Opcode
		p1   byte
		p2   uint16
		data []byte
	}{
		"AES":      {wire.OpAES, 0, 3, run(0, 16)},
		"KDF PRF":  {wire.OpKDF, 0x12, 0x1203, append([]byte{1, 0, 0, 16}, run(0, 16)...)},
		"KDF AES":  {wire.OpKDF, 0x32, 3, append([]byte{0, 0, 0, 0}, run(0, 16)...)},
		"KDF HKDF": {wire.OpKDF, 0x52, 3, append([]byte{2, 0, 0, 16}, run(0, 16)...)},
	}
	for _, tt := range tests {
		for name, cmd := range commands {
			t.Run(name+" "+tt.name, func(t *testing.T) {
				m := custom(t, allLocked, ioOptions(0, 0), slotSetting{3, tt.config, tt.key})
				m.authorised(4) // to no avail: even the right key does not open AES
				if got := m.status(cmd.op, cmd.p1, cmd.p2, cmd.data...); got != tt.want {
					t.Errorf("status %02x, want %02x", byte(got), byte(tt.want))
				}
				m.wantCount(tt.count)
				if spent := m.chip.state.auth == nil; spent != (tt.key&0x80 != 0) {
					t.Errorf("authorisation spent: %v", spent)
				}
			})
		}
	}
}

func TestLatchOpensADisabledAESKey(t *testing.T) {
	m := withSlots(t, allLocked, slotSetting{3, cfgSealed, keyAES | 0x1000})
	m.want(no, wire.OpAES, 0, 3, run(0, 16)...)
	m.chip.latch = true
	m.ok(16, wire.OpAES, 0, 3, run(0, 16)...)
}

func TestLimitedKeyIsNotSpentOnARefusal(t *testing.T) {
	m := custom(t, allLocked, ioOptions(protectInside, protectInside),
		slotSetting{0, cfgECDH | 0x20, keySign}, slotSetting{3, cfgSealed | 0x20, keyAES})
	m.chip.mem.storePrivate(0, deriveScalar("", 0))
	m.want(no, wire.OpAES, 0x80, 3, run(0, 16)...) // no such part
	m.want(no, wire.OpECDH, 0x0C, 0, publicOfHost(t)...)
	m.want(no, wire.OpKDF, 0x52, 3, append([]byte{2, 0, 0, 16}, run(0, 16)...)...)
	m.wantCount(0)
	m.want(good, wire.OpECDH, 0x08, 0, publicOfHost(t)...)
	m.wantCount(1)
	m.chip.setCounter(0, counterMax)
	m.want(no, wire.OpECDH, 0x08, 0, publicOfHost(t)...)
	m.want(no, wire.OpAES, 0, 3, run(0, 16)...)
}
