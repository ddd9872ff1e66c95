package config

import (
	"slices"
	"testing"
)

// policyZone is the jwt image with slot 0 and the locks set as a case wants.
func policyZone(t *testing.T, slotConfig, keyConfig uint16, configLock, dataLock byte) Zone {
	t.Helper()
	z := image(t, "jwt").Zone
	z[20], z[21] = byte(slotConfig), byte(slotConfig>>8)
	z[96], z[97] = byte(keyConfig), byte(keyConfig>>8)
	z[86], z[87] = dataLock, configLock
	return z
}

func TestSigningRefusalNamesTheFirstObstacle(t *testing.T) {
	tests := []struct {
		name                  string
		slotConfig, keyConfig uint16
		configLock, dataLock  byte
		want                  string
	}{
		{"key of the jwt image", 0x2081, 0x0033, 0x00, 0x00, ""},
		{"data zone not locked", 0x2081, 0x0033, 0x00, 0x55, ""},
		{"ReqRandom is not for Sign", 0x2081, 0x0073, 0x00, 0x00, ""},
		{"LimitedUse only counts", 0x20A1, 0x0033, 0x00, 0x00, ""},
		{"key that cannot be replaced", 0x0081, 0x0033, 0x00, 0x00, ""},
		{"public key not readable", 0x2081, 0x0031, 0x00, 0x00, ""},
		{"factory-new chip", 0x2081, 0x0033, 0x55, 0x55, "config zone is not locked"},
		{"data slot", 0x0F0F, 0x003C, 0x00, 0x00, "not a P-256 private key slot"},
		{"public key", 0x0F0F, 0x0030, 0x00, 0x00, "not a P-256 private key slot"},
		{"private key of another type", 0x2081, 0x003F, 0x00, 0x00, "not a P-256 private key slot"},
		{"not secret", 0x2001, 0x0033, 0x00, 0x00, "IsSecret is not set"},
		{"internal signatures only", 0x2082, 0x0033, 0x00, 0x00, "external signatures are not allowed (ReadKey bit 0)"},
		{"authorised by slot 4", 0x2081, 0x04B3, 0x00, 0x00, "needs authorisation by slot 4 (ReqAuth)"},
		{"latch", 0x2081, 0x1033, 0x00, 0x00, "disabled until the persistent latch is set"},
	}
	for _, tt := range tests {
		z := policyZone(t, tt.slotConfig, tt.keyConfig, tt.configLock, tt.dataLock)
		if got := z.SigningRefusal(0); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestGenKeyRefusalHoldsPoliciesBackUntilTheDataZoneIsLocked(t *testing.T) {
	tests := []struct {
		name                  string
		slotConfig, keyConfig uint16
		configLock, dataLock  byte
		want                  string
	}{
		{"key of the jwt image", 0x2081, 0x0033, 0x00, 0x00, ""},
		{"PersistentDisable lets GenKey create", 0x2081, 0x1033, 0x00, 0x00, ""},
		{"WriteConfig says no", 0x0081, 0x0033, 0x00, 0x00, "key creation is not allowed (WriteConfig bit 13)"},
		{"WriteConfig says no, too early", 0x0081, 0x0033, 0x00, 0x55, ""},
		{"PrivWrite only", 0x4481, 0x0033, 0x00, 0x00, "key creation is not allowed (WriteConfig bit 13)"},
		{"authorised by slot 4", 0x2081, 0x04B3, 0x00, 0x00, "needs authorisation by slot 4 (ReqAuth)"},
		{"authorised by slot 4, too early", 0x2081, 0x04B3, 0x00, 0x55, ""},
		{"factory-new chip", 0x2081, 0x0033, 0x55, 0x55, "config zone is not locked"},
		{"data slot", 0x0F0F, 0x003C, 0x00, 0x55, "not a P-256 private key slot"},
		{"not secret", 0x2001, 0x0033, 0x00, 0x55, "IsSecret is not set"},
	}
	for _, tt := range tests {
		z := policyZone(t, tt.slotConfig, tt.keyConfig, tt.configLock, tt.dataLock)
		if got := z.GenKeyRefusal(0); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestGenKeyIsRefusedByASlotLockedIndividually(t *testing.T) {
	for _, dataLock := range []byte{0x00, 0x55} {
		z := policyZone(t, 0x2081, 0x0033, 0x00, dataLock)
		z[88] = 0xFE
		if got := z.GenKeyRefusal(0); got != "slot is locked" {
			t.Errorf("LockValue %02x: %q", dataLock, got)
		}
		if got := z.SigningRefusal(0); got != "" {
			t.Errorf("a locked slot does not sign: %q", got)
		}
	}
}

func TestPublicKeyRefusalAsksForPubInfoOnceTheDataZoneIsLocked(t *testing.T) {
	tests := []struct {
		name                 string
		keyConfig            uint16
		configLock, dataLock byte
		want                 string
	}{
		{"readable", 0x0033, 0x00, 0x00, ""},
		{"PubInfo is not set", 0x0031, 0x00, 0x00, "public key is not readable (PubInfo)"},
		{"PubInfo is not set, too early", 0x0031, 0x00, 0x55, ""},
		{"factory-new chip", 0x0033, 0x55, 0x55, "config zone is not locked"},
		{"data slot", 0x003C, 0x00, 0x00, "not a P-256 private key slot"},
	}
	for _, tt := range tests {
		z := policyZone(t, 0x2081, tt.keyConfig, tt.configLock, tt.dataLock)
		if got := z.PublicKeyRefusal(0); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestLatchOfA508IsTheIntrusionLatch(t *testing.T) {
	z := policyZone(t, 0x2081, 0x1033, 0x00, 0x00)
	z[6] = 0x50
	if got := z.SigningRefusal(0); got != "disabled until the intrusion latch is set" {
		t.Errorf("%q", got)
	}
}

func TestSigningSlotsOfWellKnownParts(t *testing.T) {
	for name, want := range map[string][]int{
		"jwt":                    {0, 1, 2, 3},
		"tngtls-608A":            {0, 2, 3, 4},
		"tngtls-608B":            {0, 2, 3, 4},
		"tflxtls-608B":           {0, 2, 3, 4},
		"tnglora-608A":           {1},
		"tcustom-demo-608B":      {0, 1, 2, 3, 4, 5, 6, 7},
		"cryptoauthlib-test-608": {0, 2, 7},
		"factory-608B":           nil, // nothing before the lock
	} {
		z := image(t, name).Zone
		var got []int
		for n := range Slots {
			if z.SigningRefusal(n) == "" {
				got = append(got, n)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
