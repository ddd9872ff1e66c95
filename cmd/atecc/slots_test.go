package main

import (
	"strings"
	"testing"

	"atecc/internal/atca/config"
)

func TestSlotFlagTakesTheSlotsOfAChip(t *testing.T) {
	for text, want := range map[string]int{"0": 0, "7": 7, "15": 15} {
		slot := noSlot
		if err := (slotValue{&slot}).Set(text); err != nil || slot != want {
			t.Errorf("--slot %s is %d, %v", text, slot, err)
		}
	}
	for _, text := range []string{"", "-1", "16", "255", "256", "0x1", "1 ", "+1", "one", "99999999999999999999"} {
		slot := noSlot
		if err := (slotValue{&slot}).Set(text); err == nil || slot != noSlot {
			t.Errorf("--slot %q is %d, %v", text, slot, err)
		}
	}
}

func TestSlotFlagShowsItsValue(t *testing.T) {
	slot := noSlot
	v := slotValue{&slot}
	if v.String() != "" {
		t.Errorf("a slot that was not given shows as %q", v)
	}
	slot = 3
	if v.String() != "3" {
		t.Errorf("slot 3 shows as %q", v)
	}
}

func TestWhyNoSlotCanSign(t *testing.T) {
	tests := []struct {
		name, image string
		uses        []slotUse
		want        string
	}{
		{"a blank chip", "factory-608B", nil, "the configuration zone is not locked"},
		{"an empty slot", "jwt", []slotUse{{Slot: 4}, {Slot: 1, Private: true, Reason: emptySlot}}, "slot 1 holds no key yet"},
		{"a slot that may not", "jwt", []slotUse{{Slot: 2, Private: true, Reason: "signs only internal messages"}}, "slot 2 cannot be used, signs only internal messages"},
		{"no private key", "jwt", []slotUse{{Slot: 4}}, "none is meant for a private key"},
	}
	for _, tt := range tests {
		image, ok := config.LookupImage(tt.image)
		if !ok {
			t.Fatalf("there is no image %s", tt.image)
		}
		if got := whyNone(image.Zone, tt.uses); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
