package atca

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"fmt"

	"atecc/internal/atca/wire"
)

// CreateKey makes a new private key in the slot, in place of any that was
// there, and returns its public key.
func (s *Session) CreateKey(ctx context.Context, slot int) (*ecdsa.PublicKey, error) {
	return s.genKey(ctx, wire.GenKeyCreate, slot)
}

// PublicKey returns the public key of the private key in the slot.
func (s *Session) PublicKey(ctx context.Context, slot int) (*ecdsa.PublicKey, error) {
	return s.genKey(ctx, wire.GenKeyPublic, slot)
}

func (s *Session) genKey(ctx context.Context, mode byte, slot int) (*ecdsa.PublicKey, error) {
	p, err := s.run(ctx, wire.Command{Op: wire.OpGenKey, P1: mode, P2: uint16(slot)})
	if err != nil {
		return nil, err
	}
	const uncompressed = 0x04 // SEC 1: the chip leaves this byte away
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append([]byte{uncompressed}, p...))
	if err != nil {
		return nil, fmt.Errorf("public key of slot %d: %w", slot, ErrNoPoint)
	}
	return pub, nil
}
