package wire

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"testing"
)

// countTo15Twice is the key of the PRF vector: it counts from 0 to 15, two times.
func countTo15Twice() []byte {
	b := run32(0)
	return append(append([]byte{}, b[:16]...), b[:16]...)
}

func TestIOKeystreamMatchesTheVector(t *testing.T) {
	got := IOKeystream(run32(0), run32(0x80))
	wantHex(t, got[:], "ba1096ca9b06908958627f0282effbcd05a8f030fe0b0ed5c7bc1a93f62e732f"+
		"fd6ebe463a111b91dc45ee1a3b4ecb0aceca81e550fdb66c762f8d7384f085d1")
}

func TestEachHalfOfTheNonceMakesAHalfOfTheKeystream(t *testing.T) {
	nonce := run32(0x80)
	before := IOKeystream(run32(0), nonce)
	nonce[31] ^= 1
	after := IOKeystream(run32(0), nonce)
	if !bytes.Equal(before[:32], after[:32]) || bytes.Equal(before[32:], after[32:]) {
		t.Error("the last byte of the nonce changes another half than the second")
	}
}

// secureBootKey is that of the vectors: IO protection key from 00, TempKey
// from 40.
func secureBootKey() [32]byte { return HashSecureBootKey(run32(0), run32(0x40)) }

func TestSecureBootKeyHidesTheDigestAsInTheVectors(t *testing.T) {
	key := secureBootKey()
	wantHex(t, key[:], "f87cebe54d641cf23236575ca7381d14025eb8eb06223fb639f1bdce0dc3e4a4")
	digest := run32(0x80)
	for i := range digest {
		digest[i] ^= key[i]
	}
	wantHex(t, digest[:], "78fd6966c9e19a75babfddd72bb5939b92cf2a7892b7a921a1682755915e7a3b")
}

func TestHashSecureBootMACMatchesTheVectors(t *testing.T) {
	var sig [64]byte
	for i := range sig {
		sig[i] = 0xFF - byte(i)
	}
	tests := []struct {
		name      string
		signature []byte
		mode      byte
		want      string
	}{
		{"copy, with its signature", sig[:], 0x87, "3179c0f16050df737c23213a4466489f6713b16daba491469e50a5f70bf8ea15"},
		{"stored digest, no signature", nil, 0x86, "6f50d50922dbd3cace6719db2a9e976b5113168a91852a39bb89819796550efe"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := HashSecureBootMAC(secureBootKey(), run32(0x80), tt.signature, tt.mode, 0)
			wantHex(t, got[:], tt.want)
		})
	}
}

func TestHashSecureBootMACEndsWithParam2LowByteFirst(t *testing.T) {
	key, digest := secureBootKey(), run32(0x80)
	m := append(append([]byte{}, key[:]...), digest[:]...)
	want := sha256.Sum256(append(m, 0x80, 0x85, 0x34, 0x12))
	if got := HashSecureBootMAC(key, digest, nil, 0x85, 0x1234); got != want {
		t.Errorf("got %x, want %x", got, want)
	}
}

func TestPRFMatchesTheVector(t *testing.T) {
	message := run32(0)
	got := PRF(countTo15Twice(), message[:16])
	wantHex(t, got[:], "1ebcbe62005ab948fdffe1c402aaba354ec676050c9bc1aae1ff5b1509a4a04a"+
		"44254664c2a480f5b77ea2d1020c7ba4b3640c4ac793324c26d6fddfdb1f011a")
}

// TestPRFMatchesThePublishedTLSVector takes key, label, seed and output that
// were published for P_SHA256 on the TLS working group's list.
func TestPRFMatchesThePublishedTLSVector(t *testing.T) {
	key := []byte("\x9b\xbe\x43\x6b\xa9\x40\xf0\x17\xb1\x76\x52\x84\x9a\x71\xdb\x35")
	seed := []byte("\xa0\xba\x9f\x93\x6c\xda\x31\x18\x27\xa6\xf7\x96\xff\xd5\x19\x8c")
	got := PRF(key, append([]byte("test label"), seed...))
	wantHex(t, got[:], "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a"+
		"6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab")
}

func TestPRFOfNothingIsStillKeyed(t *testing.T) {
	h := hmac.New(sha256.New, []byte("key"))
	a := h.Sum(nil)
	h.Reset()
	h.Write(a)
	want := h.Sum(nil)
	if got := PRF([]byte("key"), nil); !bytes.Equal(got[:32], want) {
		t.Errorf("got %x, want %x", got[:32], want)
	}
}

func TestIOFunctionsLeaveTheirInputsAlone(t *testing.T) {
	key, message := countTo15Twice(), make([]byte, 16, 64)
	PRF(key, message)
	HashSecureBootMAC(run32(0), run32(0), message, 0x87, 0)
	if !bytes.Equal(key, countTo15Twice()) || !bytes.Equal(message[:64], make([]byte, 64)) {
		t.Error("an input was changed")
	}
}
