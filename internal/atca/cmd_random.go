package atca

import (
	"bytes"
	"context"

	"atecc/internal/atca/wire"
)

// Random gives 32 bytes of the chip's generator. The fixed pattern that a chip
// gives before its configuration zone is locked is an error, ErrNotRandom.
func (s *Session) Random(ctx context.Context) ([32]byte, error) {
	p, err := s.run(ctx, wire.Command{Op: wire.OpRandom})
	if err != nil {
		return [32]byte{}, err
	}
	if bytes.Equal(p, bytes.Repeat([]byte{0xFF, 0xFF, 0x00, 0x00}, 8)) {
		return [32]byte{}, ErrNotRandom
	}
	return [32]byte(p), nil
}
