// Package packaging has files for those who install the program. This is the
// test that the system will take them.
package packaging

import (
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const rulesFile = "70-atecc.rules"

// pair is one key of a rule: a match or an assignment.
type pair struct{ key, attribute, op, value string }

// udevKeys are those of udev(7) that a rule for permissions can use: for each
// key the operators that it takes, and whether it has an attribute in braces.
var udevKeys = map[string]struct {
	ops       string
	attribute bool
}{
	"ACTION":     {"== !=", false},
	"SUBSYSTEM":  {"== !=", false},
	"SUBSYSTEMS": {"== !=", false},
	"KERNEL":     {"== !=", false},
	"DRIVERS":    {"== !=", false},
	"ATTR":       {"== !=", true},
	"ATTRS":      {"== !=", true},
	"ENV":        {"== !=", true},
	"GROUP":      {"= :=", false},
	"MODE":       {"= :=", false},
	"OWNER":      {"= :=", false},
	"TAG":        {"+= -= =", false},
}

var (
	pairForm = regexp.MustCompile(`^([A-Z]+)(?:\{([A-Za-z0-9_/.]+)\})?(==|!=|\+=|-=|:=|=)"([^"\\]*)"`)
	modeForm = regexp.MustCompile(`^0[0-7]{3}$`)
)

// parseRules reads a file of rules. It takes less than udev does, which also
// skips a line that it does not understand and goes on without it.
func parseRules(text string) ([][]pair, error) {
	var rules [][]pair
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		rule, err := parseRule(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

func parseRule(line string) ([]pair, error) {
	var rule []pair
	for {
		m := pairForm.FindStringSubmatch(line)
		if m == nil {
			return nil, fmt.Errorf("no key at %q", line)
		}
		p := pair{m[1], m[2], m[3], m[4]}
		if err := p.check(); err != nil {
			return nil, err
		}
		rule = append(rule, p)
		rest, more := strings.CutPrefix(line[len(m[0]):], ",")
		if !more {
			if rest != "" {
				return nil, fmt.Errorf("no comma before %q", rest)
			}
			return rule, nil
		}
		line = strings.TrimLeft(rest, " ")
	}
}

func (p pair) check() error {
	row, ok := udevKeys[p.key]
	switch {
	case !ok:
		return fmt.Errorf("unknown key %s", p.key)
	case row.attribute != (p.attribute != ""):
		return fmt.Errorf("%s{%s}: an attribute too many or too few", p.key, p.attribute)
	case !slices.Contains(strings.Fields(row.ops), p.op):
		return fmt.Errorf("%s does not take %s", p.key, p.op)
	case p.value == "":
		return fmt.Errorf("%s has no value", p.key)
	case p.key == "MODE" && !modeForm.MatchString(p.value):
		return fmt.Errorf("%q is no mode", p.value)
	}
	return nil
}

// event is a device as udev sees it: keys with their attributes.
type event map[string]string

// access is what the rules make of a device.
type access struct {
	group, mode string
	seat        bool // whoever sits at the machine may use it
}

func (e event) apply(rules [][]pair) access {
	var a access
	for _, rule := range rules {
		if !slices.ContainsFunc(rule, func(p pair) bool { return !e.matches(p) }) {
			a.assign(rule)
		}
	}
	return a
}

// matches says whether a pair does not speak against the device.
func (e event) matches(p pair) bool {
	name := p.key
	if p.attribute != "" {
		name += "{" + p.attribute + "}"
	}
	hit := slices.ContainsFunc(strings.Split(p.value, "|"), func(pattern string) bool {
		ok, err := path.Match(pattern, e[name])
		return ok && err == nil
	})
	switch p.op {
	case "==":
		return hit
	case "!=":
		return !hit
	}
	return true
}

func (a *access) assign(rule []pair) {
	for _, p := range rule {
		switch {
		case p.key == "GROUP":
			a.group = p.value
		case p.key == "MODE":
			a.mode = p.value
		case p.key == "TAG" && p.value == "uaccess":
			a.seat = true
		}
	}
}

func usb(vendor, product string) event {
	return event{"SUBSYSTEM": "usb", "ENV{DEVTYPE}": "usb_device", "ATTR{idVendor}": vendor, "ATTR{idProduct}": product}
}

func TestTheRulesGiveEachBusToItsGroup(t *testing.T) {
	text, err := os.ReadFile(rulesFile)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := parseRules(string(text))
	if err != nil {
		t.Fatalf("%s: %v", rulesFile, err)
	}
	tests := []struct {
		name   string
		device event
		want   access
	}{
		{"FT232H", usb("0403", "6014"), access{"plugdev", "0660", true}},
		{"FT2232H", usb("0403", "6010"), access{"plugdev", "0660", true}},
		{"FT4232H", usb("0403", "6011"), access{"plugdev", "0660", true}},
		{"MCP2221", usb("04d8", "00dd"), access{"plugdev", "0660", true}},
		{"a serial cable of FTDI", usb("0403", "6001"), access{}},
		{"a programmer of Microchip", usb("04d8", "900a"), access{}},
		{"the product number of another vendor", usb("04d8", "6014"), access{}},
		{"an interface of a bridge", event{"SUBSYSTEM": "usb", "ENV{DEVTYPE}": "usb_interface"}, access{}},
		{"a bus of the board", event{"SUBSYSTEM": "i2c-dev", "KERNEL": "i2c-1", "SUBSYSTEMS": "platform"}, access{"i2c", "0660", false}},
		{"a bus behind USB", event{"SUBSYSTEM": "i2c-dev", "KERNEL": "i2c-12", "SUBSYSTEMS": "usb"}, access{"i2c", "0660", true}},
		{"a disk behind USB", event{"SUBSYSTEM": "block", "KERNEL": "sda", "SUBSYSTEMS": "usb"}, access{}},
	}
	for _, tt := range tests {
		if got := tt.device.apply(rules); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

func TestTheRulesComeBeforeSeatsAreGivenOut(t *testing.T) {
	// The tag uaccess is looked at in 73-seat-late.rules.
	if rulesFile >= "73-seat-late.rules" || path.Ext(rulesFile) != ".rules" {
		t.Errorf("%s is read too late, or not at all", rulesFile)
	}
}

func TestRulesThatUdevWouldNotTakeAreFound(t *testing.T) {
	tests := []struct{ line, want string }{
		{`SUBSYSTEM=="usb" MODE="0660"`, "no comma"},
		{`SUBSYSTEM=="usb",`, "no key"},
		{`SUBSYSTEM==usb, MODE="0660"`, "no key"},
		{`SUBSYSTEM=="usb, MODE="0660"`, "no comma"},
		{`SUBSYSTEM="usb", MODE="0660"`, "SUBSYSTEM does not take ="},
		{`MODE=="0660"`, "MODE does not take =="},
		{`MODE="rw"`, `"rw" is no mode`},
		{`GROUP=""`, "GROUP has no value"},
		{`ATTR=="0403"`, "an attribute too many or too few"},
		{`KERNEL{x}=="i2c-1"`, "an attribute too many or too few"},
		{`SUBSYTEM=="usb"`, "unknown key SUBSYTEM"},
		{`subsystem=="usb"`, "no key"},
		{`TAG=="uaccess"`, "TAG does not take =="},
	}
	for _, tt := range tests {
		_, err := parseRules("# a comment\n\n" + tt.line + "\n")
		if err == nil || !strings.HasPrefix(err.Error(), "line 3: ") || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.line, err, tt.want)
		}
	}
}
