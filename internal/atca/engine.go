package atca

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"atecc/internal/atca/wire"
	"atecc/internal/i2c"
)

// Bounds of the watchdog (docs/chip.md, "Watchdog"). A command must fit into
// the shortest time that the chip may grant; one that does not even fit into
// the longest can never finish.
const (
	watchdogShortest     = 700 * time.Millisecond
	watchdogLongest      = 1700 * time.Millisecond
	longWatchdogShortest = 5 * time.Second
	longWatchdogLongest  = 17 * time.Second

	// justWoken is how old a wake may be before a new one gains anything.
	justWoken = 10 * time.Millisecond
)

// maxAttempts bounds how often one command is sent.
const maxAttempts = 3

// fate is what is known of a command after an attempt.
type fate int

const (
	answered fate = iota // the answer is there: data, or a status that is final
	refused              // the chip did not run it, volatile state is untouched
	skipped              // the same, because the watchdog was near
	unheard              // the chip did not take it: it may sleep
	faulted              // the chip ran it and failed in a way that may pass
	lost                 // it may have run, its answer is gone
	broken               // the link or the context ended
)

// run executes one command and returns the payload of its answer. It is the
// only way to the chip.
func (s *Session) run(ctx context.Context, c wire.Command) ([]byte, error) {
	op, ok := wire.LookupOp(c.Op)
	if !ok {
		return nil, fmt.Errorf("%s is no command of this chip", c.Op)
	}
	frame, err := c.Frame()
	if err != nil {
		return nil, err
	}
	again, start := op.Again(c.P1), time.Now()
	for attempt := 1; ; attempt++ {
		payload, f, err := s.attempt(ctx, op, c, frame)
		if f == answered {
			return payload, err
		}
		// Once the answer of a command that must not run twice is lost, nothing
		// is sent that could hide what it did; the caller reads the state back.
		if f == lost && again == wire.Never {
			err = fmt.Errorf("%w: %w", wire.ErrOutcomeUnknown, err)
		}
		resend, rerr := s.recover(ctx, f, again)
		if rerr != nil {
			return nil, fmt.Errorf("%s: %w; then %w", op.Name, err, rerr)
		}
		if !resend || attempt == maxAttempts {
			return nil, s.failure(op, attempt, start, err)
		}
	}
}

// failure is the error of a command that was given up. The chip's own words
// need no frame around them.
func (s *Session) failure(op wire.Op, attempts int, start time.Time, err error) error {
	var refusal *CommandError
	if errors.As(err, &refusal) && !errors.Is(err, wire.ErrOutcomeUnknown) || errors.Is(err, ErrTooSlow) {
		return err
	}
	return &TransferError{Op: op.Code, Attempts: attempts, Elapsed: time.Since(start), Err: err}
}

// recover brings the chip back to where a command can be sent, and says whether
// this one may be.
func (s *Session) recover(ctx context.Context, f fate, again wire.Again) (resend bool, err error) {
	switch f {
	case refused:
		return true, nil
	case skipped:
		return true, s.refresh(ctx)
	case unheard, faulted:
		// It did not run, or ran to no effect; but what it built on is gone.
		return again != wire.Replay, s.restart(ctx)
	case lost:
		return again == wire.Resend, s.restart(ctx)
	}
	return false, nil
}

// attempt sends the command once and waits for its answer.
func (s *Session) attempt(ctx context.Context, op wire.Op, c wire.Command, frame []byte) ([]byte, fate, error) {
	if err := s.budget(ctx, op); err != nil {
		return nil, broken, err
	}
	if err := s.dev.link.Send(ctx, frame); err != nil {
		return nil, sendFate(op.Again(c.P1), err), err
	}
	payload, err := s.answer(ctx, op, c.P1)
	switch {
	case err == nil:
	case i2c.IsNACK(err), errors.Is(err, wire.ErrCRC), errors.Is(err, wire.ErrCount):
		return nil, lost, err
	case op.Again(c.P1) == wire.Never:
		return nil, broken, fmt.Errorf("%w: %w", wire.ErrOutcomeUnknown, err)
	default:
		return nil, broken, err
	}
	return judge(op, c, payload)
}

// sendFate tells a command that the chip did not take from a dead link. Most
// drivers say clearly that the address was refused; after EIO or ETIMEDOUT the
// command may have arrived all the same.
func sendFate(again wire.Again, err error) fate {
	switch {
	case !i2c.IsNACK(err):
		return broken
	case again != wire.Never, errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.EREMOTEIO):
		return unheard
	}
	return lost
}

// budget makes sure that the watchdog leaves the command its time.
func (s *Session) budget(ctx context.Context, op wire.Op) error {
	shortest, longest := watchdogShortest, watchdogLongest
	if s.dev.longWatchdog {
		shortest, longest = longWatchdogShortest, longWatchdogLongest
	}
	need := op.Max[s.dev.divider]
	if need > longest {
		return fmt.Errorf("%s needs up to %s with this clock divider, the watchdog ends it after %s at most: %w", op.Name, need, longest, ErrTooSlow)
	}
	if used := time.Since(s.wokenAt); used+need > shortest && used > justWoken {
		return s.refresh(ctx)
	}
	return nil
}

// answer waits until just before the answer is due, then polls for it. One read
// fetches the longest answer that the command can give in its mode: a shorter
// one, such as a status, is padded by the chip.
func (s *Session) answer(ctx context.Context, op wire.Op, p1 byte) ([]byte, error) {
	start := time.Now()
	plan := s.dev.times.schedule(op.Code, s.dev.divider, s.dev.learned)
	buf := make([]byte, wire.MinResponse-1+op.Payload(p1).Max())
	pause := plan.first
	for {
		if err := wait(ctx, pause); err != nil {
			return nil, err
		}
		group, err := s.dev.link.Receive(ctx, buf)
		if err == nil {
			return wire.ParseResponse(group)
		}
		if !i2c.IsNACK(err) {
			return nil, err
		}
		if waited := time.Since(start); waited > plan.limit {
			return nil, fmt.Errorf("no answer after %s: %w", round(waited), err)
		}
		pause = plan.every
	}
}

// judge says what an undamaged answer means.
func judge(op wire.Op, c wire.Command, payload []byte) ([]byte, fate, error) {
	known := op.Payload(c.P1).Has(len(payload))
	if len(payload) > 1 || op.DataByte && payload[0] <= wire.SelfTestMask {
		if !known {
			return nil, lost, fmt.Errorf("%s cannot answer with %d bytes: %w", op.Name, len(payload), wire.ErrCount)
		}
		return payload, answered, nil
	}
	status := wire.Status(payload[0])
	if status == wire.StatusSuccess && known {
		return payload, answered, nil
	}
	err := &CommandError{Op: c.Op, P1: c.P1, P2: c.P2, Status: status}
	if f, ok := transient[status]; ok {
		return nil, f, err
	}
	return nil, answered, err
}

// transient are the statuses that do not say anything final. Any other is the
// chip's last word.
var transient = map[wire.Status]fate{
	wire.StatusCRC:        refused,
	wire.StatusWatchdog:   skipped,
	wire.StatusECCFault:   faulted,
	wire.StatusHealthTest: faulted,
	// The chip was reset while it worked (a supply that cannot carry the
	// elliptic-curve engine does that), and woken again by the next pulse.
	wire.StatusAfterWake: lost,
}
