package sim

import (
	"bytes"
	"encoding/hex"
	"testing"

	"atecc/internal/atca/wire"
)

func TestUnwrittenSlotsReadFF(t *testing.T) {
	m := withSlots(t, allLocked, slotSetting{8, cfgOpen, keyData}, slotSetting{9, cfgOpen, keyData})
	if got := m.ok(32, wire.OpRead, 0x82, 0x0C40); !bytes.Equal(got, bytes.Repeat([]byte{0xFF}, 32)) {
		t.Errorf("last block of slot 8: %x", got)
	}
	// The last block of slot 9 has eight bytes; the rest reads as zeros.
	want := append(bytes.Repeat([]byte{0xFF}, 8), make([]byte, 24)...)
	if got := m.ok(32, wire.OpRead, 0x82, 0x0248); !bytes.Equal(got, want) {
		t.Errorf("last block of slot 9: %x", got)
	}
}

func TestWriteBeyondAPartialBlockIgnoresTheSurplus(t *testing.T) {
	m := withSlots(t, allLocked, slotSetting{9, cfgOpen, keyData}, slotSetting{10, cfgOpen, keyData})
	m.want(good, wire.OpWrite, 0x82, 0x0248, run(1, 32)...)
	want := append(run(1, 8), make([]byte, 24)...)
	if got := m.ok(32, wire.OpRead, 0x82, 0x0248); !bytes.Equal(got, want) {
		t.Errorf("slot 9: %x", got)
	}
	if got := m.ok(4, wire.OpRead, 2, 0x0050); !bytes.Equal(got, []byte{0xFF, 0xFF, 0xFF, 0xFF}) {
		t.Errorf("slot 10 was hit: %x", got)
	}
}

func TestBlockAccessIgnoresTheWordOfTheAddress(t *testing.T) {
	m := withSlots(t, allLocked, slotSetting{8, cfgOpen, keyData})
	m.want(good, wire.OpWrite, 0x82, 0x0143, run(0, 32)...)
	m.want(good, wire.OpWrite, 2, 0x0141, 0xAA, 0xBB, 0xCC, 0xDD)
	want := hex.EncodeToString(run(0, 4)) + "aabbccdd" + hex.EncodeToString(run(8, 24))
	if got := hex.EncodeToString(m.ok(32, wire.OpRead, 0x82, 0x0147)); got != want {
		t.Errorf("block %s, want %s", got, want)
	}
}

func TestWholeConfigurationCanBeWrittenInItsBlocksAndWords(t *testing.T) {
	m := newMaster(t, Options{})
	before := m.chip.mem.config
	image := run(0x80, 128)
	image[14] = 1
	for w := uint16(4); w < 32; w++ {
		switch {
		case w == 21: // locks
		case w%8 == 0 && (w == 8 || w == 24):
			m.want(good, wire.OpWrite, 0x80, w, image[4*w:4*w+32]...)
			w += 7
		default:
			m.want(good, wire.OpWrite, 0, w, image[4*w:4*w+4]...)
		}
	}
	copy(image[:16], before[:16])
	copy(image[84:88], before[84:88])
	if got := m.chip.mem.config; !bytes.Equal(got[:], image) {
		t.Errorf("zone\n%x, want\n%x", got, image)
	}
}

func TestLockedSlotTakesNothing(t *testing.T) {
	for _, state := range []int{dataUnlocked, allLocked} {
		m := withSlots(t, state, slotSetting{0, cfgSign, keySign}, slotSetting{8, cfgOpen, keyData})
		m.ok(64, wire.OpGenKey, wire.GenKeyCreate, 0)
		m.want(good, wire.OpLock, 0x02, 0)
		m.want(good, wire.OpLock, 0x22, 0)
		m.want(no, wire.OpLock, 0x22, 0)
		m.want(no, wire.OpWrite, 0x82, 0x40, make([]byte, 32)...)
		m.want(no, wire.OpGenKey, wire.GenKeyCreate, 0)
		m.ok(64, wire.OpGenKey, wire.GenKeyPublic, 0)
		if got := m.ok(4, wire.OpRead, 0, 22); got[0] != 0xFE || got[1] != 0xFE {
			t.Errorf("SlotLocked %x, want fefe", got[:2])
		}
	}
}

func TestConfigLockChecksTheSummary(t *testing.T) {
	m := newMaster(t, Options{})
	crc := wire.CRC16(m.chip.mem.config[:])
	m.want(no, wire.OpLock, wire.LockZoneConfig, crc+1)
	m.want(good, wire.OpLock, wire.LockZoneConfig, crc)
	m.want(no, wire.OpLock, wire.LockZoneConfig, crc)
}

