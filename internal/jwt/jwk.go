package jwt

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// JWK is the public key of RFC 7517 and RFC 7518. The order of the first four
// members is that of the thumbprint of RFC 7638.
type JWK struct {
	Crv string `json:"crv"`
	Kty string `json:"kty"`
	X   string `json:"x"`
	Y   string `json:"y"`
	Kid string `json:"kid,omitempty"`
	Alg string `json:"alg,omitempty"`
	Use string `json:"use,omitempty"`
}

// PublicJWK writes pub with no more members than it needs. It panics when pub
// is no point of P-256, which the parsers of keys have made sure of.
func PublicJWK(pub *ecdsa.PublicKey) JWK {
	if _, err := p256Key(pub); err != nil {
		panic(err)
	}
	point, err := pub.Bytes() // 0x04, x, y
	if err != nil {
		panic(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return JWK{
		Crv: "P-256",
		Kty: "EC",
		X:   encode(point[1 : 1+scalarSize]),
		Y:   encode(point[1+scalarSize:]),
	}
}

// Thumbprint is the fingerprint of RFC 7638, SHA-256 in base64url. It panics as
// PublicJWK does.
func Thumbprint(pub *ecdsa.PublicKey) string {
	// The four members in this order, without a space, are the text to hash.
	text, err := json.Marshal(PublicJWK(pub))
	if err != nil {
		panic(err) // strings always marshal
	}
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// parseJSONKeys reads a JWK or a JWKS.
func parseJSONKeys(data []byte) ([]Key, error) {
	object, err := parseObject(data)
	if err != nil {
		return nil, fmt.Errorf("the JSON key does not hold: %w", err)
	}
	if set, ok := object["keys"]; ok {
		return parseSet(set)
	}
	key, reason, err := parseJWK(object)
	if err != nil {
		return nil, err
	}
	if reason != "" {
		return nil, fmt.Errorf("ES256 needs a P-256 public key, %s", reason)
	}
	return []Key{key}, nil
}

// parseSet passes over keys of other kinds, as RFC 7517 section 5 asks.
func parseSet(set any) ([]Key, error) {
	members, ok := set.([]any)
	if !ok {
		return nil, errors.New("keys of the JWKS is no list")
	}
	var keys []Key
	var reasons []string
	for i, member := range members {
		object, ok := member.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("key %d of the JWKS is no JSON object", i+1)
		}
		key, reason, err := parseJWK(object)
		if err != nil {
			return nil, fmt.Errorf("key %d of the JWKS: %w", i+1, err)
		}
		if reason != "" {
			reasons = append(reasons, reason)
			continue
		}
		keys = append(keys, key)
	}
	if keys == nil {
		return nil, noKeyInSet(reasons)
	}
	return keys, nil
}

func noKeyInSet(reasons []string) error {
	if reasons == nil {
		return errors.New("the JWKS holds no key")
	}
	return fmt.Errorf("the JWKS holds no P-256 public key for ES256: of the first, %s", reasons[0])
}

// parseJWK reads one key. The reason is not empty for a key that may be in
// order but does not make ES256 signatures.
func parseJWK(object map[string]any) (key Key, reason string, err error) {
	if _, ok := object["d"]; ok {
		return Key{}, "", errPrivateJWK
	}
	if reason := foreign(object); reason != "" {
		return Key{}, reason, nil
	}
	pub, err := parsePoint(object)
	if err != nil {
		return Key{}, "", err
	}
	kid, ok := object["kid"]
	if !ok {
		return Key{Public: pub}, "", nil
	}
	id, ok := kid.(string)
	if !ok {
		return Key{}, "", errors.New("kid of the JWK is not a string")
	}
	return Key{ID: id, Public: pub}, "", nil
}

// foreign says what keeps a JWK from checking ES256 signatures.
func foreign(object map[string]any) string {
	for _, m := range []struct {
		name, want string
		required   bool
	}{
		{"kty", "EC", true},
		{"crv", "P-256", true},
		{"alg", algorithm, false},
		{"use", "sig", false},
	} {
		got, ok := object[m.name]
		if !ok && !m.required {
			continue
		}
		if got != any(m.want) {
			return fmt.Sprintf("%s is %.40s and not %s", m.name, memberText(got), m.want)
		}
	}
	ops, ok := object["key_ops"].([]any)
	if ok && !slices.Contains(ops, any("verify")) {
		return "key_ops does not allow verify"
	}
	return ""
}

func memberText(value any) string {
	if value == nil {
		return "missing"
	}
	return fmt.Sprint(value)
}

// parsePoint reads x and y, of full width each, and checks that they name a
// point of the curve.
func parsePoint(object map[string]any) (*ecdsa.PublicKey, error) {
	point := []byte{4} // uncompressed
	for _, name := range []string{"x", "y"} {
		text, ok := object[name].(string)
		if !ok {
			return nil, fmt.Errorf("%s of the JWK is missing or no string", name)
		}
		number, err := decodeSegment(text)
		if err != nil {
			return nil, fmt.Errorf("%s of the JWK is not base64url: %w", name, err)
		}
		if len(number) != scalarSize {
			return nil, fmt.Errorf("%s of the JWK has %d bytes, P-256 has %d", name, len(number), scalarSize)
		}
		point = append(point, number...)
	}
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, fmt.Errorf("x and y of the JWK are no point of P-256: %w", err)
	}
	return pub, nil
}
