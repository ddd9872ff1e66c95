package jwt

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestParsePairTakesJSONWhereItIsJSON(t *testing.T) {
	for _, tt := range []struct {
		arg, name string
		value     any
	}{
		{"sub=device", "sub", "device"},
		{"sub=", "sub", ""},
		{"n=7", "n", json.Number("7")},
		{"n=12345678901234567890", "n", json.Number("12345678901234567890")},
		{"n=1.50", "n", json.Number("1.50")},
		{"n=007", "n", "007"},
		{"n=0x10", "n", "0x10"},
		{`n="7"`, "n", "7"},
		{"b=true", "b", true},
		{"b=True", "b", "True"},
		{"z=null", "z", nil},
		{"l=[1, 2]", "l", []any{json.Number("1"), json.Number("2")}},
		{"l=[]", "l", []any{}},
		{`o={"a":{"b":[null]}}`, "o", map[string]any{"a": map[string]any{"b": []any{nil}}}},
		{"o={broken", "o", "{broken"},
		{"url=https://x/?a=b", "url", "https://x/?a=b"},
	} {
		t.Run(tt.arg, func(t *testing.T) {
			name, value, err := ParsePair(tt.arg)
			if err != nil {
				t.Fatal(err)
			}
			if name != tt.name || !reflect.DeepEqual(value, tt.value) {
				t.Errorf("got %q = %#v, want %q = %#v", name, value, tt.name, tt.value)
			}
		})
	}
}

func TestParsePairsRefuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		says string
	}{
		{"no equals sign", []string{"sub"}, `"sub" is not of the form name=value`},
		{"no name", []string{"=x"}, "not of the form"},
		{"nothing", []string{""}, "not of the form"},
		{"Latin-1", []string{"a=gr\xfcn"}, "not UTF-8"},
		{"a name twice", []string{"a=1", "b=1", "a=2"}, `"a" is given twice`},
		{"a member twice", []string{`a={"b":1,"b":2}`}, `names "b" twice`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pairs, err := ParsePairs(tt.args)
			wantError(t, err, tt.says)
			if pairs != nil {
				t.Errorf("pairs %v beside the error", pairs)
			}
		})
	}
}

func TestParsePairsKeepsEachPair(t *testing.T) {
	got, err := ParsePairs([]string{"a=1", "A=2"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"a": json.Number("1"), "A": json.Number("2")}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
