package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	pi2c "periph.io/x/conn/v3/i2c"

	"atecc/internal/atca"
	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
	"atecc/internal/i2c"
)

// searchPatience is how long a search knocks at one address. It outlasts a
// signature that another program has the chip make.
const searchPatience = 130 * time.Millisecond

// identity is what tells one chip from another.
type identity struct {
	revision wire.Revision
	zone     config.Zone
}

// identify asks a chip who it is.
func identify(ctx context.Context, s *atca.Session) (identity, error) {
	revision, err := s.Revision(ctx)
	if err != nil {
		return identity{}, err
	}
	zone, err := s.ReadConfig(ctx)
	return identity{revision, zone}, err
}

// sighting is a chip that a search found.
type sighting struct {
	uri     string
	address i2c.Address
	identity
}

func (s sighting) String() string {
	return fmt.Sprintf("%s (%s %s)", s.uri, s.revision.Name(), s.zone.SerialString())
}

// searchOne finds the only chip on this machine.
func (a *app) searchOne(ctx context.Context, trace func(i2c.Event)) (string, error) {
	found, err := a.searchAll(ctx, trace, effortUnasked)
	if err != nil {
		return "", err
	}
	return a.only(found)
}

// only is the URI of the chip that was found, if it is just one.
func (a *app) only(found []sighting) (string, error) {
	switch len(found) {
	case 0:
		return "", noChipError{errors.New("no chip was found on the I2C buses of this machine")}
	case 1:
		a.note("using %s", found[0])
		return found[0].uri, nil
	}
	var names []string
	for _, f := range found {
		names = append(names, f.String())
	}
	return "", usagef("%d chips were found; say which with --device: %s", len(found), strings.Join(names, ", "))
}

// searchAll looks for chips on all buses that are worth this effort. A search
// sends general calls, so adapters that belong to a mainboard or a graphics card
// are left alone unless all are wanted.
func (a *app) searchAll(ctx context.Context, trace func(i2c.Event), e effort) ([]sighting, error) {
	places, err := a.places()
	if err != nil {
		return nil, err
	}
	if len(places) == 0 {
		return nil, noChipError{errors.New("this machine has no I2C bus (no /dev/i2c-*, FT232H or MCP2221)")}
	}
	var found []sighting
	var failed error
	for _, p := range places {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if p.why != "" && e < p.from {
			a.note("%s is left alone: %s", p, p.why)
			continue
		}
		on, err := a.searchBus(ctx, trace, p.uri)
		found = append(found, on...)
		if err != nil && failed == nil {
			failed = err
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if len(found) > 0 && failed != nil {
		a.note("%v", failed)
		failed = nil
	}
	return found, failed
}

// searchBus opens one bus and looks around.
func (a *app) searchBus(ctx context.Context, trace func(i2c.Event), u i2c.URI) ([]sighting, error) {
	bus, err := a.openBus(u)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err := bus.Close(); err != nil {
			a.note("%s: %v", u, err) // a driver may not have got its bridge back
		}
	}()
	return a.knock(ctx, trace, bus, u)
}

// knock tries the known addresses on a bus.
func (a *app) knock(ctx context.Context, trace func(i2c.Event), bus pi2c.BusCloser, u i2c.URI) ([]sighting, error) {
	var found []sighting
	for _, known := range i2c.KnownAddresses() {
		uri := withAddress(u, known)
		link := i2c.NewConn(bus, known.Bits7, i2c.Options{WakeDelay: i2c.DefaultWakeDelay, Trace: trace})
		dev := atca.New(link, atca.Options{Times: atca.PublishedTimes(), Patience: searchPatience})
		id, err := identifyAlone(ctx, dev)
		switch {
		case err == nil:
			address := i2c.Address{Bits7: known.Bits7, Form: i2c.SevenBit}
			found = append(found, sighting{uri, address, id})
		case ctx.Err() != nil:
			return found, ctx.Err()
		case !is[*atca.WakeError](err):
			a.note("%s: something answers, but not as a chip of this family: %v", uri, err)
		}
	}
	return found, nil
}

// identifyAlone identifies a chip in a session of its own.
func identifyAlone(ctx context.Context, dev *atca.Device) (id identity, err error) {
	err = dev.Do(ctx, func(s *atca.Session) error {
		id, err = identify(ctx, s)
		return err
	})
	return id, err
}
