package config

import (
	"strings"
	"testing"
)

func image(t *testing.T, name string) Image {
	t.Helper()
	im, ok := LookupImage(name)
	if !ok {
		t.Fatalf("no image %s", name)
	}
	return im
}

func TestImagesAreTheKnownConfigurations(t *testing.T) {
	const locked, open = true, false
	tests := []struct {
		name         string
		device       string
		address      uint16
		config, data bool
		placeholders int
	}{
		{"adafruit-cfg-tls", "ATECC608A", 0x60, locked, locked, 20},
		{"arduino-eccx08-default", "ATECC608A", 0x60, open, open, 16},
		{"aws-zerotouch-508", "ATECC508A", 0x58, locked, locked, 18},
		{"cryptoauthlib-fullcert-508", "ATECC508A", 0x60, locked, locked, 18},
		{"cryptoauthlib-fullcert-608", "ATECC608", 0x60, locked, locked, 18},
		{"cryptoauthlib-test-508", "ATECC508A", 0x60, locked, locked, 18},
		{"cryptoauthlib-test-608", "ATECC608", 0x60, locked, locked, 18},
		{"cryptoauthtools-608", "ATECC608A", 0x35, open, open, 16},
		{"eyc-608B", "ATECC608B", 0x60, locked, locked, 0},
		{"eyc-like-608B-2", "ATECC608B", 0x60, locked, locked, 0},
		{"factory-508A", "ATECC508A", 0x60, open, open, 0},
		{"factory-608A", "ATECC608A", 0x60, open, open, 0},
		{"factory-608B", "ATECC608B", 0x60, open, open, 0},
		{"gcp-iot-core-508", "ATECC508A", 0x58, open, open, 16},
		{"gcp-iot-core-608", "ATECC608A", 0x58, open, open, 16},
		{"helium-gateway", "ATECC608A", 0x60, open, open, 64},
		{"jwt", "ATECC608B", 0x60, locked, locked, 6},
		{"kmwebnet-508", "ATECC508A", 0x60, locked, locked, 18},
		{"kmwebnet-608", "ATECC608A", 0x60, locked, locked, 18},
		{"nerveskey", "ATECC608A", 0x60, open, open, 64},
		{"tcustom-demo-608B", "ATECC608B", 0x60, locked, locked, 0},
		{"tflxtls-608B", "ATECC608B-TFLXTLS", 0x36, locked, locked, 0},
		{"tnglora-608A", "ATECC608A-TNGLORA", 0x59, locked, locked, 13},
		{"tngtls-608A", "ATECC608A-TNGTLS", 0x35, locked, locked, 0},
		{"tngtls-608B", "ATECC608B-TNGTLS", 0x35, locked, locked, 0},
	}
	images := Images()
	if len(images) != len(tests) {
		t.Fatalf("%d images, want %d", len(images), len(tests))
	}
	for i, tt := range tests {
		im := images[i]
		if im.Name != tt.name || im.Device != tt.device || im.Source == "" || im.Notes == "" {
			t.Errorf("image %d is %s for %s, want %s for %s, with source and notes", i, im.Name, im.Device, tt.name, tt.device)
		}
		if im.Zone.Address() != tt.address {
			t.Errorf("%s: address 0x%02x, want 0x%02x", im.Name, im.Zone.Address(), tt.address)
		}
		if im.Zone.ConfigLocked() != tt.config || im.Zone.DataLocked() != tt.data {
			t.Errorf("%s: configuration locked %t, data locked %t", im.Name, im.Zone.ConfigLocked(), im.Zone.DataLocked())
		}
		if got := placeholders(im); got != tt.placeholders {
			t.Errorf("%s: %d placeholder bytes, want %d", im.Name, got, tt.placeholders)
		}
	}
}

func placeholders(im Image) int {
	n := 0
	for _, p := range im.Placeholder {
		if p {
			n++
		}
	}
	return n
}

