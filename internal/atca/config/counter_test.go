package config

import (
	"encoding/hex"
	"testing"
)

func TestCounterPatternsOfKnownCounts(t *testing.T) {
	for v, want := range map[uint32]string{
		0:       "ffffffff00000000",
		1:       "7fffffff00000000",
		4:       "0fffffff00000000", // read from a real Trust&GO part
		15:      "0001ffff00000000",
		16:      "0000ffff00000000",
		17:      "00007fff00000000",
		31:      "0000000100000000",
		32:      "ffff000000010000",
		33:      "7fff000000010000",
		47:      "0001000000010000",
		48:      "0000ffff00010001",
		1000:    "00ff0000001f001e", // read from a real part
		1002:    "003f0000001f001e", // read from a real part
		1026:    "3fff00000020001f", // read from a real part
		2097151: "00000001ffffffff",
	} {
		b := EncodeCounter(v)
		if got := hex.EncodeToString(b[:]); got != want {
			t.Errorf("%d: %s, want %s", v, got, want)
		}
	}
}

func TestEveryCountSurvivesTheChipsFormat(t *testing.T) {
	for v := range uint32(MaxCount + 1) {
		if got, ok := DecodeCounter(EncodeCounter(v)); got != v || !ok {
			t.Fatalf("%d: decoded as %d, %t", v, got, ok)
		}
	}
}

func TestCountsStopAtTheMaximum(t *testing.T) {
	if EncodeCounter(MaxCount+1) != EncodeCounter(MaxCount) || EncodeCounter(1<<31) != EncodeCounter(MaxCount) {
		t.Error("a count beyond the maximum was encoded")
	}
}

func TestPatternsThatNoCountHasAreTold(t *testing.T) {
	for _, pattern := range []string{
		"0000000000000000", // nothing left in either linear word
		"ffffffffffffffff",
		"bfffffff00000000", // a hole in the linear word
		"fffffffe00000000", // the second word counts only once the first is used up
		"ffffffff00000001", // binary words too far apart
		"7fffffff00010001",
	} {
		b, err := hex.DecodeString(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := DecodeCounter([8]byte(b)); ok {
			t.Errorf("%s was read as %d", pattern, v)
		}
	}
}

func TestZoneReadsBothCounters(t *testing.T) {
	z := image(t, "eyc-608B").Zone
	for n, want := range []uint32{1026, 1000} {
		if got, ok := z.Counter(n); got != want || !ok {
			t.Errorf("counter %d is %d, %t, want %d", n, got, ok, want)
		}
	}
}

func FuzzDecodeCounter(f *testing.F) {
	f.Add([]byte{0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0})
	f.Add([]byte{0x00, 0x00, 0x00, 0x01, 0xFF, 0xFF, 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) != 8 {
			return
		}
		b := [8]byte(data)
		if v, ok := DecodeCounter(b); ok && (v > MaxCount || EncodeCounter(v) != b) {
			t.Errorf("%x was read as %d", b, v)
		}
	})
}
