package jwt

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"
)

// VerifyOptions say when the token must be valid.
type VerifyOptions struct {
	At     time.Time     // required
	Leeway time.Duration // how far the clocks of both sides may differ
}

// Token is a token that held.
type Token struct {
	Header, Claims map[string]any // numbers are json.Number
	Key            Key            // the one that made the signature
	IssuedAt       time.Time      // zero when the token does not say
	Expires        time.Time
}

// Verify checks the signature of the token with keys, then its times. Where the
// token's kid names keys of the set only those are tried, else all are. A token
// that does not hold gives a *VerifyError.
func Verify(token string, keys []Key, o VerifyOptions) (*Token, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := checkKeys(keys); err != nil {
		return nil, err
	}
	u, err := unpack(token)
	if err != nil {
		return nil, err
	}
	key, err := u.signedBy(keys)
	if err != nil {
		return nil, err
	}
	t := &Token{Header: u.header, Claims: u.claims, Key: key}
	if err := t.checkTimes(o); err != nil {
		return nil, err
	}
	return t, nil
}

func (o VerifyOptions) check() error {
	if o.At.IsZero() {
		return errors.New("no time given for which the token must hold")
	}
	if o.Leeway < 0 {
		return fmt.Errorf("leeway %s is negative", o.Leeway)
	}
	return nil
}

func checkKeys(keys []Key) error {
	if len(keys) == 0 {
		return errors.New("no public key given to verify the token with")
	}
	for _, k := range keys {
		if _, err := p256Key(k.Public); err != nil {
			return err
		}
	}
	return nil
}

// signedBy finds the key that made the signature.
func (u *unpacked) signedBy(keys []Key) (Key, error) {
	keys = u.candidates(keys)
	for _, k := range keys {
		if (es256{}).Verify(u.input, u.signature, k.Public) == nil {
			return k, nil
		}
	}
	if len(keys) > 1 {
		return Key{}, refuse(ErrSignature, "the signature matches none of the %d keys", len(keys))
	}
	return Key{}, refuse(ErrSignature, "the signature does not match the key %s", Thumbprint(keys[0].Public))
}

func (u *unpacked) candidates(keys []Key) []Key {
	kid, ok := u.header["kid"].(string)
	if !ok {
		return keys
	}
	var named []Key
	for _, k := range keys {
		if k.ID == kid {
			named = append(named, k)
		}
	}
	if named == nil {
		return keys
	}
	return named
}

// checkTimes fills the times of t and compares them with the clock.
func (t *Token) checkTimes(o VerifyOptions) error {
	var notBefore time.Time
	for _, c := range []struct {
		name string
		to   *time.Time
	}{{"exp", &t.Expires}, {"iat", &t.IssuedAt}, {"nbf", &notBefore}} {
		var err error
		if *c.to, err = t.time(c.name); err != nil {
			return err
		}
	}
	early, late := o.At.Add(-o.Leeway), o.At.Add(o.Leeway)
	switch {
	case t.Expires.IsZero():
		return refuse(ErrNoExpiry, "the token has no exp, it would be valid for ever")
	case !early.Before(t.Expires):
		return refuse(ErrExpired, "expired at %s, %s ago", stamp(t.Expires), span(t.Expires, o.At))
	case late.Before(t.IssuedAt):
		return refuse(ErrNotYetValid, "issued at %s, %s in the future", stamp(t.IssuedAt), span(o.At, t.IssuedAt))
	case late.Before(notBefore):
		return refuse(ErrNotYetValid, "not valid before %s, %s in the future", stamp(notBefore), span(o.At, notBefore))
	}
	return nil
}

// maxSeconds is the end of the year 9999, the last that RFC 3339 can print.
const maxSeconds = 253402300799

// time reads a NumericDate; the zero time when the claim is not there. RFC 7519
// lets it have a fraction.
func (t *Token) time(name string) (time.Time, error) {
	claim, ok := t.Claims[name]
	if !ok {
		return time.Time{}, nil
	}
	number, ok := claim.(json.Number)
	if !ok {
		return time.Time{}, refuse(ErrMalformed, "%s is not a number of seconds", name)
	}
	seconds, err := number.Float64()
	if err != nil || seconds < 0 || seconds > maxSeconds {
		return time.Time{}, refuse(ErrMalformed, "%s is %.40s, which is no time between 1970 and 9999", name, number)
	}
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(fraction*1e9)).UTC(), nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
