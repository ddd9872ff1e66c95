package sim

import (
	"bytes"
	"fmt"
	"testing"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// TestKDFPutsTheResultWhereItIsTold has a row for each target and length.
func TestKDFPutsTheResultWhereItIsTold(t *testing.T) {
	message := []byte("label and seed")
	result := prfOnHost(run(0x10, 32), message, 64)
	upper := bytes.Clone(run(0x30, 32))
	tests := []struct {
		name   string
		target byte
		slot   uint16
		bits   uint32
		status wire.Status
		check  func(m *master) (got, want []byte)
	}{
		{"TempKey", wire.KDFToTempKey, 0, 0x001, good, func(m *master) ([]byte, []byte) {
			return m.chip.state.tempKey.content(), append(bytes.Clone(result[:32]), upper...)
		}},
		{"TempKey, both halves", wire.KDFToTempKey, 0, 0x101, good, func(m *master) ([]byte, []byte) {
			return m.chip.state.tempKey.content(), result
		}},
		{"upper half", wire.KDFToTempKeyUpper, 0, 0x001, good, func(m *master) ([]byte, []byte) {
			return m.chip.state.tempKey.content(), append(run(0x10, 32), result[:32]...)
		}},
		{"AltKeyBuf", wire.KDFToAltKeyBuf, 0, 0x001, good, func(m *master) ([]byte, []byte) {
			return m.chip.state.altKey[:], result[:32]
		}},
		{"small slot", wire.KDFToSlot, 0x0700, 0x001, good, func(m *master) ([]byte, []byte) {
			return m.chip.mem.slot(7), append(bytes.Clone(result[:32]), 0xFF, 0xFF, 0xFF, 0xFF)
		}},
		{"large slot", wire.KDFToSlot, 0x0900, 0x101, good, func(m *master) ([]byte, []byte) {
			return m.chip.mem.slot(9)[:64], result
		}},
		{"slot that the latch closes", wire.KDFToSlot, 0x0A00, 0x001, good, func(m *master) ([]byte, []byte) {
			return m.chip.mem.slot(10)[:32], result[:32]
		}},
		{"too much for the upper half", wire.KDFToTempKeyUpper, 0, 0x101, no, nil},
		{"too much for AltKeyBuf", wire.KDFToAltKeyBuf, 0, 0x101, no, nil},
		{"too much for a small slot", wire.KDFToSlot, 0x0700, 0x101, no, nil},
		{"slot without permission", wire.KDFToSlot, 0x0500, 0x001, no, nil},
		{"private slot", wire.KDFToSlot, 0x0000, 0x001, no, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := kdfChip(t, protectClear)
			m.load(wire.NonceFixed|wire.Nonce64, run(0x10, 64))
			before := m.chip.mem
			m.want(tt.status, wire.OpKDF, wire.KDFPRF|tt.target, tt.slot, details(tt.bits, message)...)
			if tt.check == nil {
				if m.chip.mem != before || m.chip.state.altKey != nil {
					t.Error("a refused KDF left something")
				}
				m.wantState("10800000")
				return
			}
			if got, want := tt.check(m); !bytes.Equal(got, want) {
				t.Errorf("got %x, want %x", got, want)
			}
		})
	}
}

func TestKDFTargetSlotFollowsItsOwnRules(t *testing.T) {
	tests := []struct {
		name   string
		key    uint16
		locked bool
		want   wire.Status
	}{
		{"data", keyDataKDF, false, good},
		{"AES key", keyAESKDF, false, good},
		{"the latch does not matter", keyAESKDF | 0x1000, false, good},
		{"without permission", keyData, false, no},
		{"locked", keyDataKDF, true, no},
		{"public key", keyValid, false, no},
		{"private key", keySign, false, no},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			edit := func(z *config.Zone) {
				if tt.locked {
					z[atSlotLocked+1] &^= 1 << 1
				}
			}
			m := custom(t, allLocked, edit, slotSetting{9, cfgSealed, tt.key})
			m.load(wire.NonceFixed, run(0, 32))
			m.want(tt.want, wire.OpKDF, wire.KDFHKDF|wire.KDFToSlot, 0x0900, details(2, []byte("abc"))...)
		})
	}
}

func TestKDFLeavesTempKeyWithTheFlagsOfItsTarget(t *testing.T) {
	tests := []struct {
		name   string
		target byte
		want   string
	}{
		{"first half: all flags are cleared", wire.KDFToTempKey, "00800000"},
		{"second half: those of the first stay", wire.KDFToTempKeyUpper, "50800000"},
		{"another buffer", wire.KDFToAltKeyBuf, "50800000"},
		{"slot", wire.KDFToSlot, "50800000"},
		{"output", wire.KDFToOutput, "50800000"},
		{"output, encrypted", wire.KDFToOutputEncrypted, "50800000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := kdfChip(t, protectClear)
			m.load(wire.NonceFixed, run(0x40, 32))
			m.chip.mem.storePrivate(0, deriveScalar("", 0))
			m.ok(64, wire.OpGenKey, wire.GenKeyDigest, 0)
			if got := m.status(wire.OpKDF, wire.KDFHKDF|tt.target, 0x0900, details(2, []byte("abc"))...); got != good {
				t.Errorf("status %02x", byte(got))
			}
			m.wantState(tt.want)
		})
	}
}

