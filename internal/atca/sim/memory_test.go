package sim

import (
	"bytes"
	"testing"

	"atecc/internal/atca/wire"
)

func TestSlotsLieSideBySideAndFillTheMemory(t *testing.T) {
	m := erased(*blank(t, configUnlocked))
	total := 0
	for n := range wire.Slots {
		b := m.slot(n)
		if len(b) != wire.SlotSize(n) {
			t.Errorf("slot %d has %d bytes", n, len(b))
		}
		for i := range b {
			b[i] = byte(n)
		}
		total += len(b)
	}
	if total != len(m.data) {
		t.Errorf("%d bytes in slots, %d in all", total, len(m.data))
	}
	for n := range wire.Slots {
		if b := m.slot(n); !bytes.Equal(b, bytes.Repeat([]byte{byte(n)}, len(b))) {
			t.Errorf("slot %d was overwritten by a neighbour: %x", n, b)
		}
	}
}

func TestNewMemoryIsErased(t *testing.T) {
	m := erased(*blank(t, configUnlocked))
	for name, b := range map[string][]byte{"OTP": m.otp[:], "data": m.data[:]} {
		if !bytes.Equal(b, bytes.Repeat([]byte{0xFF}, len(b))) {
			t.Errorf("%s: %x", name, b)
		}
	}
}

func TestStoredPublicKeySkipsItsPadding(t *testing.T) {
	m := withSlots(t, allLocked, slotSetting{9, cfgParent, keyValid})
	storePublic(m, 9, run(0, 64))
	m.chip.mem.setNibble(9, nibbleValid)
	if got := m.chip.mem.storedPublic(9); !bytes.Equal(got[:], run(0, 64)) {
		t.Errorf("key %x", got)
	}
	if got := m.chip.mem.slot(9)[0]; got != 0x50 {
		t.Errorf("first byte %02x", got)
	}
}

func TestOnlyValidatableSlotsHaveAValidity(t *testing.T) {
	for _, tt := range []struct {
		name  string
		key   uint16
		valid bool
	}{
		{"public key to be validated", keyValid, true},
		{"public key", keyPublic, false},
		{"data that a KDF may write", 0x003E, false},
		{"private key", keySign, false},
	} {
		m := withSlots(t, allLocked, slotSetting{9, cfgOpen, tt.key})
		m.chip.mem.setNibble(9, nibbleValid)
		if got := m.chip.mem.publicValid(9); got != tt.valid {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.valid)
		}
	}
}

func TestNumbersThatAreNoKeyCountAsAbsent(t *testing.T) {
	order := unhex("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551")
	last := bytes.Clone(order)
	last[31]--
	for _, tt := range []struct {
		name string
		d    []byte
		want bool
	}{
		{"unwritten", bytes.Repeat([]byte{0xFF}, 32), false},
		{"zero", make([]byte, 32), false},
		{"order of the curve", order, false},
		{"one less", last, true},
		{"one", append(make([]byte, 31), 1), true},
	} {
		m := withSlots(t, dataUnlocked)
		m.chip.mem.storePrivate(0, tt.d)
		valid := m.ok(4, wire.OpInfo, wire.InfoKeyValid, 0)[0] == 1
		computes := m.status(wire.OpGenKey, wire.GenKeyPublic, 0) == good
		if valid != tt.want || computes != tt.want {
			t.Errorf("%s: valid %v, public key %v, want %v", tt.name, valid, computes, tt.want)
		}
	}
}

func TestAuthorisationOutlivesIdleButNotSleep(t *testing.T) {
	for _, tt := range []struct {
		name  string
		word  byte
		state string
	}{
		{"idle", wire.WordIdle, "004c0000"},
		{"sleep", wire.WordSleep, "00000000"},
	} {
		m := newMaster(t, Options{})
		slot := 9
		m.chip.state.auth = &slot
		m.word(tt.word)
		m.wake()
		m.wantState(tt.state)
	}
}

func TestUnauthorisedUseEndsAnAuthorisation(t *testing.T) {
	m := withSlots(t, allLocked, slotSetting{1, cfgSign, 0x05B3})
	slot := 9 // but slot 1 asks for slot 5
	m.chip.state.auth = &slot
	m.load(wire.NonceFixed, run(0, 32))
	m.want(no, wire.OpSign, wire.SignExternal, 1)
	m.wantState("00000000")
}

func TestPoliciesBindOnlyAfterTheDataLock(t *testing.T) {
	// Slot 1: no external signatures, authorisation, latch, limited use.
	m := withSlots(t, dataUnlocked, slotSetting{1, 0x00A0, 0x15B1})
	m.ok(64, wire.OpGenKey, wire.GenKeyCreate, 1)
	m.ok(64, wire.OpGenKey, wire.GenKeyPublic, 1)
	m.load(wire.NonceFixed, run(0, 32))
	m.ok(64, wire.OpSign, wire.SignExternal, 1)
	if got := m.ok(4, wire.OpCounter, wire.CounterRead, 0); got[0] != 0 {
		t.Errorf("count %x", got)
	}
	m.lock(wire.LockZoneData)
	m.load(wire.NonceFixed, run(0, 32))
	m.want(no, wire.OpSign, wire.SignExternal, 1)
	m.want(no, wire.OpGenKey, wire.GenKeyPublic, 1)
	m.want(no, wire.OpGenKey, wire.GenKeyCreate, 1)
}

// TestChipLivesItsWholeLife goes from the factory to service on one chip.
func TestChipLivesItsWholeLife(t *testing.T) {
	m := newMaster(t, Options{})
	m.want(good, wire.OpWrite, 0, 5, 0x83, 0x20, 0x87, 0x20) // slots 0 and 1
	m.want(good, wire.OpWrite, 0, 9, 0x0F, 0x0F, 0x0F, 0x0F) // slots 8 and 9
	m.want(no, wire.OpGenKey, wire.GenKeyCreate, 0)
	m.want(good, wire.OpLock, wire.LockZoneConfig, wire.CRC16(m.chip.mem.config[:]))

	public := m.ok(64, wire.OpGenKey, wire.GenKeyCreate, 0)
	m.want(good, wire.OpWrite, 0x82, 0x40, run(0, 32)...)
	m.want(good, wire.OpWrite, 0x81, 0x00, run(9, 32)...)
	m.want(no, wire.OpRead, 0x82, 0x40)
	m.lock(wire.LockZoneData)

	if got := m.ok(32, wire.OpRead, 0x82, 0x40); !bytes.Equal(got, run(0, 32)) {
		t.Errorf("slot 8 %x", got)
	}
	if got := m.ok(32, wire.OpRead, 0x81, 0x00); !bytes.Equal(got, run(9, 32)) {
		t.Errorf("OTP %x", got)
	}
	m.want(no, wire.OpWrite, 0x81, 0x00, run(0, 32)...)
	m.load(wire.NonceFixed|wire.NonceMsgDigBuf, run(3, 32))
	rs := m.ok(64, wire.OpSign, wire.SignExternal|wire.SignMsgDigBuf, 0)
	if !verifiesOnHost(t, public, run(3, 32), rs) {
		t.Error("the signature does not verify")
	}
	replaced := m.ok(64, wire.OpGenKey, wire.GenKeyCreate, 0)
	if bytes.Equal(replaced, public) {
		t.Error("the key was not replaced")
	}
	m.want(good, wire.OpLock, wire.LockSlot, 0)
	m.want(no, wire.OpGenKey, wire.GenKeyCreate, 0)
}
