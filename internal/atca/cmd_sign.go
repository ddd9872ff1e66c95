package atca

import (
	"context"
	"errors"

	"atecc/internal/atca/wire"
)

// SignDigest signs a SHA-256 digest with the key in the slot and returns r and
// s, 32 bytes each.
//
// The digest goes into the 608's message digest buffer, as for every 608 in the
// field, also for keys that demand a random nonce of other commands. The 508A
// has no such buffer and refuses the mode; it takes the digest in TempKey.
//
// Other tools let the chip draw a random number first, in order to refresh the
// generator's seed. The 608's generator needs no such help, and the 508A's only
// draws the signature's nonce from a seed that is as old as its last power-up;
// the 15 ms are not spent.
func (s *Session) SignDigest(ctx context.Context, slot int, digest [32]byte) ([64]byte, error) {
	var signature [64]byte
	err := s.withDigest(ctx, digest, func(source byte) error {
		p, err := s.run(ctx, wire.Command{Op: wire.OpSign, P1: wire.SignExternal | source, P2: uint16(slot)})
		if err == nil {
			signature = [64]byte(p)
		}
		return err
	})
	return signature, err
}

// withDigest loads the digest and runs use, as one sequence. source is the bit
// that tells Sign and Verify where the digest is.
func (s *Session) withDigest(ctx context.Context, digest [32]byte, use func(source byte) error) error {
	// The two commands agree on the bit.
	const msgDigBuf = wire.SignMsgDigBuf & wire.VerifyMsgDigBuf
	return s.sequence(func() error {
		err := s.loadDigest(ctx, wire.NonceMsgDigBuf, digest)
		if err == nil {
			return use(msgDigBuf)
		}
		if !errors.Is(err, wire.StatusParse) {
			return err
		}
		if err := s.loadDigest(ctx, wire.NonceTempKey, digest); err != nil {
			return err
		}
		return use(0)
	})
}
