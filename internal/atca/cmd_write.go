package atca

import (
	"context"

	"atecc/internal/atca/wire"
)

// Write writes one word (4 bytes) or one block (32 bytes) in clear.
func (s *Session) Write(ctx context.Context, l wire.Location, data []byte) error {
	zone, err := zoneMode(l, len(data))
	if err != nil {
		return err
	}
	_, err = s.run(ctx, wire.Command{Op: wire.OpWrite, P1: zone, P2: l.Address(), Data: data})
	return err
}
