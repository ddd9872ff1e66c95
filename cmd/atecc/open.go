package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"periph.io/x/conn/v3/physic"

	"atecc/internal/atca"
	"atecc/internal/atca/sim"
	"atecc/internal/i2c"
)

// target is an opened chip.
type target struct {
	*atca.Device
	uri     i2c.URI
	address i2c.Address
	virtual *sim.Chip // nil for a real chip
}

// opener reaches a chip by the scheme of its URI.
type opener func(a *app, u i2c.URI, trace func(i2c.Event)) (*target, error)

// openers has a row for each way to reach a chip.
var openers = map[string]opener{
	"i2c":     openOnBus,
	"ft232h":  openOnBus,
	"mcp2221": openOnBus,
	"sim":     openSim,
}

// withChip opens the chip, runs fn in a session with it and closes everything
// again. What fn found out is printed by its caller, after the chip sleeps.
func (a *app) withChip(ctx context.Context, fn func(*target, *atca.Session) error) error {
	if a.patience < 0 {
		return usagef("--patience %s is negative", a.patience)
	}
	return a.withTrace(func(trace func(i2c.Event)) error {
		t, err := a.open(ctx, trace)
		if err != nil {
			return err
		}
		err = t.Do(ctx, func(s *atca.Session) error { return fn(t, s) })
		return errors.Join(t.addAlternatives(err), t.Close())
	})
}

// open opens the chip that the user named, or the only one there is.
func (a *app) open(ctx context.Context, trace func(i2c.Event)) (*target, error) {
	text := a.deviceText()
	if text == "" {
		found, err := a.searchOne(ctx, trace)
		if err != nil {
			return nil, err
		}
		text = found
	}
	u, err := i2c.ParseURI(text)
	if err != nil {
		return nil, asUsage(err)
	}
	open, ok := openers[u.Scheme]
	if !ok {
		known := slices.Sorted(maps.Keys(openers))
		return nil, usagef("device %q: there is no scheme %q, only %s", text, u.Scheme, strings.Join(known, ", "))
	}
	return open(a, u, trace)
}

// deviceText is the device as the user named it, or "".
func (a *app) deviceText() string {
	if a.device != "" {
		return a.device
	}
	return a.getenv("ATECC_DEVICE")
}

// addressOr is the address in the URI, or the usual one.
func addressOr(u i2c.URI, usual uint16) (i2c.Address, error) {
	address, given, err := u.Address()
	if err != nil {
		return i2c.Address{}, asUsage(err)
	}
	if !given {
		address = i2c.Address{Bits7: usual, Form: i2c.SevenBit}
	}
	return address, nil
}

func (a *app) newDevice(link i2c.LinkCloser, times atca.Times) *atca.Device {
	return atca.New(link, atca.Options{Times: times, Patience: a.patience})
}

// defaultClock is the clock of a bus that was given none: it wakes the chip.
const defaultClock = 100 * physic.KiloHertz

// openSim opens a virtual chip, in memory or in a file.
func openSim(a *app, u i2c.URI, trace func(i2c.Event)) (*target, error) {
	o, clock, err := simOptions(u)
	if err != nil {
		return nil, asUsage(err)
	}
	if strings.HasPrefix(u.Path, "unix:") || strings.HasPrefix(u.Path, "tcp:") {
		return nil, usagef("device %q: this release has no virtual chips behind a socket; name a file, as in sim:chip.json", u)
	}
	chip, err := newSim(u.Path, o)
	if err != nil {
		return nil, err
	}
	address, err := addressOr(u, chip.Address())
	if err != nil {
		return nil, errors.Join(err, chip.Close())
	}
	a.note("warning: this is a virtual chip, its keys are not secret")
	// A chip that takes no time needs no waiting for.
	times, delay := atca.Times{}, i2c.Options{Trace: trace}
	if o.Timing != sim.TimingNone {
		times, delay.WakeDelay = atca.PublishedTimes(), i2c.DefaultWakeDelay
	}
	link := i2c.NewConn(sim.NewBus(u.String(), clock, chip), address.Bits7, delay)
	return &target{Device: a.newDevice(link, times), uri: u, address: address, virtual: chip}, nil
}

// newSim makes the chip. In memory it comes provisioned, because a blank chip
// that forgets everything is of no use; a new file is a blank chip.
func newSim(path string, o sim.Options) (*sim.Chip, error) {
	if path != "" {
		return sim.Open(path, o)
	}
	if o.Image == "" {
		o.Image = "jwt"
	}
	chip, err := sim.New(o)
	if err != nil {
		return nil, asUsage(err)
	}
	return chip, nil
}

// simOptions reads the parameters of a virtual chip.
func simOptions(u i2c.URI) (o sim.Options, clock physic.Frequency, err error) {
	if err := u.Allow("addr", "hz", "image", "rng", "seed", "timing"); err != nil {
		return o, 0, err
	}
	o.Image, _ = u.Param("image")
	o.Seed, _ = u.Param("seed")
	if text, ok := u.Param("timing"); ok {
		if o.Timing, err = sim.ParseTiming(text); err != nil {
			return o, 0, err
		}
	}
	if text, ok := u.Param("rng"); ok {
		if text != "seeded" {
			return o, 0, fmt.Errorf("device %q: rng=%s is not known; the only value is rng=seeded", u, text)
		}
		o.SeededRandom = true
	}
	clock, err = clockOf(u)
	return o, clock, err
}

// clockOf is the clock in the URI, or the usual one.
func clockOf(u i2c.URI) (physic.Frequency, error) {
	text, ok := u.Param("hz")
	if !ok {
		return defaultClock, nil
	}
	var hz int64
	if n, err := fmt.Sscanf(text+"\n", "%d\n", &hz); n != 1 || err != nil || hz < 1_000 || hz > 1_000_000 {
		return 0, fmt.Errorf("device %q: hz=%s is no bus clock; give 1000 to 1000000", u, text)
	}
	return physic.Frequency(hz) * physic.Hertz, nil
}

// addAlternatives tells of the other reading of an address at which nothing
// answered.
func (t *target) addAlternatives(err error) error {
	var wake *atca.WakeError
	if !errors.As(err, &wake) {
		return err
	}
	for _, other := range t.address.Alternatives() {
		err = fmt.Errorf("%w; 0x%02X was taken as a 7-bit address, read as 8-bit it is 0x%02X", err, t.address.Bits7, other.Bits7)
	}
	return err
}
