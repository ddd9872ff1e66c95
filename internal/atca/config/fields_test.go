package config

import (
	"strings"
	"testing"
)

var parts = []Part{Part608, Part508}

func TestEveryBitBelongsToExactlyOneField(t *testing.T) {
	for _, p := range parts {
		var owner [8 * Size]string
		for _, f := range Fields(p) {
			for i := range f.Width {
				at := 8*f.Offset + f.Bit + i
				if owner[at] != "" {
					t.Errorf("%s: byte %d bit %d belongs to %s and %s", p, at/8, at%8, owner[at], f.Name)
				}
				owner[at] = f.Name
			}
		}
		for at, name := range owner {
			if name == "" {
				t.Errorf("%s: byte %d bit %d belongs to no field", p, at/8, at%8)
			}
		}
	}
}

func TestFieldsAreInTheOrderOfTheirBytes(t *testing.T) {
	for _, p := range parts {
		end := 0
		for _, f := range Fields(p) {
			if start := 8*f.Offset + f.Bit; start != end {
				t.Errorf("%s: %s begins at bit %d, the field before ends at %d", p, f.Name, start, end)
			}
			end = 8*f.Offset + f.Bit + f.Width
		}
	}
}

func TestFieldsSayWhatTheyAre(t *testing.T) {
	for _, p := range parts {
		names, keys := make(map[string]bool), make(map[int]map[string]bool)
		for _, f := range Fields(p) {
			if names[f.Name] {
				t.Errorf("%s: two fields are named %s", p, f.Name)
			}
			names[f.Name] = true
			if keys[f.Slot] == nil {
				keys[f.Slot] = make(map[string]bool)
			}
			if keys[f.Slot][f.Key] {
				t.Errorf("%s: slot %d has two fields with the key %s", p, f.Slot, f.Key)
			}
			keys[f.Slot][f.Key] = true
			checkRow(t, f)
		}
		if len(keys) != Slots+1 {
			t.Errorf("%s: fields for %d slots", p, len(keys)-1)
		}
	}
}

// checkRow states what holds for each row by itself.
func checkRow(t *testing.T, f Field) {
	t.Helper()
	if f.Meaning == "" || f.Access.String() == "" || f.Key == "" || f.Name == "" {
		t.Errorf("%s leaves something unsaid", f.Name)
	}
	if f.Slot == NoSlot && f.words == nil {
		t.Errorf("%s has no words for its values", f.Name)
	}
	if (f.Kind == KindFlag) != (f.Width == 1) && !strings.HasSuffix(f.Key, "Reserved") {
		t.Errorf("%s has %d bits and kind %d", f.Name, f.Width, f.Kind)
	}
	if f.Kind == KindBytes && (f.Bit != 0 || f.Width%8 != 0) {
		t.Errorf("%s is shown as bytes and is none", f.Name)
	}
	if f.Bit+f.Width > 64 {
		t.Errorf("%s does not fit into a 64-bit number", f.Name)
	}
}

func TestSetChangesTheFieldAndNothingElse(t *testing.T) {
	for _, p := range parts {
		for _, f := range Fields(p) {
			for _, background := range []byte{0x00, 0xFF, 0xA5} {
				for _, v := range []uint64{0, 1, f.Max(), 0xDEADBEEF_12345678 & f.Max()} {
					checkSet(t, f, background, v)
				}
			}
		}
	}
}

func checkSet(t *testing.T, f Field, background byte, v uint64) {
	t.Helper()
	var before, after Zone
	for i := range before {
		before[i] = background
	}
	after = before
	after.Set(f, v)
	if got := after.Value(f); got != v {
		t.Fatalf("%s: set to %d, reads %d", f.Name, v, got)
	}
	for at := range 8 * Size {
		inside := at >= 8*f.Offset+f.Bit && at < 8*f.Offset+f.Bit+f.Width
		if !inside && before[at/8]>>(at%8)&1 != after[at/8]>>(at%8)&1 {
			t.Fatalf("%s: setting it to %d changed byte %d bit %d", f.Name, v, at/8, at%8)
		}
	}
}

func TestSetDropsWhatDoesNotFit(t *testing.T) {
	f := field(t, Part608, "SlotConfig[3].WriteKey")
	var z Zone
	z.Set(f, 0x1F)
	if z[26] != 0 || z[27] != 0x0F {
		t.Errorf("slot 3 is %x, want 000f", z[26:28])
	}
}

func TestValueIsLittleEndian(t *testing.T) {
	var z Zone
	z[90], z[91] = 0x0E, 0x60
	if got := z.Value(field(t, Part608, "ChipOptions.IoProtectionKey")); got != 6 {
		t.Errorf("IO protection key in slot %d, want 6", got)
	}
	z[8], z[12] = 0x01, 0x05
	if got := z.Value(field(t, Part608, "SN[4:8]")); got != 0x05_0000_0001 {
		t.Errorf("SN[4:8] is 0x%x", got)
	}
}

