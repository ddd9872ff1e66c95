package sim

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"testing"

	"atecc/internal/atca/wire"
)

// vectorChip has the serial number of the vectors, and in slot 4 their key.
func vectorChip(t *testing.T, state int, slots ...slotSetting) *master {
	t.Helper()
	z := blank(t, state, append([]slotSetting{{4, cfgSecret, keyData}}, slots...)...)
	copy(z[:4], unhex("01234567"))
	copy(z[8:13], unhex("89ABCDEFEE"))
	m := newMaster(t, Options{Config: (*[128]byte)(z)})
	copy(m.chip.mem.slot(4), run(0, 32))
	return m
}

// setTempKey fills TempKey with the vectors' value, from either source.
func setTempKey(m *master, fixed bool) {
	m.chip.state.tempKey = digestTempKey([32]byte(run(0x40, 32)), fixed)
}

func TestMACMatchesTheVectors(t *testing.T) {
	tests := []struct {
		mode  byte
		data  []byte
		fixed bool
		want  string
	}{
		{0x00, run(0x80, 32), false, "5fd4563dc6d38b4a6e2402582f45728a5a6845ea5346f1d423e647d1981d8797"},
		{0x41, nil, false, "cd892ad602599857aa9eae4b765e23cc1faf599e09ae79f2e7c133085e1e0873"},
		{0x46, run(0x80, 32), true, "ff1803da50c7e579ccc580a49b9fbc56879a2bc5d7ad4e1dfe82c886a7148ed9"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("mode %02x", tt.mode), func(t *testing.T) {
			m := vectorChip(t, allLocked)
			setTempKey(m, tt.fixed)
			if got := hex.EncodeToString(m.ok(32, wire.OpMAC, tt.mode, 4, tt.data...)); got != tt.want {
				t.Errorf("MAC %s, want %s", got, tt.want)
			}
		})
	}
}

func TestMACHashesAllOfItsKeyNumber(t *testing.T) {
	m := vectorChip(t, allLocked)
	a, b := m.ok(32, wire.OpMAC, 0, 4, run(0, 32)...), m.ok(32, wire.OpMAC, 0, 0x1234, run(0, 32)...)
	want := wire.HashMAC([32]byte(run(0, 32)), [32]byte(run(0, 32)), 0, 0x1234, m.chip.mem.serial())
	if bytes.Equal(a, b) || !bytes.Equal(b, want[:]) {
		t.Errorf("MAC with key number 0x1234: %x, want %x", b, want)
	}
}

func TestMACUsesTempKeyUpOnlyWhereItIsInput(t *testing.T) {
	tests := []struct {
		mode  byte
		state string // afterwards
	}{
		{0x00, "10800000"}, {0x04, "10800000"}, {0x40, "10800000"},
		{0x05, "00000000"}, {0x06, "00000000"}, {0x07, "00000000"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("mode %02x", tt.mode), func(t *testing.T) {
			var data []byte
			if tt.mode&1 == 0 {
				data = run(0, 32)
			}
			m := vectorChip(t, allLocked)
			m.load(wire.NonceFixed, run(0x40, 32))
			m.ok(32, wire.OpMAC, tt.mode, 4, data...)
			m.wantState(tt.state)
			setTempKey(m, true)
			private := no // fails where the slot is used
			if tt.mode&wire.MACKeyTempKey != 0 {
				private = good
			}
			if got := m.status(wire.OpMAC, tt.mode, 0, data...); got != private {
				t.Errorf("MAC of a private slot: %02x, want %02x", byte(got), byte(private))
			}
			m.wantState(tt.state)
		})
	}
}

