package sim

import (
	"bytes"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"atecc/internal/atca/wire"
)

// infoFrame asks for the revision, infoAnswer is a 608B's.
var (
	infoFrame  = unhex("07 30 00 00 00 03 5D")
	infoAnswer = "07 00 00 60 03 83 BB"
)

func TestWakeTakesTheDelayAndAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := connect(t, newChip(t, Options{Timing: TimingTypical}), 0)
		m.pulse()
		time.Sleep(wakeDelay - 200*us)
		if !m.refused(nil, make([]byte, 4)) {
			t.Error("the chip answered before the wake delay was over")
		}
		time.Sleep(200 * us)
		m.wantRead("04113343")
	})
}

func TestSleepingChipRefusesItsAddress(t *testing.T) {
	m := connect(t, newChip(t, Options{}), 400*physic.KiloHertz)
	if !m.refused(infoFrame, nil) || !m.refused(nil, make([]byte, 4)) {
		t.Error("a chip that nobody woke answered")
	}
}

func TestOnlyALongPulseWakes(t *testing.T) {
	tests := []struct {
		name  string
		hz    physic.Frequency
		addr  uint16
		wakes bool
	}{
		{"general call at 100 kHz", 100 * physic.KiloHertz, 0, true},
		{"general call at 133 kHz", 133 * physic.KiloHertz, 0, true},
		{"general call at 134 kHz", 134 * physic.KiloHertz, 0, false},
		{"general call at 400 kHz", 400 * physic.KiloHertz, 0, false},
		{"own address at 100 kHz, six zeros", 100 * physic.KiloHertz, 0x60, true},
		{"own address at 101 kHz", 101 * physic.KiloHertz, 0x60, false},
		{"a neighbour's address at 100 kHz, two zeros", 100 * physic.KiloHertz, 0x4F, false},
		{"a neighbour's address at 20 kHz", 20 * physic.KiloHertz, 0x4F, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := connect(t, newChip(t, Options{}), tt.hz)
			if err := m.bus.Tx(tt.addr, nil, nil); err == nil {
				t.Fatal("a sleeping chip acknowledged")
			}
			if err := m.bus.SetSpeed(physic.MegaHertz); err != nil {
				t.Fatal(err)
			}
			if woke := !m.refused(nil, make([]byte, 4)); woke != tt.wakes {
				t.Errorf("awake: %v, want %v", woke, tt.wakes)
			}
		})
	}
}

func TestPulseMeansNothingToAChipThatIsAwake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMaster(t, Options{})
		m.send(infoFrame)
		time.Sleep(watchdogShort - ms)
		m.pulse()
		m.word(wire.WordReset)
		m.wantRead(infoAnswer) // not the wake answer
		time.Sleep(ms)
		if !m.refused(nil, make([]byte, 1)) {
			t.Error("the pulse restarted the watchdog")
		}
	})
}

func TestSleepForgetsAndIdleKeepsTempKey(t *testing.T) {
	for _, tt := range []struct {
		name  string
		word  byte
		state string
	}{
		{"sleep", wire.WordSleep, "00000000"},
		{"idle", wire.WordIdle, "10800000"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMaster(t, Options{})
			m.load(wire.NonceFixed, run(0, 32))
			m.word(tt.word)
			if !m.refused(nil, make([]byte, 4)) {
				t.Fatal("the chip still answers")
			}
			m.wake()
			m.wantState(tt.state)
		})
	}
}

func TestWatchdogPutsTheChipToSleep(t *testing.T) {
	long := blank(t, configUnlocked)
	long[19] = 0x04
	for _, tt := range []struct {
		name string
		opts Options
		wait time.Duration
	}{
		{"short", Options{}, 1300 * ms},
		{"long", Options{Config: (*[128]byte)(long)}, 10 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMaster(t, tt.opts)
				m.load(wire.NonceFixed, run(0, 32))
				time.Sleep(tt.wait - us)
				if m.refused([]byte{wire.WordReset}, nil) {
					t.Fatal("the watchdog came early")
				}
				time.Sleep(us)
				if !m.refused([]byte{wire.WordReset}, nil) {
					t.Fatal("the watchdog did not come")
				}
				_ = m.bus.Tx(0, nil, nil) // wakes
				m.wantState("00000000")
			})
		})
	}
}

func TestLongWatchdogCountsFromTheNextWakeFromSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMaster(t, Options{})
		m.want(wire.StatusSuccess, wire.OpWrite, 0, 4, 0xC0, 0, 0, 0x04)
		m.word(wire.WordIdle)
		m.wake()
		time.Sleep(watchdogShort)
		if !m.refused(nil, make([]byte, 1)) {
			t.Error("idle was enough")
		}
		m.wake() // from the sleep that the watchdog brought
		time.Sleep(watchdogLong - ms)
		m.wantRead("FFFFFFFF")
		time.Sleep(ms)
		if !m.refused(nil, make([]byte, 1)) {
			t.Error("the long watchdog did not come")
		}
	})
}

