package atca

import (
	"context"

	"atecc/internal/atca/wire"
)

// loadDigest puts a digest where Sign or Verify will look for it. target is
// wire.NonceMsgDigBuf or wire.NonceTempKey.
func (s *Session) loadDigest(ctx context.Context, target byte, digest [32]byte) error {
	_, err := s.run(ctx, wire.Command{Op: wire.OpNonce, P1: wire.NonceFixed | target, Data: digest[:]})
	return err
}

// RandomNonce lets the chip mix numIn with fresh random bytes into TempKey. It
// returns the bytes that the chip drew, from which the host can compute TempKey
// (wire.HashNonce). TempKey lives as long as the session.
func (s *Session) RandomNonce(ctx context.Context, numIn [20]byte) ([32]byte, error) {
	p, err := s.run(ctx, wire.Command{Op: wire.OpNonce, P1: wire.NonceRandom, Data: numIn[:]})
	if err != nil {
		return [32]byte{}, err
	}
	return [32]byte(p), nil
}