func TestMACAndCheckMacWantTheSourceThatTheModeNames(t *testing.T) {
	for _, mode := range []byte{1, 2, 3, 5, 6, 7} {
		for _, fixed := range []bool{false, true} {
			mac, check := no, no
			if fixed == (mode&4 != 0) {
				mac, check = good, wire.StatusMiscompare
			}
			m := vectorChip(t, allLocked)
			setTempKey(m, fixed)
			var data []byte
			if mode&1 == 0 {
				data = run(0, 32)
			}
			if got := m.status(wire.OpMAC, mode, 4, data...); got != mac {
				t.Errorf("MAC %02x, fixed %t: %02x, want %02x", mode, fixed, byte(got), byte(mac))
			}
			setTempKey(m, fixed)
			m.want(check, wire.OpCheckMac, mode, 4, make([]byte, 77)...)
			m.wantState("00000000")
			m.want(no, wire.OpCheckMac, mode, 4, make([]byte, 77)...) // empty
		}
	}
}

// keyPolicies are rules on the use of a secret key, by slot: what MAC, CheckMac,
// GenDig and (on the 508A) HMAC answer once the data zone is locked.
var keyPolicies = []struct {
	name        string
	config, key uint16
	random      bool // TempKey holds a nonce of the chip's
	mac, others wire.Status
}{
	{"open", cfgSecret, keyData, true, good, good},
	{"type of a public key", cfgSecret, keyPublic, true, good, good},
	{"private", cfgSign, keySign, true, no, no},
	{"private of another type", cfgSecret, keyData | 1, true, no, no},
	{"NoMac", cfgSecret | 0x10, keyData, true, no, good},
	{"limited", cfgSecret | 0x20, keyData, true, good, good},
	{"random nonce, and it is", cfgSecret, 0x007C, true, good, good},
	{"random nonce, and it is fixed", cfgSecret, 0x007C, false, no, no},
	{"disabled by the latch", cfgSecret, 0x103C, true, no, no},
	{"not authorised", cfgSecret, 0x05BC, true, no, no},
}

func TestSecretKeysFollowTheirPolicy(t *testing.T) {
	for _, p := range keyPolicies {
		source := byte(wire.MACFixed)
		if p.random {
			source = 0
		}
		commands := map[string]struct {
			cmd  wire.Command
			want wire.Status
		}{
			"MAC":              {wire.Command{Op: wire.OpMAC, Data: run(0, 32)}, p.mac},
			"MAC of TempKey":   {wire.Command{Op: wire.OpMAC, P1: wire.MACChallengeTempKey | source}, p.mac},
			"CheckMac":         {wire.Command{Op: wire.OpCheckMac, Data: make([]byte, 77)}, p.others},
			"GenDig":           {wire.Command{Op: wire.OpGenDig, P1: wire.GenDigData}, p.others},
			"HMAC of the 508A": {wire.Command{Op: wire.OpHMAC, P1: source}, p.mac},
		}
		for name, tt := range commands {
			t.Run(p.name+"/"+name, func(t *testing.T) {
				z := blank(t, allLocked, slotSetting{5, p.config, p.key})
				if tt.cmd.Op == wire.OpHMAC {
					z[6], z[18] = 0x50, 0xAA
				}
				m := newMaster(t, Options{Config: (*[128]byte)(z)})
				setTempKey(m, !p.random)
				want := tt.want
				if want == good && tt.cmd.Op == wire.OpCheckMac {
					want = wire.StatusMiscompare
				}
				if got := m.status(tt.cmd.Op, tt.cmd.P1, 5, tt.cmd.Data...); got != want {
					t.Errorf("status %02x, want %02x", byte(got), byte(want))
				}
				var used byte
				if want != no && p.config&0x20 != 0 {
					used = 1
				}
				if got := m.ok(4, wire.OpCounter, wire.CounterRead, 0); got[0] != used {
					t.Errorf("count %d, want %d", got[0], used)
				}
			})
		}
	}
}

