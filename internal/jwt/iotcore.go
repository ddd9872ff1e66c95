package jwt

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// MaxIoTCoreTTL is the longest lifetime that an IoT Core bridge accepts.
const MaxIoTCoreTTL = 24 * time.Hour

// IoTCore is the token profile of Google Cloud IoT Core, which the bridges that
// came after it kept: aud is the project, iat and exp are whole seconds, and
// the header is alg and typ.
type IoTCore struct {
	Project        string
	TTL            time.Duration // at least a second, at most MaxIoTCoreTTL
	IssuedAt       time.Time
	Header, Claims map[string]any // extras
}

// reserved names what the profile sets or forbids, with the reason.
type reserved struct{ name, reason string }

var reservedClaims = []reserved{
	{"aud", "it is the project"},
	{"iat", "it is the time of signing"},
	{"exp", "it follows from the lifetime"},
}

var reservedHeader = []reserved{
	{"alg", "the chip signs with ES256 only"},
	{"typ", "it is always JWT"},
	{"kid", "IoT Core tokens carry none, the bridge tries each key of the device"},
}

// Spec checks the profile and lays out the token.
func (p IoTCore) Spec() (Spec, error) {
	if err := p.check(); err != nil {
		return Spec{}, err
	}
	// aud stays a plain string: the claims types of golang-jwt would write a
	// list, which the bridges refuse.
	issued := p.IssuedAt.Unix()
	claims := map[string]any{
		"aud": p.Project,
		"iat": issued,
		"exp": issued + int64(p.TTL/time.Second),
	}
	maps.Copy(claims, p.Claims)
	return Spec{Header: maps.Clone(p.Header), Claims: claims}, nil
}

func (p IoTCore) check() error {
	if err := checkProject(p.Project); err != nil {
		return err
	}
	if p.TTL < time.Second || p.TTL > MaxIoTCoreTTL {
		return fmt.Errorf("lifetime %s is not between 1s and 24h, what an IoT Core bridge accepts", p.TTL)
	}
	if p.IssuedAt.IsZero() {
		return errors.New("no time of signing given")
	}
	if err := checkReserved("claim", p.Claims, reservedClaims); err != nil {
		return err
	}
	return checkReserved("header", p.Header, reservedHeader)
}

// checkProject leaves the form of a project ID to the bridge, which may have
// its own, and refuses only what cannot be one.
func checkProject(project string) error {
	if project == "" {
		return errors.New("no project given, the bridge expects its ID as the audience")
	}
	bad := func(r rune) bool {
		return r == '/' || r == utf8.RuneError || unicode.IsSpace(r) || unicode.IsControl(r)
	}
	if strings.ContainsFunc(project, bad) {
		return fmt.Errorf("project %.80q is no project ID, that has no spaces and no slashes", project)
	}
	return nil
}

func checkReserved(what string, given map[string]any, names []reserved) error {
	for _, r := range names {
		if _, ok := given[r.name]; ok {
			return fmt.Errorf("%s %s cannot be given: %s", what, r.name, r.reason)
		}
	}
	return nil
}
