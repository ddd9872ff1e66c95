package sim

import (
	"testing"
	"testing/synctest"
	"time"

	"atecc/internal/atca/wire"
)

func TestTimingNamesRoundTrip(t *testing.T) {
	for _, timing := range []Timing{TimingNone, TimingTypical, TimingMax} {
		if got, err := ParseTiming(timing.String()); err != nil || got != timing {
			t.Errorf("%s: %v, %v", timing, got, err)
		}
	}
	for _, s := range []string{"", "fast", "None"} {
		if _, err := ParseTiming(s); err == nil {
			t.Errorf("%q was taken", s)
		}
	}
	if got := Timing(9).String(); got != "timing 9" {
		t.Errorf("unknown timing is %q", got)
	}
}

func TestTypicalTimesSpreadAroundTheTable(t *testing.T) {
	c := newClock(TimingTypical, "seed")
	again := newClock(TimingTypical, "seed")
	l := latencies[wire.OpSign]
	lowest, highest := time.Hour, time.Duration(0)
	for range 2000 {
		d := c.take(l, 0)
		if d != again.take(l, 0) {
			t.Fatal("the same seed gives two times")
		}
		lowest, highest = min(lowest, d), max(highest, d)
	}
	if lowest < 46500*us || lowest > 48*ms || highest > 77500*us || highest < 76*ms {
		t.Errorf("from %v to %v, want 46.5 to 77.5 ms", lowest, highest)
	}
	if d := newClock(TimingTypical, "other").take(l, 0); d == newClock(TimingTypical, "seed").take(l, 0) {
		t.Error("two seeds give the same time")
	}
}

func TestDividerStretchesComputations(t *testing.T) {
	l := latencies[wire.OpGenKey]
	most := newClock(TimingMax, "")
	for divider, want := range []time.Duration{115 * ms, 215 * ms, 653 * ms} {
		if got := most.take(l, divider); got != want {
			t.Errorf("divider %d: %v, want %v", divider, got, want)
		}
	}
	fast, slow := newClock(TimingTypical, "x").take(l, 0), newClock(TimingTypical, "x").take(l, 2)
	if ratio := float64(slow) / float64(fast); ratio < 5.6 || ratio > 5.8 {
		t.Errorf("slowest to fastest %.2f, want 653/115", ratio)
	}
}

// busyFor is how long the chip refuses its address after a command.
func busyFor(m *master, cmd wire.Command) time.Duration {
	m.t.Helper()
	frame, err := cmd.Frame()
	if err != nil {
		m.t.Fatal(err)
	}
	m.word(wire.WordCommand, frame...)
	return time.Until(m.chip.port.ready)
}

func TestCommandsTakeTheirTimeAndRefusalsAreQuick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMaster(t, Options{Image: "jwt", Timing: TimingMax})
		genKey := wire.Command{Op: wire.OpGenKey}
		if got := busyFor(m, genKey); got != 115*ms {
			t.Errorf("GenKey takes %v", got)
		}
		time.Sleep(115 * ms)
		genKey.P2 = 1 // an empty slot
		if got := busyFor(m, genKey); got != 5*ms {
			t.Errorf("a refused GenKey takes %v", got)
		}
	})
}

func TestDividerCountsFromTheNextWakeFromSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMaster(t, Options{Timing: TimingMax})
		m.want(good, wire.OpWrite, 0, 4, 0xC0, 0, 0, 0x28)
		m.lock(wire.LockZoneConfig)
		create := wire.Command{Op: wire.OpGenKey, P1: wire.GenKeyCreate}
		if got := busyFor(m, create); got != 115*ms {
			t.Errorf("before the next wake: %v", got)
		}
		time.Sleep(115 * ms)
		m.word(wire.WordIdle)
		m.wake()
		if got := busyFor(m, create); got != 115*ms {
			t.Errorf("after idle: %v", got)
		}
		time.Sleep(115 * ms)
		m.word(wire.WordSleep)
		m.wake()
		if got := busyFor(m, create); got != 215*ms {
			t.Errorf("after sleep: %v", got)
		}
	})
}

func TestNoTimingTakesNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		m := newMaster(t, Options{Image: "jwt"})
		m.load(wire.NonceFixed, run(0, 32))
		m.ok(64, wire.OpSign, wire.SignExternal, 0)
		if got := time.Since(start); got != 0 {
			t.Errorf("took %v", got)
		}
	})
}

func TestChipRunsOnTheClockItIsGiven(t *testing.T) {
	now := time.Unix(0, 0)
	m := newMaster(t, Options{Now: func() time.Time { return now }})
	now = now.Add(watchdogShort)
	if !m.refused(nil, make([]byte, 1)) {
		t.Error("the watchdog did not come by the given clock")
	}
}
