package config

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

func TestParseTakesExactly128Bytes(t *testing.T) {
	for _, n := range []int{0, 1, 127, 129, 256} {
		if _, err := Parse(make([]byte, n)); err == nil {
			t.Errorf("%d bytes: no error", n)
		}
	}
	b := make([]byte, Size)
	b[5], b[127] = 1, 2
	z, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	b[5] = 9
	if z[5] != 1 || z[127] != 2 {
		t.Errorf("zone is %x, must be a copy of the bytes", z)
	}
}

func TestIdentityIsReadFromItsTwoPieces(t *testing.T) {
	z := image(t, "tngtls-608A").Zone
	if got := z.SerialString(); got != "0123cfe1ef17f0b001" {
		t.Errorf("serial number %s", got)
	}
	if sn := z.Serial(); sn[3] != 0xE1 || sn[4] != 0xEF || sn[8] != 0x01 {
		t.Errorf("serial number %x", sn)
	}
	if r := z.Revision(); r != [4]byte{0, 0, 0x60, 2} {
		t.Errorf("revision %x", r)
	}
}

func TestPartFollowsTheThirdByteOfRevNum(t *testing.T) {
	tests := []struct {
		revNum [4]byte
		want   Part
		name   string
	}{
		{[4]byte{0, 0, 0x50, 0}, Part508, "ATECC508A"},
		{[4]byte{0, 0, 0x60, 2}, Part608, "ATECC608"},
		{[4]byte{0, 0, 0x60, 3}, Part608, "ATECC608"},
		{[4]byte{}, Part608, "ATECC608"},
	}
	for _, tt := range tests {
		var z Zone
		copy(z[4:], tt.revNum[:])
		if got := z.Part(); got != tt.want || got.String() != tt.name {
			t.Errorf("RevNum %x: %s, want %s", tt.revNum, got, tt.name)
		}
	}
}

func TestAnythingBut55IsLocked(t *testing.T) {
	for _, v := range []byte{0x00, 0x54, 0x55, 0xAA, 0xFF} {
		var z Zone
		z[86] = v
		z[87] = 0x55
		if got := z.DataLocked(); got != (v != 0x55) {
			t.Errorf("LockValue %02x: DataLocked is %t", v, got)
		}
		if z.ConfigLocked() {
			t.Error("LockConfig 55: ConfigLocked")
		}
		z[86], z[87] = 0x55, v
		if got := z.ConfigLocked(); got != (v != 0x55) {
			t.Errorf("LockConfig %02x: ConfigLocked is %t", v, got)
		}
		if z.DataLocked() {
			t.Error("LockValue 55: DataLocked")
		}
	}
}

func TestAddressMayComeFromUserExtraAdd(t *testing.T) {
	tests := []struct {
		name                       string
		rev, i2c, mode, plain, alt byte
		want                       uint16
	}{
		{"plain", 0x60, 1, 0, 0xC0, 0x6A, 0x60},
		{"taken from UserExtraAdd", 0x60, 1, 1, 0xC0, 0x6A, 0x35},
		{"UserExtraAdd is still zero", 0x60, 1, 1, 0xC0, 0, 0x60},
		{"other bits of ChipMode do not count", 0x60, 1, 0xFE, 0xC0, 0x6A, 0x60},
		{"single-wire part", 0x60, 0, 1, 0xC0, 0x6A, 0x60},
		{"Selector of a 508A is no address", 0x50, 1, 1, 0xC0, 0x6A, 0x60},
	}
	for _, tt := range tests {
		var z Zone
		z[6], z[14], z[16], z[19], z[85] = tt.rev, tt.i2c, tt.plain, tt.mode, tt.alt
		if got := z.Address(); got != tt.want {
			t.Errorf("%s: 0x%02x, want 0x%02x", tt.name, got, tt.want)
		}
	}
}

func TestEachSlotHasItsOwnLockBit(t *testing.T) {
	for n := range Slots {
		z := image(t, "factory-608B").Zone
		z[88+n/8] &^= 1 << (n % 8)
		for m := range Slots {
			if got := z.Slot(m).Locked; got != (m == n) {
				t.Errorf("bit %d cleared: slot %d locked is %t", n, m, got)
			}
		}
	}
}

// recordedSlot is a slot in testdata/seed_trace.json, as its author decoded it.
type recordedSlot struct {
	SlotConfigBytes string `json:"slot_config_bytes"`
	KeyConfigBytes  string `json:"key_config_bytes"`
	Private         bool   `json:"private"`
	PubInfo         bool   `json:"pub_info"`
	KeyType         int    `json:"key_type"`
	Lockable        bool   `json:"lockable"`
	ReqRandom       bool   `json:"req_random"`
	ReqAuth         bool   `json:"req_auth"`
	ReadKey         int    `json:"read_key"`
	NoMac           bool   `json:"no_mac"`
	LimitedUse      bool   `json:"limited_use"`
	EncryptRead     bool   `json:"encrypt_read"`
	IsSecret        bool   `json:"is_secret"`
	WriteKey        int    `json:"write_key"`
	WriteConfig     int    `json:"write_config"`
}

