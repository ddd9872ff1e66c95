package atca_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"atecc/internal/atca"
	"atecc/internal/atca/sim"
	"atecc/internal/atca/wire"
)

// TestSessionsDoNotMix runs signatures from many goroutines: no other command
// may come between a Nonce and its Sign.
func TestSessionsDoNotMix(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sim.Options{})
		const goroutines = 8
		var failed atomic.Int32
		done := make(chan struct{})
		for range goroutines {
			go func() {
				defer func() { done <- struct{}{} }()
				err := b.Do(t.Context(), func(s *atca.Session) error {
					_, err := s.SignDigest(t.Context(), 0, digest)
					return err
				})
				if err != nil {
					failed.Add(1)
				}
			}()
		}
		for range goroutines {
			<-done
		}
		if n := failed.Load(); n != 0 {
			t.Errorf("%d of %d sessions failed", n, goroutines)
		}
		ops := b.bus.sent()
		if len(ops) != 2*goroutines {
			t.Errorf("%d commands, want %d", len(ops), 2*goroutines)
		}
		for i, op := range ops {
			if want := []wire.Opcode{wire.OpNonce, wire.OpSign}[i%2]; op != want {
				t.Errorf("command %d is %s, want %s", i, op, want)
			}
		}
	})
}

// asleep says whether the chip refuses its address.
func (b *bench) asleep() bool {
	return b.bus.BusCloser.Tx(b.chip.Address(), nil, make([]byte, 1)) != nil
}

func TestTheChipSleepsAfterASession(t *testing.T) {
	for _, tt := range []struct {
		name string
		fn   func(*atca.Session) error
	}{
		{"that went well", func(*atca.Session) error { return nil }},
		{"that failed", func(*atca.Session) error { return errors.New("failed") }},
		{"that panicked", func(*atca.Session) error { panic("in the middle") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sim.Options{})
				func() {
					defer func() { _ = recover() }()
					_ = b.Do(t.Context(), tt.fn)
				}()
				if !b.asleep() {
					t.Error("the chip is awake")
				}
			})
		})
	}
}

func TestTheChipSleepsAfterAnInterruptedSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sim.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		err := b.Do(ctx, func(s *atca.Session) error {
			cancel()
			_, err := s.Random(ctx)
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if !b.asleep() {
			t.Error("the chip is awake")
		}
	})
}

// TestAWaitForTheChipCanBeGivenUp has another session that takes long.
func TestAWaitForTheChipCanBeGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sim.Options{})
		inside := make(chan struct{})
		done := make(chan error)
		go func() {
			done <- b.Do(t.Context(), func(*atca.Session) error {
				close(inside)
				time.Sleep(time.Minute)
				return nil
			})
		}()
		<-inside
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := b.Do(ctx, func(*atca.Session) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
