package i2c_test

import (
	"reflect"
	"strings"
	"testing"

	"atecc/internal/i2c"
)

func containsAny(s string, parts ...string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

func TestParseURIReadsWhatUsersWrite(t *testing.T) {
	tests := []struct {
		in           string
		scheme, path string
		params       map[string]string
		out          string
	}{
		{"i2c:1", "i2c", "1", nil, "i2c:1"},
		{"1", "i2c", "1", nil, "i2c:1"},
		{"/dev/i2c-1", "i2c", "/dev/i2c-1", nil, "i2c:/dev/i2c-1"},
		{"1?addr=tng", "i2c", "1", map[string]string{"addr": "tng"}, "i2c:1?addr=tng"},
		{"i2c:/dev/i2c-1?addr=0x35", "i2c", "/dev/i2c-1", map[string]string{"addr": "0x35"}, "i2c:/dev/i2c-1?addr=0x35"},
		{"sim:", "sim", "", nil, "sim:"},
		{"sim:?", "sim", "", nil, "sim:"},
		{"sim:?seed=7&timing=typical", "sim", "", map[string]string{"seed": "7", "timing": "typical"}, "sim:?seed=7&timing=typical"},
		{"sim:chip.json?image=jwt", "sim", "chip.json", map[string]string{"image": "jwt"}, "sim:chip.json?image=jwt"},
		{"sim:unix:/run/chip", "sim", "unix:/run/chip", nil, "sim:unix:/run/chip"},
		{"sim:x?a=b=c&d=", "sim", "x", map[string]string{"a": "b=c", "d": ""}, "sim:x?a=b=c&d="},
		{"ft232h:", "ft232h", "", nil, "ft232h:"},
		{"upy:/dev/ttyACM0?sda=21&scl=22", "upy", "/dev/ttyACM0", map[string]string{"sda": "21", "scl": "22"}, "upy:/dev/ttyACM0?sda=21&scl=22"},
	}
	for _, tt := range tests {
		u, err := i2c.ParseURI(tt.in)
		if err != nil {
			t.Errorf("%q: %v", tt.in, err)
			continue
		}
		if u.Scheme != tt.scheme || u.Path != tt.path || u.String() != tt.out {
			t.Errorf("%q: scheme %q, path %q, string %q", tt.in, u.Scheme, u.Path, u)
		}
		for name, want := range tt.params {
			if got, ok := u.Param(name); !ok || got != want {
				t.Errorf("%q: parameter %s is %q, %v, want %q", tt.in, name, got, ok, want)
			}
		}
		if _, ok := u.Param("absent"); ok {
			t.Errorf("%q: has a parameter that was not given", tt.in)
		}
	}
}

func TestParseURIRefusesWithASentence(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", "empty"},
		{"foo", `"foo" does not start with a scheme`},
		{":1", "scheme"},
		{"I2C:1", "scheme"},
		{"/dev/ttyACM0", "scheme"},
		{"/dev/i2c-", "scheme"},
		{"a b:1", "scheme"},
		{"sim:?seed", `"seed" is no parameter; write name=value`},
		{"sim:?=7", `"=7" is no parameter`},
		{"sim:?a=1&&b=2", `"" is no parameter`},
		{"sim:?seed=1&seed=2", `"seed" is given twice`},
	}
	for _, tt := range tests {
		if u, err := i2c.ParseURI(tt.in); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: got %v, %v, want an error with %q", tt.in, u, err, tt.want)
		}
	}
}

func TestAllowNamesTheUnknownParameter(t *testing.T) {
	u, err := i2c.ParseURI("sim:?seed=7&timming=max")
	if err != nil {
		t.Fatal(err)
	}
	if err := u.Allow("timming", "seed"); err != nil {
		t.Errorf("all are allowed: %v", err)
	}
	err = u.Allow("seed", "timing")
	if err == nil || !strings.Contains(err.Error(), `unknown parameter "timming"; scheme sim takes seed, timing`) {
		t.Errorf("got %v", err)
	}
	if err := u.Allow(); err == nil || !strings.Contains(err.Error(), "takes none") {
		t.Errorf("got %v", err)
	}
}

func TestAddressOfAURI(t *testing.T) {
	tests := []struct {
		in    string
		bits7 uint16
		given bool
		bad   bool
	}{
		{"i2c:1", 0, false, false},
		{"i2c:1?addr=0x6a", 0x6A, true, false},
		{"i2c:1?addr=", 0, true, true},
		{"i2c:1?addr=0x100", 0, true, true},
	}
	for _, tt := range tests {
		u, err := i2c.ParseURI(tt.in)
		if err != nil {
			t.Fatal(err)
		}
		a, given, err := u.Address()
		if a.Bits7 != tt.bits7 || given != tt.given || (err != nil) != tt.bad {
			t.Errorf("%q: got %v, %v, %v", tt.in, a, given, err)
		}
	}
}

