package jwt

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const (
	recordedX = "OQ7L1pzKYruiWEjkAlcIX68VixnAoDr10751PBTCZ_0"
	recordedY = "jrighjMPe53XaffqHlWIa0B61EENfVFSxwp99u2XHP8"
)

// jwkText is the recorded key with more members, or other values.
func jwkText(more string) string {
	return fmt.Sprintf(`{"kty":"EC","crv":"P-256","x":%q,"y":%q%s}`, recordedX, recordedY, more)
}

func TestPublicJWKHasTheMembersItNeeds(t *testing.T) {
	jwk := PublicJWK(recordedKeys(t)[0].Public)
	text, err := json.Marshal(jwk)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"crv":"P-256","kty":"EC","x":"` + recordedX + `","y":"` + recordedY + `"}`
	if string(text) != want {
		t.Errorf("got %s, want %s", text, want)
	}
	jwk.Kid, jwk.Alg, jwk.Use = "k", "ES256", "sig"
	if text, err = json.Marshal(jwk); err != nil {
		t.Fatal(err)
	}
	want = strings.TrimSuffix(want, "}") + `,"kid":"k","alg":"ES256","use":"sig"}`
	if string(text) != want {
		t.Errorf("got %s, want %s", text, want)
	}
}

func TestThumbprintOfTheRecordedKey(t *testing.T) {
	want := "mSwHa8Gcy4ymp6rT3drmEW-V5iYuV4R2-xUhL2zq3b8"
	if got := Thumbprint(recordedKeys(t)[0].Public); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPublicJWKKeepsLeadingZeros(t *testing.T) {
	// Among 2,000 keys some coordinate begins with a zero byte.
	short := 0
	for i := range 2000 {
		raw := make([]byte, 32)
		raw[0], raw[30], raw[31] = 1, byte(i>>8), byte(i)
		k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
		if err != nil {
			t.Fatal(err)
		}
		jwk := PublicJWK(&k.PublicKey)
		if strings.HasPrefix(jwk.X, "AA") || strings.HasPrefix(jwk.Y, "AA") {
			short++
		}
		text, err := json.Marshal(jwk)
		if err != nil {
			t.Fatal(err)
		}
		keys, err := ParseKeys(text)
		if err != nil || !keys[0].Public.Equal(&k.PublicKey) {
			t.Fatalf("%s came back as %v, %v", text, keys, err)
		}
	}
	if short == 0 {
		t.Error("no key had a short coordinate, so nothing was shown")
	}
}

func TestPublicJWKPanicsForOtherCurves(t *testing.T) {
	for _, pub := range []*ecdsa.PublicKey{nil, {}, &key(t, elliptic.P384(), 1).PublicKey} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v gave a JWK", pub)
				}
			}()
			PublicJWK(pub)
		}()
	}
}

func TestParseKeysReadsJWK(t *testing.T) {
	for _, tt := range []struct{ name, text, id string }{
		{"bare", jwkText(""), ""},
		{"named", jwkText(`,"kid":"k"`), "k"},
		{"for signatures", jwkText(`,"alg":"ES256","use":"sig","key_ops":["verify"]`), ""},
		{"with members of others", jwkText(`,"x5t":"abc","ext":true`), ""},
		{"in a set", `{"keys":[` + jwkText(`,"kid":"k"`) + `]}`, "k"},
		{"space around", "\n " + jwkText("") + "\n", ""},
		{"among foreign keys", `{"keys":[{"kty":"RSA","n":"x","e":"AQAB"},{"kty":"oct","k":"x"},` +
			jwkText(`,"kid":"no","use":"enc"`) + "," + jwkText(`,"kid":"no","alg":"ECDH-ES"`) + "," +
			jwkText(`,"kid":"no","key_ops":["deriveKey"]`) + "," + jwkText(`,"kid":"k"`) + `]}`, "k"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			keys, err := ParseKeys([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if len(keys) != 1 || keys[0].ID != tt.id {
				t.Fatalf("got %v", keys)
			}
			if !keys[0].Public.Equal(recordedKeys(t)[0].Public) {
				t.Error("another key came out")
			}
		})
	}
}

func TestParseKeysRefusesJWK(t *testing.T) {
	with := func(old, replacement string) string {
		return strings.Replace(jwkText(""), old, replacement, 1)
	}
	for _, tt := range []struct {
		name, text string
		says       []string
	}{
		{"no JSON", "{", []string{"not JSON"}},
		{"empty object", "{}", []string{"kty is missing"}},
		{"two values", jwkText("") + jwkText(""), []string{"not JSON"}},
		{"x twice", jwkText(`,"x":"` + recordedY + `"`), []string{`names "x" twice`}},
		{"KTY in capitals", with(`"kty"`, `"KTY"`), []string{"kty is missing"}},
		{"private", jwkText(`,"d":"AAAA"`), []string{"private key", "without d"}},
		{"private in a set", `{"keys":[` + jwkText(`,"d":"AAAA"`) + `]}`, []string{"key 1", "private key"}},
		{"RSA", `{"kty":"RSA","n":"x","e":"AQAB"}`, []string{"P-256", "kty is RSA and not EC"}},
		{"a secret", `{"kty":"oct","k":"c2VjcmV0"}`, []string{"kty is oct and not EC"}},
		{"P-384", with("P-256", "P-384"), []string{"crv is P-384 and not P-256"}},
		{"secp256k1", with("P-256", "secp256k1"), []string{"crv is secp256k1"}},
		{"crv a number", with(`"P-256"`, "256"), []string{"crv is 256 and not P-256"}},
		{"for encryption", jwkText(`,"use":"enc"`), []string{"use is enc and not sig"}},
		{"for another algorithm", jwkText(`,"alg":"ES384"`), []string{"alg is ES384 and not ES256"}},
		{"for making signatures", jwkText(`,"key_ops":["sign"]`), []string{"key_ops does not allow verify"}},
		{"kid a number", jwkText(`,"kid":1`), []string{"kid of the JWK is not a string"}},
		{"no x", with(`"x"`, `"z"`), []string{"x of the JWK is missing"}},
		{"x a number", with(`"`+recordedX+`"`, "1"), []string{"x of the JWK is missing or no string"}},
		{"x padded", with(recordedX, recordedX+"="), []string{"x of the JWK is not base64url"}},
		{"x with a line end", with(recordedX, recordedX+`\n`), []string{"x of the JWK is not base64url"}},
		{"y in the other alphabet", with(recordedY, strings.Replace(recordedY, "j", "+", 1)), []string{"y of the JWK is not base64url"}},
		{"x without its leading bytes", with(recordedX, recordedX[4:]), []string{"x of the JWK has 29 bytes, P-256 has 32"}},
		{"x with a byte more", with(recordedX, "AAAA"+recordedX), []string{"has 35 bytes"}},
		{"point off the curve", with(recordedY, recordedX), []string{"no point of P-256"}},
		{"x beyond the field", with(recordedX, strings.Repeat("_", 42)+"8"), []string{"no point of P-256"}},
		{"empty set", `{"keys":[]}`, []string{"holds no key"}},
		{"keys is no list", `{"keys":{}}`, []string{"no list"}},
		{"keys are no objects", `{"keys":["x"]}`, []string{"key 1 of the JWKS is no JSON object"}},
		{"only foreign keys", `{"keys":[{"kty":"RSA"},{"kty":"oct"}]}`, []string{"holds no P-256 public key", "kty is RSA"}},
		{"a broken key in the set", `{"keys":[` + jwkText("") + "," + with(recordedY, recordedX) + `]}`, []string{"key 2 of the JWKS", "no point"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			keys, err := ParseKeys([]byte(tt.text))
			wantError(t, err, tt.says...)
			if keys != nil {
				t.Errorf("keys %v beside the error", keys)
			}
		})
	}
}

func TestPrivateKeyIsNotRepeatedInTheError(t *testing.T) {
	_, err := ParseKeys([]byte(jwkText(`,"d":"c2VjcmV0"`)))
	wantError(t, err, "private key")
	if strings.Contains(err.Error(), "c2VjcmV0") {
		t.Errorf("%v", err)
	}
}
