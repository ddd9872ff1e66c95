package atca

import (
	"context"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// Every lock is for ever. A zone is locked only with the CRC of what it should
// hold: the chip compares and refuses when it holds anything else. The chip's
// mode without that check is not offered.

// LockConfig locks the configuration zone if it holds exactly zone.
func (s *Session) LockConfig(ctx context.Context, zone config.Zone) error {
	return s.lock(ctx, wire.LockZoneConfig, wire.CRC16(zone[:]))
}

// LockData locks the data and OTP zones if the CRC over all slots without a
// private key, in order, and the OTP zone is sum.
func (s *Session) LockData(ctx context.Context, sum uint16) error {
	return s.lock(ctx, wire.LockZoneData, sum)
}

// LockSlot locks one slot. The chip knows no check of a slot's content.
func (s *Session) LockSlot(ctx context.Context, slot int) error {
	return s.lock(ctx, wire.LockSlot|byte(slot)<<2, 0)
}

func (s *Session) lock(ctx context.Context, mode byte, sum uint16) error {
	_, err := s.run(ctx, wire.Command{Op: wire.OpLock, P1: mode, P2: sum})
	return err
}
