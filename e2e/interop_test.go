//go:build interop

// Package e2e runs the built program against foreign ones: what atecc signs,
// OpenSSL, José and OpenSSH must accept, and the other way round. The foreign
// programs must be there; .ci/run installs them.
package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const device = "sim:"

// bench is a scratch directory with a freshly built atecc.
type bench struct {
	t     *testing.T
	dir   string
	atecc string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	dir := t.TempDir()
	b := &bench{t: t, dir: dir, atecc: filepath.Join(dir, "atecc")}
	build := exec.Command("go", "build", "-o", b.atecc, "./cmd/atecc")
	build.Dir = ".."
	if msg, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building atecc: %v\n%s", err, msg)
	}
	return b
}

// file writes a file of the bench and returns its path.
func (b *bench) file(name string, data []byte) string {
	b.t.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		b.t.Fatal(err)
	}
	return path
}

// try runs a program and returns what it printed and its exit code. A program
// that is not installed fails the test.
func (b *bench) try(program string, args ...string) (out []byte, code int) {
	b.t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		b.t.Fatalf("%s: %v", program, err)
	}
	b.t.Logf("%s %s: exit %d %s", filepath.Base(program), strings.Join(args, " "), cmd.ProcessState.ExitCode(), &stderr)
	return stdout.Bytes(), cmd.ProcessState.ExitCode()
}

// must is try for a program that has to succeed.
func (b *bench) must(program string, args ...string) []byte {
	b.t.Helper()
	out, code := b.try(program, args...)
	if code != 0 {
		b.t.Fatalf("%s %s: exit %d\n%s", program, strings.Join(args, " "), code, out)
	}
	return out
}

func (b *bench) pubkey(format string) []byte {
	b.t.Helper()
	return b.must(b.atecc, "pubkey", "--device", device, "--format", format)
}

func (b *bench) token() string {
	b.t.Helper()
	out := string(b.must(b.atecc, "sign-jwt", "--device", device, "--project", "my-project"))
	token, cut := strings.CutSuffix(out, "\n")
	if !cut || strings.Count(token, ".") != 2 || strings.ContainsAny(token, " \n") {
		b.t.Fatalf("sign-jwt prints %q, want a compact token and one newline", out)
	}
	return token
}

// tamper changes one character of the claims and leaves the token well formed.
func tamper(token string) string {
	i := strings.Index(token, ".") + 10
	c := byte('A')
	if token[i] == c {
		c = 'B'
	}
	return token[:i] + string(c) + token[i+1:]
}

// openSSLVerify says whether OpenSSL takes sig, in DER, for a signature of
// message by the key in the file pub.
func (b *bench) openSSLVerify(pub string, message, sig []byte) bool {
	b.t.Helper()
	out, code := b.try("openssl", "dgst", "-sha256", "-verify", pub,
		"-signature", b.file("sig.der", sig), b.file("message", message))
	if ok := code == 0; ok != strings.HasPrefix(string(out), "Verified OK") {
		b.t.Fatalf("openssl exits %d and says %q", code, out)
	}
	return code == 0
}

// derSignature turns the r || s of a token into the DER that OpenSSL reads.
func (b *bench) derSignature(rs string) []byte {
	b.t.Helper()
	raw, err := base64.RawURLEncoding.Strict().DecodeString(rs)
	if err != nil || len(raw) != 64 {
		b.t.Fatalf("signature %q: %d bytes, %v, want 64", rs, len(raw), err)
	}
	r, s := new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])
	der, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
	if err != nil {
		b.t.Fatal(err)
	}
	return der
}

func TestOpenSSLAcceptsTheToken(t *testing.T) {
	b := newBench(t)
	pub := b.file("pub.pem", b.pubkey("pem"))
	token := b.token()
	dot := strings.LastIndex(token, ".")
	sig := b.derSignature(token[dot+1:])

	if !b.openSSLVerify(pub, []byte(token[:dot]), sig) {
		t.Errorf("OpenSSL refuses %s", token)
	}
	if b.openSSLVerify(pub, []byte(tamper(token)[:dot]), sig) {
		t.Error("OpenSSL accepts a token with other claims")
	}
}

