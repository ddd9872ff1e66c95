package atca

import (
	"context"
	"errors"
	"fmt"
	"time"

	"atecc/internal/atca/wire"
	"atecc/internal/i2c"
)

// Pauses between attempts to wake the chip: short at first, because the usual
// reason is a chip that was awake and has just been sent to sleep; then longer,
// because it is busy or not there.
const (
	firstPause = time.Millisecond
	lastPause  = 50 * time.Millisecond
)

// wake brings the chip from any state to awake. It may sleep or idle (the pulse
// wakes it), be awake with an old answer or in the middle of a command (it is
// put to sleep first, which clears both), or compute (it refuses everything,
// and is asked again). After the watchdog's longest time a chip sleeps, however
// it was left.
func (s *Session) wake(ctx context.Context) error {
	link, start := s.dev.link, time.Now()
	pause := firstPause
	for attempt := 1; ; attempt++ {
		s.wokenAt = time.Now()
		err := link.Wake(ctx)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, wire.StatusSelfTest):
			return fmt.Errorf("%s: %w: %w", link, ErrSelfTest, err)
		case !mayBeAwake(err):
			return err
		}
		elapsed := time.Since(start)
		if elapsed+pause >= s.dev.patience {
			return s.wakeError(attempt, elapsed, err)
		}
		s.sleep(ctx)
		if err := wait(ctx, pause); err != nil {
			return err
		}
		pause = min(2*pause, lastPause)
	}
}

// mayBeAwake says whether a failed wake is one that a chip in some state
// explains, in contrast to a link that cannot be used at all.
func mayBeAwake(err error) bool {
	return i2c.IsNACK(err) || is[*i2c.AnswerError](err)
}

// is says whether an error of type T is in the chain.
func is[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}

// wakeError adds what is known of the bus.
func (s *Session) wakeError(attempts int, elapsed time.Duration, err error) error {
	if is[*i2c.AnswerError](err) {
		err = fmt.Errorf("%s: %w", s.dev.link, err) // which does not say where
	}
	e := &WakeError{Attempts: attempts, Elapsed: elapsed, Err: err}
	if c, ok := s.dev.link.(i2c.Clocked); ok {
		if clock, known := c.Clock(); known {
			e.Clock = clock.String()
			e.TooFast = clock > i2c.WakeClockLimit
		}
	}
	return e
}

// restart gives up all volatile state and brings the chip to a clean start.
func (s *Session) restart(ctx context.Context) error {
	s.sleep(ctx)
	return s.wake(ctx)
}

// sleep clears the chip's volatile state. A chip that refuses it sleeps already,
// or computes and will be asked again.
func (s *Session) sleep(ctx context.Context) {
	s.losses++
	_ = s.dev.link.Sleep(ctx)
}

// refresh restarts the watchdog and keeps volatile state: idle, then wake.
func (s *Session) refresh(ctx context.Context) error {
	if err := s.dev.link.Idle(ctx); err != nil {
		// Asleep (the watchdog was faster) or worse: nothing is left to keep.
		return s.restart(ctx)
	}
	return s.wake(ctx)
}

// wait pauses for d, or until the context ends.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
