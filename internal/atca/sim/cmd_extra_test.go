package sim

import (
	"testing"
	"testing/synctest"

	"atecc/internal/atca/wire"
)

func TestUpdateExtraWritesEachByteOnce(t *testing.T) {
	for mode, offset := range map[byte]int{wire.UpdateExtraByte: 84, wire.UpdateExtraAddress: 85} {
		for state := range lockStates {
			m := withSlots(t, state)
			m.load(wire.NonceFixed, run(0, 32))
			m.want(good, wire.OpUpdateExtra, mode, 0) // zero over zero
			m.want(good, wire.OpUpdateExtra, mode, 0x5A)
			m.want(no, wire.OpUpdateExtra, mode, 0x5A)
			m.want(no, wire.OpUpdateExtra, mode, 0)
			m.wantState("10800000")
			word := m.ok(4, wire.OpRead, 0, 0x15)
			if got := word[offset-84]; got != 0x5A || word[85-offset] != 0 {
				t.Errorf("mode %d, %s: bytes 84 and 85 are %x", mode, lockStates[state], word[:2])
			}
		}
	}
}

func TestUserExtraAddMovesTheChipAfterSleep(t *testing.T) {
	z := blank(t, allLocked)
	z[19] = 0x01
	m := newMaster(t, Options{Config: (*[128]byte)(z)})
	m.want(good, wire.OpUpdateExtra, wire.UpdateExtraAddress, 0x6A)
	m.word(wire.WordIdle)
	m.wake()
	if got := m.chip.Address(); got != 0x60 {
		t.Errorf("after idle the address is 0x%02x", got)
	}
	m.word(wire.WordSleep)
	m.wake()
	if got := m.chip.Address(); got != 0x35 {
		t.Errorf("after sleep the address is 0x%02x", got)
	}
}

func TestSelectorOfA508IsRewrittenUnlessChipModeForbidsIt(t *testing.T) {
	for chipMode, again := range map[byte]wire.Status{0: good, 1: no} {
		m := new508(t)
		m.chip.mem.config[19] = chipMode
		m.want(good, wire.OpUpdateExtra, wire.UpdateExtraAddress, 5)
		m.want(again, wire.OpUpdateExtra, wire.UpdateExtraAddress, 6)
		m.want(good, wire.OpUpdateExtra, wire.UpdateExtraByte, 5)
		m.want(no, wire.OpUpdateExtra, wire.UpdateExtraByte, 6)
	}
}

func TestUpdateExtraSpendsUsesWithoutUsingTheKey(t *testing.T) {
	for _, mode := range []byte{wire.UpdateExtraUse, wire.UpdateExtraUse | wire.UpdateExtraAddress} {
		m := withSlots(t, allLocked, slotSetting{5, cfgSecret, keyData}, slotSetting{7, cfgSecret | 0x20, 0x05BC})
		m.want(good, wire.OpUpdateExtra, mode, 5)
		if got := m.ok(4, wire.OpCounter, wire.CounterRead, 0); got[0] != 0 {
			t.Errorf("count %d after an unlimited key", got[0])
		}
		m.chip.setCounter(0, counterMax-1)
		m.want(good, wire.OpUpdateExtra, mode, 7) // needs no authorisation
		m.want(no, wire.OpUpdateExtra, mode, 7)
		m.want(good, wire.OpUpdateExtra, mode, 5)
	}
}

func TestUpdateExtraSpendsTheLastUsesOfA508(t *testing.T) {
	m := limited508(t)
	for range 128 {
		m.want(good, wire.OpUpdateExtra, wire.UpdateExtraUse, 15)
	}
	m.want(no, wire.OpUpdateExtra, wire.UpdateExtraUse, 15)
	m.want(no, wire.OpMAC, 0, 15, run(0, 32)...)
	m.want(good, wire.OpUpdateExtra, wire.UpdateExtraUse, 14)
}

func TestPauseSendsAllButTheSelectedChipToIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := new508(t)
		m.want(good, wire.OpUpdateExtra, wire.UpdateExtraAddress, 5)
		m.load(wire.NonceFixed, run(0, 32))
		m.want(good, wire.OpPause, 5, 0)
		m.wantState("10800000")

		frame, err := wire.Command{Op: wire.OpPause, P1: 6}.Frame()
		if err != nil {
			t.Fatal(err)
		}
		m.word(wire.WordCommand, frame...)
		if !m.refused(nil, make([]byte, 4)) || !m.refused([]byte{wire.WordReset}, nil) {
			t.Error("the chip that is not selected still answers")
		}
		m.wake() // and offers its wake answer, not one of Pause
		m.wantState("10800000")
		m.want(bad, wire.OpPause, 5, 1)
		m.want(bad, wire.OpPause, 5, 0, 1)
	})
}