func TestJoseAcceptsTheToken(t *testing.T) {
	b := newBench(t)
	jwk := b.file("key.jwk", b.pubkey("jwk"))
	token := b.token()
	verify := func(token string) ([]byte, int) {
		return b.try("jose", "jws", "ver", "-i", b.file("token", []byte(token)), "-k", jwk, "-O", "-")
	}

	payload, code := verify(token)
	if code != 0 {
		t.Fatalf("jose refuses %s", token)
	}
	var claims struct {
		Aud      string
		Iat, Exp int64
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatalf("claims %s: %v", payload, err)
	}
	if claims.Aud != "my-project" || claims.Exp <= claims.Iat {
		t.Errorf("jose reads the claims %s, want aud my-project and exp after iat", payload)
	}
	if _, code := verify(tamper(token)); code == 0 {
		t.Error("jose accepts a token with other claims")
	}
}

func TestJoseComputesTheSameThumbprint(t *testing.T) {
	b := newBench(t)
	want := b.must("jose", "jwk", "thp", "-i", b.file("key.jwk", b.pubkey("jwk")))
	if got := b.pubkey("thumbprint"); strings.TrimSpace(string(got)) != strings.TrimSpace(string(want)) {
		t.Errorf("thumbprint %s, jose says %s", got, want)
	}
}

func TestOpenSSLAcceptsASignature(t *testing.T) {
	b := newBench(t)
	pub := b.file("pub.pem", b.pubkey("pem"))
	message := []byte("a message of any length\n")
	sig := b.must(b.atecc, "sign", "--device", device, "--format", "der", b.file("signed", message))

	if !b.openSSLVerify(pub, message, sig) {
		t.Errorf("OpenSSL refuses the signature %x", sig)
	}
	if b.openSSLVerify(pub, []byte("another message\n"), sig) {
		t.Error("OpenSSL accepts the signature for another message")
	}
}

func TestVerifyAcceptsASignatureOfOpenSSL(t *testing.T) {
	b := newBench(t)
	key, pub, sig := filepath.Join(b.dir, "key.pem"), filepath.Join(b.dir, "pub.pem"), filepath.Join(b.dir, "sig.der")
	message := b.file("signed", []byte("signed by OpenSSL\n"))
	b.must("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
	b.must("openssl", "pkey", "-in", key, "-pubout", "-out", pub)
	b.must("openssl", "dgst", "-sha256", "-sign", key, "-out", sig, message)
	verify := func(message string) int {
		_, code := b.try(b.atecc, "verify", "--device", device, "--pubkey", pub, "--signature", sig, "--format", "der", message)
		return code
	}

	if code := verify(message); code != 0 {
		t.Errorf("verify exits %d for a good signature, want 0", code)
	}
	if code := verify(b.file("other", []byte("not signed\n"))); code != 5 {
		t.Errorf("verify exits %d for another message, want 5", code)
	}
}

func TestOpenSSLReadsEachFormatAsTheSameKey(t *testing.T) {
	b := newBench(t)
	want := b.must("openssl", "pkey", "-pubin", "-in", b.file("pub.pem", b.pubkey("pem")), "-outform", "DER")
	if got := b.pubkey("der"); !bytes.Equal(got, want) {
		t.Errorf("pubkey --format der is %x, OpenSSL makes %x of the PEM", got, want)
	}
	// X || Y are the last 64 bytes of an uncompressed P-256 key in DER.
	if got := b.pubkey("raw"); len(want) < 64 || !bytes.Equal(got, want[len(want)-64:]) {
		t.Errorf("pubkey --format raw is %x, which is not the end of %x", got, want)
	}
}

func TestSSHKeygenReadsThePublicKey(t *testing.T) {
	b := newBench(t)
	line := b.pubkey("ssh")
	fields := strings.Fields(string(line))
	if len(fields) < 2 {
		t.Fatalf("pubkey --format ssh prints %q, want a type and a key", line)
	}
	blob, err := base64.StdEncoding.DecodeString(fields[1])
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(blob)
	want := "256 SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
	listed := b.must("ssh-keygen", "-l", "-f", b.file("key.pub", line))
	if !strings.HasPrefix(string(listed), want) || !strings.Contains(string(listed), "(ECDSA)") {
		t.Errorf("ssh-keygen says %q, want %s ... (ECDSA)", listed, want)
	}

	// The same key, converted by OpenSSH, must be OpenSSL's PEM.
	pkcs8 := b.must("ssh-keygen", "-e", "-m", "PKCS8", "-f", filepath.Join(b.dir, "key.pub"))
	if pem := b.pubkey("pem"); !bytes.Equal(bytes.TrimSpace(pkcs8), bytes.TrimSpace(pem)) {
		t.Errorf("ssh-keygen converts the ssh format to\n%s\nand pubkey --format pem is\n%s", pkcs8, pem)
	}
}