func TestUpperHalfNeedsALowerOne(t *testing.T) {
	m := kdfChip(t, protectClear)
	data := details(6, []byte("abc"))
	m.want(no, wire.OpKDF, wire.KDFHKDF|wire.KDFToTempKeyUpper, 0, data...)
	m.want(good, wire.OpKDF, wire.KDFHKDF|wire.KDFToTempKey, 0, data...)
	m.want(no, wire.OpAES, 0x80, wire.KeyIDTempKey, run(0, 16)...)
	m.want(good, wire.OpKDF, wire.KDFHKDF|wire.KDFToTempKeyUpper, 0, data...)
	m.ok(16, wire.OpAES, 0x80, wire.KeyIDTempKey, run(0, 16)...)
}

func TestKDFIntoTempKeyReplacesAnEphemeralKey(t *testing.T) {
	m := kdfChip(t, protectClear)
	m.ok(64, wire.OpGenKey, wire.GenKeyCreate, wire.KeyIDTempKey)
	m.want(no, wire.OpKDF, wire.KDFHKDF|wire.KDFToTempKeyUpper, 0, details(6, []byte("abc"))...)
	m.want(good, wire.OpKDF, wire.KDFHKDF|wire.KDFToTempKey, 0, details(6, []byte("abc"))...)
	m.want(no, wire.OpECDH, 0x0D, 0, publicOfHost(t)...)
}

// TestKdfProtSaysHowAResultLeaves has a column for each value of KdfProt.
func TestKdfProtSaysHowAResultLeaves(t *testing.T) {
	const clear, sealed, inside, refused = 32, 64, 1, 0
	tests := []struct {
		name   string
		target byte
		data   []byte
		want   [4]int // length of the answer
	}{
		{"output", wire.KDFToOutput, details(2, []byte("abivc")), [4]int{clear, sealed, refused, refused}},
		{"output, encrypted", wire.KDFToOutputEncrypted, details(2, []byte("abivc")), [4]int{sealed, sealed, refused, refused}},
		{"an IV", wire.KDFToOutput, details(3, []byte("abivc")), [4]int{clear, clear, clear, clear}},
		{"an IV, encrypted", wire.KDFToOutputEncrypted, details(3, []byte("abivc")), [4]int{sealed, sealed, refused, refused}},
		{"no IV", wire.KDFToOutput, details(3, []byte("abcde")), [4]int{refused, refused, refused, refused}},
		{"TempKey", wire.KDFToTempKey, details(2, []byte("abc")), [4]int{inside, inside, inside, refused}},
		{"AltKeyBuf", wire.KDFToAltKeyBuf, details(2, []byte("abc")), [4]int{inside, inside, inside, refused}},
		{"slot", wire.KDFToSlot, details(2, []byte("abc")), [4]int{inside, inside, inside, refused}},
	}
	for _, tt := range tests {
		for protection, want := range tt.want {
			t.Run(fmt.Sprintf("%s, protection %d", tt.name, protection), func(t *testing.T) {
				m := kdfChip(t, protection)
				m.load(wire.NonceFixed, run(0x10, 32))
				answer := m.do(wire.OpKDF, wire.KDFHKDF|tt.target, 0x0900, tt.data...)
				if want == refused {
					if !bytes.Equal(answer, []byte{byte(no)}) {
						t.Errorf("answer %x, want a refusal", answer)
					}
					return
				}
				if len(answer) != want || want == inside && answer[0] != 0 {
					t.Fatalf("answer %x, want %d bytes", answer, want)
				}
				secret := hmacOnHost(run(0x10, 32), tt.data[4:])
				if want == clear && !bytes.Equal(answer, secret) || want == sealed && !bytes.Equal(m.decrypted(answer), secret) {
					t.Errorf("answer %x is not the secret %x", answer, secret)
				}
			})
		}
	}
}

// TestAEADKeepsKeysAndShowsIVs: the first half of the PRF goes to the target,
// the second is the answer.
func TestAEADKeepsKeysAndShowsIVs(t *testing.T) {
	message := []byte("key expansion")
	result := prfOnHost(run(0x10, 32), message, 64)
	m := kdfChip(t, protectClear)
	m.load(wire.NonceFixed, run(0x10, 32))
	for target, stored := range map[byte]func() []byte{
		wire.KDFToSlot:      func() []byte { return m.chip.mem.slot(7)[:32] },
		wire.KDFToAltKeyBuf: func() []byte { return m.chip.state.altKey[:] },
	} {
		if got := m.ok(32, wire.OpKDF, target, 0x0700, details(0x301, message)...); !bytes.Equal(got, result[32:]) {
			t.Errorf("target %02x: answer %x, want the second half %x", target, got, result[32:])
		}
		if got := stored(); !bytes.Equal(got, result[:32]) {
			t.Errorf("target %02x: stored %x, want the first half %x", target, got, result[:32])
		}
	}
	if got := m.ok(64, wire.OpKDF, wire.KDFToOutput, 0, details(0x301, message)...); !bytes.Equal(got, result) {
		t.Errorf("output %x, want both halves", got)
	}
	m = kdfChip(t, protectEncrypted)
	m.load(wire.NonceFixed, run(0x10, 32))
	m.want(no, wire.OpKDF, wire.KDFToSlot, 0x0700, details(0x301, message)...)
}
