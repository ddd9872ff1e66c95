package jwt

import (
	"bytes"
	"crypto/elliptic"
	"encoding/hex"
	"errors"
	"testing"
	"time"
)

// FuzzVerify: no text panics, and only what a reader must understand the same
// way each time is accepted.
func FuzzVerify(f *testing.F) {
	r := readRecording(f)
	f.Add(r.JWT.Token)
	f.Add(sign(f, p256(f, 1), goodHeader, goodPayload))
	f.Add(sign(f, p256(f, 1), `{"alg":"ES256","kid":"a"}`, `{"exp":2e3,"a":[{"b":null}]}`))
	f.Add(encode(`{"alg":"none"}`) + "." + encode(goodPayload) + ".")
	f.Add("..")
	keys := append(recordedKeys(f), Key{ID: "a", Public: &p256(f, 1).PublicKey})
	f.Fuzz(func(t *testing.T, text string) {
		token, err := Verify(text, keys, VerifyOptions{At: time.Unix(1500, 0)})
		if err != nil {
			if refusal := (*VerifyError)(nil); !errors.As(err, &refusal) || err.Error() == "" || token != nil {
				t.Fatalf("token %v, error %#v", token, err)
			}
			return
		}
		if token.Header["alg"] != "ES256" || token.Expires.Unix() < 1500 {
			t.Fatalf("accepted %v %v", token.Header, token.Claims)
		}
	})
}

// FuzzUnpackObject: what is accepted is the only reading of its text.
func FuzzUnpackObject(f *testing.F) {
	for _, seed := range []string{goodHeader, goodPayload, `{"a":{"a":[1,{"a":null}]}}`, `{"a":1,"a":2}`, "{}{}", "[]", "null"} {
		f.Add(encode(seed))
	}
	f.Fuzz(func(t *testing.T, segment string) {
		object, err := unpackObject("header", segment)
		if (err == nil) != (object != nil) {
			t.Fatalf("object %v, error %v", object, err)
		}
		if err == nil && encode(decode(t, segment)) != segment {
			t.Fatalf("%q is not the encoding of what was read", segment)
		}
	})
}

// FuzzParseKeys: whatever comes out can be used.
func FuzzParseKeys(f *testing.F) {
	r := readRecording(f)
	k := p256(f, 1)
	f.Add([]byte(r.PublicKey.SPKI))
	f.Add([]byte(r.PublicKey.JWK))
	f.Add([]byte(`{"keys":[{"kty":"RSA"},` + jwkText(`,"kid":"k"`) + `]}`))
	f.Add(certPEM(certificate(f, "a", k, nil, nil)))
	f.Add(pemOf(f, &key(f, elliptic.P384(), 1).PublicKey))
	f.Add([]byte("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		keys, err := ParseKeys(data)
		if (err == nil) != (len(keys) > 0) {
			t.Fatalf("%d keys, error %v", len(keys), err)
		}
		for _, k := range keys {
			if len(Thumbprint(k.Public)) != 43 {
				t.Fatalf("no thumbprint for %v", k)
			}
		}
	})
}

// FuzzRawSignature: DER is accepted in its one form only.
func FuzzRawSignature(f *testing.F) {
	raw, err := hex.DecodeString(readRecording(f).JWT.SignatureHex)
	if err != nil {
		f.Fatal(err)
	}
	der, err := DERSignature([64]byte(raw))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(der)
	f.Add([]byte{0x30, 6, 2, 1, 1, 2, 1, 1})
	f.Add([]byte{0x30, 9, 2, 1, 1, 2, 1, 1, 2, 1, 1})
	f.Fuzz(func(t *testing.T, der []byte) {
		raw, err := RawSignature(der)
		if err != nil {
			return
		}
		if back, err := DERSignature(raw); err != nil || !bytes.Equal(back, der) {
			t.Fatalf("%x came back as %x, %v", der, back, err)
		}
	})
}
