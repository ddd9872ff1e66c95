package i2c

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// URI names a device: "scheme:path?name=value&name=value". The scheme says how
// to reach the chip, the path which one. There are no escapes, so that a path
// can be written as it is; a path with a question mark cannot be written.
//
// A bare bus number and a bare /dev/i2c-N stand for scheme i2c.
type URI struct {
	Scheme string
	Path   string
	params []param // in the order given
}

type param struct{ name, value string }

const schemeI2C = "i2c"

// ParseURI takes a device URI apart. Which schemes and parameters exist is for
// the opener to decide.
func ParseURI(s string) (URI, error) {
	if s == "" {
		return URI{}, errors.New("the device is empty; write i2c:1 for /dev/i2c-1, or sim: for the virtual chip")
	}
	place, query, _ := strings.Cut(s, "?")
	scheme, path, ok := strings.Cut(place, ":")
	if isBare(place) {
		scheme, path, ok = schemeI2C, place, true
	}
	if !ok || !isScheme(scheme) {
		return URI{}, fmt.Errorf("device %q does not start with a scheme; write i2c:1 for /dev/i2c-1, or sim: for the virtual chip", s)
	}
	params, err := parseParams(query)
	if err != nil {
		return URI{}, fmt.Errorf("device %q: %w", s, err)
	}
	return URI{Scheme: scheme, Path: path, params: params}, nil
}

// isBare says whether place is a bus number or the node of a bus.
func isBare(place string) bool {
	return consistsOf(strings.TrimPrefix(place, "/dev/i2c-"), "0123456789")
}

func isScheme(s string) bool {
	return consistsOf(s, "abcdefghijklmnopqrstuvwxyz0123456789")
}

func consistsOf(s, chars string) bool {
	return s != "" && strings.Trim(s, chars) == ""
}

func parseParams(query string) ([]param, error) {
	if query == "" {
		return nil, nil
	}
	var params []param
	for pair := range strings.SplitSeq(query, "&") {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("%q is no parameter; write name=value", pair)
		}
		if find(params, name) >= 0 {
			return nil, fmt.Errorf("parameter %q is given twice", name)
		}
		params = append(params, param{name, value})
	}
	return params, nil
}

func find(params []param, name string) int {
	return slices.IndexFunc(params, func(p param) bool { return p.name == name })
}

// Param returns the value of a parameter and whether it was given.
func (u URI) Param(name string) (string, bool) {
	if i := find(u.params, name); i >= 0 {
		return u.params[i].value, true
	}
	return "", false
}

// Allow returns an error if the URI has a parameter that is not in names: a
// mistyped one must not pass silently for its default.
func (u URI) Allow(names ...string) error {
	for _, p := range u.params {
		if slices.Contains(names, p.name) {
			continue
		}
		if len(names) == 0 {
			return fmt.Errorf("device %q: unknown parameter %q; scheme %s takes none", u, p.name, u.Scheme)
		}
		return fmt.Errorf("device %q: unknown parameter %q; scheme %s takes %s", u, p.name, u.Scheme, strings.Join(names, ", "))
	}
	return nil
}

// Address is the parameter addr, and whether it was given.
func (u URI) Address() (Address, bool, error) {
	text, ok := u.Param("addr")
	if !ok {
		return Address{}, false, nil
	}
	a, err := ParseAddress(text)
	return a, true, err
}

// String is the URI in full; it parses to the same URI.
func (u URI) String() string {
	var b strings.Builder
	b.WriteString(u.Scheme + ":" + u.Path)
	separator := "?"
	for _, p := range u.params {
		b.WriteString(separator + p.name + "=" + p.value)
		separator = "&"
	}
	return b.String()
}
