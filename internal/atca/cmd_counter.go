package atca

import (
	"context"
	"encoding/binary"

	"atecc/internal/atca/wire"
)

// Counter reads one of the two monotonic counters.
func (s *Session) Counter(ctx context.Context, n int) (uint32, error) {
	p, err := s.run(ctx, wire.Command{Op: wire.OpCounter, P1: wire.CounterRead, P2: uint16(n)})
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(p), nil
}
