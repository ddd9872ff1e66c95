package atca

import (
	"context"
	"fmt"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// Read reads one word (4 bytes) or one block (32 bytes) in clear.
func (s *Session) Read(ctx context.Context, l wire.Location, size int) ([]byte, error) {
	zone, err := zoneMode(l, size)
	if err != nil {
		return nil, err
	}
	p, err := s.run(ctx, wire.Command{Op: wire.OpRead, P1: zone, P2: l.Address()})
	if err == nil && len(p) != size {
		err = fmt.Errorf("Read gave %d bytes instead of %d: %w", len(p), size, wire.ErrCount)
	}
	return p, err
}

// ReadConfig reads the configuration zone, and lets the engine know the clock
// divider and the watchdog.
func (s *Session) ReadConfig(ctx context.Context) (config.Zone, error) {
	var zone config.Zone
	for block := range wire.ConfigSize / wire.BlockSize {
		b, err := s.Read(ctx, wire.Location{Zone: wire.ZoneConfig, Block: block}, wire.BlockSize)
		if err != nil {
			return config.Zone{}, err
		}
		copy(zone[block*wire.BlockSize:], b)
	}
	s.dev.learn(zone)
	return zone, nil
}

// zoneMode is param1 of Read and Write in clear.
func zoneMode(l wire.Location, size int) (byte, error) {
	switch size {
	case wire.WordSize:
		return byte(l.Zone), nil
	case wire.BlockSize:
		return byte(l.Zone) | wire.Zone32, nil
	}
	return 0, fmt.Errorf("the chip reads and writes 4 or 32 bytes at once, not %d", size)
}
