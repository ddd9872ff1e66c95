package sim

import (
	"bytes"
	"crypto/elliptic"
	"encoding/hex"
	"testing"

	"atecc/internal/atca/wire"
)

const cfgImport = 0x4483 // private, signs, PrivWrite encrypted with key 4

// padded is a private key as PrivWrite takes it.
func padded(d []byte) (b [wire.PrivateKeySize]byte) {
	copy(b[4:], d)
	return b
}

// sealed is the data of an encrypted PrivWrite.
func sealed(m *master, session [32]byte, slot uint16, plain [wire.PrivateKeySize]byte) []byte {
	cipher := wire.CipherPrivWrite(session, plain)
	mac := wire.HashPrivWriteMAC(session, wire.PrivWriteEncrypted, slot, m.chip.mem.serial(), plain)
	return append(cipher[:], mac[:]...)
}

// clearKey is the data of a PrivWrite in clear: the MAC is there and ignored.
func clearKey(d []byte) []byte {
	b := padded(d)
	return append(b[:], make([]byte, 32)...)
}

func TestPrivWriteInClearGivesThePublicKeyOfTheVector(t *testing.T) {
	m := vectorChip(t, dataUnlocked, slotSetting{2, cfgImport, keySign})
	m.load(wire.NonceFixed, run(0, 32))
	d := unhex("878F0AB6A526D7111C26E6170810796E7B33007F832B8D64467ED6F870537A19")
	m.want(good, wire.OpPrivWrite, 0, 2, clearKey(d)...)
	m.wantState("10800000") // TempKey was no input
	want := "8f8d182bd819048582a9927ea0c56defb4159548e11ca5f7abac45bbce76815be5c64fcd2fd12698544de037951726666073046119ad5e11a90aa49773aeac86"
	if got := hex.EncodeToString(m.ok(64, wire.OpGenKey, wire.GenKeyPublic, 2)); got != want {
		t.Errorf("public key %s", got)
	}
}

func TestPrivWriteMatchesTheVector(t *testing.T) {
	m := vectorChip(t, allLocked, slotSetting{2, cfgImport, keySign})
	sessionKey(m, 4)
	data := unhex("40414243555755535d5f5d53555755534d4f4d73757775737d7f7d7375777573e70460d7" +
		"98f02d3bbb2c6b006e1e377419fac15d1738af4bbda9d9b201dbade294e1c4ef")
	m.want(good, wire.OpPrivWrite, wire.PrivWriteEncrypted, 2, data...)
	if got := m.chip.mem.slot(2); !bytes.Equal(got, append(make([]byte, 4), run(0x11, 32)...)) {
		t.Errorf("slot 2 holds %x", got)
	}
	m.wantState("00000000")
	for i := range data {
		data[i] ^= 1
		sessionKey(m, 4)
		m.want(no, wire.OpPrivWrite, wire.PrivWriteEncrypted, 2, data...)
		m.wantState("00000000")
		data[i] ^= 1
	}
}

func TestHostImportsAKeyThatSigns(t *testing.T) {
	m := vectorChip(t, allLocked, slotSetting{2, cfgImport, keySign})
	session := openSession(m, 4, run(0, 32))
	m.want(good, wire.OpPrivWrite, wire.PrivWriteEncrypted, 2, sealed(m, session, 2, padded(deriveScalar("import", 2)))...)
	public := m.ok(64, wire.OpGenKey, wire.GenKeyPublic, 2)
	m.load(wire.NonceFixed, run(0, 32))
	if !verifiesOnHost(t, public, run(0, 32), m.ok(64, wire.OpSign, wire.SignExternal, 2)) {
		t.Error("the signature does not verify")
	}
	if got := m.ok(4, wire.OpInfo, wire.InfoKeyValid, 2); got[0] != 1 {
		t.Error("the chip says that no key is there")
	}
}

