package atca_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"atecc/internal/atca"
	"atecc/internal/atca/config"
	"atecc/internal/atca/sim"
	"atecc/internal/atca/wire"
)

var digest = sha256.Sum256([]byte("message"))

// mishap is something that happens to the answer of a command.
type mishap struct {
	name string
	act  func(x *transfer) error
}

// vanish is a bus that refuses each read until the command is given up.
func vanish(bus *tapBus) func(*transfer) error {
	return func(*transfer) error {
		was := bus.filter
		until := time.Now().Add(2 * time.Second)
		bus.filter = func(x *transfer) error {
			if time.Now().Before(until) {
				if _, ok := x.command(); !ok {
					return syscall.EREMOTEIO
				}
			}
			bus.filter = was
			return x.pass()
		}
		return syscall.EREMOTEIO
	}
}

// damage turns one bit, and every re-read finds the same.
func damage(bus *tapBus) func(*transfer) error {
	return func(x *transfer) error {
		x.r[1] ^= 4
		was, again := bus.filter, 2
		bus.filter = func(x *transfer) error {
			err := x.pass()
			if err == nil && len(x.r) > 0 {
				x.r[1] ^= 4
				if again--; again == 0 {
					bus.filter = was
				}
			}
			return err
		}
		return nil
	}
}

// losses are the ways to lose an answer for good.
func losses(b *bench) []mishap {
	return []mishap{
		{"lost", vanish(b.bus)},
		{"damaged", damage(b.bus)},
		{"chip reset", answerWith(byte(wire.StatusAfterWake))},
	}
}

const lossKinds = 3

// TestAHarmlessCommandIsSentAgain loses the answer of a Random.
func TestAHarmlessCommandIsSentAgain(t *testing.T) {
	for kind := range lossKinds {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, sim.Options{})
			loss := losses(b)[kind]
			b.bus.filter = onAnswer(wire.OpRandom, 1, loss.act)
			b.do(t, func(s *atca.Session) error {
				_, err := s.Random(t.Context())
				return err
			})
			wantOps(t, b.bus.sent(), wire.OpRandom, wire.OpRandom)
		})
	}
}

// TestNonceAndSignAreRepeatedAsAPair loses the answer of either.
func TestNonceAndSignAreRepeatedAsAPair(t *testing.T) {
	for kind := range lossKinds {
		for _, tt := range []struct {
			op   wire.Opcode
			want []wire.Opcode
		}{
			{wire.OpNonce, []wire.Opcode{wire.OpNonce, wire.OpNonce, wire.OpSign}},
			{wire.OpSign, []wire.Opcode{wire.OpNonce, wire.OpSign, wire.OpNonce, wire.OpSign}},
		} {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sim.Options{})
				loss := losses(b)[kind]
				b.bus.filter = onAnswer(tt.op, 1, loss.act)
				b.do(t, func(s *atca.Session) error {
					pub, err := s.PublicKey(t.Context(), 0)
					if err != nil {
						return err
					}
					b.bus.sent()
					signature, err := s.SignDigest(t.Context(), 0, digest)
					if err != nil {
						return err
					}
					wantOps(t, b.bus.sent(), tt.want...)
					return s.VerifyDigest(t.Context(), pub, digest, signature)
				})
			})
		}
	}
}

// TestACommandThatMustNotRunTwiceIsSentOnce loses the answers of commands that
// change the chip for good.
func TestACommandThatMustNotRunTwiceIsSentOnce(t *testing.T) {
	ctx := context.Background()
	for kind := range lossKinds {
		for _, tt := range []struct {
			op  wire.Opcode
			run func(*atca.Session) error
		}{
			{wire.OpGenKey, func(s *atca.Session) error { _, err := s.CreateKey(ctx, 1); return err }},
			{wire.OpWrite, func(s *atca.Session) error {
				return s.Write(ctx, wire.Location{Zone: wire.ZoneData, Slot: 8}, make([]byte, 32))
			}},
			{wire.OpLock, func(s *atca.Session) error { return s.LockSlot(ctx, 8) }},
		} {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sim.Options{})
				loss := losses(b)[kind]
				b.bus.filter = onAnswer(tt.op, 1, loss.act)
				err := b.Do(ctx, tt.run)
				if !errors.Is(err, wire.ErrOutcomeUnknown) {
					t.Errorf("%s, answer %s: error %v, want an unknown outcome", tt.op, loss.name, err)
				}
				wantOps(t, b.bus.sent(), tt.op)
			})
		}
	}
}