// recordedZone is the zone in testdata/seed_trace.json.
type recordedZone struct {
	Hex         string               `json:"hex"`
	Serial      string               `json:"serial"`
	RevNum      string               `json:"revnum"`
	AESEnable   string               `json:"aes_enable"`
	I2CEnable   string               `json:"i2c_enable"`
	Address     string               `json:"i2c_address"`
	Address7    string               `json:"i2c_address_7bit"`
	CountMatch  string               `json:"count_match"`
	ChipMode    string               `json:"chip_mode"`
	Counter0    string               `json:"counter0"`
	Counter1    string               `json:"counter1"`
	UseLock     string               `json:"use_lock"`
	VolatileKey string               `json:"volatile_key_permission"`
	SecureBoot  string               `json:"secure_boot"`
	KdfIvLoc    string               `json:"kdf_iv_loc"`
	KdfIvStr    string               `json:"kdf_iv_str"`
	UserExtra   string               `json:"user_extra"`
	ExtraAdd    string               `json:"user_extra_add"`
	LockValue   string               `json:"lock_value"`
	LockConfig  string               `json:"lock_config"`
	SlotLocked  string               `json:"slot_locked"`
	ChipOptions string               `json:"chip_options"`
	X509format  string               `json:"x509format"`
	Slots       map[int]recordedSlot `json:"slots"`
}

// recorded is the configuration zone read from a real ATECC608A.
func recorded(t *testing.T) (Zone, recordedZone) {
	t.Helper()
	data, err := os.ReadFile("../../../testdata/seed_trace.json")
	if err != nil {
		t.Fatal(err)
	}
	var trace struct {
		Zone recordedZone `json:"config_zone"`
	}
	if err := json.Unmarshal(data, &trace); err != nil {
		t.Fatal(err)
	}
	b, err := hex.DecodeString(trace.Zone.Hex)
	if err != nil {
		t.Fatal(err)
	}
	z, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return z, trace.Zone
}

func TestRecordedSlotsDecodeAsTheirAuthorDecodedThem(t *testing.T) {
	z, want := recorded(t)
	if len(want.Slots) != Slots {
		t.Fatalf("%d slots are recorded", len(want.Slots))
	}
	for n, w := range want.Slots {
		s := z.Slot(n)
		got := recordedSlot{
			SlotConfigBytes: littleEndian(uint16(s.Config)),
			KeyConfigBytes:  littleEndian(uint16(s.Key)),
			Private:         s.Key.Private(),
			PubInfo:         s.Key.PubInfo(),
			KeyType:         int(s.Key.Type()),
			Lockable:        s.Key.Lockable(),
			ReqRandom:       s.Key.ReqRandom(),
			ReqAuth:         s.Key.ReqAuth(),
			ReadKey:         s.Config.ReadKey(),
			NoMac:           s.Config.NoMac(),
			LimitedUse:      s.Config.LimitedUse(),
			EncryptRead:     s.Config.EncryptRead(),
			IsSecret:        s.Config.IsSecret(),
			WriteKey:        s.Config.WriteKey(),
			WriteConfig:     int(s.Config.WriteConfig()),
		}
		if got != w || s.Locked || s.Number != n {
			t.Errorf("slot %d: got %+v, want %+v", n, got, w)
		}
	}
}

func littleEndian(v uint16) string { return hex.EncodeToString([]byte{byte(v), byte(v >> 8)}) }

func TestRecordedFieldsDecodeAsTheirAuthorDecodedThem(t *testing.T) {
	z, want := recorded(t)
	lines := make(map[string]string)
	for _, l := range z.Describe() {
		lines[l.Name] = l.Hex
	}
	for name, w := range map[string]string{
		"RevNum": want.RevNum, "AES_Enable": want.AESEnable, "I2C_Enable": want.I2CEnable,
		"I2C_Address": want.Address, "CountMatch": want.CountMatch, "ChipMode": want.ChipMode,
		"Counter[0]": want.Counter0, "Counter[1]": want.Counter1, "UseLock": want.UseLock,
		"VolatileKeyPermission": want.VolatileKey, "SecureBoot": want.SecureBoot,
		"KdfIvLoc": want.KdfIvLoc, "KdfIvStr": want.KdfIvStr, "UserExtra": want.UserExtra,
		"UserExtraAdd": want.ExtraAdd, "LockValue": want.LockValue, "LockConfig": want.LockConfig,
		"ChipOptions": want.ChipOptions,
	} {
		if got := lines[name]; got == "" || got != strings.TrimPrefix(w, "0x") {
			t.Errorf("%s is %q, want %q", name, got, w)
		}
	}
	if z.SerialString() != want.Serial || z.Address() != 0x60 || want.Address7 != "0x60" {
		t.Errorf("serial number %s, address 0x%02x", z.SerialString(), z.Address())
	}
	if want.SlotLocked != "ffff" || want.X509format != "00000000" {
		t.Errorf("the recording changed: %+v", want)
	}
}

func TestRecordedChipHasTheOptionsOfItsConfiguration(t *testing.T) {
	z, _ := recorded(t)
	if c := z.CountMatch(); !c.Enabled() || c.Slot() != 10 {
		t.Errorf("CountMatch %02x", c)
	}
	if v := z.VolatileKeyPermission(); !v.Enabled() || v.Slot() != 4 {
		t.Errorf("VolatileKeyPermission %02x", v)
	}
	if b := z.SecureBoot(); b.Mode() != 3 || b.DigestSlot() != 12 || b.PublicKeySlot() != 11 {
		t.Errorf("SecureBoot %04x", b)
	}
	if o := z.ChipOptions(); !o.IOProtection() || o.IOProtectionKey() != 4 {
		t.Errorf("ChipOptions %04x", o)
	}
	if z.UseLock().Enabled() {
		t.Error("UseLock FF must count as off")
	}
	if !z.ConfigLocked() || !z.DataLocked() || !z.AESEnabled() {
		t.Error("the chip is locked and has AES")
	}
}