func TestImageNamesAreUnique(t *testing.T) {
	seen := make(map[string]bool)
	for _, im := range Images() {
		if seen[im.Name] {
			t.Errorf("two images are named %s", im.Name)
		}
		seen[im.Name] = true
		if got, ok := LookupImage(im.Name); !ok || got != im {
			t.Errorf("%s is not found by its name", im.Name)
		}
	}
	if _, ok := LookupImage("JWT"); ok {
		t.Error("names are found in other spellings")
	}
}

func TestPlaceholdersAreTheBytesThatTheirSourceDoesNotTell(t *testing.T) {
	jwt := image(t, "jwt")
	for i, p := range jwt.Placeholder {
		if want := i == 2 || i == 3 || i >= 8 && i <= 11; p != want {
			t.Errorf("jwt: byte %d is a placeholder: %t", i, p)
		}
	}
	lora := image(t, "tnglora-608A")
	for i, want := range map[int]bool{1: false, 2: true, 3: true, 4: false, 13: false, 14: true, 15: false, 127: true} {
		if lora.Placeholder[i] != want {
			t.Errorf("tnglora-608A: byte %d is a placeholder: %t", i, lora.Placeholder[i])
		}
	}
}

// What a person reads of some slots: kind and what comes next are enough to
// see that a slot was not read as its neighbour.
func TestSlotsOfImagesInWords(t *testing.T) {
	tests := []struct {
		image string
		slot  int
		want  string
	}{
		{"gcp-iot-core-608", 0, "P-256 private key; signs external digests; signs internal digests; does ECDH"},
		{"gcp-iot-core-608", 7, "P-256 private key; signs internal digests; can be regenerated (GenKey); public key readable; can be locked individually"},
		{"cryptoauthlib-test-608", 0, "P-256 private key; signs external digests; signs internal digests; does ECDH into slot 1; can be regenerated (GenKey); public key readable; uses are limited (Counter[0]); can be locked individually"},
		{"cryptoauthlib-test-608", 4, "secret; never readable; writable in blocks of 32 bytes; IO protection key; permits the persistent latch (VolatileKeyPermission); can be locked individually"},
		{"cryptoauthlib-test-608", 5, "AES key; readable; writable; KDF and ECDH may write it; disabled until the persistent latch is set; can be locked individually"},
		{"cryptoauthlib-test-608", 7, "P-256 private key; signs external digests; signs internal digests; can be regenerated (GenKey); can be replaced, encrypted with slot 4 (PrivWrite); public key readable; can be locked individually"},
		{"cryptoauthlib-test-608", 10, "AES key; readable; writable; limit of Counter[0] (CountMatch); can be locked individually"},
		{"cryptoauthlib-test-608", 11, "P-256 public key; readable; writable; public key of SecureBoot; can be locked individually"},
		{"cryptoauthlib-test-608", 12, "data; readable; writable; digest or signature of SecureBoot; can be locked individually"},
		{"cryptoauthlib-test-608", 14, "P-256 public key, to be validated by the key in slot 15; readable; writable; can be locked individually"},
		{"tnglora-608A", 0, "AES key; never readable; not writable; DeriveKey makes it from slot 13, given a MAC by that slot; cannot be locked individually"},
		{"helium-gateway", 15, "P-256 private key; signs external digests; signs internal digests; does ECDH; can be regenerated (GenKey); public key readable; can be locked individually"},
		{"tcustom-demo-608B", 0, "P-256 private key; signs external digests; signs internal digests; cannot be replaced; public key readable; can be locked individually"},
		{"eyc-608B", 11, "secret; readable encrypted with slot 0; writable in blocks of 32 bytes; CheckMac may copy it to TempKey; can be locked individually"},
		{"eyc-608B", 12, "AES key; never readable; not writable; DeriveKey makes it from slot 13, given a MAC by that slot; not for MAC (NoMac); needs authorisation by slot 13 (ReqAuth); can be locked individually"},
		{"factory-608B", 15, "secret; never readable; not writable; uses are limited (Counter[0]); cannot be locked individually"},
	}
	for _, tt := range tests {
		got := strings.Join(image(t, tt.image).Zone.DescribeSlot(tt.slot), "; ")
		if !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s slot %d: %q, want %q", tt.image, tt.slot, got, tt.want)
		}
	}
}
