package wire

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// commands are groups as real hosts send them.
var commands = []struct {
	command Command
	frame   string
}{
	{Command{Op: OpInfo, P1: InfoRevision}, "07 30 00 00 00 03 5D"},
	{Command{Op: OpInfo, P1: InfoState}, "07 30 02 00 00 00 D8"},
	{Command{Op: OpRandom}, "07 1B 00 00 00 24 CD"},
	{Command{Op: OpRead, P1: Zone32}, "07 02 80 00 00 09 AD"},
	{Command{Op: OpRead, P2: 21}, "07 02 00 15 00 17 5D"},
	{Command{Op: OpLock, P1: LockNoCRC | LockZoneConfig}, "07 17 80 00 00 39 8D"},
	{Command{Op: OpLock, P1: LockNoCRC | LockZoneData}, "07 17 81 00 00 3A 07"},
	{Command{Op: OpLock, P1: LockSlot | 5<<2}, "07 17 16 00 00 0D 8A"},
	{Command{Op: OpGenKey, P1: GenKeyCreate}, "07 40 04 00 00 83 87"},
	{Command{Op: OpGenKey, P1: GenKeyPublic}, "07 40 00 00 00 00 05"},
	{Command{Op: OpSign, P1: SignExternal}, "07 41 80 00 00 28 05"},
	{Command{Op: OpSign, P1: SignExternal | SignMsgDigBuf}, "07 41 A0 00 00 7B 85"},
	{Command{Op: OpSelfTest, P1: SelfTestAll}, "07 77 3B 00 00 9D FB"},
	{Command{Op: OpCounter, P1: CounterRead}, "07 24 00 00 00 0C FD"},
	{Command{Op: OpCounter, P1: CounterIncrement, P2: 1}, "07 24 01 01 00 06 F7"},
	{Command{Op: OpSHA, P1: SHAStart}, "07 47 00 00 00 2E 85"},
	{Command{Op: OpSHA, P1: SHAEnd, P2: 3, Data: []byte("abc")}, "0A 47 02 03 00 61 62 63 70 53"},
}

func TestCommandsAreFramedAsOnTheWire(t *testing.T) {
	for _, tt := range commands {
		want := unhex(t, tt.frame)
		got, err := tt.command.Frame()
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%+v: frame %x, %v; want %x", tt.command, got, err, want)
		}
		back, err := ParseCommand(want)
		if err != nil || back.Op != tt.command.Op || back.P1 != tt.command.P1 || back.P2 != tt.command.P2 || !bytes.Equal(back.Data, tt.command.Data) {
			t.Errorf("%x: parsed %+v, %v; want %+v", want, back, err, tt.command)
		}
	}
}

func TestResponsesAreFramedAsOnTheWire(t *testing.T) {
	for payload, frame := range map[string]string{
		"11":                          "04 11 33 43",
		"00":                          "04 00 03 40",
		"01":                          "04 01 00 C3",
		"03":                          "04 03 83 42",
		"05":                          "04 05 C3 43",
		"07":                          "04 07 40 C2",
		"08":                          "04 08 60 C0",
		"0F":                          "04 0F 23 42",
		"EE":                          "04 EE 31 41",
		"FF":                          "04 FF 01 42",
		"00006002":                    "07 00 00 60 02 80 38",
		"00006003":                    "07 00 00 60 03 83 BB",
		strings.Repeat("FFFF0000", 8): "23 " + strings.Repeat("FFFF0000", 8) + " 41 1A",
	} {
		want := unhex(t, frame)
		if got := Response(unhex(t, payload)); !bytes.Equal(got, want) {
			t.Errorf("Response(%s) = %x, want %x", payload, got, want)
		}
		for _, padding := range []int{0, 1, 60} {
			buf := append(bytes.Clone(want), bytes.Repeat([]byte{0xFF}, padding)...)
			got, err := ParseResponse(buf)
			if err != nil || !bytes.Equal(got, unhex(t, payload)) {
				t.Errorf("ParseResponse(%x) = %x, %v", buf, got, err)
			}
		}
	}
	if !bytes.Equal(WakeOK[:], Response([]byte{byte(StatusAfterWake)})) || !bytes.Equal(WakeSelfTest[:], Response([]byte{byte(StatusSelfTest)})) {
		t.Error("the wake answers are not the frames of their status")
	}
}

func TestDamagedGroupsAreRefused(t *testing.T) {
	for _, tt := range []struct {
		name string
		buf  string
		want error
	}{
		{"nothing", "", ErrCount},
		{"count zero", "00 11 33 43", ErrCount},
		{"count below the smallest", "03 11 33", ErrCount},
		{"count above the largest", "FF FF FF FF", ErrCount},
		{"shorter than its count", "07 00 00 60", ErrCount},
		{"one bit of the data", "04 10 33 43", ErrCRC},
		{"one bit of the CRC", "04 11 33 42", ErrCRC},
		{"CRC bytes swapped", "04 11 43 33", ErrCRC},
	} {
		if p, err := ParseResponse(unhex(t, tt.buf)); !errors.Is(err, tt.want) {
			t.Errorf("%s: payload %x, error %v; want %v", tt.name, p, err, tt.want)
		}
	}
	long := append(unhex(t, "07 30 00 00 00 03 5D"), 0)
	if _, err := ParseCommand(long); !errors.Is(err, ErrCount) {
		t.Errorf("a command with a byte too many: %v", err)
	}
	if _, err := ParseCommand(unhex(t, "04 00 03 40")); !errors.Is(err, ErrCount) {
		t.Errorf("a response taken for a command: %v", err)
	}
}

func TestFrameRefusesWhatTheChipCannotTake(t *testing.T) {
	largest := Command{Op: OpSHA, Data: make([]byte, MaxFrame-MinCommand)}
	if f, err := largest.Frame(); err != nil || len(f) != MaxFrame {
		t.Errorf("largest frame: %d bytes, %v", len(f), err)
	}
	tooLong := Command{Op: OpSHA, Data: make([]byte, MaxFrame-MinCommand+1)}
	if _, err := tooLong.Frame(); err == nil {
		t.Error("a frame of 156 bytes was built")
	}
}

func TestEverySingleBitErrorIsFound(t *testing.T) {
	frame := Response(bytes.Repeat([]byte{0xA5, 0x00, 0xFF, 0x3C}, 16))
	for bit := range 8 * len(frame) {
		damaged := bytes.Clone(frame)
		damaged[bit/8] ^= 1 << (bit % 8)
		if _, err := ParseResponse(damaged); err == nil {
			t.Errorf("bit %d flipped and not found", bit)
		}
	}
}

func FuzzParseResponse(f *testing.F) {
	f.Add([]byte{0x04, 0x11, 0x33, 0x43})
	f.Add([]byte{0x07, 0x00, 0x00, 0x60, 0x03, 0x83, 0xBB, 0xFF})
	f.Fuzz(func(t *testing.T, buf []byte) {
		payload, err := ParseResponse(buf)
		if err != nil {
			return
		}
		if again := Response(payload); !bytes.HasPrefix(buf, again) {
			t.Fatalf("%x parsed to %x, which frames as %x", buf, payload, again)
		}
	})
}

func FuzzParseCommand(f *testing.F) {
	for _, tt := range commands {
		f.Add(unhex(f, tt.frame))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		c, err := ParseCommand(frame)
		if err != nil {
			return
		}
		again, err := c.Frame()
		if err != nil || !bytes.Equal(again, frame) {
			t.Fatalf("%x parsed to %+v, which frames as %x, %v", frame, c, again, err)
		}
		_ = c.String() // never panics, whatever the parameters
	})
}
