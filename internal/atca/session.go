package atca

import (
	"context"
	"time"
)

// Session is the chip, awake and held. Its methods are the chip's commands.
// It is not safe for use from several goroutines.
type Session struct {
	dev *Device
	// wokenAt is when the last wake began, and so the watchdog at the earliest.
	wokenAt time.Time
	// losses counts how often volatile state (TempKey and its companions) was
	// given up in order to recover.
	losses int
}

// maxReplays bounds how often a sequence is run from its start.
const maxReplays = 3

// sequence runs commands that build up volatile state and use it, as Nonce and
// Sign do. Where that state was lost in between, everything is run again from
// the start.
func (s *Session) sequence(fn func() error) error {
	for attempt := 1; ; attempt++ {
		before := s.losses
		err := fn()
		if err == nil || s.losses == before || attempt == maxReplays {
			return err
		}
	}
}

// park puts the chip to sleep when the session ends. Sleep, not idle: it clears
// what the session left in TempKey, and also latched failures. A refusal means
// that the chip sleeps already. The context may have ended; one short write is
// made all the same.
func (s *Session) park(ctx context.Context) {
	_ = s.dev.link.Sleep(context.WithoutCancel(ctx))
}
