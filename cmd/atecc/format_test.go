package main

import (
	"bytes"
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

func TestParseDigestTakesBytesAndHexDigits(t *testing.T) {
	digest := bytes.Repeat([]byte{0xA5}, 32)
	digits := hex.EncodeToString(digest)
	for _, input := range []string{string(digest), digits, strings.ToUpper(digits), digits + "\n", " " + digits + "\r\n"} {
		got, err := parseDigest([]byte(input), "file")
		if err != nil || !bytes.Equal(got[:], digest) {
			t.Errorf("parseDigest(%q) is %x, %v", input, got, err)
		}
	}
	for _, input := range []string{"", "a5", digits[:63], digits + "a5", digits[:62] + "xx", string(digest[:31])} {
		if got, err := parseDigest([]byte(input), "file"); err == nil || !strings.Contains(err.Error(), "file holds no SHA-256 digest") {
			t.Errorf("parseDigest(%q) is %x, %v", input, got, err)
		}
	}
}

func FuzzDigest(f *testing.F) {
	f.Add([]byte(strings.Repeat("0f", 32)))
	f.Add(make([]byte, 32))
	f.Add([]byte("\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		digest, err := parseDigest(b, "file")
		if err != nil {
			return
		}
		digits := []byte(hex.EncodeToString(digest[:]))
		if !bytes.Equal(b, digest[:]) && !bytes.EqualFold(bytes.TrimSpace(b), digits) {
			t.Errorf("%q was taken for %s", b, digits)
		}
	})
}

func TestSignaturesSurviveEachFormat(t *testing.T) {
	signatures := map[string][64]byte{
		"small":     {31: 1, 63: 1},
		"high bits": {0: 0x80, 32: 0xFF, 63: 0xFF},
	}
	for _, format := range signatureFormats {
		for name, want := range signatures {
			text, err := format.encode(want)
			if err != nil {
				t.Fatalf("%s, %s: %v", format.name, name, err)
			}
			got, err := format.decode(text)
			if err != nil || got != want {
				t.Errorf("%s, %s: %x came back (%v)", format.name, name, got, err)
			}
		}
	}
}

// A signature has one form in each format. What is decoded must be just that,
// or one signature could be passed off as two.
func FuzzSignatureFormats(f *testing.F) {
	for _, format := range signatureFormats {
		text, err := format.encode([64]byte{31: 1, 32: 0x80, 63: 1})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, format := range signatureFormats {
			raw, err := format.decode(b)
			if err != nil {
				continue
			}
			again, err := format.encode(raw)
			if err != nil {
				t.Fatalf("%s: %x was decoded but cannot be encoded: %v", format.name, b, err)
			}
			if format.name == "base64url" { // a text may have space around it
				b, again = bytes.TrimSpace(b), bytes.TrimSpace(again)
			}
			if !bytes.Equal(again, b) {
				t.Errorf("%s: %x was decoded, and encodes as %x", format.name, b, again)
			}
		}
	})
}

func TestFormatsHaveDistinctNames(t *testing.T) {
	for _, f := range signatureFormats {
		if found, err := findSignatureFormat(f.name); err != nil || found.binary != f.binary {
			t.Errorf("signature format %s is not found: %v", f.name, err)
		}
	}
	for _, f := range keyFormats {
		if found, err := findKeyFormat(f.name); err != nil || found.binary != f.binary {
			t.Errorf("key format %s is not found: %v", f.name, err)
		}
	}
}

func TestBinaryDataIsNotWrittenToATerminal(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = terminal.Close() }()
	for _, args := range [][]string{
		{"random", "--format", "raw"},
		{"pubkey", "--format", "der"},
		{"sign", "--format", "raw"},
	} {
		a := testApp("hello")
		a.out = terminal
		if code := a.run(t.Context(), append(args, "--device", "sim:")); code != exitUsage {
			t.Errorf("atecc %v: exit code %d, want %d", args, code, exitUsage)
		}
	}
}

func TestWhatIsNoSignatureIsRefused(t *testing.T) {
	text := strings.Repeat("A", 86)
	for format, inputs := range map[string][]string{
		"raw":       {"", text, strings.Repeat("x", 63), strings.Repeat("x", 65)},
		"der":       {"", text, "\x30\x00", "\x30\x06\x02\x01\x01\x02\x01\x01\x00"},
		"base64url": {"", text[:85], text + "A", text[:85] + "B", text[:85] + "+", text + "==", text[:40] + "\n" + text[40:]},
	} {
		f, err := findSignatureFormat(format)
		if err != nil {
			t.Fatal(err)
		}
		for _, input := range inputs {
			if raw, err := f.decode([]byte(input)); err == nil {
				t.Errorf("%s: %q was taken for %x", format, input, raw)
			}
		}
	}
}