func TestParseAddressTakesBothForms(t *testing.T) {
	tests := []struct {
		in    string
		bits7 uint16
		form  i2c.Form
		text  string
	}{
		{"custom", 0x60, i2c.Named, "0x60 (custom; 0xC0 as 8-bit)"},
		{"tng", 0x35, i2c.Named, "0x35 (tng; 0x6A as 8-bit)"},
		{"TFLX", 0x36, i2c.Named, "0x36 (TFLX; 0x6C as 8-bit)"},
		{"0x60", 0x60, i2c.SevenBit, "0x60 (7-bit; 0xC0 as 8-bit)"},
		{"96", 0x60, i2c.SevenBit, "0x60 (7-bit; 0xC0 as 8-bit)"},
		{"0x08", 0x08, i2c.SevenBit, "0x08 (7-bit; 0x10 as 8-bit)"},
		{"0X77", 0x77, i2c.SevenBit, "0x77 (7-bit; 0xEE as 8-bit)"},
		{"0x6A", 0x6A, i2c.SevenBit, "0x6A (7-bit; 0xD4 as 8-bit)"},
		{"0x6c", 0x6C, i2c.SevenBit, "0x6C (7-bit; 0xD8 as 8-bit)"},
		{"0x78", 0x3C, i2c.EightBit, "0x3C (from 8-bit 0x78)"},
		{"0xC0", 0x60, i2c.EightBit, "0x60 (from 8-bit 0xC0)"},
		{"192", 0x60, i2c.EightBit, "0x60 (from 8-bit 0xC0)"},
		{"0xEE", 0x77, i2c.EightBit, "0x77 (from 8-bit 0xEE)"},
	}
	for _, tt := range tests {
		a, err := i2c.ParseAddress(tt.in)
		if err != nil {
			t.Errorf("%q: %v", tt.in, err)
			continue
		}
		if a.Bits7 != tt.bits7 || a.Form != tt.form || a.Text != tt.in || a.String() != tt.text {
			t.Errorf("%q: got %+v, %q", tt.in, a, a)
		}
	}
}

func TestParseAddressRefusesWithAWayOut(t *testing.T) {
	tests := []struct{ in, want string }{
		{"0x100", "address 0x100 does not fit eight bits; 7-bit addresses are 0x08 to 0x77"},
		{"0x07", "0x07 is reserved"},
		{"0", "0 is reserved"},
		{"0xC1", "write 0x60"},
		{"0x79", "write 0x3c"},
		{"0xF0", "also read as 8-bit (0x78)"},
		{"0xFE", "also read as 8-bit (0x7f)"},
		{"0xFF", "0xFF is reserved"},
		{"", "custom, tng, tflx"},
		{"trustgo", `"trustgo" is neither`},
		{"0x", `"0x" is neither`},
		{"-1", `"-1" is neither`},
		{"0b11", `"0b11" is neither`},
		{"1_0", `"1_0" is neither`},
		{"0x10000", `"0x10000" is neither`},
	}
	for _, tt := range tests {
		if a, err := i2c.ParseAddress(tt.in); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: got %v, %v, want an error with %q", tt.in, a, err, tt.want)
		}
	}
}

func TestAlternativesAreTheEightBitReading(t *testing.T) {
	tests := map[string]string{
		"0x6A": "0x35 (from 8-bit 0x6A)",
		"0x6C": "0x36 (from 8-bit 0x6C)",
		"0x20": "0x10 (from 8-bit 0x20)",
		"0x60": "",
		"0x35": "",
		"0xC0": "", // was taken as 8-bit already
		"tng":  "",
	}
	for in, want := range tests {
		a, err := i2c.ParseAddress(in)
		if err != nil {
			t.Fatal(err)
		}
		var got string
		for _, alt := range a.Alternatives() {
			got += alt.String()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}

func TestKnownAddressesCannotBeChangedByTheirUser(t *testing.T) {
	known := i2c.KnownAddresses()
	if len(known) != 6 || known[0].Bits7 != 0x60 || known[1].Bits7 != 0x35 || known[2].Bits7 != 0x36 {
		t.Fatalf("got %v", known)
	}
	known[0].Bits7 = 0
	if i2c.KnownAddresses()[0].Bits7 != 0x60 {
		t.Error("the table was changed")
	}
}

func FuzzParseURI(f *testing.F) {
	for _, s := range []string{"i2c:1", "1", "/dev/i2c-1?addr=0x35", "sim:?seed=7&timing=typical", "sim:unix:/x", "?", ":", "a:?b=&c=="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := i2c.ParseURI(s)
		if err != nil {
			return
		}
		again, err := i2c.ParseURI(u.String())
		if err != nil || !reflect.DeepEqual(u, again) {
			t.Errorf("%q is %#v, its string %q is %#v, %v", s, u, u.String(), again, err)
		}
		if a, given, err := u.Address(); given && err == nil && (a.Bits7 < 0x08 || a.Bits7 > 0x77) {
			t.Errorf("%q has address 0x%x", s, a.Bits7)
		}
	})
}