func TestDataLockSummaryLeavesPrivateKeysOut(t *testing.T) {
	m := withSlots(t, dataUnlocked)
	m.ok(64, wire.OpGenKey, wire.GenKeyCreate, 0)
	m.want(good, wire.OpWrite, 0x82, 0x0040, run(0, 32)...)
	m.want(good, wire.OpWrite, 0x81, 0x0008, run(0x20, 32)...)
	// Slots 0 to 2 hold private keys: the rest is 0xFF but for what was written.
	image := bytes.Repeat([]byte{0xFF}, 5*36+416+7*72+64)
	copy(image[5*36:], run(0, 32))
	copy(image[len(image)-32:], run(0x20, 32))
	crc := wire.CRC16(image)
	m.want(no, wire.OpLock, wire.LockZoneData, crc^1)
	m.want(good, wire.OpLock, wire.LockZoneData, crc)
}

func TestLockTakesEffectAtOnce(t *testing.T) {
	m := newMaster(t, Options{})
	pattern := bytes.Repeat([]byte{0xFF, 0xFF, 0, 0}, 8)
	if got := m.ok(32, wire.OpRandom, 0, 0); !bytes.Equal(got, pattern) {
		t.Errorf("random of an unlocked chip: %x", got)
	}
	m.lock(wire.LockZoneConfig)
	a, b := m.ok(32, wire.OpRandom, 0, 0), m.ok(32, wire.OpRandom, 1, 0)
	if bytes.Equal(a, pattern) || bytes.Equal(a, b) {
		t.Errorf("random of a locked chip: %x, %x", a, b)
	}
}

func TestCounterCountsInTheChipsPattern(t *testing.T) {
	m := withSlots(t, dataUnlocked)
	for want := byte(1); want <= 33; want++ {
		if got := m.ok(4, wire.OpCounter, wire.CounterIncrement, 1); !bytes.Equal(got, []byte{want, 0, 0, 0}) {
			t.Fatalf("count %x, want %d", got, want)
		}
	}
	if got := m.ok(4, wire.OpCounter, wire.CounterRead, 0); !bytes.Equal(got, make([]byte, 4)) {
		t.Errorf("the other counter reads %x", got)
	}
	if got := hex.EncodeToString(m.ok(32, wire.OpRead, 0x80, 8)[28:]); got != "7fff0000" {
		t.Errorf("counter 1 stands as %s...", got)
	}
}

func TestCounterStopsAtItsEnd(t *testing.T) {
	m := withSlots(t, dataUnlocked)
	m.chip.setCounter(0, counterMax-1)
	if got := m.ok(4, wire.OpCounter, wire.CounterIncrement, 0); !bytes.Equal(got, []byte{0xFF, 0xFF, 0x1F, 0}) {
		t.Errorf("last count %x", got)
	}
	m.want(no, wire.OpCounter, wire.CounterIncrement, 0)
	m.ok(4, wire.OpCounter, wire.CounterRead, 0)
}

func TestCounterWithoutALegalCountIsRefused(t *testing.T) {
	z := blank(t, dataUnlocked)
	copy(z[52:], bytes.Repeat([]byte{0x12}, 8))
	m := newMaster(t, Options{Config: (*[128]byte)(z)})
	m.want(no, wire.OpCounter, wire.CounterRead, 0)
}

// encrypted is the data of an encrypted write of plain.
func encrypted(m *master, session []byte, p1 byte, p2 uint16, plain []byte) []byte {
	mac := wire.HashWriteMAC([32]byte(session), p1, p2, m.chip.mem.serial(), [32]byte(plain))
	cipher := bytes.Clone(plain)
	for i := range cipher {
		cipher[i] ^= session[i]
	}
	return append(cipher, mac[:]...)
}

func TestEncryptedWriteBeforeTheDataLockTakesAnyTempKey(t *testing.T) {
	session, plain := run(0x40, 32), run(0x80, 32)
	tests := []struct {
		name string
		p1   byte
		p2   uint16
		at   func(*master) []byte
	}{
		{"slot", 0xC2, 0x0018, func(m *master) []byte { return m.chip.mem.slot(3)[:32] }},
		{"OTP", 0xC1, 0x0008, func(m *master) []byte { return m.chip.mem.otp[32:] }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := withSlots(t, dataUnlocked)
			data := encrypted(m, session, tt.p1, tt.p2, plain)
			m.want(no, wire.OpWrite, tt.p1, tt.p2, data...) // no TempKey
			m.load(wire.NonceFixed, session)
			m.want(good, wire.OpWrite, tt.p1, tt.p2, data...)
			if got := tt.at(m); !bytes.Equal(got, plain) {
				t.Errorf("stored %x", got)
			}
			m.wantState("00000000") // the session key is used up
			m.load(wire.NonceFixed, session)
			data[40] ^= 1
			m.want(no, wire.OpWrite, tt.p1, tt.p2, data...)
			m.wantState("00000000")
		})
	}
}