func TestPoliciesOfSecretKeysDoNotBindBeforeTheDataLock(t *testing.T) {
	for _, p := range keyPolicies {
		want := good
		if p.key&1 != 0 {
			want = no
		}
		m := withSlots(t, dataUnlocked, slotSetting{5, p.config, p.key})
		if got := m.status(wire.OpMAC, 0, 5, run(0, 32)...); got != want {
			t.Errorf("%s: %02x, want %02x", p.name, byte(got), byte(want))
		}
		if got := m.ok(4, wire.OpCounter, wire.CounterRead, 0); got[0] != 0 {
			t.Errorf("%s: count %d", p.name, got[0])
		}
	}
}

func TestTaintedTempKeyMakesNoMACButIsChecked(t *testing.T) {
	for _, mode := range []byte{1, 2, 3} {
		var data []byte
		if mode&1 == 0 {
			data = run(0, 32)
		}
		m := vectorChip(t, allLocked)
		setTempKey(m, false)
		m.chip.state.tempKey.noMac = true
		m.want(no, wire.OpMAC, mode, 4, data...)
		setTempKey(m, false)
		m.chip.state.tempKey.noMac = true
		m.want(wire.StatusMiscompare, wire.OpCheckMac, mode, 4, make([]byte, 77)...)
	}
}

func TestHMACMatchesTheVector(t *testing.T) {
	m := vectorChip(t, allLocked)
	m.chip.mem.config[6] = 0x50
	setTempKey(m, false)
	want := "59bd92b9fb3ce95ce0ddc599a7b270ea0277c559e396a8d0d51be8992660a999"
	if got := hex.EncodeToString(m.ok(32, wire.OpHMAC, 0, 4)); got != want {
		t.Errorf("HMAC %s", got)
	}
	m.want(no, wire.OpHMAC, 0, 4) // TempKey is used up
	setTempKey(m, true)
	m.want(no, wire.OpHMAC, 0, 4) // the other source
	setTempKey(m, false)
	m.chip.state.tempKey.noMac = true
	m.want(no, wire.OpHMAC, 0, 4)
	for _, illegal := range []byte{0x01, 0x02, 0x10, 0x80} {
		m.want(bad, wire.OpHMAC, illegal, 4)
	}
	m.want(bad, wire.OpHMAC, 0, 4, 0)
}

// checkData is CheckMac's data for a MAC that HashCheckMac makes.
func checkData(m *master, key, challenge [32]byte) []byte {
	var other [13]byte
	mac := wire.HashCheckMac(key, challenge, other, m.chip.mem.serial())
	return append(append(challenge[:], mac[:]...), other[:]...)
}

func TestCheckMacMatchesTheVector(t *testing.T) {
	m := vectorChip(t, allLocked)
	data := append(make([]byte, 32), unhex("3ba89d798dcffa18c7374e501d7ca3b8751f07ac89bda4bc48cf5c00a11f5f46"+
		"08000400"+"000000"+"89abcdef"+"4567")...)
	setTempKey(m, false)
	m.want(good, wire.OpCheckMac, 1, 4, data...)
	m.wantState("00240000") // authorised by slot 4, TempKey used up
	for i := 32; i < len(data); i++ {
		data[i] ^= 1
		setTempKey(m, false)
		m.want(wire.StatusMiscompare, wire.OpCheckMac, 1, 4, data...)
		data[i] ^= 1
	}
	m.wantState("00240000") // a miscompare does not take the authorisation back
}

func TestCheckMacAcceptsTheMACOfAnotherChip(t *testing.T) {
	host := vectorChip(t, allLocked)
	client := withSlots(t, allLocked, slotSetting{4, cfgSecret, keyData})
	copy(client.chip.mem.slot(4), run(0, 32))
	client.chip.mem.config[8], client.chip.mem.config[12] = 0x77, 0xEE
	challenge := run(0x55, 32)
	for _, mode := range []byte{0, wire.MACSerial} {
		mac := client.ok(32, wire.OpMAC, mode, 4, challenge...)
		other := wire.MACOtherData(mode, 4, client.chip.mem.serial())
		host.want(good, wire.OpCheckMac, 0, 4, append(append(bytes.Clone(challenge), mac...), other[:]...)...)
	}
}

