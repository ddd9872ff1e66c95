package atca_test

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	pi2c "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"atecc/internal/atca"
	"atecc/internal/atca/config"
	"atecc/internal/atca/sim"
	"atecc/internal/atca/wire"
	"atecc/internal/i2c"
)

// revision is the smallest thing that a working chip can do.
func revision(ctx context.Context) func(*atca.Session) error {
	return func(s *atca.Session) error {
		_, err := s.Revision(ctx)
		return err
	}
}

// TestAChipInAnyStateIsWoken leaves the chip as a program that died would, and
// opens a session. slowest is how long that may take.
func TestAChipInAnyStateIsWoken(t *testing.T) {
	for _, tt := range []struct {
		name    string
		leave   func(t *testing.T, b *bench)
		slowest time.Duration
	}{
		{"asleep", func(*testing.T, *bench) {}, 10 * time.Millisecond},
		{"awake with its wake answer read", func(t *testing.T, b *bench) { b.wakeRaw(t) }, 20 * time.Millisecond},
		{"awake with its wake answer not read", func(t *testing.T, b *bench) {
			_ = b.bus.Tx(0, []byte{0}, nil) // nobody answers
			time.Sleep(2 * time.Millisecond)
		}, 10 * time.Millisecond},
		{"idle", func(t *testing.T, b *bench) {
			b.wakeRaw(t)
			b.writeRaw(t, wire.WordIdle)
		}, 10 * time.Millisecond},
		{"awake with an old answer", func(t *testing.T, b *bench) {
			b.wakeRaw(t)
			b.sendRaw(t, wire.Command{Op: wire.OpInfo})
			time.Sleep(10 * time.Millisecond)
		}, 20 * time.Millisecond},
		{"half-way through a command", func(t *testing.T, b *bench) {
			b.wakeRaw(t)
			b.writeRaw(t, wire.WordCommand, 0x27, byte(wire.OpNonce), 0x03)
		}, 20 * time.Millisecond},
		{"computing a signature", func(t *testing.T, b *bench) {
			b.wakeRaw(t)
			b.sendRaw(t, wire.Command{Op: wire.OpGenKey, P1: wire.GenKeyPublic})
		}, 200 * time.Millisecond},
		{"awake for most of its watchdog", func(t *testing.T, b *bench) {
			b.wakeRaw(t)
			time.Sleep(1200 * time.Millisecond)
		}, 20 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sim.Options{})
				tt.leave(t, b)
				start := time.Now()
				b.do(t, revision(t.Context()))
				if took := time.Since(start); took > tt.slowest {
					t.Errorf("took %s, want at most %s", took, tt.slowest)
				}
			})
		})
	}
}

// wakeRaw wakes the chip by hand, as another program would.
func (b *bench) wakeRaw(t *testing.T) {
	t.Helper()
	_ = b.bus.Tx(0, []byte{0}, nil) // nobody answers
	time.Sleep(2 * time.Millisecond)
	var answer [4]byte
	if err := b.bus.Tx(b.chip.Address(), nil, answer[:]); err != nil || answer != wire.WakeOK {
		t.Fatalf("the chip did not wake: % x, %v", answer, err)
	}
}

func (b *bench) writeRaw(t *testing.T, w ...byte) {
	t.Helper()
	if err := b.bus.Tx(b.chip.Address(), w, nil); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) sendRaw(t *testing.T, c wire.Command) {
	t.Helper()
	f, err := c.Frame()
	if err != nil {
		t.Fatal(err)
	}
	b.writeRaw(t, append([]byte{wire.WordCommand}, f...)...)
}

// TestNothingThereIsGivenUpInTime covers an address without a chip.
func TestNothingThereIsGivenUpInTime(t *testing.T) {
	for _, tt := range []struct{ patience, from, to time.Duration }{
		{0, 1800 * time.Millisecond, 2 * time.Second},
		{20 * time.Second, 19 * time.Second, 20*time.Second + 100*time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			bus := sim.NewBus("empty", 100*physic.KiloHertz)
			link := i2c.NewConn(bus, 0x60, i2c.Options{WakeDelay: i2c.DefaultWakeDelay})
			dev := atca.New(link, atca.Options{Times: atca.PublishedTimes(), Patience: tt.patience})
			start := time.Now()
			err := dev.Do(t.Context(), revision(t.Context()))
			if took := time.Since(start); took < tt.from || took > tt.to {
				t.Errorf("given up after %s, want %s to %s", took, tt.from, tt.to)
			}
			var wake *atca.WakeError
			var bus2 *i2c.BusError
			if !errors.As(err, &wake) || !errors.As(err, &bus2) {
				t.Fatalf("error %v", err)
			}
			if bus2.Phase != i2c.PhaseWake || bus2.Addr != 0x60 || bus2.Errno != syscall.EREMOTEIO || wake.TooFast || wake.Attempts < 10 {
				t.Errorf("error %+v around %+v", wake, bus2)
			}
			for _, word := range []string{"0x60", "EREMOTEIO", "no chip woke", "bus clock 100kHz"} {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("error %q does not tell %s", err, word)
				}
			}
		})
	}
}

