package sim

import (
	"bytes"
	"encoding/hex"
	"testing"

	"atecc/internal/atca/wire"
)

// WriteConfig in SlotConfig, with slot 4 as parent.
const (
	rolls      = 0x2480
	creates    = 0x3480
	rollsMAC   = 0xA480
	createsMAC = 0xB480
)

func TestDeriveKeyMatchesTheVectors(t *testing.T) {
	const want = "09c9d09d31904b5c4068123b9944cedec1bf6459072a1e805075de247d7c8525"
	mac := unhex("7efaeadbc6b70b843d72d49c695dd4781590ea46d06368486820a6af67f57845")
	for name, tt := range map[string]struct {
		config uint16
		source int
		mac    []byte
	}{
		"roll":            {rolls, 3, nil},
		"create":          {creates, 4, nil},
		"roll with MAC":   {rollsMAC, 3, mac},
		"create with MAC": {createsMAC, 4, mac},
	} {
		t.Run(name, func(t *testing.T) {
			m := vectorChip(t, allLocked, slotSetting{3, tt.config, keyData})
			before := bytes.Clone(m.chip.mem.slot(4))
			if tt.source == 3 {
				copy(m.chip.mem.slot(3), run(0, 32))
			}
			setTempKey(m, false)
			m.want(good, wire.OpDeriveKey, 0, 3, tt.mac...)
			if got := hex.EncodeToString(m.chip.mem.slot(3)); got != want+"ffffffff" {
				t.Errorf("slot 3 holds %s", got)
			}
			if !bytes.Equal(m.chip.mem.slot(4), before) {
				t.Error("the parent's key was changed")
			}
			m.wantState("00000000")
			m.want(no, wire.OpDeriveKey, 0, 3, tt.mac...) // TempKey is used up
		})
	}
}

func TestDeriveKeyFollowsWriteConfig(t *testing.T) {
	mac := make([]byte, 32) // a wrong one
	for nibble := range uint16(16) {
		wantPlain, wantMAC := no, no
		if nibble&2 != 0 && nibble&8 == 0 {
			wantPlain = good
		}
		if nibble&8 == 0 {
			wantMAC = bad
		}
		m := vectorChip(t, allLocked, slotSetting{3, nibble<<12 | 0x480, keyData})
		setTempKey(m, false)
		if got := m.status(wire.OpDeriveKey, 0, 3); got != wantPlain {
			t.Errorf("WriteConfig %04b: %02x, want %02x", nibble, byte(got), byte(wantPlain))
		}
		setTempKey(m, false)
		if got := m.status(wire.OpDeriveKey, 0, 3, mac...); got != wantMAC {
			t.Errorf("WriteConfig %04b with a wrong MAC: %02x, want %02x", nibble, byte(got), byte(wantMAC))
		}
		m.wantState("00000000")
	}
}

// deriveMAC is what the host sends that knows the key of slot 4.
func deriveMAC(m *master, mode byte, target uint16) []byte {
	mac := wire.HashDeriveKeyMAC([32]byte(run(0, 32)), mode, target, m.chip.mem.serial())
	return mac[:]
}