func TestIdleStopsTheWatchdog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMaster(t, Options{})
		m.load(wire.NonceFixed, run(0, 32))
		m.word(wire.WordIdle)
		time.Sleep(time.Hour)
		m.wake()
		m.wantState("10800000")
	})
}

func TestWatchdogRefusesACommandThatMightNotFit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMaster(t, Options{})
		time.Sleep(watchdogShort - 20*ms)
		m.want(wire.StatusWatchdog, wire.OpRandom, 0, 0) // 23 ms at most
		m.ok(4, wire.OpInfo, wire.InfoRevision, 0)       // 5 ms at most
	})
}

func TestWatchdogRefusesASlowSelfTest(t *testing.T) {
	z := blank(t, configUnlocked)
	z[19] = 0x68 // the slowest clock: up to 2.3 s
	m := newMaster(t, Options{Config: (*[128]byte)(z)})
	m.want(wire.StatusWatchdog, wire.OpSelfTest, wire.SelfTestAll, 0)
}

func TestBusyChipRefusesItsAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMaster(t, Options{Timing: TimingMax})
		m.word(wire.WordCommand, infoFrame...)
		for name, tx := range map[string]struct{ w, r []byte }{
			"read":  {nil, make([]byte, 1)},
			"reset": {[]byte{wire.WordReset}, nil},
			"sleep": {[]byte{wire.WordSleep}, nil},
			"idle":  {[]byte{wire.WordIdle}, nil},
		} {
			if !m.refused(tx.w, tx.r) {
				t.Errorf("%s was taken while the chip was busy", name)
			}
		}
		time.Sleep(5 * ms)
		m.wantRead(infoAnswer)
	})
}

func TestCommandMayComeInPieces(t *testing.T) {
	for cut := range len(infoFrame) + 1 {
		m := newMaster(t, Options{})
		m.word(wire.WordCommand, infoFrame[:cut]...)
		if pending := cut > 0 && cut < len(infoFrame); m.refused(nil, make([]byte, 1)) != pending {
			t.Errorf("after %d bytes a read is refused: %v, want %v", cut, !pending, pending)
		}
		m.word(wire.WordReset) // the read moved the pointer
		m.word(wire.WordCommand, infoFrame...)
		m.wantRead(infoAnswer)
	}
	m := newMaster(t, Options{})
	for _, b := range infoFrame {
		m.word(wire.WordCommand, b)
	}
	m.wantRead(infoAnswer)
}

func TestResetDropsAPartialCommand(t *testing.T) {
	m := newMaster(t, Options{})
	m.word(wire.WordCommand, infoFrame[:3]...)
	m.word(wire.WordReset)
	m.wantRead("04113343")
	m.word(wire.WordCommand, infoFrame...)
	m.wantRead(infoAnswer)
}

func TestSurplusBytesAreRefusedAndTheCommandRuns(t *testing.T) {
	m := newMaster(t, Options{})
	w := append([]byte{wire.WordCommand}, infoFrame...)
	err := m.bus.Tx(0x60, append(w, 1, 2, 3), nil)
	var nack *NackError
	if !errors.As(err, &nack) || !nack.Data || nack.Taken != len(w) {
		t.Fatalf("surplus: %v, want refusal after %d bytes", err, len(w))
	}
	m.wantRead(infoAnswer)
}

func TestDamagedGroupsAnswerACommunicationError(t *testing.T) {
	badCRC := bytes.Clone(infoFrame)
	badCRC[2] = 2
	for name, w := range map[string][]byte{
		"CRC":          badCRC,
		"count of 1":   {1},
		"count of 0":   {0},
		"count of 6":   unhex("06 30 00 00 00 00"),
		"count of 255": append([]byte{255}, make([]byte, wire.MaxFrame-1)...),
	} {
		t.Run(name, func(t *testing.T) {
			m := newMaster(t, Options{})
			m.word(wire.WordCommand, w...)
			m.wantRead("04FF0142")
		})
	}
}

func TestShortGroupWithAGoodCRCIsAParseError(t *testing.T) {
	for n := 1; n <= 3; n++ {
		m := newMaster(t, Options{})
		m.word(wire.WordCommand, wire.Response(make([]byte, n))...)
		m.wantRead("04038342")
	}
}

func TestReadPointerStaysAndReadsBeyondTheEndGiveFF(t *testing.T) {
	m := newMaster(t, Options{})
	m.word(wire.WordCommand, infoFrame...)
	m.wantRead("07")
	m.wantRead("00006003")
	m.wantRead("83BBFFFF")
	m.wantRead("FF")
	m.word(wire.WordReset)
	m.wantRead(infoAnswer + "FFFF")
}

