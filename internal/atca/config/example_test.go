package config_test

import (
	"fmt"
	"strings"

	"atecc/internal/atca/config"
)

func ExampleZone_DescribeSlot() {
	im, _ := config.LookupImage("tngtls-608B")
	for _, slot := range []int{0, 6, 8} {
		fmt.Printf("%d: %s\n", slot, strings.Join(im.Zone.DescribeSlot(slot), "; "))
	}
	// Output:
	// 0: P-256 private key; signs external digests; does ECDH; cannot be replaced; public key readable; needs a random nonce (ReqRandom), but not to sign; cannot be locked individually
	// 6: secret; never readable; writable in blocks of 32 bytes; needs a random nonce (ReqRandom); IO protection key; can be locked individually
	// 8: data; readable; writable; can be locked individually
}

func ExampleZone_SigningRefusal() {
	im, _ := config.LookupImage("cryptoauthlib-test-508")
	for slot := range 4 {
		if why := im.Zone.SigningRefusal(slot); why != "" {
			fmt.Printf("slot %d cannot sign a token: %s\n", slot, why)
			continue
		}
		fmt.Printf("slot %d can sign a token\n", slot)
	}
	// Output:
	// slot 0 can sign a token
	// slot 1 cannot sign a token: not a P-256 private key slot
	// slot 2 can sign a token
	// slot 3 cannot sign a token: not a P-256 private key slot
}

func ExampleZone_Set() {
	im, _ := config.LookupImage("jwt")
	zone := im.Zone
	for _, f := range config.Fields(zone.Part()) {
		if f.Name == "SlotConfig[8].WriteConfig" {
			zone.Set(f, 0b1000)
		}
	}
	fmt.Println(strings.Join(zone.DescribeSlot(8), "; "))
	// Output:
	// data; readable; not writable; can be locked individually
}
