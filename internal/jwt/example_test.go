package jwt_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"fmt"
	"time"

	"atecc/internal/jwt"
)

// A key in software stands for the chip: Mint takes any crypto.Signer.
func Example() {
	signer, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{7}, 32))
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	spec, err := jwt.IoTCore{Project: "my-project", TTL: time.Hour, IssuedAt: now}.Spec()
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := jwt.Mint(signer, nil, spec)
	if err != nil {
		fmt.Println(err)
		return
	}

	keys := []jwt.Key{{Public: &signer.PublicKey}}
	token, err := jwt.Verify(text, keys, jwt.VerifyOptions{At: now})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(token.Claims["aud"], token.Expires)

	_, err = jwt.Verify(text, keys, jwt.VerifyOptions{At: now.Add(3 * time.Hour)})
	fmt.Println(err)
	// Output:
	// my-project 2026-11-25 13:00:00 +0000 UTC
	// expired at 2026-11-25T13:00:00Z, 2 hours ago
}

func ExampleThumbprint() {
	keys, err := jwt.ParseKeys([]byte(`{"kty":"EC","crv":"P-256",
		"x":"OQ7L1pzKYruiWEjkAlcIX68VixnAoDr10751PBTCZ_0",
		"y":"jrighjMPe53XaffqHlWIa0B61EENfVFSxwp99u2XHP8"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(jwt.Thumbprint(keys[0].Public))
	// Output: mSwHa8Gcy4ymp6rT3drmEW-V5iYuV4R2-xUhL2zq3b8
}
