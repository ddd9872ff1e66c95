package sim

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// details puts the details before a message and its length into them.
func details(bits uint32, message []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, bits|uint32(len(message))<<24), message...)
}

// prfOnHost is P_SHA256 by its definition: as many blocks as it takes.
func prfOnHost(key, message []byte, n int) []byte {
	sum := func(parts ...[]byte) []byte {
		h := hmac.New(sha256.New, key)
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	var out []byte
	for a := message; len(out) < n; {
		a = sum(a)
		out = append(out, sum(a, message)...)
	}
	return out[:n]
}

func hmacOnHost(key, message []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(message)
	return h.Sum(nil)
}

// kdfChip is a chip with keys in slots 5 (data) and 3 (AES), targets in slots
// 7, 9 and 10, the IO protection key in slot 6 and the given KdfProt.
func kdfChip(t *testing.T, protection int) *master {
	t.Helper()
	m := custom(t, allLocked, func(z *config.Zone) {
		ioOptions(0, protection)(z)
		copy(z[kdfIVLocation:], "\x02iv")
	},
		slotSetting{3, cfgSealed, keyAES}, slotSetting{5, cfgSealed, keyData}, slotSetting{7, cfgSealed, keyDataKDF},
		slotSetting{9, cfgSealed, keyAESKDF}, slotSetting{10, cfgSealed, keyDataKDF | 0x1000}, slotSetting{12, cfgSealed, keyData})
	copy(m.chip.mem.slot(3), run(0x30, 36))
	copy(m.chip.mem.slot(5), run(0x50, 36))
	copy(m.chip.mem.slot(12), run(0xA0, 72))
	return m
}

func TestKDFMatchesTheVectors(t *testing.T) {
	block := run(0, 16)
	tests := []struct {
		name      string
		algorithm byte
		data      []byte
		want      string
	}{
		{"PRF", wire.KDFPRF, details(0x101, block), "1ebcbe62005ab948fdffe1c402aaba354ec676050c9bc1aae1ff5b1509a4a04a44254664c2a480f5b77ea2d1020c7ba4b3640c4ac793324c26d6fddfdb1f011a"},
		{"AES", wire.KDFAES, append([]byte{0, 0, 0, 0}, block...), "0a940bb5416ef045f1c39458c653ea5a00000000000000000000000000000000"},
		{"HKDF", wire.KDFHKDF, details(2, block), "495d46aa392d51132edb93bc49e60ecaaeb7802f3ae529779d5883f9330af561"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := kdfChip(t, protectClear)
			m.load(wire.NonceFixed, append(bytes.Clone(block), block...))
			want := unhex(tt.want)
			// Param2 means nothing where no slot is used; Microchip's tests send 1234.
			if got := m.ok(len(want), wire.OpKDF, tt.algorithm|wire.KDFToOutput, 0x1234, tt.data...); !bytes.Equal(got, want) {
				t.Errorf("clear: %x", got)
			}
			sealed := m.ok(len(want)+32, wire.OpKDF, tt.algorithm|wire.KDFToOutputEncrypted, 0x1234, tt.data...)
			if got := m.decrypted(sealed); !bytes.Equal(got, want) {
				t.Errorf("encrypted: %x", got)
			}
			m.wantState("10800000")
		})
	}
}

// kdfSources are the registers and slots that a key can come from, with their
// content.
func kdfSources(m *master) map[string]struct {
	source  byte
	slot    uint16
	content []byte
} {
	m.load(wire.NonceFixed|wire.NonceAltKeyBuf, run(0xC0, 32))
	m.load(wire.NonceFixed|wire.Nonce64, run(0x10, 64))
	return map[string]struct {
		source  byte
		slot    uint16
		content []byte
	}{
		"TempKey":       {wire.KDFFromTempKey, 0, run(0x10, 64)},
		"TempKey upper": {wire.KDFFromTempKeyUpper, 0, run(0x30, 32)},
		"AltKeyBuf":     {wire.KDFFromAltKeyBuf, 0, run(0xC0, 32)},
		"small slot":    {wire.KDFFromSlot, 5, run(0x50, 32)},
		"AES slot":      {wire.KDFFromSlot, 3, run(0x30, 32)},
		"large slot":    {wire.KDFFromSlot, 12, run(0xA0, 64)},
	}
}

