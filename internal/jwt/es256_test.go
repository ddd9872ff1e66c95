package jwt

import (
	"bytes"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
	"testing"

	gojwt "github.com/golang-jwt/jwt/v5"
)

func TestSignatureOfTwoThousandTokensVerifiesAtFixedWidth(t *testing.T) {
	k := p256(t, 1)
	shortR, shortS := 0, 0
	// One in 128 has a leading zero byte in r or s, the case that a careless
	// conversion loses; go on until both were seen.
	for i := 0; i < 2000 || shortR == 0 || shortS == 0; i++ {
		input := "header." + big.NewInt(int64(i)).String()
		raw, err := es256{}.Sign(input, &chip{key: k})
		if err != nil {
			t.Fatal(err)
		}
		if len(raw) != 64 {
			t.Fatalf("signature %d has %d bytes", i, len(raw))
		}
		if err := gojwt.SigningMethodES256.Verify(input, raw, &k.PublicKey); err != nil {
			t.Fatalf("signature %d (%x): %v", i, raw, err)
		}
		if raw[0] == 0 {
			shortR++
		}
		if raw[32] == 0 {
			shortS++
		}
	}
}

func TestRawSignatureKeepsLeadingZeros(t *testing.T) {
	largest := new(big.Int).Sub(elliptic.P256().Params().N, big.NewInt(1))
	for _, tt := range []struct {
		name string
		r, s *big.Int
	}{
		{"both one", big.NewInt(1), big.NewInt(1)},
		{"short r", big.NewInt(0x80), largest},
		{"short s", largest, new(big.Int).Lsh(big.NewInt(1), 247)},
		{"largest", largest, largest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			der, err := asn1.Marshal(signature{tt.r, tt.s})
			if err != nil {
				t.Fatal(err)
			}
			raw, err := RawSignature(der)
			if err != nil {
				t.Fatal(err)
			}
			want := append(tt.r.FillBytes(make([]byte, 32)), tt.s.FillBytes(make([]byte, 32))...)
			if !bytes.Equal(raw[:], want) {
				t.Errorf("got %x, want %x", raw, want)
			}
			back, err := DERSignature(raw)
			if err != nil || !bytes.Equal(back, der) {
				t.Errorf("back to DER: %x, %v, want %x", back, err, der)
			}
		})
	}
}

func TestRawSignatureRefusesWhatIsNotExactlyTwoNumbers(t *testing.T) {
	n := hex.EncodeToString(elliptic.P256().Params().N.Bytes())
	for _, tt := range []struct{ name, der, says string }{
		{"nothing", "", "not DER"},
		{"text", "68656c6c6f", "not DER"},
		{"raw signature of 64 bytes", n + n, "not DER"},
		{"cut short", "30060201010201", "not DER"},
		{"byte after the end", "300602010102010100", "not DER"},
		{"third number inside", "3009020101020101020101", "more follows"},
		{"one number", "3003020101", "not DER"},
		{"r padded with a needless zero", "30070202000102 0101", "not DER"},
		{"length in the long form", "30810602010102 0101", "not DER"},
		{"length without end", "3080020101020101 0000", "not DER"},
		{"r of the wrong type", "3006040101020101", "not DER"},
		{"r zero", "3006020100020101", "r of the signature is out of range"},
		{"s zero", "3006020101020100", "s of the signature is out of range"},
		{"r negative", "3006020181020101", "r of the signature is out of range"},
		{"s negative", "3006020101020181", "s of the signature is out of range"},
		{"r is the order", "3026022100" + n + "020101", "r of the signature is out of range"},
		{"s is the order", "3026020101022100" + n, "s of the signature is out of range"},
		{"r of 33 bytes", "3026022101" + n + "020101", "r of the signature is out of range"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			der, err := hex.DecodeString(removeSpaces(tt.der))
			if err != nil {
				t.Fatal(err)
			}
			_, err = RawSignature(der)
			wantError(t, err, tt.says)
		})
	}
}

func removeSpaces(s string) string { return string(bytes.ReplaceAll([]byte(s), []byte(" "), nil)) }

func TestDERSignatureRefusesNumbersOutOfRange(t *testing.T) {
	var zero, ones, rOnly [64]byte
	for i := range ones {
		ones[i] = 0xFF
	}
	rOnly[0] = 1
	for _, tt := range []struct {
		name string
		raw  [64]byte
		says string
	}{
		{"all zero", zero, "r of the signature"},
		{"all ones", ones, "r of the signature"},
		{"s zero", rOnly, "s of the signature"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := DERSignature(tt.raw)
			wantError(t, err, tt.says, "out of range")
		})
	}
}

func TestRecordedSignatureSurvivesDER(t *testing.T) {
	raw, err := hex.DecodeString(readRecording(t).JWT.SignatureHex)
	if err != nil {
		t.Fatal(err)
	}
	der, err := DERSignature([64]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	if back, err := RawSignature(der); err != nil || !bytes.Equal(back[:], raw) {
		t.Errorf("got %x, %v, want %x", back, err, raw)
	}
}

func TestES256VerifyTakesOnlyP256(t *testing.T) {
	k := p256(t, 1)
	sig, err := es256{}.Sign("input", k)
	if err != nil {
		t.Fatal(err)
	}
	if err := (es256{}).Verify("input", sig, &k.PublicKey); err != nil {
		t.Errorf("with its own key: %v", err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		key  any
		says string
	}{
		{"P-384", &key(t, elliptic.P384(), 1).PublicKey, "P-384"},
		{"RSA", &rsaKey.PublicKey, "an RSA key of 2048 bits"},
		{"no key", nil, "none"},
		{"a secret", []byte("secret"), "[]uint8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wantError(t, es256{}.Verify("input", sig, tt.key), "ES256 needs a P-256 public key", tt.says)
		})
	}
}

func TestES256SignTakesOnlySigners(t *testing.T) {
	digest := sha256.Sum256(nil)
	_, err := es256{}.Sign("input", digest[:])
	wantError(t, err, "[]uint8 cannot sign")
}
