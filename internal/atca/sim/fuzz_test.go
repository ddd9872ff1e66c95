package sim

import (
	"testing"

	"atecc/internal/atca/wire"
)

// FuzzChip sends arbitrary bytes as transactions: each starts with a length,
// whose top bit makes it a command with a good CRC. Whatever was sent, the chip
// sleeps, wakes and answers afterwards.
func FuzzChip(f *testing.F) {
	f.Add(uint8(0), []byte("\x08\x03\x07\x30\x00\x00\x00\x03\x5D"))
	f.Add(uint8(1), []byte("\x84\x40\x04\x00\x00\x84\x41\x80\x00\x00"))
	f.Add(uint8(2), []byte("\x84\x47\x00\x00\x00\x84\x47\x06\x00\x00\x84\x02\x82\x40\x0C"))
	f.Add(uint8(1), []byte("\x84\x17\x80\x00\x00\x84\x12\x82\x40\x00\x01\x02\x84\x17\x81\x00\x00"))
	f.Add(uint8(2), []byte("\x98\x16\x00\x00\x0001234567890123456789\x84\x15\x02\x04\x00\x84\x08\x01\x04\x00\x84\x1C\x00\x04\x00"))
	f.Fuzz(func(t *testing.T, state uint8, script []byte) {
		m := withSlots(t, int(state%3), slotSetting{0, cfgSign, keySign}, slotSetting{9, cfgParent, keyValid}, slotSetting{13, cfgOpen, keyPublic})
		for len(script) > 0 {
			n := min(int(script[0]&0x7F), len(script)-1)
			chunk := script[1 : 1+n]
			if script[0]&0x80 != 0 {
				chunk = asCommand(chunk)
			}
			script = script[1+n:]
			// Refusals are part of the game; only a panic is not.
			_ = m.bus.Tx(m.chip.Address(), chunk, nil)
			_ = m.bus.Tx(m.chip.Address(), nil, make([]byte, 8))
			_ = m.bus.Tx(0, []byte{0}, nil)
		}
		_ = m.bus.Tx(m.chip.Address(), []byte{wire.WordReset}, nil)
		_ = m.bus.Tx(m.chip.Address(), []byte{wire.WordSleep}, nil)
		m.pulse()
		if m.chip.Address() == 0 || !m.chip.mem.config.I2CEnabled() {
			return // the script has moved the chip to where it cannot be addressed
		}
		m.wantRead("04113343")
		m.ok(4, wire.OpInfo, wire.InfoRevision, 0)
	})
}

// asCommand makes a write of the command whose opcode, parameters and data
// are given.
func asCommand(b []byte) []byte {
	for len(b) < 4 {
		b = append(b[:len(b):len(b)], 0)
	}
	frame, err := wire.Command{Op: wire.Opcode(b[0]), P1: b[1], P2: uint16(b[2]) | uint16(b[3])<<8, Data: b[4:]}.Frame()
	if err != nil {
		return []byte{wire.WordReset}
	}
	return append([]byte{wire.WordCommand}, frame...)
}
