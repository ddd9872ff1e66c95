package jwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"
)

// certificate makes one for subject; issuer nil means self-signed.
func certificate(t testing.TB, name string, subject crypto.Signer, issuer *x509.Certificate, with crypto.Signer) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             time.Unix(0, 0),
		NotAfter:              time.Unix(1<<32, 0),
		BasicConstraintsValid: true,
		IsCA:                  true, // openssl req -x509 makes them so, too
	}
	if issuer == nil {
		issuer, with = template, subject
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, subject.Public(), with)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func certPEM(c *x509.Certificate) []byte { return block("CERTIFICATE", c.Raw) }

func rsaKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestParseKeysFindsEachKey(t *testing.T) {
	a, b, authority := p256(t, 1), p256(t, 2), rsaKey(t)
	pemA, pemB := pemOf(t, &a.PublicKey), pemOf(t, &b.PublicKey)
	certA, certB := certificate(t, "a", a, nil, nil), certificate(t, "b", b, nil, nil)
	root := certificate(t, "root", authority, nil, nil)
	leaf := certificate(t, "leaf", b, root, authority)
	parameters := block("EC PARAMETERS", []byte{6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7})
	for _, tt := range []struct {
		name string
		data []byte
		want []*ecdsa.PublicKey
	}{
		{"one public key", pemA, []*ecdsa.PublicKey{&a.PublicKey}},
		{"two public keys", joinPEM(pemA, pemB), []*ecdsa.PublicKey{&a.PublicKey, &b.PublicKey}},
		{"parameters before", joinPEM(parameters, pemA), []*ecdsa.PublicKey{&a.PublicKey}},
		{"text around", joinPEM([]byte("key of a\n\n"), pemA, []byte("the end")), []*ecdsa.PublicKey{&a.PublicKey}},
		{"line ends of Windows", []byte(strings.ReplaceAll(string(pemA), "\n", "\r\n")), []*ecdsa.PublicKey{&a.PublicKey}},
		{"a certificate", certPEM(certA), []*ecdsa.PublicKey{&a.PublicKey}},
		{"two devices", joinPEM(certPEM(certA), certPEM(certB)), []*ecdsa.PublicKey{&a.PublicKey, &b.PublicKey}},
		{"a chain: the authority signs no tokens", joinPEM(certPEM(leaf), certPEM(root)), []*ecdsa.PublicKey{&b.PublicKey}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			keys, err := ParseKeys(tt.data)
			if err != nil {
				t.Fatal(err)
			}
			if len(keys) != len(tt.want) {
				t.Fatalf("%d keys, want %d", len(keys), len(tt.want))
			}
			for i, k := range keys {
				if !k.Public.Equal(tt.want[i]) || k.ID != "" {
					t.Errorf("key %d is %v", i, k)
				}
			}
		})
	}
}

func TestParseKeysReadsTheRecordedKeyInBothForms(t *testing.T) {
	r := readRecording(t).PublicKey
	for _, data := range [][]byte{[]byte(r.SPKI), r.JWK} {
		keys, err := ParseKeys(data)
		if err != nil {
			t.Fatal(err)
		}
		if len(keys) != 1 || Thumbprint(keys[0].Public) != r.Thumbprint {
			t.Errorf("%s gave %v", data, keys)
		}
	}
}

func TestParseKeysRefusesOtherPEM(t *testing.T) {
	k := p256(t, 1)
	spki := pemOf(t, &k.PublicKey)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	r := rsaKey(t)
	edwards := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public()
	for _, tt := range []struct {
		name string
		data []byte
		says []string
	}{
		{"nothing", nil, []string{"empty"}},
		{"blank lines", []byte(" \r\n\n"), []string{"empty"}},
		{"no key", []byte("hello"), []string{"neither PEM nor a JWK"}},
		{"DER", pkcs8, []string{"neither PEM nor a JWK"}},
		{"a list", []byte("[]"), []string{"neither PEM nor a JWK"}},
		{"block cut short", spki[:len(spki)/2], []string{"damaged"}},
		{"nothing in the block", block("PUBLIC KEY", nil), []string{"the PEM public key does not hold"}},
		{"garbage in the certificate", block("CERTIFICATE", []byte("x")), []string{"the PEM certificate does not hold"}},
		{"only parameters", block("EC PARAMETERS", []byte{5, 0}), []string{"no public key", "EC PARAMETERS"}},
		{"PKCS #1 public key", block("RSA PUBLIC KEY", []byte{5, 0}), []string{"RSA PUBLIC KEY"}},
		{"private key", block("PRIVATE KEY", pkcs8), []string{"private key", "openssl pkey -pubout"}},
		{"private key of SEC 1", block("EC PRIVATE KEY", sec1), []string{"private key", "openssl pkey -pubout"}},
		{"encrypted private key", block("ENCRYPTED PRIVATE KEY", nil), []string{"openssl pkey -pubout"}},
		{"public key, then private key", joinPEM(spki, block("PRIVATE KEY", pkcs8)), []string{"private key"}},
		{"P-384", pemOf(t, &key(t, elliptic.P384(), 1).PublicKey), []string{"P-256", "this is one on P-384"}},
		{"P-521", pemOf(t, &key(t, elliptic.P521(), 1).PublicKey), []string{"this is one on P-521"}},
		{"RSA", pemOf(t, &r.PublicKey), []string{"an RSA key of 2048 bits"}},
		{"RSA certificate", certPEM(certificate(t, "r", r, nil, nil)), []string{"an RSA key of 2048 bits"}},
		{"Ed25519", pemOf(t, edwards), []string{"an Ed25519 key"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			keys, err := ParseKeys(tt.data)
			wantError(t, err, tt.says...)
			if keys != nil {
				t.Errorf("keys %v beside the error", keys)
			}
		})
	}
}