// sessionKey puts into TempKey what GenDig would: a key derived from a slot.
func sessionKey(m *master, slot byte) {
	t := digestTempKey([32]byte(run(0x40, 32)), false)
	t.genDig, t.keyID = true, slot
	m.chip.state.tempKey = t
}

func TestEncryptedWriteAfterTheDataLockWantsTheWriteKey(t *testing.T) {
	const cfgEncrypted = 0x4480 // secret, written encrypted with key 4
	m := withSlots(t, allLocked, slotSetting{3, cfgEncrypted, keyData})
	session, plain := run(0x40, 32), run(0x80, 32)
	for _, p1 := range []byte{0x82, 0xC2} { // the bit that says "encrypted" decides nothing
		data := encrypted(m, session, p1, 0x0018, plain)
		m.load(wire.NonceFixed, session)
		m.want(no, wire.OpWrite, p1, 0x0018, data...) // GenDig is missing
		sessionKey(m, 5)
		m.want(no, wire.OpWrite, p1, 0x0018, data...) // another key
		sessionKey(m, 4)
		m.want(good, wire.OpWrite, p1, 0x0018, data...)
		m.want(no, wire.OpWrite, p1, 0x0018, data...)
	}
	m.want(no, wire.OpWrite, 0x82, 0x0018, plain...) // in clear
	m.want(no, wire.OpWrite, 2, 0x0018, plain[:4]...)
}

func TestMACWhereNoneIsAskedForIsAParseError(t *testing.T) {
	m := withSlots(t, allLocked, slotSetting{8, cfgOpen, keyData})
	m.want(bad, wire.OpWrite, 0x82, 0x40, make([]byte, 64)...)
	m.want(bad, wire.OpWrite, 0xC2, 0x40, make([]byte, 64)...)
	m = withSlots(t, dataUnlocked, slotSetting{8, cfgOpen, keyData})
	m.want(bad, wire.OpWrite, 0x82, 0x40, make([]byte, 64)...)
}

func TestEncryptedReadHidesTheBlockBehindTheSessionKey(t *testing.T) {
	const cfgReadEncrypted = 0x80C4 // secret, read encrypted with key 4
	m := withSlots(t, allLocked, slotSetting{3, cfgReadEncrypted, keyData})
	copy(m.chip.mem.slot(3), run(0x80, 32))
	m.want(no, wire.OpRead, 0x82, 0x18)
	sessionKey(m, 5)
	m.want(no, wire.OpRead, 0x82, 0x18)
	sessionKey(m, 4)
	m.want(no, wire.OpRead, 2, 0x18) // words are never encrypted
	sessionKey(m, 4)
	if got := m.ok(32, wire.OpRead, 0x82, 0x18); !bytes.Equal(got, bytes.Repeat([]byte{0xC0}, 32)) {
		t.Errorf("cipher %x", got)
	}
	m.want(no, wire.OpRead, 0x82, 0x18) // once
	sessionKey(m, 4)
	m.chip.state.tempKey.fixed = true
	m.want(no, wire.OpRead, 0x82, 0x18) // a nonce of the host's own making
}

func TestSecretWithoutEncryptionAndItsOppositeAreNeverRead(t *testing.T) {
	for _, cfg := range []uint16{0x0080, 0x0040} {
		m := withSlots(t, allLocked, slotSetting{8, cfg, keyData})
		sessionKey(m, 0)
		m.want(no, wire.OpRead, 0x82, 0x40)
	}
}

func TestPubInvalidSlotIsWrittenUntilItsKeyIsValid(t *testing.T) {
	m := withSlots(t, allLocked, slotSetting{9, 0x1F0D, keyValid})
	m.want(good, wire.OpWrite, 0x82, 0x48, make([]byte, 32)...)
	if got := m.ok(4, wire.OpRead, 2, 0x48); got[0] != nibbleInvalid {
		t.Errorf("first byte %02x, want a0", got[0])
	}
	m.want(no, wire.OpWrite, 2, 0x48, make([]byte, 4)...)
	m.chip.mem.setNibble(9, nibbleValid)
	m.want(no, wire.OpWrite, 0x82, 0x48, make([]byte, 32)...)
}

func TestWritingAnyBlockInvalidatesAPublicKey(t *testing.T) {
	m := withSlots(t, allLocked, slotSetting{9, cfgParent, keyValid})
	m.chip.mem.setNibble(9, nibbleValid)
	m.want(good, wire.OpWrite, 0x82, 0x0248, make([]byte, 32)...)
	if m.chip.mem.publicValid(9) {
		t.Error("the key is still valid after its last block was written")
	}
}
