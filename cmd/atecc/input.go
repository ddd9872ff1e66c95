package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"atecc/internal/jwt"
)

// maxKeyFile is more than any file with public keys has.
const maxKeyFile = 1 << 20

// openInput opens a file, or stdin for "-".
func (a *app) openInput(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(a.in), nil
	}
	return os.Open(name)
}

// readInput reads a whole input that is small by nature.
func (a *app) readInput(name string, limit int64) ([]byte, error) {
	f, err := a.openInput(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read from
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", inputName(name), limit)
	}
	return b, nil
}

func inputName(name string) string {
	if name == "-" {
		return "stdin"
	}
	return name
}

// readDigest is the SHA-256 digest of an input, or, with isDigest, the digest
// that the input is: 32 bytes, or 64 hex digits.
func (a *app) readDigest(name string, isDigest bool) (digest [32]byte, err error) {
	if isDigest {
		b, err := a.readInput(name, 1024)
		if err != nil {
			return digest, err
		}
		return parseDigest(b, inputName(name))
	}
	f, err := a.openInput(name)
	if err != nil {
		return digest, err
	}
	defer func() { _ = f.Close() }() // only read from
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return digest, err
	}
	return [32]byte(h.Sum(nil)), nil
}

func parseDigest(b []byte, name string) ([32]byte, error) {
	if len(b) == sha256.Size {
		return [32]byte(b), nil
	}
	text, err := hex.DecodeString(string(bytes.TrimSpace(b)))
	if err != nil || len(text) != sha256.Size {
		return [32]byte{}, fmt.Errorf("%s holds no SHA-256 digest: it has %d bytes, and a digest is 32 bytes or 64 hex digits", name, len(b))
	}
	return [32]byte(text), nil
}

// readKeys reads a file of public keys.
func (a *app) readKeys(name string) ([]jwt.Key, error) {
	b, err := a.readInput(name, maxKeyFile)
	if err != nil {
		return nil, err
	}
	keys, err := jwt.ParseKeys(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", inputName(name), err)
	}
	return keys, nil
}

// readKey reads a file with just one public key.
func (a *app) readKey(name string) (*ecdsa.PublicKey, error) {
	keys, err := a.readKeys(name)
	if err != nil {
		return nil, err
	}
	if len(keys) != 1 {
		return nil, fmt.Errorf("%s holds %d keys; one is wanted here", inputName(name), len(keys))
	}
	return keys[0].Public, nil
}
