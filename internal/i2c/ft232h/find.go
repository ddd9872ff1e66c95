package ft232h

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"atecc/internal/i2c"
	"atecc/internal/i2c/usbfs"
)

// model is a part of the family.
type model struct {
	pid      uint16
	name     string
	channels int // that have an engine

	// driveZero is set where a pin can be told to pull low and never high.
	driveZero bool
}

const vendorFTDI = 0x0403

// models has the parts whose engine knows three-phase clocking. The FT2232D
// shares a product number with the FT2232H and has an older engine; it is found
// out when it rejects an order.
var models = []model{
	{pid: 0x6014, name: "FT232H", channels: 1, driveZero: true},
	{pid: 0x6010, name: "FT2232H", channels: 2},
	{pid: 0x6011, name: "FT4232H", channels: 2}, // its channels C and D are mere UARTs
}

func modelOf(i usbfs.Info) (model, bool) {
	n := slices.IndexFunc(models, func(m model) bool { return i.VID == vendorFTDI && i.PID == m.pid })
	if n < 0 {
		return model{}, false
	}
	return models[n], true
}

// Find lists the bridges below root, which is "/" except in tests.
func Find(root string) ([]usbfs.Info, error) {
	all, err := usbfs.List(root)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(i usbfs.Info) bool {
		_, known := modelOf(i)
		return !known
	}), nil
}

// selector is what a user calls a bridge by.
type selector struct {
	text    string
	name    string // serial number or bus path, "" for the only one
	channel int
}

// parseSelector reads a serial number or bus path, and a channel behind a
// slash, such as 1-1.2/B.
func parseSelector(text string) (selector, error) {
	name, channel, given := strings.Cut(text, "/")
	if !given {
		channel = "A"
	}
	n := strings.Index("AB", strings.ToUpper(channel))
	if len(channel) != 1 || n < 0 {
		return selector{}, fmt.Errorf("%q names channel %q; only /A and /B can be an I2C bus", text, channel)
	}
	return selector{text: text, name: name, channel: n}, nil
}

func (s selector) matches(i usbfs.Info) bool {
	return s.name == "" || s.name == i.Path || s.name == i.Serial
}

// choose picks the bridge that is meant. That none is there is a matter of the
// machine; that a name fits several, or a channel none, one of the name.
func (s selector) choose(found []usbfs.Info) (usbfs.Info, error) {
	matching := slices.DeleteFunc(slices.Clone(found), func(i usbfs.Info) bool { return !s.matches(i) })
	switch {
	case len(found) == 0:
		return usbfs.Info{}, i2c.OpenError(scheme+s.text, errors.New("no FT232H, FT2232H or FT4232H is plugged in"))
	case len(matching) == 0:
		return usbfs.Info{}, i2c.OpenError(scheme+s.text, fmt.Errorf("no bridge has this serial number or bus path; plugged in: %s", names(found)))
	case len(matching) > 1:
		return usbfs.Info{}, fmt.Errorf("%d FTDI bridges are meant by %q; name one by serial number or bus path: %s", len(matching), s.text, names(matching))
	}
	if m, _ := modelOf(matching[0]); s.channel >= m.channels {
		return usbfs.Info{}, fmt.Errorf("%q names channel B, but the %s has only channel A", s.text, m.name)
	}
	return matching[0], nil
}

// names lists bridges by what they can be called.
func names(infos []usbfs.Info) string {
	var all []string
	for _, i := range infos {
		name := i.Path
		if i.Serial != "" {
			name += " (serial number " + i.Serial + ")"
		}
		all = append(all, name)
	}
	return strings.Join(all, ", ")
}
