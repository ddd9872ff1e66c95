package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"

	"atecc/internal/jwt"
)

// maxKeyFile is more than any file with public keys has.
const maxKeyFile = 1 << 20

// oneStdin refuses a command line that would read stdin twice.
func oneStdin(inputs ...string) error {
	i := slices.Index(inputs, "-")
	if i >= 0 && slices.Contains(inputs[i+1:], "-") {
		return usagef("stdin cannot be read twice; name a file for all inputs but one")
	}
	return nil
}

// openInput opens a file, or stdin for "-".
func (a *app) openInput(ctx context.Context, name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(interruptible{ctx, a.in}), nil
	}
	return os.Open(name)
}

// interruptible reads until its context ends. Nothing can stop a read that
// waits for a terminal or a pipe; it is left behind, as the program ends then.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (i interruptible) Read(p []byte) (int, error) {
	type result struct {
		b   []byte // not p, which is the caller's again after an interruption
		err error
	}
	done := make(chan result, 1)
	go func() {
		b := make([]byte, len(p))
		n, err := i.r.Read(b)
		done <- result{b[:n], err}
	}()
	select {
	case <-i.ctx.Done():
		return 0, i.ctx.Err()
	case r := <-done:
		return copy(p, r.b), r.err
	}
}

// readInput reads a whole input that is small by nature.
func (a *app) readInput(ctx context.Context, name string, limit int64) ([]byte, error) {
	f, err := a.openInput(ctx, name)
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
func (a *app) readDigest(ctx context.Context, name string, isDigest bool) (digest [32]byte, err error) {
	if isDigest {
		b, err := a.readInput(ctx, name, 1024)
		if err != nil {
			return digest, err
		}
		return parseDigest(b, inputName(name))
	}
	f, err := a.openInput(ctx, name)
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
func (a *app) readKeys(ctx context.Context, name string) ([]jwt.Key, error) {
	b, err := a.readInput(ctx, name, maxKeyFile)
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
func (a *app) readKey(ctx context.Context, name string) (*ecdsa.PublicKey, error) {
	keys, err := a.readKeys(ctx, name)
	if err != nil {
		return nil, err
	}
	if len(keys) != 1 {
		return nil, fmt.Errorf("%s holds %d keys; one is wanted here", inputName(name), len(keys))
	}
	return keys[0].Public, nil
}
