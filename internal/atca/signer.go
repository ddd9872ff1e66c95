package atca

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
)

// Signer is a private key in the chip, as crypto.Signer. It lives within its
// session, whose wake it shares.
type Signer struct {
	ctx     context.Context // crypto.Signer has no other way to be cancelled
	session *Session
	slot    int
	public  *ecdsa.PublicKey
}

// Signer returns the key in the slot. public is the key that Signer.Public
// reports; whoever needs to know that it belongs to the slot verifies a
// signature.
func (s *Session) Signer(ctx context.Context, slot int, public *ecdsa.PublicKey) *Signer {
	return &Signer{ctx: ctx, session: s, slot: slot, public: public}
}

// Public returns the public key.
func (k *Signer) Public() crypto.PublicKey { return k.public }

// Sign signs a SHA-256 digest. The signature is ASN.1 DER, as crypto.Signer
// demands. The chip draws its own nonce, so the reader is not used.
func (k *Signer) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if opts == nil || opts.HashFunc() != crypto.SHA256 {
		return nil, errors.New("the chip signs SHA-256 digests only")
	}
	if len(digest) != crypto.SHA256.Size() {
		return nil, fmt.Errorf("a SHA-256 digest has 32 bytes, not %d", len(digest))
	}
	raw, err := k.session.SignDigest(k.ctx, k.slot, [32]byte(digest))
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(struct{ R, S *big.Int }{
		new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:]),
	})
}