func TestCheckMacAuthorisesByKeysInSlotsOnly(t *testing.T) {
	key, temp := [32]byte(run(0, 32)), [32]byte(run(0x40, 32))
	tests := []struct {
		mode             byte
		first, challenge [32]byte
		state            string
	}{
		{0, key, temp, "10a40000"}, // TempKey is no input
		{5, key, temp, "00240000"},
		{6, temp, key, "00000000"},
		{7, temp, temp, "00000000"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("mode %02x", tt.mode), func(t *testing.T) {
			m := vectorChip(t, allLocked)
			m.load(wire.NonceFixed, temp[:])
			m.want(good, wire.OpCheckMac, tt.mode, 4, checkData(m, tt.first, tt.challenge)...)
			m.wantState(tt.state)
		})
	}
}

func TestAuthorisationAdmitsOneUseOfAKey(t *testing.T) {
	m := vectorChip(t, allLocked, slotSetting{5, cfgSecret, 0x04BC}, slotSetting{0, cfgSign, 0x04B3})
	authorise := func() { m.want(good, wire.OpCheckMac, 0, 4, checkData(m, [32]byte(run(0, 32)), [32]byte{})...) }
	m.want(no, wire.OpMAC, 0, 5, run(0, 32)...)
	authorise()
	m.ok(32, wire.OpMAC, 0, 5, run(0, 32)...)
	m.want(no, wire.OpMAC, 0, 5, run(0, 32)...) // once
	authorise()
	m.word(wire.WordIdle)
	m.wake()
	m.ok(64, wire.OpGenKey, wire.GenKeyCreate, 0) // idle keeps it
	authorise()
	m.word(wire.WordSleep)
	m.wake()
	m.want(no, wire.OpMAC, 0, 5, run(0, 32)...)
	authorise()
	m.want(no, wire.OpMAC, 1, 5) // fails for want of TempKey, and has spent it
	m.want(no, wire.OpMAC, 0, 5, run(0, 32)...)
}

func TestCheckMacUnderAKeyThatNeedsAuthorisationReplacesIt(t *testing.T) {
	m := vectorChip(t, allLocked, slotSetting{5, cfgSecret, 0x04BC})
	copy(m.chip.mem.slot(5), run(0x20, 32))
	data := checkData(m, [32]byte(run(0x20, 32)), [32]byte{})
	m.want(no, wire.OpCheckMac, 0, 5, data...)
	m.want(good, wire.OpCheckMac, 0, 4, checkData(m, [32]byte(run(0, 32)), [32]byte{})...)
	m.want(good, wire.OpCheckMac, 0, 5, data...)
	m.wantState("002c0000")
}

func TestCheckMacSetsTheLatchForVolatileKeys(t *testing.T) {
	m := vectorChip(t, allLocked, slotSetting{5, cfgSecret, 0x103C})
	m.chip.mem.config[69] = 0x84 // permission by slot 4
	m.want(no, wire.OpMAC, 0, 5, run(0, 32)...)
	for _, step := range []struct {
		p2   uint16
		want byte
		mac  wire.Status
	}{{wire.InfoLatchSet, 1, good}, {wire.InfoLatchClear, 0, no}} {
		numIn := run(1, 20)
		out := m.ok(32, wire.OpNonce, wire.NonceRandom, 0, numIn...)
		nonce := wire.HashNonce([32]byte(out), numIn, wire.NonceRandom)
		m.want(good, wire.OpCheckMac, 1, 4, checkData(m, [32]byte(run(0, 32)), nonce)...)
		if got := m.ok(4, wire.OpInfo, wire.InfoLatch, step.p2); got[0] != step.want {
			t.Errorf("latch %d, want %d", got[0], step.want)
		}
		if got := m.status(wire.OpMAC, 0, 5, run(0, 32)...); got != step.mac {
			t.Errorf("MAC with the latch %d: %02x", step.want, byte(got))
		}
	}
}

