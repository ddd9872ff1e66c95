package atca

import (
	"context"

	"atecc/internal/atca/wire"
)

// SelfTest runs the tests in the mask (wire.SelfTestAll) and returns those that
// failed, in the same bits.
func (s *Session) SelfTest(ctx context.Context, mask byte) (failed byte, err error) {
	p, err := s.run(ctx, wire.Command{Op: wire.OpSelfTest, P1: mask})
	if err != nil {
		return 0, err
	}
	return p[0], nil
}