func TestDeriveKeyFollowsThePoliciesOfItsKeys(t *testing.T) {
	const random, limited, auth, latch = 0x40, 0x20, 0x0580, 0x1000
	tests := []struct {
		name                string
		target              uint16 // WriteConfig and so on
		targetKey           uint16
		parentLimit, parent uint16 // added to its configuration
		fixed               bool
		want                wire.Status
		used                byte
	}{
		{"roll", rolls, keyData, 0, 0, false, good, 0},
		{"roll a limited key", rolls | limited, keyData, 0, 0, false, good, 0},
		{"roll with a limited parent that has no part", rolls, keyData, limited, 0, false, good, 0},
		{"create from a limited parent", creates, keyData, limited, 0, false, good, 1},
		{"create, the target is limited", creates | limited, keyData, 0, 0, false, good, 0},
		{"roll with the MAC of a limited parent", rollsMAC, keyData, limited, 0, false, good, 1},
		{"roll, random nonce", rolls, keyData | random, 0, 0, false, good, 0},
		{"roll, random nonce missing", rolls, keyData | random, 0, 0, true, no, 0},
		{"create, random nonce missing", creates, keyData, 0, random, true, no, 0},
		{"create, the target wants a random nonce", creates, keyData | random, 0, 0, true, good, 0},
		{"create, parent not authorised", creates, keyData, 0, auth, false, no, 0},
		{"create, target not authorised", creates, keyData | auth, 0, 0, false, good, 0},
		{"roll, not authorised", rolls, keyData | auth, 0, 0, false, no, 0},
		{"roll, disabled by the latch", rolls, keyData | latch, 0, 0, false, no, 0},
		{"roll with MAC, disabled by the latch", rollsMAC, keyData | latch, 0, 0, false, no, 0},
		{"create, parent disabled by the latch", creates, keyData, 0, latch, false, no, 0},
		{"create from a private key", creates, keyData, 0, 1, false, no, 0},
		{"MAC of a private key", rollsMAC, keyData, 0, 1, false, no, 0},
		{"roll a private key", rolls, keySign, 0, 0, false, no, 0},
		{"create a private key", creates, keySign, 0, 0, false, no, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := vectorChip(t, allLocked, slotSetting{3, tt.target, tt.targetKey}, slotSetting{4, cfgSecret | tt.parentLimit, keyData | tt.parent})
			setTempKey(m, tt.fixed)
			var mode byte
			if tt.fixed {
				mode = wire.MACFixed
			}
			var mac []byte
			if tt.target>>12&8 != 0 {
				mac = deriveMAC(m, mode, 3)
			}
			if got := m.status(wire.OpDeriveKey, mode, 3, mac...); got != tt.want {
				t.Errorf("status %02x, want %02x", byte(got), byte(tt.want))
			}
			if got := m.ok(4, wire.OpCounter, wire.CounterRead, 0); got[0] != tt.used {
				t.Errorf("count %d, want %d", got[0], tt.used)
			}
		})
	}
}

func TestDeriveKeyWantsTheSourceThatTheModeNames(t *testing.T) {
	for _, mode := range []byte{0, 4} {
		m := vectorChip(t, allLocked, slotSetting{3, rolls, keyData})
		m.want(no, wire.OpDeriveKey, mode, 3) // no TempKey
		setTempKey(m, mode == 0)
		m.want(no, wire.OpDeriveKey, mode, 3)
		setTempKey(m, mode != 0)
		m.want(good, wire.OpDeriveKey, mode, 3)
	}
}

func TestWrongMACDoesNotCountAndChangesNothing(t *testing.T) {
	m := vectorChip(t, allLocked, slotSetting{3, createsMAC, keyData}, slotSetting{4, cfgSecret | 0x20, keyData})
	before := m.chip.mem
	setTempKey(m, false)
	m.want(no, wire.OpDeriveKey, 0, 3, deriveMAC(m, 0, 2)...)
	if m.chip.mem != before {
		t.Error("the memory has changed")
	}
}

func TestDeriveKeyBeforeTheDataLockChecksOnlyTheMACThatComes(t *testing.T) {
	m := vectorChip(t, dataUnlocked, slotSetting{3, createsMAC, 0x05FC}, slotSetting{5, 0x0F80, 0x107C})
	for _, mac := range [][]byte{nil, deriveMAC(m, 4, 3)} {
		setTempKey(m, true)
		m.want(good, wire.OpDeriveKey, 4, 3, mac...)
	}
	setTempKey(m, true)
	m.want(no, wire.OpDeriveKey, 4, 3, make([]byte, 32)...)
	setTempKey(m, true)
	m.want(good, wire.OpDeriveKey, 4, 5) // neither WriteConfig nor KeyConfig bind yet
	setTempKey(m, true)
	m.want(bad, wire.OpDeriveKey, 4, 5, make([]byte, 32)...)
}

func TestDeriveKeyLeavesALockedSlotAlone(t *testing.T) {
	for _, state := range []int{dataUnlocked, allLocked} {
		m := vectorChip(t, state, slotSetting{3, rolls, keyData})
		m.want(good, wire.OpLock, 0x0E, 0)
		setTempKey(m, false)
		m.want(no, wire.OpDeriveKey, 0, 3)
	}
}

func TestDerivedKeyIsNoValidatedPublicKey(t *testing.T) {
	m := vectorChip(t, allLocked, slotSetting{9, rolls, keyValid})
	for range 20 { // one digest in sixteen starts with the mark of a valid key
		m.chip.mem.setNibble(9, nibbleValid)
		m.ok(32, wire.OpNonce, wire.NonceRandom, 0, run(0, 20)...)
		m.want(good, wire.OpDeriveKey, 0, 9)
		if m.chip.mem.publicValid(9) {
			t.Fatal("the slot says that its public key is valid")
		}
	}
}