func TestPRFTakesAKeyOfAnyLengthThatIsThere(t *testing.T) {
	m := kdfChip(t, protectClear)
	message := []byte("label and seed")
	for name, s := range kdfSources(m) {
		for units := 1; units <= 4; units++ {
			for _, long := range []int{32, 64} {
				bits := uint32(units - 1)
				if long == 64 {
					bits |= 0x100
				}
				got := m.do(wire.OpKDF, wire.KDFPRF|wire.KDFToOutput|s.source, s.slot, details(bits, message)...)
				want := []byte{byte(no)}
				if 16*units <= len(s.content) {
					want = prfOnHost(s.content[:16*units], message, long)
				}
				if !bytes.Equal(got, want) {
					t.Errorf("%s, %d bytes of key: %x, want %x", name, 16*units, got, want)
				}
			}
		}
	}
}

func TestKDFWithAESTakesEachKeyThatIsThere(t *testing.T) {
	m := kdfChip(t, protectClear)
	plain := run(0x80, 16)
	for name, s := range kdfSources(m) {
		for i := range 4 {
			data := append([]byte{byte(i), 0, 0, 0}, plain...)
			got := m.do(wire.OpKDF, wire.KDFAES|wire.KDFToOutput|s.source, s.slot, data...)
			want := []byte{byte(no)}
			if s.source != wire.KDFFromSlot || s.slot == 3 { // the others are no AES keys
				if 16*i+16 <= len(s.content) {
					want = append(aesBlock(t, s.content[16*i:16*i+16], plain), make([]byte, 16)...)
				}
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s, key %d: %x, want %x", name, i, got, want)
			}
		}
	}
}

func TestHKDFTakesItsKeyFromAnySource(t *testing.T) {
	m := kdfChip(t, protectClear)
	for name, s := range kdfSources(m) {
		for _, message := range [][]byte{[]byte("m"), run(0, 64), run(0, 127)} {
			got := m.ok(32, wire.OpKDF, wire.KDFHKDF|wire.KDFToOutput|s.source, s.slot, details(2, message)...)
			if want := hmacOnHost(s.content[:32], message); !bytes.Equal(got, want) {
				t.Errorf("%s: %x, want %x", name, got, want)
			}
		}
	}
}

func TestHKDFTakesItsMessageFromWhereTheDetailsSay(t *testing.T) {
	m := kdfChip(t, protectClear)
	key := run(0x50, 32)
	m.load(wire.NonceFixed|wire.Nonce64, run(0x10, 64))
	tests := []struct {
		name   string
		bits   uint32 // with the length
		input  []byte
		result []byte
	}{
		{"slot", 0xC00 | 72<<24, nil, hmacOnHost(key, run(0xA0, 72))},
		{"slot, with a message that does not count", 0xC00 | 3<<24, []byte("abc"), hmacOnHost(key, run(0xA0, 3))},
		{"TempKey", 1 | 64<<24, nil, hmacOnHost(key, run(0x10, 64))},
		{"TempKey, with a message that does not count", 1 | 3<<24, []byte("abc"), hmacOnHost(key, run(0x10, 3))},
		{"input", 2 | 3<<24, []byte("abc"), hmacOnHost(key, []byte("abc"))},
		{"input with an IV", 3 | 5<<24, []byte("abivc"), hmacOnHost(key, []byte("abivc"))},
		{"empty input", 2, nil, hmacOnHost(key, make([]byte, 32))},
		{"nothing of TempKey", 1, nil, hmacOnHost(key, make([]byte, 32))},
		{"zero key", 6 | 3<<24, []byte("abc"), hmacOnHost(make([]byte, 32), []byte("abc"))},
		{"more than the slot has", 0xC00 | 73<<24, nil, nil},
		{"more than TempKey has", 1 | 65<<24, nil, nil},
		{"private slot", 0x000 | 16<<24, nil, nil},
		{"no IV where it belongs", 3 | 5<<24, []byte("aivbc"), nil},
		{"IV cut off", 3 | 3<<24, []byte("abi"), nil},
		{"no message, so no IV", 3, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := append(binary.LittleEndian.AppendUint32(nil, tt.bits), tt.input...)
			got := m.do(wire.OpKDF, wire.KDFHKDF|wire.KDFToOutput|wire.KDFFromSlot, 5, data...)
			want := tt.result
			if want == nil {
				want = []byte{byte(no)}
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got %x, want %x", got, want)
			}
		})
	}
}

