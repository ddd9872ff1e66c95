package main

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"strings"

	"atecc/internal/jwt"
)

// keyFormat is a way to write a public key.
type keyFormat struct {
	name   string
	binary bool
	encode func(*ecdsa.PublicKey) ([]byte, error)
}

// keyFormats has the formats in the order in which help lists them.
var keyFormats = []keyFormat{
	{"pem", false, encodePEM},
	{"der", true, func(pub *ecdsa.PublicKey) ([]byte, error) { return x509.MarshalPKIXPublicKey(pub) }},
	{"jwk", false, encodeJWK},
	{"ssh", false, encodeSSH},
	{"raw", true, encodeRaw},
	{"thumbprint", false, func(pub *ecdsa.PublicKey) ([]byte, error) { return []byte(jwt.Thumbprint(pub) + "\n"), nil }},
}

func findKeyFormat(name string) (keyFormat, error) {
	var names []string
	for _, f := range keyFormats {
		if f.name == name {
			return f, nil
		}
		names = append(names, f.name)
	}
	return keyFormat{}, usagef("--format %q is not known; it is one of %s", name, strings.Join(names, ", "))
}

// encodePEM gives a SubjectPublicKeyInfo, as openssl and the clouds take it.
func encodePEM(pub *ecdsa.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

func encodeJWK(pub *ecdsa.PublicKey) ([]byte, error) {
	b, err := json.Marshal(jwt.PublicJWK(pub))
	return append(b, '\n'), err
}

// encodeRaw gives X and Y, 32 bytes each, as the chip does.
func encodeRaw(pub *ecdsa.PublicKey) ([]byte, error) {
	point, err := pub.Bytes()
	if err != nil {
		return nil, err
	}
	return point[1:], nil
}

// encodeSSH gives a line for authorized_keys (RFC 5656, section 3.1).
func encodeSSH(pub *ecdsa.PublicKey) ([]byte, error) {
	point, err := pub.Bytes()
	if err != nil {
		return nil, err
	}
	const curve, algorithm = "nistp256", "ecdsa-sha2-nistp256"
	var blob []byte
	for _, field := range [][]byte{[]byte(algorithm), []byte(curve), point} {
		blob = binary.BigEndian.AppendUint32(blob, uint32(len(field)))
		blob = append(blob, field...)
	}
	return []byte(algorithm + " " + base64.StdEncoding.EncodeToString(blob) + "\n"), nil
}