// TestWhatTheChipDidNotRunIsSentAgain has refusals after which even a command
// that must not run twice may be sent again, because it did not run once.
func TestWhatTheChipDidNotRunIsSentAgain(t *testing.T) {
	for _, tt := range []struct {
		name   string
		filter func(b *bench) func(*transfer) error
	}{
		{"damaged on its way to the chip", func(*bench) func(*transfer) error {
			damaged := false
			return func(x *transfer) error {
				if c, ok := x.command(); ok && c.Op == wire.OpGenKey && !damaged {
					damaged = true
					x.w[4] ^= 1
				}
				return x.pass()
			}
		}},
		{"watchdog about to expire", func(*bench) func(*transfer) error {
			seen := 0
			return func(x *transfer) error {
				c, ok := x.command()
				if ok && c.Op == wire.OpGenKey {
					seen++
				}
				if !ok || seen > 1 {
					err := x.pass()
					if err == nil && len(x.r) > 4 && seen == 1 {
						return answerWith(byte(wire.StatusWatchdog))(x)
					}
					return err
				}
				x.w = []byte{wire.WordReset} // the chip gets nothing to run
				return x.pass()
			}
		}},
		{"address refused", func(*bench) func(*transfer) error {
			refused := false
			return func(x *transfer) error {
				if c, ok := x.command(); ok && c.Op == wire.OpGenKey && !refused {
					refused = true
					return syscall.ENXIO
				}
				return x.pass()
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sim.Options{})
				b.bus.filter = tt.filter(b)
				b.do(t, func(s *atca.Session) error {
					made, err := s.CreateKey(t.Context(), 1)
					if err != nil {
						return err
					}
					kept, err := s.PublicKey(t.Context(), 1)
					if err == nil && !kept.Equal(made) {
						t.Error("the key in the slot is not the one that was reported")
					}
					return err
				})
			})
		})
	}
}

// TestAnUnclearRefusalIsNotTakenForAClearOne has an adapter that says EIO or
// ETIMEDOUT when a command may have arrived.
func TestAnUnclearRefusalIsNotTakenForAClearOne(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.EIO, syscall.ETIMEDOUT} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, sim.Options{})
			b.bus.filter = func(x *transfer) error {
				if c, ok := x.command(); ok && c.Op == wire.OpGenKey {
					_ = x.pass() // it arrives, and the adapter does not notice
					return errno
				}
				return x.pass()
			}
			err := b.Do(t.Context(), func(s *atca.Session) error {
				_, err := s.CreateKey(t.Context(), 1)
				return err
			})
			if !errors.Is(err, wire.ErrOutcomeUnknown) {
				t.Errorf("error %v", err)
			}
			wantOps(t, b.bus.sent(), wire.OpGenKey)
		})
	}
}

// TestPassingFailuresAreTriedAgain has the chip fail once.
func TestPassingFailuresAreTriedAgain(t *testing.T) {
	for _, status := range []wire.Status{wire.StatusECCFault, wire.StatusHealthTest} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, sim.Options{})
			b.bus.filter = onAnswer(wire.OpSign, 1, answerWith(byte(status)))
			b.do(t, func(s *atca.Session) error {
				_, err := s.SignDigest(t.Context(), 0, digest)
				return err
			})
			wantOps(t, b.bus.sent(), wire.OpNonce, wire.OpSign, wire.OpNonce, wire.OpSign)
		})
	}
}

// TestALastingFailureIsGivenUp has the chip fail each time.
func TestALastingFailureIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sim.Options{})
		b.bus.filter = func(x *transfer) error {
			err := x.pass()
			if err == nil && len(x.r) == 67 {
				return answerWith(byte(wire.StatusECCFault))(x)
			}
			return err
		}
		err := b.Do(t.Context(), func(s *atca.Session) error {
			_, err := s.SignDigest(t.Context(), 0, digest)
			return err
		})
		var refusal *atca.CommandError
		if !errors.As(err, &refusal) || refusal.Status != wire.StatusECCFault || refusal.Op != wire.OpSign {
			t.Errorf("error %v", err)
		}
		wantOps(t, b.bus.sent(), wire.OpNonce, wire.OpSign, wire.OpNonce, wire.OpSign, wire.OpNonce, wire.OpSign)
	})
}