func TestSlotLockedIsSetWhenItsBitIsZero(t *testing.T) {
	var z Zone
	z[88], z[89] = 0xFF, 0xFB
	for n := range Slots {
		f := ofSlot(Fields(Part608), n)
		for _, f := range f {
			if f.Key == "SlotLocked" && z.Flag(f) != (n == 10) {
				t.Errorf("slot %d: %t", n, z.Flag(f))
			}
		}
	}
}

func TestAccessTellsTheFourClassesApart(t *testing.T) {
	for name, want := range map[string]Access{
		"SN[0:3]": AccessFactory, "AES_Enable": AccessFactory, "Reserved15": AccessFactory,
		"I2C_Address": AccessConfig, "ChipMode.Watchdog": AccessConfig, "KeyConfig[15].X509id": AccessConfig,
		"Counter[0]": AccessBoth, "SlotLocked[7]": AccessBoth,
		"LockConfig": AccessCommand, "LockValue": AccessCommand, "UserExtra": AccessCommand, "UserExtraAdd": AccessCommand,
	} {
		if got := field(t, Part608, name).Access; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestWriteCannotReachFactoryAndCommandFields(t *testing.T) {
	// The chip refuses a Write that touches bytes 0 to 15 or 84 to 87.
	for _, p := range parts {
		for _, f := range Fields(p) {
			barred := f.Offset < 16 || f.Offset >= 84 && f.Offset < 88
			if writable := f.Access == AccessConfig || f.Access == AccessBoth; writable == barred {
				t.Errorf("%s: %s at byte %d is %s", p, f.Name, f.Offset, f.Access)
			}
		}
	}
}

func field(t *testing.T, p Part, name string) Field {
	t.Helper()
	for _, f := range Fields(p) {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no field %s", name)
	return Field{}
}

// The typed accessors do not read the table; the two must agree on every word.
func TestAccessorsAgreeWithTheTable(t *testing.T) {
	for _, p := range parts {
		fields := ofSlot(Fields(p), 7)
		for word := range 1 << 16 {
			var z Zone
			if p == Part508 {
				z[6] = 0x50
			}
			z[34], z[35], z[110], z[111] = byte(word), byte(word>>8), byte(word), byte(word>>8)
			s := z.Slot(7)
			for _, f := range fields {
				if got, want := accessor(s, f.Key), z.Value(f); got != want {
					t.Fatalf("%s, word %04x: %s is %d by its method, %d by the table", p, word, f.Key, got, want)
				}
			}
		}
	}
}

// accessor is the field of a slot as the methods of Slot tell it.
func accessor(s Slot, key string) uint64 {
	c, k := s.Config, s.Key
	switch key {
	case "ReadKey":
		return uint64(c.ReadKey())
	case "NoMac":
		return one(c.NoMac())
	case "LimitedUse":
		return one(c.LimitedUse())
	case "EncryptRead":
		return one(c.EncryptRead())
	case "IsSecret":
		return one(c.IsSecret())
	case "WriteKey":
		return uint64(c.WriteKey())
	case "WriteConfig":
		return uint64(c.WriteConfig())
	case "SlotLocked":
		return one(!s.Locked)
	case "Private":
		return one(k.Private())
	case "PubInfo":
		return one(k.PubInfo())
	case "KeyType":
		return uint64(k.Type())
	case "Lockable":
		return one(k.Lockable())
	case "ReqRandom":
		return one(k.ReqRandom())
	case "ReqAuth":
		return one(k.ReqAuth())
	case "AuthKey":
		return uint64(k.AuthKey())
	case "PersistentDisable", "IntrusionDisable":
		return one(k.PersistentDisable())
	case "X509id":
		return uint64(k.X509ID())
	case "Reserved":
		return uint64(k >> 13 & 1)
	}
	return 1 << 63 // a field that no method tells
}

func one(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func TestPermissionsOfPrivateKeysAreTheBitsOfReadKeyAndWriteConfig(t *testing.T) {
	tests := []struct {
		word SlotConfig
		want string
	}{
		{0x0001, "ExternalSign"},
		{0x0002, "InternalSign"},
		{0x0004, "ECDH"},
		{0x0008, "ECDHToNextSlot"},
		{0x2000, "CanGenKey"},
		{0x4000, "EncryptedWrite"},
		{0x9FF0, ""},
	}
	for _, tt := range tests {
		c := tt.word
		got := strings.Join(those(
			told{c.ExternalSign(), "ExternalSign"}, told{c.InternalSign(), "InternalSign"},
			told{c.ECDH(), "ECDH"}, told{c.ECDHToNextSlot(), "ECDHToNextSlot"},
			told{c.CanGenKey(), "CanGenKey"}, told{c.EncryptedWrite(), "EncryptedWrite"},
		), " ")
		if got != tt.want {
			t.Errorf("%04x: %q, want %q", c, got, tt.want)
		}
	}
}