func TestPrivWriteFollowsTheSlotsPolicy(t *testing.T) {
	tests := []struct {
		name        string
		config, key uint16
		locked      bool
		half, full  wire.Status // encrypted
		clear       wire.Status // before the data lock
	}{
		{"encrypted", cfgImport, keySign, false, good, good, good},
		{"closed", cfgSign, keySign, false, good, no, good},
		{"all but bit 14", 0xB483, keySign, false, good, no, good},
		{"not secret", 0x4403, keySign, false, no, no, no},
		{"no curve", cfgImport, 0x003F, false, no, no, no},
		{"no private key", cfgImport, keyData, false, no, no, no},
		{"locked", cfgImport, keySign, true, no, no, no},
		{"not authorised, which does not matter", cfgImport, 0x05B3, false, good, good, good},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			plain := padded(deriveScalar("", 2))
			for state, want := range map[int]wire.Status{dataUnlocked: tt.half, allLocked: tt.full} {
				m := vectorChip(t, state, slotSetting{2, tt.config, tt.key})
				if tt.locked {
					m.chip.mem.config[slotLockedOffset] &^= 1 << 2
				}
				session := openSession(m, 4, run(0, 32))
				if got := m.status(wire.OpPrivWrite, wire.PrivWriteEncrypted, 2, sealed(m, session, 2, plain)...); got != want {
					t.Errorf("%s: %02x, want %02x", lockStates[state], byte(got), byte(want))
				}
				m.wantState("00000000")
				inClear := tt.clear
				if state == allLocked {
					inClear = no
				}
				m.want(inClear, wire.OpPrivWrite, wire.PrivWriteClear, 2, clearKey(plain[4:])...)
			}
		})
	}
}

func TestPrivWriteWantsTheSessionOfTheWriteKey(t *testing.T) {
	m := vectorChip(t, allLocked, slotSetting{2, cfgImport, keySign}, slotSetting{5, cfgSecret, keyData})
	plain := padded(deriveScalar("", 2))
	m.want(no, wire.OpPrivWrite, wire.PrivWriteEncrypted, 2, sealed(m, [32]byte{}, 2, plain)...)
	m.load(wire.NonceFixed, run(0x40, 32)) // no GenDig
	m.want(no, wire.OpPrivWrite, wire.PrivWriteEncrypted, 2, sealed(m, [32]byte(run(0x40, 32)), 2, plain)...)
	session := openSession(m, 5, m.chip.mem.slot(5)[:32])
	m.want(no, wire.OpPrivWrite, wire.PrivWriteEncrypted, 2, sealed(m, session, 2, plain)...)
	session = openSession(m, 4, run(0, 32))
	m.want(no, wire.OpPrivWrite, wire.PrivWriteEncrypted, 2, sealed(m, session, 1, plain)...)
	openSession(m, 4, run(0, 32))
	m.want(no, wire.OpPrivWrite, wire.PrivWriteClear, 2, clearKey(plain[4:])...)
}

func TestPrivWriteBeforeTheDataLockTakesAnyTempKey(t *testing.T) {
	m := vectorChip(t, dataUnlocked, slotSetting{2, cfgImport, keySign})
	session, plain := [32]byte(run(0x40, 32)), padded(deriveScalar("", 2))
	m.want(no, wire.OpPrivWrite, wire.PrivWriteEncrypted, 2, sealed(m, [32]byte{}, 2, plain)...)
	m.load(wire.NonceFixed, session[:])
	m.want(good, wire.OpPrivWrite, wire.PrivWriteEncrypted, 2, sealed(m, session, 2, plain)...)
	m.load(wire.NonceFixed, session[:])
	data := sealed(m, session, 2, plain)
	data[67] ^= 1
	m.want(no, wire.OpPrivWrite, wire.PrivWriteEncrypted, 2, data...)
}

func TestPrivWriteRefusesWhatIsNoPrivateKey(t *testing.T) {
	order := elliptic.P256().Params().N
	for name, d := range map[string][]byte{
		"zero":      make([]byte, 32),
		"the order": order.Bytes(),
		"all ones":  bytes.Repeat([]byte{0xFF}, 32),
	} {
		t.Run(name, func(t *testing.T) {
			m := vectorChip(t, dataUnlocked, slotSetting{2, cfgImport, keySign})
			public := m.ok(64, wire.OpGenKey, wire.GenKeyCreate, 2)
			m.want(no, wire.OpPrivWrite, 0, 2, clearKey(d)...)
			if got := m.ok(64, wire.OpGenKey, wire.GenKeyPublic, 2); !bytes.Equal(got, public) {
				t.Error("the key that was there is gone")
			}
		})
	}
}
