package atca

import (
	"context"

	"atecc/internal/atca/wire"
)

// SHA256 lets the chip hash a message.
func (s *Session) SHA256(ctx context.Context, message []byte) ([32]byte, error) {
	var digest [32]byte
	err := s.sequence(func() error {
		if _, err := s.run(ctx, wire.Command{Op: wire.OpSHA, P1: wire.SHAStart}); err != nil {
			return err
		}
		const block = 64
		rest := message
		for ; len(rest) >= block; rest = rest[block:] {
			if _, err := s.sha(ctx, wire.SHAUpdate, rest[:block]); err != nil {
				return err
			}
		}
		p, err := s.sha(ctx, wire.SHAEnd, rest)
		copy(digest[:], p)
		return err
	})
	return digest, err
}

// sha sends a piece of the message; its length is param2.
func (s *Session) sha(ctx context.Context, mode byte, piece []byte) ([]byte, error) {
	return s.run(ctx, wire.Command{Op: wire.OpSHA, P1: mode, P2: uint16(len(piece)), Data: piece})
}
