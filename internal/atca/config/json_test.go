package config

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestEveryImageSurvivesJSON(t *testing.T) {
	for _, im := range Images() {
		data, err := json.Marshal(im.Zone)
		if err != nil {
			t.Fatalf("%s: %v", im.Name, err)
		}
		var got Zone
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatalf("%s: %v", im.Name, err)
		}
		if got != im.Zone {
			t.Errorf("%s came back as %x", im.Name, got)
		}
	}
}

func TestDescribeJSONIsJSONWithWordsBesideIt(t *testing.T) {
	want := image(t, "tngtls-608A").Zone
	data, err := want.DescribeJSON()
	if err != nil {
		t.Fatal(err)
	}
	var words struct {
		Words struct {
			Fields []Line
			Slots  [][]string
		}
	}
	if err := json.Unmarshal(data, &words); err != nil {
		t.Fatal(err)
	}
	if len(words.Words.Slots) != Slots || words.Words.Slots[0][0] != "P-256 private key" {
		t.Errorf("words of the slots are %q", words.Words.Slots)
	}
	if len(words.Words.Fields) != len(want.Describe()) {
		t.Errorf("%d lines, want %d", len(words.Words.Fields), len(want.Describe()))
	}
	if !bytes.Contains(data, []byte("Trust&GO")) {
		t.Error("the words are escaped for HTML")
	}

	var got Zone
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatalf("with words: %v", err)
	}
	if got != want {
		t.Errorf("came back as %x", got)
	}
}

func TestJSONNamesFieldsAsTheDataSheetDoes(t *testing.T) {
	data, err := json.Marshal(image(t, "jwt").Zone)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`{"schema":1,"part":"ATECC608","fields":{"SN[0:3]":"01230000","RevNum":"00006003",`,
		`"I2C_Address":"c0"`,
		`"ChipOptions.IoProtectionKeyEnable":true`,
		`"ChipOptions.IoProtectionKey":6`,
		`"Counter[0]":"ffffffff00000000"`,
		`"slots":[{"slot":0,"ReadKey":1,"NoMac":false,"LimitedUse":false,"EncryptRead":false,"IsSecret":true,"WriteKey":0,"WriteConfig":2,"SlotLocked":false,"Private":true,"PubInfo":true,"KeyType":4,"Lockable":true,`,
	} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("%s is missing in %s", want, data)
		}
	}
	if bytes.Contains(data, []byte(`"words"`)) {
		t.Error("the plain form carries words")
	}
}