// TestABusThatIsTooFastIsNamed is the case of a chip on a 400 kHz bus.
func TestABusThatIsTooFastIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBenchAt(t, sim.Options{}, 400*physic.KiloHertz, 0)
		start := time.Now()
		err := b.Do(t.Context(), revision(t.Context()))
		if took := time.Since(start); took >= 2*time.Second {
			t.Errorf("took %s", took)
		}
		var wake *atca.WakeError
		if !errors.As(err, &wake) || !wake.TooFast || !strings.Contains(err.Error(), "400kHz") {
			t.Errorf("error %v", err)
		}
	})
}

// TestAnUnknownClockIsSaidToBeUnknown: most adapters do not tell theirs.
func TestAnUnknownClockIsSaidToBeUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := struct{ pi2c.BusCloser }{sim.NewBus("empty", 400*physic.KiloHertz)} // hides the clock
		dev := atca.New(i2c.NewConn(bus, 0x60, i2c.Options{WakeDelay: i2c.DefaultWakeDelay}), atca.Options{})
		err := dev.Do(t.Context(), revision(t.Context()))
		var wake *atca.WakeError
		if !errors.As(err, &wake) || wake.TooFast || !strings.Contains(err.Error(), "bus clock unknown") {
			t.Errorf("error %v", err)
		}
	})
}

// TestTheLastBusThatWakesIsUsed has the address byte low for 60.15 us.
func TestTheLastBusThatWakesIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBenchAt(t, sim.Options{}, 133*physic.KiloHertz, 0)
		b.do(t, revision(t.Context()))
	})
}

// TestAChipThatTestsItselfAtWakeIsWaitedFor has the power-on self-test, for
// which the chip refuses everything for 20 ms after its wake.
func TestAChipThatTestsItselfAtWakeIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		image, _ := config.LookupImage("jwt")
		zone := [128]byte(image.Zone)
		zone[90] |= 1 // ChipOptions bit 0
		b := newBench(t, sim.Options{Config: &zone})
		b.do(t, revision(t.Context()))
	})
}

func TestAFailedSelfTestIsToldApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sim.Options{})
		b.bus.filter = func(x *transfer) error {
			err := x.pass()
			if err == nil && len(x.r) == 4 {
				copy(x.r, wire.WakeSelfTest[:])
			}
			return err
		}
		start := time.Now()
		err := b.Do(t.Context(), revision(t.Context()))
		if !errors.Is(err, atca.ErrSelfTest) || !errors.Is(err, wire.StatusSelfTest) {
			t.Errorf("error %v", err)
		}
		if took := time.Since(start); took > 100*time.Millisecond {
			t.Errorf("a broken chip was tried for %s", took)
		}
	})
}

// TestADeadLinkIsNotTriedAgain covers errors that no chip can cause.
func TestADeadLinkIsNotTriedAgain(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.ENODEV, syscall.EACCES, syscall.EBUSY} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, sim.Options{})
			transfers := 0
			b.bus.filter = func(*transfer) error { transfers++; return errno }
			err := b.Do(t.Context(), revision(t.Context()))
			if !errors.Is(err, errno) || transfers > 3 {
				t.Errorf("%v after %d transfers, want %v at once", err, transfers, errno)
			}
		})
	}
}

func TestWakingEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := sim.NewBus("empty", 100*physic.KiloHertz)
		dev := atca.New(i2c.NewConn(bus, 0x60, i2c.Options{WakeDelay: i2c.DefaultWakeDelay}), atca.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		start := time.Now()
		err := dev.Do(ctx, revision(ctx))
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 310*time.Millisecond {
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
}

// TestASleepingChipAnswersAtOnce is the failure that users meet first: on a bus
// that reports every refused address as an error, drivers take the refusal of
// the wake pulse for a failure, and on one that reports refused data bytes as
// well, those that send more than the command fail even when the chip is awake.
func TestASleepingChipAnswersAtOnce(t *testing.T) {
	for _, tt := range []struct {
		name   string
		refuse func(t *testing.T) func(*transfer) error
	}{
		{"every refusal is an error", func(*testing.T) func(*transfer) error { return nil }},
		{"a surplus byte is an error, too", func(t *testing.T) func(*transfer) error {
			return func(x *transfer) error {
				if len(x.w) > 1 && x.w[0] == wire.WordCommand && len(x.w)-1 != int(x.w[1]) {
					t.Errorf("%d bytes were sent for a command of %d", len(x.w)-1, x.w[1])
					return syscall.EREMOTEIO
				}
				return x.pass()
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sim.Options{})
				b.bus.filter = tt.refuse(t)
				start := time.Now()
				b.do(t, func(s *atca.Session) error {
					if _, err := s.Revision(t.Context()); err != nil {
						return err
					}
					_, err := s.ReadConfig(t.Context())
					return err
				})
				if took := time.Since(start); took > 50*time.Millisecond {
					t.Errorf("took %s", took)
				}
			})
		})
	}
}
