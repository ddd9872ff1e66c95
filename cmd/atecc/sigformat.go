package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"

	"atecc/internal/jwt"
)

// signatureFormat is a way to write a signature.
type signatureFormat struct {
	name   string
	binary bool
	encode func([64]byte) ([]byte, error)
	decode func([]byte) ([64]byte, error)
}

var signatureFormats = []signatureFormat{
	{
		name:   "raw",
		binary: true,
		encode: func(raw [64]byte) ([]byte, error) { return raw[:], nil },
		decode: exactly64,
	},
	{
		name:   "der",
		binary: true,
		encode: jwt.DERSignature,
		decode: jwt.RawSignature,
	},
	{
		name: "base64url",
		encode: func(raw [64]byte) ([]byte, error) {
			return []byte(base64.RawURLEncoding.EncodeToString(raw[:]) + "\n"), nil
		},
		decode: decodeBase64URL,
	},
}

func decodeBase64URL(b []byte) ([64]byte, error) {
	b = bytes.TrimSpace(b)
	if bytes.ContainsAny(b, "\r\n") { // the decoder would skip them
		return [64]byte{}, errors.New("it has more than one line")
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(string(b))
	if err != nil {
		return [64]byte{}, err
	}
	return exactly64(raw)
}

func exactly64(b []byte) ([64]byte, error) {
	if len(b) != 64 {
		return [64]byte{}, fmt.Errorf("it has %d bytes, and r and s are 32 bytes each", len(b))
	}
	return [64]byte(b), nil
}

func findSignatureFormat(name string) (signatureFormat, error) {
	for _, f := range signatureFormats {
		if f.name == name {
			return f, nil
		}
	}
	return signatureFormat{}, usagef("--format %q is not known; it is raw, der or base64url", name)
}
