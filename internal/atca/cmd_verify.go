package atca

import (
	"context"
	"crypto/ecdsa"

	"atecc/internal/atca/wire"
)

// VerifyDigest lets the chip check a signature (r and s) of a SHA-256 digest
// under a public key. It returns nil when the signature holds, and an error
// matching wire.StatusMiscompare when it does not.
func (s *Session) VerifyDigest(ctx context.Context, pub *ecdsa.PublicKey, digest [32]byte, signature [64]byte) error {
	point, err := pub.Bytes()
	if err != nil {
		return err
	}
	data := append(signature[:], point[1:]...) // without SEC 1's leading 0x04
	return s.withDigest(ctx, digest, func(source byte) error {
		_, err := s.run(ctx, wire.Command{Op: wire.OpVerify, P1: wire.VerifyExternal | source, P2: wire.KeyIDP256, Data: data})
		return err
	})
}

// VerifyStored does the same under the public key in a slot.
func (s *Session) VerifyStored(ctx context.Context, slot int, digest [32]byte, signature [64]byte) error {
	return s.withDigest(ctx, digest, func(source byte) error {
		_, err := s.run(ctx, wire.Command{Op: wire.OpVerify, P1: wire.VerifyStored | source, P2: uint16(slot), Data: signature[:]})
		return err
	})
}
