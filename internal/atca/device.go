package atca

import (
	"context"
	"time"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
	"atecc/internal/i2c"
)

// DefaultPatience is how long a chip is tried to be woken. It outlasts the
// standard watchdog (1.7 s at most), after which a chip that was left in any
// state sleeps and can be woken.
const DefaultPatience = 1900 * time.Millisecond

// Options of a Device.
type Options struct {
	Times    Times         // when to expect answers
	Patience time.Duration // how long to try to wake the chip; 0 is DefaultPatience
}

// Device is one chip. Its methods may be called from several goroutines.
type Device struct {
	link     i2c.LinkCloser
	times    Times
	patience time.Duration
	// turn holds a token while a session runs. It is a channel, not a mutex,
	// because it is held over waits, which testing/synctest must see.
	turn chan struct{}

	// What the configuration zone said; valid once learned is set.
	learned      bool
	divider      wire.Divider
	longWatchdog bool
}

// New returns a Device that owns the link.
func New(link i2c.LinkCloser, o Options) *Device {
	if o.Patience == 0 {
		o.Patience = DefaultPatience
	}
	return &Device{link: link, times: o.Times, patience: o.Patience, turn: make(chan struct{}, 1)}
}

// String names the link.
func (d *Device) String() string { return d.link.String() }

// Close closes the link.
func (d *Device) Close() error { return d.link.Close() }

// Do wakes the chip, runs fn and puts the chip to sleep, also when fn fails or
// the context ends. No other session of this Device runs meanwhile. Session
// must not be used after fn has returned.
func (d *Device) Do(ctx context.Context, fn func(*Session) error) error {
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-d.turn }()

	s := &Session{dev: d}
	if err := s.wake(ctx); err != nil {
		return err
	}
	defer s.park(ctx)
	return fn(s)
}

// learn keeps what the engine needs of a configuration zone.
func (d *Device) learn(z config.Zone) {
	d.learned = true
	d.divider = wire.Divider(z.ChipMode().Divider())
	d.longWatchdog = z.ChipMode().LongWatchdog()
}