// TestAFinalRefusalIsNotTriedAgain asks for what the slot does not allow.
func TestAFinalRefusalIsNotTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sim.Options{})
		err := b.Do(t.Context(), func(s *atca.Session) error {
			_, err := s.SignDigest(t.Context(), 8, digest)
			return err
		})
		var refusal *atca.CommandError
		if !errors.As(err, &refusal) || !errors.Is(err, wire.StatusExecution) || refusal.P2 != 8 {
			t.Errorf("error %v", err)
		}
		wantOps(t, b.bus.sent(), wire.OpNonce, wire.OpSign)
	})
}

// TestADeadLinkInTheMiddleOfACommand is an adapter that is unplugged while the
// chip works.
func TestADeadLinkInTheMiddleOfACommand(t *testing.T) {
	for _, tt := range []struct {
		name    string
		run     func(context.Context, *atca.Session) error
		unknown bool
	}{
		{"harmless", func(ctx context.Context, s *atca.Session) error { _, err := s.Random(ctx); return err }, false},
		{"not harmless", func(ctx context.Context, s *atca.Session) error { _, err := s.CreateKey(ctx, 1); return err }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sim.Options{})
				unplugged := false
				b.bus.filter = func(x *transfer) error {
					if unplugged {
						return syscall.ENODEV
					}
					_, unplugged = x.command()
					return x.pass()
				}
				err := b.Do(t.Context(), func(s *atca.Session) error { return tt.run(t.Context(), s) })
				if !errors.Is(err, syscall.ENODEV) || errors.Is(err, wire.ErrOutcomeUnknown) != tt.unknown {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

// TestAnInterruptedKeyGenerationHasAnUnknownOutcome presses Ctrl-C while the
// chip makes a key.
func TestAnInterruptedKeyGenerationHasAnUnknownOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sim.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		err := b.Do(ctx, func(s *atca.Session) error {
			_, err := s.CreateKey(ctx, 1)
			return err
		})
		if !errors.Is(err, wire.ErrOutcomeUnknown) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	})
}

// TestAnAnswerOfImpossibleLengthIsRefused has an undamaged frame that the
// command cannot give.
func TestAnAnswerOfImpossibleLengthIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sim.Options{})
		b.bus.filter = func(x *transfer) error {
			err := x.pass()
			if err == nil && len(x.r) > 4 {
				return answerWith(1, 2)(x)
			}
			return err
		}
		err := b.Do(t.Context(), func(s *atca.Session) error {
			_, err := s.Random(t.Context())
			return err
		})
		var transfer *atca.TransferError
		if !errors.As(err, &transfer) || !errors.Is(err, wire.ErrCount) || transfer.Attempts != 3 {
			t.Errorf("error %v", err)
		}
	})
}

// TestTheWatchdogIsKeptAhead spends a session that is longer than the watchdog.
// The chip never has to refuse a command for it, so each is sent once.
func TestTheWatchdogIsKeptAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sim.Options{Timing: sim.TimingMax})
		start := time.Now()
		const commands = 30
		b.do(t, func(s *atca.Session) error {
			for range commands {
				if _, err := s.PublicKey(t.Context(), 0); err != nil {
					return err
				}
			}
			return nil
		})
		if took := time.Since(start); took < 2*time.Second {
			t.Errorf("the session took %s, which proves nothing", took)
		}
		if sent := b.bus.sent(); len(sent) != commands {
			t.Errorf("%d commands were sent for %d", len(sent), commands)
		}
	})
}

// TestTempKeySurvivesTheRestartOfTheWatchdog: a restart goes through idle.
func TestTempKeySurvivesTheRestartOfTheWatchdog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sim.Options{})
		slept := false
		b.bus.filter = func(x *transfer) error {
			if x.addr != 0 && len(x.w) == 1 && x.w[0] == wire.WordSleep {
				slept = true
			}
			return x.pass()
		}
		b.do(t, func(s *atca.Session) error {
			message := make([]byte, 64*40) // 41 commands of up to 36 ms
			got, err := s.SHA256(t.Context(), message)
			if err == nil && got != sha256.Sum256(message) {
				t.Errorf("digest %x", got)
			}
			if slept {
				t.Error("the chip was put to sleep within the sequence")
			}
			return err
		})
	})
}