func TestCheckMacCopiesTheNeighbourWithReadKeyZero(t *testing.T) {
	const readable = 0x0F80 // ReadKey 0
	tests := []struct {
		name   string
		mode   byte
		slot   uint16
		target slotSetting
		state  string
	}{
		{"even slot, the next", 5, 4, slotSetting{5, readable, keyData}, "10a40000"},
		{"odd slot, itself", 5, 5, slotSetting{5, readable, keyData}, "10ac0000"},
		{"limited neighbour", 5, 4, slotSetting{5, readable | 0x20, keyData}, "10a40000"},
		{"another ReadKey", 5, 4, slotSetting{5, cfgSecret, keyData}, "00240000"},
		{"private neighbour", 5, 4, slotSetting{5, 0x2080, keySign}, "00240000"},
		{"challenge of the host", 0, 4, slotSetting{5, readable, keyData}, "10a40000"},
		{"key in TempKey", 7, 4, slotSetting{5, readable, keyData}, "00000000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := vectorChip(t, allLocked, tt.target)
			secret, temp := run(0x20, 32), [32]byte(run(0x40, 32))
			copy(m.chip.mem.slot(5), secret)
			first := [32]byte(m.chip.mem.slot(int(tt.slot))[:32])
			if tt.mode == 7 {
				first = temp
			}
			m.load(wire.NonceFixed, temp[:])
			m.want(good, wire.OpCheckMac, tt.mode, tt.slot, checkData(m, first, temp)...)
			m.wantState(tt.state)
			copied := m.chip.state.tempKey.low() == [32]byte(secret)
			if want := tt.state[0] == '1' && tt.mode == 5; copied != want {
				t.Errorf("copied %t, want %t", copied, want)
			}
			if got := m.ok(4, wire.OpCounter, wire.CounterRead, 0); got[0] != 0 {
				t.Errorf("the copy counted as %d uses", got[0])
			}
		})
	}
}

func TestMiscompareCopiesNothing(t *testing.T) {
	m := vectorChip(t, allLocked, slotSetting{5, 0x0F80, keyData})
	m.load(wire.NonceFixed, run(0x40, 32))
	m.want(wire.StatusMiscompare, wire.OpCheckMac, 5, 4, make([]byte, 77)...)
	m.wantState("00000000")
}

func Test508KeepsTempKeyAfterCheckMacOnlyIfItCopied(t *testing.T) {
	for _, tt := range []struct {
		mode  byte
		state string
	}{{0, "00240000"}, {5, "10a40000"}} {
		m := vectorChip(t, allLocked, slotSetting{5, 0x0F80, keyData})
		m.chip.mem.config[6] = 0x50
		m.load(wire.NonceFixed, run(0x40, 32))
		m.want(good, wire.OpCheckMac, tt.mode, 4, checkData(m, [32]byte(run(0, 32)), [32]byte(run(0x40, 32)))...)
		m.wantState(tt.state)
	}
}

func TestLimitedKeyStopsAtTheLimitOfItsSlot(t *testing.T) {
	m := vectorChip(t, allLocked, slotSetting{5, cfgSecret | 0x20, keyData}, slotSetting{10, cfgOpen, keyData})
	m.chip.mem.config[18] = 0xA1 // CountMatch in slot 10
	m.chip.setCounter(0, 31)
	limit := func(n byte) {
		m.want(good, wire.OpWrite, 0x82, 0x50, append([]byte{n, 0, 0, 0, n, 0, 0, 0}, make([]byte, 24)...)...)
	}
	limit(32)
	m.ok(32, wire.OpMAC, 0, 5, run(0, 32)...)
	m.want(no, wire.OpMAC, 0, 5, run(0, 32)...)
	if got := m.ok(4, wire.OpCounter, wire.CounterRead, 0); got[0] != 32 {
		t.Errorf("count %d, want 32", got[0])
	}
	limit(64)
	m.ok(32, wire.OpMAC, 0, 5, run(0, 32)...)
}
