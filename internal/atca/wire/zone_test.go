package wire

import "testing"

func TestAddressesOfTheDataZone(t *testing.T) {
	for _, tt := range []struct {
		l    Location
		addr uint16
		off  int
	}{
		{Location{Zone: ZoneData, Slot: 0, Block: 1}, 0x0100, 32},
		{Location{Zone: ZoneData, Slot: 7}, 0x0038, 0},
		{Location{Zone: ZoneData, Slot: 8, Block: 12}, 0x0C40, 384},
		{Location{Zone: ZoneData, Slot: 9, Block: 1, Word: 5}, 0x014D, 52},
		{Location{Zone: ZoneData, Slot: 15, Block: 2, Word: 1}, 0x0279, 68},
		{Location{Zone: ZoneConfig, Block: 2, Word: 5}, 0x0015, 84},
		{Location{Zone: ZoneOTP, Block: 1, Word: 7}, 0x000F, 60},
	} {
		if tt.l.Address() != tt.addr || tt.l.Offset() != tt.off {
			t.Errorf("%+v: address 0x%04x, offset %d; want 0x%04x, %d", tt.l, tt.l.Address(), tt.l.Offset(), tt.addr, tt.off)
		}
		if back, err := ParseAddress(tt.l.Zone, tt.addr, false); err != nil || back != tt.l {
			t.Errorf("0x%04x: parsed %+v, %v; want %+v", tt.addr, back, err, tt.l)
		}
	}
}

// TestEveryAddressIsEitherAWordOrRefused walks all 65,536 addresses of each
// zone and counts the words that they reach.
func TestEveryAddressIsEitherAWordOrRefused(t *testing.T) {
	total := 0
	for s := range Slots {
		total += SlotSize(s)
	}
	if total != 1208 {
		t.Errorf("the slots hold %d bytes, want 1208", total)
	}
	for zone, size := range map[Zone]int{ZoneConfig: ConfigSize, ZoneOTP: OTPSize, ZoneData: total, 3: 0} {
		words, blocks := 0, map[Location]bool{}
		for addr := range 0x10000 {
			l, err := ParseAddress(zone, uint16(addr), false)
			if err == nil {
				words++
				if l.Address() != uint16(addr) {
					t.Fatalf("%s 0x%04x reads as %+v, which is 0x%04x", zone, addr, l, l.Address())
				}
			}
			if b, err := ParseAddress(zone, uint16(addr), true); err == nil {
				if b.Word != 0 {
					t.Fatalf("%s 0x%04x: a block with a word: %+v", zone, addr, b)
				}
				blocks[b] = true
			}
		}
		if words*WordSize != size {
			t.Errorf("%s: %d words are reached, want %d", zone, words, size/WordSize)
		}
		if want := map[Zone]int{ZoneConfig: 4, ZoneOTP: 2, ZoneData: 8*2 + 13 + 7*3, 3: 0}[zone]; len(blocks) != want {
			t.Errorf("%s: %d blocks, want %d", zone, len(blocks), want)
		}
	}
}

func TestZonesHaveNames(t *testing.T) {
	for zone, want := range map[Zone]string{ZoneConfig: "config", ZoneOTP: "OTP", ZoneData: "data", 3: "zone 3"} {
		if got := zone.String(); got != want {
			t.Errorf("%d: %q, want %q", zone, got, want)
		}
	}
}