func TestA508HasFieldsOfItsOwnInJSON(t *testing.T) {
	data, err := json.Marshal(image(t, "factory-508A").Zone)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"part":"ATECC508A"`, `"OTPmode":"55"`, `"LastKeyUse.15":"ff"`, `"Selector":"00"`, `"IntrusionDisable":false`} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("%s is missing", want)
		}
	}
	for _, foreign := range []string{"CountMatch", "UseLock", "ChipOptions", "PersistentDisable"} {
		if bytes.Contains(data, []byte(foreign)) {
			t.Errorf("%s is a field of the 608", foreign)
		}
	}
}

func TestJSONThatDoesNotFitIsRefusedByName(t *testing.T) {
	z := image(t, "jwt").Zone
	good, err := json.Marshal(z)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, old, new string
		want           string // in the error
	}{
		{"unknown field", `"KdfIvLoc":"00"`, `"KdfIvLoc":"00","Colour":"red"`, "field Colour is unknown"},
		{"missing field", `"KdfIvLoc":"00",`, ``, "field KdfIvLoc is missing"},
		{"repeated field", `"KdfIvLoc":"00"`, `"KdfIvLoc":"00","KdfIvLoc":"01"`, "field KdfIvLoc comes twice"},
		{"misspelt field", `"KdfIvLoc":`, `"kdfivloc":`, "field KdfIvLoc is missing"},
		{"number too large", `"WriteConfig":2`, `"WriteConfig":16`, "slot 0: field WriteConfig: 16 is no number from 0 to 15"},
		{"negative number", `"WriteConfig":2`, `"WriteConfig":-1`, "field WriteConfig: -1"},
		{"fraction", `"WriteConfig":2`, `"WriteConfig":2.5`, "field WriteConfig: 2.5"},
		{"number as text", `"WriteConfig":2`, `"WriteConfig":"2"`, "field WriteConfig"},
		{"null for a number", `"WriteConfig":2`, `"WriteConfig":null`, "field WriteConfig: null"},
		{"null for a flag", `"IsSecret":true`, `"IsSecret":null`, "field IsSecret: null is neither true nor false"},
		{"number for a flag", `"IsSecret":true`, `"IsSecret":1`, "field IsSecret: 1"},
		{"null for bytes", `"KdfIvStr":"6976"`, `"KdfIvStr":null`, "field KdfIvStr: null"},
		{"too few digits", `"KdfIvStr":"6976"`, `"KdfIvStr":"69"`, "is no string of 4 hexadecimal digits"},
		{"too many digits", `"KdfIvStr":"6976"`, `"KdfIvStr":"697600"`, "is no string of 4 hexadecimal digits"},
		{"no digits", `"KdfIvStr":"6976"`, `"KdfIvStr":"ivst"`, "is no string of 4 hexadecimal digits"},
		{"slot at another's place", `{"slot":1,`, `{"slot":2,`, `slot 1: member "slot" is "2", must be 1`},
		{"slot without a number", `{"slot":1,`, `{`, `slot 1: member "slot" is "", must be 1`},
		{"unknown field of a slot", `{"slot":1,`, `{"slot":1,"Colour":1,`, "slot 1: field Colour is unknown"},
		{"other schema", `"schema":1`, `"schema":2`, "schema is 2, must be 1"},
		{"unknown part", `"part":"ATECC608"`, `"part":"ATSHA204A"`, `part "ATSHA204A" is unknown`},
		{"part against RevNum", `"RevNum":"00006003"`, `"RevNum":"00005000"`, "part is ATECC608, but RevNum 00005000"},
		{"unknown member", `"schema":1`, `"schema":1,"colour":"red"`, "colour"},
		{"slot that is a number", `"slots":[`, `"slots":[7,`, "slots has 17 entries, must have 16"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bad := strings.Replace(string(good), tt.old, tt.new, 1)
			if bad == string(good) {
				t.Fatalf("%s is not in the JSON", tt.old)
			}
			got := Zone{1, 2, 3}
			err := json.Unmarshal([]byte(bad), &got)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
			if got != (Zone{1, 2, 3}) {
				t.Error("the zone was changed all the same")
			}
		})
	}
}

func TestJSONOfAnotherShapeIsRefused(t *testing.T) {
	var z Zone
	for _, bad := range []string{
		`{}`, `[]`, `"x"`, `null`,
		`{"schema":1,"part":"ATECC608","fields":{},"slots":[]}`,
		`{"schema":1,"part":"ATECC608","fields":{},"slots":[{},{}]}`,
		`{"schema":1,"part":"ATECC608","fields":{},"slots":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15]}`,
		`{"schema":1,"part":"ATECC608","fields":[],"slots":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15]}`,
	} {
		if err := z.UnmarshalJSON([]byte(bad)); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

func TestReservedBitsSurviveJSON(t *testing.T) {
	var z Zone
	for i := range z {
		z[i] = 0xFF
	}
	data, err := json.Marshal(z)
	if err != nil {
		t.Fatal(err)
	}
	var got Zone
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if got != z {
		t.Errorf("all ones came back as %x", got)
	}
}

func FuzzZoneToJSONAndBack(f *testing.F) {
	for _, im := range Images() {
		f.Add(im.Zone[:])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		z, err := Parse(b)
		if err != nil {
			if len(b) == Size {
				t.Fatalf("128 bytes were refused: %v", err)
			}
			return
		}
		data, err := z.DescribeJSON()
		if err != nil {
			t.Fatal(err)
		}
		var got Zone
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if got != z {
			t.Errorf("%x came back as %x", z, got)
		}
	})
}

func FuzzJSONToZoneAndBack(f *testing.F) {
	for _, name := range []string{"jwt", "factory-508A"} {
		im, _ := LookupImage(name)
		data, err := json.Marshal(im.Zone)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"schema":1,"part":"ATECC608","fields":{"SN[0:3]":null},"slots":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var z Zone
		if json.Unmarshal(data, &z) != nil {
			return
		}
		again, err := json.Marshal(z)
		if err != nil {
			t.Fatal(err)
		}
		var got Zone
		if err := json.Unmarshal(again, &got); err != nil {
			t.Fatalf("own JSON was refused: %v", err)
		}
		if got != z {
			t.Errorf("%x came back as %x", z, got)
		}
	})
}
