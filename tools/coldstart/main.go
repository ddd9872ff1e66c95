// Command coldstart compares how long atecc takes to start, run and exit with
// a Go program that prints one line. Usage, from the root of the repository:
//
//	go build -C tools -o /tmp/coldstart ./coldstart && /tmp/coldstart .
//
// The least time of many runs is the one to compare: it has the least of
// other programs in it. Nothing is asserted about it.
package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// runs is how often each program is started.
const runs = 30

const helloSource = "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello\") }\n"

// signAndVerifyArg makes this program sign and verify once and print the time,
// so that each sample is the first signature of a fresh process, as atecc's is.
const signAndVerifyArg = "sign-and-verify-once"

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: coldstart ROOT-OF-THE-REPOSITORY")
		os.Exit(2)
	}
	run := func() error { return compare(os.Args[1]) }
	if os.Args[1] == signAndVerifyArg {
		run = signAndVerify
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "coldstart:", err)
		os.Exit(1)
	}
}

func compare(root string) error {
	dir, err := os.MkdirTemp("", "coldstart")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	hello, atecc, err := build(root, dir)
	if err != nil {
		return err
	}
	signing, err := signingTime()
	if err != nil {
		return err
	}
	rows, err := measure([][]string{
		{hello},
		{atecc, "version"},
		{atecc, "sign-jwt", "--device", "sim:", "--project", "p"},
	})
	if err != nil {
		return err
	}
	report(rows[0], rows[1], rows[2], signing)
	return nil
}

// build compiles hello-world and atecc with the same flags into dir.
func build(root, dir string) (hello, atecc string, err error) {
	src := filepath.Join(dir, "hello.go")
	if err := os.WriteFile(src, []byte(helloSource), 0o600); err != nil {
		return "", "", err
	}
	hello, atecc = filepath.Join(dir, "hello"), filepath.Join(dir, "atecc")
	if err := goBuild(dir, hello, src); err != nil {
		return "", "", err
	}
	return hello, atecc, goBuild(root, atecc, "./cmd/atecc")
}

func goBuild(dir, out, pkg string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-o", out, pkg)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if msg, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", pkg, err, msg)
	}
	return nil
}

// row holds the sorted times of one program.
type row []time.Duration

func (r row) min() time.Duration    { return r[0] }
func (r row) median() time.Duration { return r[len(r)/2] }

// measure runs the programs in turn, so that a busy moment of the machine
// falls on all of them and not on one.
func measure(programs [][]string) ([]row, error) {
	rows := make([]row, len(programs))
	for range runs {
		for i, argv := range programs {
			d, err := timeOnce(argv)
			if err != nil {
				return nil, err
			}
			rows[i] = append(rows[i], d)
		}
	}
	for _, r := range rows {
		slices.Sort(r)
	}
	return rows, nil
}

func timeOnce(argv []string) (time.Duration, error) {
	var stderr bytes.Buffer
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stderr = &stderr
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", argv, err, &stderr)
	}
	return took, nil
}

// signingTime asks fresh processes for the time of their first P-256
// signature and its verification.
func signingTime() (row, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var r row
	for range runs {
		out, err := exec.Command(self, signAndVerifyArg).Output()
		if err != nil {
			return nil, err
		}
		d, err := time.ParseDuration(string(out))
		if err != nil {
			return nil, err
		}
		r = append(r, d)
	}
	slices.Sort(r)
	return r, nil
}

func signAndVerify() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	digest := sha256.Sum256([]byte("a token"))
	start := time.Now()
	sig, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		return err
	}
	if !ecdsa.VerifyASN1(&key.PublicKey, digest[:], sig) {
		return errors.New("a fresh signature does not hold")
	}
	fmt.Print(time.Since(start))
	return nil
}

func report(hello, version, signJWT, signing row) {
	fmt.Printf("%-32s %8s %8s\n", fmt.Sprintf("ms, of %d runs", runs), "least", "median")
	for _, line := range []struct {
		name string
		row  row
	}{
		{"hello world", hello},
		{"atecc version", version},
		{"atecc sign-jwt --device sim:", signJWT},
		{"one P-256 sign + verify", signing},
	} {
		fmt.Printf("%-32s %8.2f %8.2f\n", line.name, ms(line.row.min()), ms(line.row.median()))
	}
	fmt.Printf("version / hello:                   %.2f\n", ratio(version.min(), hello.min()))
	fmt.Printf("(sign-jwt - sign+verify) / hello:  %.2f\n", ratio(signJWT.min()-signing.min(), hello.min()))
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }
