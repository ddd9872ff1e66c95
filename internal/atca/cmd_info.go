package atca

import (
	"context"

	"atecc/internal/atca/wire"
)

// Revision asks for family and silicon revision.
func (s *Session) Revision(ctx context.Context) (wire.Revision, error) {
	p, err := s.run(ctx, wire.Command{Op: wire.OpInfo, P1: wire.InfoRevision})
	if err != nil {
		return wire.Revision{}, err
	}
	return wire.Revision(p), nil
}

// KeyValid says whether a private-key slot holds a key, or a slot for validated
// public keys a validated one. For other slots the answer means nothing.
func (s *Session) KeyValid(ctx context.Context, slot int) (bool, error) {
	p, err := s.run(ctx, wire.Command{Op: wire.OpInfo, P1: wire.InfoKeyValid, P2: uint16(slot)})
	if err != nil {
		return false, err
	}
	return p[0] == 1, nil
}
