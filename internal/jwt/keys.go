package jwt

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Key is a public key that signatures are checked with.
type Key struct {
	ID     string // kid of a JWK, else empty
	Public *ecdsa.PublicKey
}

// A private key is not taken for its public half: who hands one over has most
// likely named the wrong file, and should hear of it.
var (
	errPrivatePEM = errors.New("this is a private key, give the public half instead (openssl pkey -pubout makes it)")
	errPrivateJWK = errors.New("this is a private key, give the public half instead (the same JWK without d)")
)

// ParseKeys reads the P-256 public keys of a file: PEM (public keys and
// certificates), one JWK, or a JWKS. It gives at least one key or an error.
func ParseKeys(data []byte) ([]Key, error) {
	trimmed := bytes.TrimSpace(data)
	if len(trimmed) == 0 {
		return nil, errors.New("the key file is empty")
	}
	if trimmed[0] == '{' {
		return parseJSONKeys(trimmed)
	}
	return parsePEM(data)
}

// pemFile gathers what the blocks of a PEM file bring.
type pemFile struct {
	keys    []Key
	chain   []*x509.Certificate
	skipped []string // types of blocks that hold no public key
}

// parsePEM goes through all blocks; text around them is ignored.
func parsePEM(data []byte) ([]Key, error) {
	var f pemFile
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if err := f.add(block); err != nil {
			return nil, err
		}
	}
	switch {
	case f.keys != nil:
		return f.keys, nil
	case f.skipped != nil:
		return nil, fmt.Errorf("the PEM file holds no public key, only %.200q", strings.Join(f.skipped, ", "))
	case bytes.Contains(data, []byte("-----BEGIN ")):
		return nil, errors.New("the PEM block is damaged")
	}
	return nil, errors.New("the key file is neither PEM nor a JWK")
}

func (f *pemFile) add(block *pem.Block) error {
	switch {
	case strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return errPrivatePEM
	case block.Type == "PUBLIC KEY":
		pub, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return fmt.Errorf("the PEM public key does not hold: %w", err)
		}
		return f.addKey(pub)
	case block.Type == "CERTIFICATE":
		return f.addCertificate(block.Bytes)
	}
	f.skipped = append(f.skipped, block.Type)
	return nil
}

// addCertificate takes the key of a certificate, unless that certificate signed
// one before it: then it is the authority of a chain and signs no tokens.
func (f *pemFile) addCertificate(der []byte) error {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("the PEM certificate does not hold: %w", err)
	}
	issued := func(c *x509.Certificate) bool { return c.CheckSignatureFrom(cert) == nil }
	authority := slices.ContainsFunc(f.chain, issued)
	f.chain = append(f.chain, cert)
	if authority {
		return nil
	}
	return f.addKey(cert.PublicKey)
}

func (f *pemFile) addKey(public any) error {
	pub, err := p256Key(public)
	if err != nil {
		return err
	}
	f.keys = append(f.keys, Key{Public: pub})
	return nil
}

// describeKey names a key for an error message.
func describeKey(key any) string {
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		if k == nil || k.Curve == nil {
			return "none"
		}
		return "one on " + k.Curve.Params().Name
	case *rsa.PublicKey:
		return fmt.Sprintf("an RSA key of %d bits", k.Size()*8)
	case ed25519.PublicKey:
		return "an Ed25519 key"
	case nil:
		return "none"
	}
	return fmt.Sprintf("a %T", key)
}
