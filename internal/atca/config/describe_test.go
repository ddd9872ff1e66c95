package config

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestDescribeReadsAsInTheGoldenFiles(t *testing.T) {
	for _, name := range []string{"jwt", "tngtls-608A", "factory-508A"} {
		t.Run(name, func(t *testing.T) {
			golden := filepath.Join("testdata", name+".golden")
			got := described(image(t, name).Zone)
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// described is the whole zone as text, a line for each line and slot.
func described(z Zone) string {
	var b strings.Builder
	for _, l := range z.Describe() {
		fmt.Fprintf(&b, "%-22s %-18s %s\n", l.Name, l.Hex, l.Text)
	}
	for n := range Slots {
		fmt.Fprintf(&b, "slot %-2d %s\n", n, strings.Join(z.DescribeSlot(n), "; "))
	}
	return b.String()
}

// lineOf is one line of a zone with some bytes changed.
func lineOf(t *testing.T, z Zone, name string, changes map[int]byte) string {
	t.Helper()
	for at, b := range changes {
		z[at] = b
	}
	for _, l := range z.Describe() {
		if l.Name == name {
			return l.Text
		}
	}
	t.Fatalf("no line %s", name)
	return ""
}

func TestLinesSayWhatTheBytesMean(t *testing.T) {
	tests := []struct {
		line    string
		changes map[int]byte
		want    string
	}{
		{"RevNum", map[int]byte{7: 1}, "ATECC608A, revision 01"},
		{"RevNum", map[int]byte{7: 2}, "ATECC608A, revision 02"},
		{"RevNum", map[int]byte{7: 5}, "ATECC608, revision 05"},
		{"SN[4:8]", map[int]byte{12: 0x27}, "TNGLORA part for The Things Industries"},
		{"SN[4:8]", map[int]byte{12: 0x77}, "unknown kind of part"},
		{"AES_Enable", map[int]byte{13: 0xC0}, "no AES engine"},
		{"I2C_Enable", map[int]byte{14: 0x58}, "single-wire part, never answers on I2C"},
		{"Reserved15", map[int]byte{15: 7}, "reserved bits are not zero: 0x7"},
		{"I2C_Address", map[int]byte{16: 0x6A}, "7-bit address 0x35"},
		{"I2C_Address", map[int]byte{16: 0x6B}, "7-bit address 0x35, reserved bit 0 is set"},
		{"I2C_Address", map[int]byte{14: 0, 16: 3}, "GPIO control 0x03"},
		{"CountMatch", map[int]byte{18: 0xA1}, "Counter[0] stops at the limit in a slot; limit in slot 10"},
		{"CountMatch", map[int]byte{18: 0xA2}, "off; reserved bits are not zero: 0x1"},
		{"ChipMode", map[int]byte{19: 0x6E}, "I2C_Address is the I2C address; input levels follow VCC; watchdog of 10 s and more; clock divider M2"},
		{"ChipMode", map[int]byte{19: 0x11}, "UserExtraAdd is the I2C address unless it is zero; fixed input levels; watchdog of 1.3 s; unknown clock divider 0x02"},
		{"Counter[1]", map[int]byte{60: 0x7F}, "1 of 2097151"},
		{"Counter[0]", map[int]byte{52: 0xBF}, "not a legal count"},
		{"UseLock", map[int]byte{68: 0x3A}, "transport lock on; key in slot 3"},
		{"UseLock", map[int]byte{68: 0x3B}, "transport lock off"},
		{"VolatileKeyPermission", map[int]byte{69: 0x84}, "permitted by the key in slot 4; the persistent latch can be set and cleared"},
		{"VolatileKeyPermission", map[int]byte{69: 0x04}, "off"},
		{"SecureBoot", map[int]byte{70: 0x01, 71: 0xF7}, "FullBoth: signature checked each time; public key in slot 15"},
		{"SecureBoot", map[int]byte{70: 0x16, 71: 0xF7}, "FullSig: signature stored; success sets the persistent latch (bit 2); needs a random nonce; stored in slot 7; public key in slot 15"},
		{"SecureBoot", map[int]byte{70: 0x08, 71: 0xF7}, "off; success sets the persistent latch (bit 3)"},
		{"KdfIvLoc", map[int]byte{72: 9}, "IV at byte 9 of an HKDF message"},
		{"KdfIvStr", map[int]byte{73: 0}, `these bytes must stand there: "\x00v"`},
		{"UserExtra", map[int]byte{84: 0x42}, "0x42"},
		{"UserExtraAdd", map[int]byte{85: 0x6C}, "0x6c, not used as address"},
		{"UserExtraAdd", map[int]byte{19: 1, 85: 0x6C}, "7-bit address 0x36"},
		{"LockValue", map[int]byte{86: 0x55}, "data and OTP zones not locked"},
		{"LockConfig", map[int]byte{87: 0x55}, "configuration zone not locked"},
		{"ChipOptions", map[int]byte{90: 0x01, 91: 0x6E}, "self-test at wake; no IO protection key; KDF without AES; a failed health test stays until sleep; ECDH output stays in the chip; KDF output forbidden"},
		{"X509format[2]", map[int]byte{94: 0xA3}, "public key in block 3; 10 blocks"},
	}
	for _, tt := range tests {
		if got := lineOf(t, image(t, "jwt").Zone, tt.line, tt.changes); got != tt.want {
			t.Errorf("%s with %v: %q, want %q", tt.line, tt.changes, got, tt.want)
		}
	}
}

func TestLinesOfA508SayWhatTheBytesMeanThere(t *testing.T) {
	tests := []struct {
		line    string
		changes map[int]byte
		want    string
	}{
		{"OTPmode", map[int]byte{18: 0xAA}, "OTP zone read-only once locked"},
		{"OTPmode", map[int]byte{18: 0x12}, "0x12 is no OTP mode"},
		{"ChipMode", map[int]byte{19: 0x05}, "Selector can be written once; fixed input levels; watchdog of 10 s"},
		{"ChipMode", map[int]byte{19: 0x28}, "Selector can always be written; fixed input levels; watchdog of 1.3 s; reserved bits are not zero: 0x5"},
		{"LastKeyUse", map[int]byte{68: 0, 69: 0x1F}, "117 uses of slot 15 left"},
		{"LastKeyUse", map[int]byte{83: 0xBF}, "0xbf is no legal pattern"},
		{"Selector", map[int]byte{85: 3}, "0x03"},
		{"Reserved90", map[int]byte{90: 0x0E, 91: 0x60}, "reserved bits are not zero: 0x600e"},
	}
	for _, tt := range tests {
		if got := lineOf(t, image(t, "factory-508A").Zone, tt.line, tt.changes); got != tt.want {
			t.Errorf("%s with %v: %q, want %q", tt.line, tt.changes, got, tt.want)
		}
	}
}

func TestLinesAndSlotsCoverTheWholeZone(t *testing.T) {
	for _, name := range []string{"jwt", "factory-508A"} {
		z := image(t, name).Zone
		n := 0
		for _, l := range z.Describe() {
			if l.Text == "" {
				t.Errorf("%s: %s has no text", name, l.Name)
			}
			n += len(l.Hex) / 2
		}
		// Four bytes a slot, and the two of SlotLocked.
		if want := Size - 4*Slots - 2; n != want {
			t.Errorf("%s: the lines show %d bytes, want %d", name, n, want)
		}
	}
}

func TestWriteConfigPatternsFollowTheirBits(t *testing.T) {
	for pattern := range 16 {
		c := SlotConfig(pattern<<12 | 0x0500)
		row := writeConfigs[pattern]
		if got := row.write == writeEncrypt; got != c.EncryptedWrite() {
			t.Errorf("%04b: encrypted write is %t", pattern, got)
		}
		if got := row.derive != deriveNo; got != c.CanGenKey() {
			t.Errorf("%04b: DeriveKey is %t", pattern, got)
		}
		if row.derive == deriveNo {
			continue
		}
		text := row.derive.text(c.WriteKey())
		if got := strings.Contains(text, "from slot 5"); got != (pattern&1 != 0) {
			t.Errorf("%04b: %q, bit 12 picks the source", pattern, text)
		}
		if got := strings.Contains(text, "MAC"); got != (pattern&8 != 0) {
			t.Errorf("%04b: %q, bit 15 demands a MAC", pattern, text)
		}
	}
}

func TestSlotsSayWhoMayReadAndWriteThem(t *testing.T) {
	tests := []struct {
		slotConfig, keyConfig uint16
		want                  string
	}{
		{0x0F0F, 0x001C, "data; readable; writable"},
		{0x0F8F, 0x001C, "secret; never readable; writable in blocks of 32 bytes"},
		{0x0F4F, 0x001C, "data; not readable, as EncryptRead without IsSecret is not allowed; writable"},
		{0x46C4, 0x001C, "secret; readable encrypted with slot 4; writable encrypted with slot 6"},
		{0x860F, 0x001C, "data; readable; not writable"},
		{0x160F, 0x0030, "P-256 public key; readable; writable while it holds no validated public key"},
		{0x160D, 0x0032, "P-256 public key, to be validated by the key in slot 13; readable"},
		{0x269F, 0x001C, "secret; never readable; not writable; DeriveKey rolls it; not for MAC (NoMac)"},
		{0x369F, 0x001C, "secret; never readable; not writable; DeriveKey makes it from slot 6"},
		{0xE69F, 0x001C, "secret; never readable; writable encrypted with slot 6; DeriveKey rolls it, given a MAC by slot 6"},
		{0x0F80, 0x005C, "secret; never readable; writable in blocks of 32 bytes; CheckMac may copy it to TempKey; needs a random nonce (ReqRandom)"},
		{0x0F8F, 0x001A, "AES key; never readable; writable in blocks of 32 bytes; KDF and ECDH may write it"},
		{0x0F0F, 0x0004, "reserved key type 1; readable"},
		{0x0085, 0x0011, "P-256 private key; signs external digests; does ECDH; cannot be replaced; public key not readable"},
		{0x0080, 0x0013, "P-256 private key; neither signs nor does ECDH; cannot be replaced"},
		{0x2001, 0x0013, "P-256 private key; unusable, as IsSecret is not set; signs external digests"},
		{0x008C, 0x0013, "P-256 private key; ECDH into the next slot, which an odd slot cannot do"},
		{0x0081, 0x001F, "private key of the reserved type 7; signs external digests"},
	}
	for _, tt := range tests {
		z := image(t, "jwt").Zone
		z[22], z[23] = byte(tt.slotConfig), byte(tt.slotConfig>>8) // slot 1
		z[98], z[99] = byte(tt.keyConfig), byte(tt.keyConfig>>8)
		got := strings.Join(z.DescribeSlot(1), "; ")
		if !strings.HasPrefix(got, tt.want) {
			t.Errorf("%04x %04x: %q, want %q", tt.slotConfig, tt.keyConfig, got, tt.want)
		}
	}
}

func TestSlotsSayWhetherTheyAreLocked(t *testing.T) {
	z := image(t, "jwt").Zone
	z[88] = 0xFD
	for slot, want := range map[int]string{
		0: "can be locked individually",
		1: "locked individually",
		4: "cannot be locked individually",
	} {
		texts := z.DescribeSlot(slot)
		if got := texts[len(texts)-1]; got != want {
			t.Errorf("slot %d: %q, want %q", slot, got, want)
		}
	}
}

func TestSlotsOfA508HaveNoMeaningsOfThe608(t *testing.T) {
	z := image(t, "factory-508A").Zone
	z[96+2*9], z[97+2*9] = 0x1A, 0x10
	got := strings.Join(z.DescribeSlot(9), "; ")
	want := "reserved key type 6; readable; writable; CheckMac may copy it to TempKey; disabled until the intrusion latch is set; cannot be locked individually"
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
