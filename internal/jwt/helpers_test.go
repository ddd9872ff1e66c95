package jwt

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// recording is the part of the recorded session that concerns tokens: made in
// 2019 by a chip in slot 2, with the public key it printed.
type recording struct {
	JWT struct {
		Token        string `json:"token"`
		SignatureHex string `json:"signature_hex"`
	} `json:"jwt"`
	PublicKey struct {
		SPKI       string          `json:"spki_pem"`
		JWK        json.RawMessage `json:"jwk"`
		Thumbprint string          `json:"jwk_thumbprint_rfc7638_sha256"`
	} `json:"public_key"`
}

func readRecording(t testing.TB) recording {
	t.Helper()
	data, err := os.ReadFile("../../testdata/seed_trace.json")
	if err != nil {
		t.Fatal(err)
	}
	var r recording
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// key makes the same private key each time for one scalar.
func key(t testing.TB, curve elliptic.Curve, scalar byte) *ecdsa.PrivateKey {
	t.Helper()
	raw := make([]byte, (curve.Params().BitSize+7)/8)
	raw[0], raw[len(raw)-1] = 0x01, scalar
	if curve == elliptic.P521() {
		raw[0] = 0
	}
	k, err := ecdsa.ParseRawPrivateKey(curve, raw)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func p256(t testing.TB, scalar byte) *ecdsa.PrivateKey { return key(t, elliptic.P256(), scalar) }

// chip is a signer that shows no private key, as the real one.
type chip struct {
	key   *ecdsa.PrivateKey
	calls int
}

func (c *chip) Public() crypto.PublicKey { return c.key.Public() }

func (c *chip) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	c.calls++
	if opts.HashFunc() != crypto.SHA256 || len(digest) != sha256.Size {
		return nil, errors.New("the chip signs SHA-256 digests only")
	}
	return ecdsa.SignASN1(rand, c.key, digest)
}

// brokenChip answers with what it was told to.
type brokenChip struct {
	key *ecdsa.PrivateKey
	der []byte
	err error
}

func (c brokenChip) Public() crypto.PublicKey { return c.key.Public() }

func (c brokenChip) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return c.der, c.err }

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func decode(t testing.TB, segment string) string {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(segment)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// sign makes a token out of any text, so that a test can sign nonsense.
func sign(t testing.TB, k *ecdsa.PrivateKey, header, payload string) string {
	t.Helper()
	input := encode(header) + "." + encode(payload)
	raw, err := es256{}.Sign(input, k)
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(raw)
}

func pemOf(t testing.TB, public any) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

// wantError checks that err says each of the given words.
func wantError(t testing.TB, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one that says %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

func joinPEM(blocks ...[]byte) []byte { return bytes.Join(blocks, nil) }
