package config

import "testing"

func TestChipModeDividerKnowsThreePatterns(t *testing.T) {
	for v := range 256 {
		want := map[int]int{0x05: 1, 0x0D: 2}[v>>3]
		if got := ChipMode(v).Divider(); got != want {
			t.Errorf("ChipMode %02x: divider M%d, want M%d", v, got, want)
		}
	}
}

func TestChipModeFlagsAreItsThreeLowBits(t *testing.T) {
	for v := range 256 {
		m := ChipMode(v)
		if m.AddressFromUserExtra() != (v&1 != 0) || m.TTL() != (v&2 != 0) || m.LongWatchdog() != (v&4 != 0) {
			t.Errorf("ChipMode %02x: %t %t %t", v, m.AddressFromUserExtra(), m.TTL(), m.LongWatchdog())
		}
	}
}

func TestOnlyNibbleATurnsUseLockOn(t *testing.T) {
	for v := range 256 {
		u := UseLock(v)
		if got, want := u.Enabled(), v%16 == 10; got != want || u.Slot() != v/16 {
			t.Errorf("UseLock %02x: enabled %t, slot %d", v, got, u.Slot())
		}
	}
}

func TestChipOptionsDecodePublishedWords(t *testing.T) {
	type options struct {
		post, io, kdfAES, autoClear bool
		ecdh, kdf, ioKey            int
	}
	tests := []struct {
		word ChipOptions
		want options
	}{
		{0x0000, options{}},
		{0x600E, options{io: true, kdfAES: true, autoClear: true, ioKey: 6}},
		{0x400E, options{io: true, kdfAES: true, autoClear: true, ioKey: 4}},
		{0x4006, options{io: true, kdfAES: true, ioKey: 4}},
		{0xE50E, options{io: true, kdfAES: true, autoClear: true, ecdh: 1, kdf: 1, ioKey: 14}},
		{0x0E01, options{post: true, ecdh: 2, kdf: 3}},
	}
	for _, tt := range tests {
		o := tt.word
		got := options{o.PowerOnSelfTest(), o.IOProtection(), o.KDFAES(), o.AutoClear(),
			o.ECDHProtection(), o.KDFProtection(), o.IOProtectionKey()}
		if got != tt.want {
			t.Errorf("%04x: got %+v, want %+v", o, got, tt.want)
		}
	}
}

func TestSecureBootTakesEitherPersistentBit(t *testing.T) {
	type boot struct {
		mode                      int
		persistent, nonce         bool
		digestSlot, publicKeySlot int
	}
	tests := []struct {
		word SecureBoot
		want boot
	}{
		{0x0000, boot{}},
		{0xF703, boot{mode: 3, digestSlot: 7, publicKeySlot: 15}},
		{0xF707, boot{mode: 3, persistent: true, digestSlot: 7, publicKeySlot: 15}},
		{0xBC0B, boot{mode: 3, persistent: true, digestSlot: 12, publicKeySlot: 11}},
		{0x0012, boot{mode: 2, nonce: true}},
		{0x00E1, boot{mode: 1}},
	}
	for _, tt := range tests {
		s := tt.word
		got := boot{s.Mode(), s.PersistentEnable(), s.RandNonce(), s.DigestSlot(), s.PublicKeySlot()}
		if got != tt.want {
			t.Errorf("%04x: got %+v, want %+v", s, got, tt.want)
		}
	}
}

func TestA508HasNoneOfTheOptionsOfThe608(t *testing.T) {
	z := image(t, "arduino-eccx08-default").Zone
	if z.Part() != Part508 {
		t.Fatal("the image is made for the 508A")
	}
	if z.CountMatch() != 0 || z.UseLock() != 0 || z.VolatileKeyPermission() != 0 ||
		z.SecureBoot() != 0 || z.ChipOptions() != 0 || z.AESEnabled() {
		t.Error("OTPmode and LastKeyUse were read as options of a 608")
	}

	// The same bytes on a 608, where people wrote them too.
	z[6] = 0x60
	if c := z.CountMatch(); !c.Enabled() || c.Slot() != 5 {
		t.Errorf("CountMatch %02x", c)
	}
	if v := z.VolatileKeyPermission(); !v.Enabled() || v.Slot() != 15 {
		t.Errorf("VolatileKeyPermission %02x", v)
	}
	if z.UseLock().Enabled() || z.SecureBoot().Mode() != 3 {
		t.Errorf("UseLock %02x, SecureBoot %04x", z.UseLock(), z.SecureBoot())
	}
}
