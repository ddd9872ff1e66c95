package wire

import "fmt"

// Zone is one of the three memories.
type Zone byte

// String is the zone's name.
func (z Zone) String() string {
	switch z {
	case ZoneConfig:
		return "config"
	case ZoneOTP:
		return "OTP"
	case ZoneData:
		return "data"
	}
	return fmt.Sprintf("zone %d", byte(z))
}

// Sizes in bytes.
const (
	Slots      = 16
	ConfigSize = 128
	OTPSize    = 64
	WordSize   = 4
	BlockSize  = 32
)

// SlotSize is the size of a data slot: eight small ones, one large, seven that
// hold a certificate or a public key.
func SlotSize(slot int) int {
	switch {
	case slot < 8:
		return 36
	case slot == 8:
		return 416
	}
	return 72
}

// Location is a place that Read and Write address: a word, or the block that
// holds it.
type Location struct {
	Zone  Zone
	Slot  int // in the data zone
	Block int // of 32 bytes
	Word  int // of 4 bytes, within the block
}

// Size is the size of the zone or slot that the location lies in.
func (l Location) Size() int {
	switch l.Zone {
	case ZoneConfig:
		return ConfigSize
	case ZoneOTP:
		return OTPSize
	}
	return SlotSize(l.Slot)
}

// Offset is the location's first byte, counted from the start of its zone or
// slot.
func (l Location) Offset() int { return l.Block*BlockSize + l.Word*WordSize }

// Address encodes the location for param2.
func (l Location) Address() uint16 {
	if l.Zone == ZoneData {
		return uint16(l.Block<<8 | l.Slot<<3 | l.Word)
	}
	return uint16(l.Block<<3 | l.Word)
}

// ParseAddress decodes param2. With block set, the word within the block does
// not count. An address outside the zone or the slot is an error.
func ParseAddress(zone Zone, addr uint16, block bool) (Location, error) {
	l := Location{Zone: zone, Word: int(addr & 7)}
	switch zone {
	case ZoneConfig, ZoneOTP:
		l.Block = int(addr >> 3)
	case ZoneData:
		l.Slot, l.Block = int(addr>>3&0xF), int(addr>>8)
		if addr&0x80 != 0 {
			return Location{}, fmt.Errorf("data address 0x%04x has bit 7 set", addr)
		}
	default:
		return Location{}, fmt.Errorf("%s does not exist", zone)
	}
	if block {
		l.Word = 0
	}
	if l.Offset() >= l.Size() {
		return Location{}, fmt.Errorf("%s address 0x%04x lies beyond its %d bytes", zone, addr, l.Size())
	}
	return l, nil
}