func TestZeroKeyNeedsNoSource(t *testing.T) {
	m := kdfChip(t, protectClear)
	for source := range byte(4) {
		got := m.ok(32, wire.OpKDF, wire.KDFHKDF|wire.KDFToOutput|source, 0, details(6, []byte("abc"))...)
		if want := hmacOnHost(make([]byte, 32), []byte("abc")); !bytes.Equal(got, want) {
			t.Errorf("source %d: %x", source, got)
		}
	}
}

func TestKDFWantsASourceThatIsThere(t *testing.T) {
	m := kdfChip(t, protectClear)
	kdf := func(source byte) wire.Status {
		return m.status(wire.OpKDF, wire.KDFHKDF|wire.KDFToOutput|source, 0, details(2, []byte("abc"))...)
	}
	want := func(what string, source byte, want wire.Status) {
		if got := kdf(source); got != want {
			t.Errorf("%s: %02x, want %02x", what, byte(got), byte(want))
		}
	}
	want("empty TempKey", wire.KDFFromTempKey, no)
	want("empty upper half", wire.KDFFromTempKeyUpper, no)
	want("empty AltKeyBuf", wire.KDFFromAltKeyBuf, no)
	m.load(wire.NonceFixed, run(0, 32))
	want("TempKey", wire.KDFFromTempKey, good)
	want("upper half of 32 bytes", wire.KDFFromTempKeyUpper, no)
	m.ok(64, wire.OpGenKey, wire.GenKeyCreate, wire.KeyIDTempKey)
	want("ephemeral private key", wire.KDFFromTempKey, no)
	m.load(wire.NonceFixed|wire.NonceAltKeyBuf, run(0, 32))
	want("AltKeyBuf", wire.KDFFromAltKeyBuf, good)
	m.word(wire.WordIdle)
	m.wake()
	want("AltKeyBuf after idle", wire.KDFFromAltKeyBuf, good)
	m.word(wire.WordSleep)
	m.wake()
	want("AltKeyBuf after sleep", wire.KDFFromAltKeyBuf, no)
}

func TestPRFTakesLabelsAndSeedsUpToTheLongest(t *testing.T) {
	m := kdfChip(t, protectClear)
	m.load(wire.NonceFixed, run(0x10, 32))
	for _, n := range []int{0, 1, 64, 127} {
		got := m.ok(32, wire.OpKDF, wire.KDFPRF|wire.KDFToOutput, 0, details(1, run(0, n))...)
		if want := prfOnHost(run(0x10, 32), run(0, n), 32); !bytes.Equal(got, want) {
			t.Errorf("%d bytes: %x, want %x", n, got, want)
		}
	}
}

func TestKDFWithAESNeedsBothPermissions(t *testing.T) {
	data := append([]byte{0, 0, 0, 0}, run(0, 16)...)
	for _, tt := range []struct {
		name    string
		factory byte
		options uint16
		want    wire.Status
	}{
		{"both", 1, 0x0004, good},
		{"not in ChipOptions", 1, 0x0000, no},
		{"not from the factory", 0, 0x0004, bad},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := custom(t, allLocked, func(z *config.Zone) {
				options(tt.options)(z)
				z[atAESEnable] = tt.factory
			})
			m.load(wire.NonceFixed, run(0, 32))
			if got := m.status(wire.OpKDF, wire.KDFAES|wire.KDFToOutput, 0, data...); got != tt.want {
				t.Errorf("status %02x, want %02x", byte(got), byte(tt.want))
			}
			m.ok(32, wire.OpKDF, wire.KDFHKDF|wire.KDFToOutput, 0, details(2, []byte("abc"))...) // has no part in it
		})
	}
}