func TestFirstWriteAfterAReadResetsThePointer(t *testing.T) {
	m := newMaster(t, Options{})
	m.send(infoFrame)
	m.word(0x55) // reserved, ignored but for this
	m.wantRead(infoAnswer)
}

func TestEmptyWriteIsAcknowledgedByAnAwakeChipAlone(t *testing.T) {
	m := newMaster(t, Options{})
	if m.refused(nil, nil) {
		t.Error("an awake chip refused its address")
	}
	m.word(wire.WordSleep)
	if !m.refused(nil, nil) {
		t.Error("a sleeping chip acknowledged its address")
	}
}

func TestNobodyAnswersTheGeneralCall(t *testing.T) {
	z := blank(t, configUnlocked)
	z[16] = 0
	m := connect(t, newChip(t, Options{Config: (*[128]byte)(z)}), 0)
	m.pulse()
	m.pulse()
	if err := m.bus.Tx(0, nil, make([]byte, 4)); err == nil {
		t.Error("a chip answered at address 0")
	}
}

func TestSingleWirePartIsSilentOnI2C(t *testing.T) {
	z := blank(t, configUnlocked)
	z[14] = 0x58
	m := connect(t, newChip(t, Options{Config: (*[128]byte)(z)}), 0)
	m.pulse()
	if !m.refused(nil, make([]byte, 4)) {
		t.Error("a part without I2C answered")
	}
}

func TestNewAddressCountsFromTheNextWakeFromSleep(t *testing.T) {
	m := newMaster(t, Options{})
	m.want(wire.StatusSuccess, wire.OpWrite, 0, 4, 0x6A, 0, 0, 0)
	m.word(wire.WordIdle)
	m.wake() // idle does not do it
	if got := m.chip.Address(); got != 0x60 {
		t.Fatalf("address 0x%02x after idle", got)
	}
	m.word(wire.WordSleep)
	m.pulse()
	if got := m.chip.Address(); got != 0x35 {
		t.Fatalf("address 0x%02x after sleep and wake", got)
	}
	m.wantRead("04113343")
	if err := m.bus.Tx(0x60, nil, make([]byte, 4)); err == nil {
		t.Error("the old address still answers")
	}
}

func TestPowerOnSelfTestDelaysTheWakeFromSleep(t *testing.T) {
	z := blank(t, configUnlocked)
	z[90] = 0x01
	synctest.Test(t, func(t *testing.T) {
		m := connect(t, newChip(t, Options{Config: (*[128]byte)(z), Timing: TimingTypical}), 0)
		m.pulse()
		time.Sleep(19 * ms)
		if !m.refused(nil, make([]byte, 4)) {
			t.Error("the chip answered during its self test")
		}
		time.Sleep(ms)
		m.wantRead("04113343")
		m.word(wire.WordIdle)
		m.wake() // from idle it takes the short delay
	})
}

func TestFailedSelfTestIsToldAtWakeAndLeavesConfigReads(t *testing.T) {
	m := newMaster(t, Options{})
	m.chip.state.failed = wire.SelfTestAES
	m.word(wire.WordIdle)
	m.pulse()
	m.wantRead("040740C2")
	m.ok(32, wire.OpRead, wire.Zone32, 0)
	m.want(wire.StatusSelfTest, wire.OpRandom, 0, 0)
	m.want(wire.Status(wire.SelfTestAES), wire.OpSelfTest, 0, 0)
	m.want(wire.StatusSuccess, wire.OpSelfTest, wire.SelfTestAES, 0)
	m.ok(32, wire.OpRandom, 0, 0)
}

func TestRepeatedStartLosesACommand(t *testing.T) {
	m := newMaster(t, Options{})
	w := append([]byte{wire.WordCommand}, infoFrame...)
	if err := m.bus.Tx(0x60, w, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	m.word(wire.WordReset)
	m.wantRead("04113343") // nothing ran
}

func TestRepeatedStartReadsAfterAReset(t *testing.T) {
	m := newMaster(t, Options{})
	m.send(infoFrame)
	got := make([]byte, 7)
	if err := m.bus.Tx(0x60, []byte{wire.WordReset}, got); err != nil || !bytes.Equal(got, unhex(infoAnswer)) {
		t.Errorf("read %x, %v", got, err)
	}
}

func TestWatchdogThatExpiresInATransferEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMaster(t, Options{Timing: TimingTypical})
		m.send(infoFrame)
		m.word(wire.WordReset)
		time.Sleep(time.Until(m.chip.port.expires) - 500*us)
		m.wantRead("FFFFFFFFFFFFFF") // 63 bits of 10 us, and asleep at the end
	})
}