// TestACommandThatCannotFinishIsNotStarted: the self-test of a chip with the
// slowest clock takes longer than the watchdog.
func TestACommandThatCannotFinishIsNotStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		image, _ := config.LookupImage("jwt")
		zone := [128]byte(image.Zone)
		zone[19] = 0x68 // ChipMode: divider M2
		b := newBench(t, sim.Options{Config: &zone})
		err := b.Do(t.Context(), func(s *atca.Session) error {
			if _, err := s.ReadConfig(t.Context()); err != nil {
				return err
			}
			b.bus.sent()
			_, err := s.SelfTest(t.Context(), wire.SelfTestAll)
			return err
		})
		if !errors.Is(err, atca.ErrTooSlow) {
			t.Errorf("error %v", err)
		}
		wantOps(t, b.bus.sent())
	})
}

// TestASlowClockIsWaitedFor signs with the slowest divider, with and without
// having read the configuration first.
func TestASlowClockIsWaitedFor(t *testing.T) {
	for _, learn := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			image, _ := config.LookupImage("jwt")
			zone := [128]byte(image.Zone)
			zone[19] = 0x68 // ChipMode: divider M2
			b := newBench(t, sim.Options{Config: &zone, Timing: sim.TimingMax})
			b.do(t, func(s *atca.Session) error {
				if learn {
					if _, err := s.ReadConfig(t.Context()); err != nil {
						return err
					}
				}
				_, err := s.CreateKey(t.Context(), 0)
				if err != nil {
					return err
				}
				_, err = s.SignDigest(t.Context(), 0, digest)
				return err
			})
		})
	}
}

// TestAnswersArePolledForEarly: polling starts before the typical time, and
// what it costs is little.
func TestAnswersArePolledForEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sim.Options{Timing: sim.TimingMax})
		polls := 0
		b.bus.filter = func(x *transfer) error {
			err := x.pass()
			if err != nil && len(x.r) > 0 {
				polls++
			}
			return err
		}
		b.do(t, func(s *atca.Session) error {
			_, err := s.PublicKey(t.Context(), 0) // takes 115 ms, 59 ms are expected
			return err
		})
		if polls < 10 || polls > 120 {
			t.Errorf("%d polls for a command that takes twice as long as expected", polls)
		}
	})
}

// TestAStaleWatchdogIsRestarted: the chip was woken by somebody else and has
// its wake answer still to give, so it seems fresh; but the watchdog has run
// for so long that it refuses the first command (0xEE).
func TestAStaleWatchdogIsRestarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sim.Options{})
		_ = b.bus.Tx(0, []byte{0}, nil) // nobody answers
		time.Sleep(1200 * time.Millisecond)
		refusals := 0
		b.bus.filter = func(x *transfer) error {
			err := x.pass()
			if p, perr := wire.ParseResponse(x.r); err == nil && perr == nil && wire.Status(p[0]) == wire.StatusWatchdog && len(p) == 1 {
				refusals++
			}
			return err
		}
		b.do(t, func(s *atca.Session) error {
			_, err := s.PublicKey(t.Context(), 0)
			return err
		})
		if refusals != 1 {
			t.Errorf("the chip refused %d times for its watchdog, want once", refusals)
		}
		wantOps(t, b.bus.sent(), wire.OpGenKey, wire.OpGenKey)
	})
}

// TestAChipThatFallsSilentIsGivenUpInTime takes a command and is not heard of
// again.
func TestAChipThatFallsSilentIsGivenUpInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sim.Options{})
		silent := false
		b.bus.filter = func(x *transfer) error {
			if silent {
				return syscall.EREMOTEIO
			}
			_, silent = x.command()
			return x.pass()
		}
		start := time.Now()
		err := b.Do(t.Context(), func(s *atca.Session) error {
			_, err := s.Random(t.Context())
			return err
		})
		// A quarter of a second for the answer, and the patience for a wake.
		if took := time.Since(start); took > 2500*time.Millisecond {
			t.Errorf("given up after %s", took)
		}
		if !errors.Is(err, syscall.EREMOTEIO) {
			t.Errorf("error %v", err)
		}
	})
}
