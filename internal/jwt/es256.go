package jwt

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	gojwt "github.com/golang-jwt/jwt/v5"
)

// algorithm is the only value of the header's alg that is made or accepted.
const algorithm = "ES256"

// scalarSize is the width of r and of s in bytes.
const scalarSize = 32

// es256 is golang-jwt's SigningMethod for any crypto.Signer. The stock method
// takes only *ecdsa.PrivateKey, and registering a replacement would change
// ES256 for the whole process, so this one is handed over by value.
type es256 struct{}

// Alg implements gojwt.SigningMethod.
func (es256) Alg() string { return algorithm }

// Sign implements gojwt.SigningMethod; key is a crypto.Signer.
func (es256) Sign(input string, key any) ([]byte, error) {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a %T cannot sign", key)
	}
	digest := sha256.Sum256([]byte(input))
	der, err := signer.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	raw, err := RawSignature(der)
	if err != nil {
		return nil, err
	}
	return raw[:], nil
}

// Verify implements gojwt.SigningMethod; key is an *ecdsa.PublicKey on P-256.
// The stock method does not look at the curve.
func (es256) Verify(input string, signature []byte, key any) error {
	pub, err := p256Key(key)
	if err != nil {
		return err
	}
	return gojwt.SigningMethodES256.Verify(input, signature, pub)
}

// signature is ECDSA-Sig-Value of RFC 3279.
type signature struct{ R, S *big.Int }

// check refuses what no signer can have computed: both numbers lie between 1
// and the order of the curve. A high s is legal in JOSE and stays.
func (s signature) check() error {
	n := elliptic.P256().Params().N
	if s.R.Sign() <= 0 || s.R.Cmp(n) >= 0 {
		return errors.New("r of the signature is out of range for P-256")
	}
	if s.S.Sign() <= 0 || s.S.Cmp(n) >= 0 {
		return errors.New("s of the signature is out of range for P-256")
	}
	return nil
}

// RawSignature turns the DER signature of a crypto.Signer into the 64 bytes r
// and s of JOSE, each with its leading zeros.
func RawSignature(der []byte) ([2 * scalarSize]byte, error) {
	var raw [2 * scalarSize]byte
	var sig signature
	if _, err := asn1.Unmarshal(der, &sig); err != nil {
		return raw, fmt.Errorf("the signature is not DER: %w", err)
	}
	// asn1 lets more elements follow in the sequence; only one encoding is right.
	if again, err := asn1.Marshal(sig); err != nil || !bytes.Equal(again, der) {
		return raw, errors.New("the signature is not DER: more follows r and s")
	}
	if err := sig.check(); err != nil {
		return raw, err
	}
	sig.R.FillBytes(raw[:scalarSize])
	sig.S.FillBytes(raw[scalarSize:])
	return raw, nil
}

// DERSignature is the inverse of RawSignature.
func DERSignature(raw [2 * scalarSize]byte) ([]byte, error) {
	sig := signature{
		R: new(big.Int).SetBytes(raw[:scalarSize]),
		S: new(big.Int).SetBytes(raw[scalarSize:]),
	}
	if err := sig.check(); err != nil {
		return nil, err
	}
	return asn1.Marshal(sig)
}

// p256Key takes any public key and says what it is when ES256 cannot use it.
func p256Key(key any) (*ecdsa.PublicKey, error) {
	pub, ok := key.(*ecdsa.PublicKey)
	if !ok || pub == nil || pub.Curve != elliptic.P256() {
		return nil, fmt.Errorf("ES256 needs a P-256 public key, this is %s", describeKey(key))
	}
	return pub, nil
}
