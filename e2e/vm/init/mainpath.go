package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A step is one command of the main path. Files are those of the bench.
type step struct {
	name string
	args string
	in   string // the file to read as stdin
	out  string // the file to keep stdout in
	has  string // what stdout has to contain; {uri} is the device
	like string // the file that stdout has to equal
	code int    // the exit code
}

// steps is the main path. A later command needs one line here.
var steps = []step{
	{name: "scan", args: "scan", has: "{uri}"},
	{name: "info", args: "info", has: "ATECC608"},
	{name: "random", args: "random 32"},
	{name: "genkey", args: "genkey --slot 0 --replace", out: "genkey.pem", has: "PUBLIC KEY"},
	{name: "pubkey", args: "pubkey --slot 0", out: "key.pem", like: "genkey.pem"},
	{name: "sign", args: "sign message --slot 0 --pubkey key.pem", out: "signature"},
	{name: "verify", args: "verify message --signature signature --pubkey key.pem --on-chip"},
	{name: "verify no", args: "verify other --signature signature --pubkey key.pem --on-chip", code: 5},
	{name: "sign-jwt", args: "sign-jwt --project vm --slot 0", out: "token"},
	{name: "verify-jwt", args: "verify-jwt - --slot 0", in: "token", has: "vm"},
}

// mainPath is all that is checked on a transport: the steps, what they cost,
// then what goes wrong.
var mainPath = slices.Concat(stepChecks(steps), []check{{"latency", latency}}, mishaps)

// brief leaves the steps of the checks, and what a transport has instead of them.
func brief(checks []check) []check {
	if len(checks) == len(mainPath) {
		return checks[:len(steps)]
	}
	return checks
}

func stepChecks(steps []step) []check {
	var checks []check
	for _, s := range steps {
		checks = append(checks, check{s.name, s.run})
	}
	return checks
}

func (s step) run(b *bench) error {
	i := b.command(strings.Fields(s.args)...)
	if s.name == "scan" {
		i.cmd.Env = environment("") // it has to find the chip
	}
	if s.in != "" {
		file, err := os.Open(filepath.Join(b.dir, s.in))
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		i.cmd.Stdin = file
	}
	if err := i.cmd.Start(); err != nil {
		return err
	}
	o, err := i.finish()
	if err != nil {
		return err
	}
	if err := o.is(s.code); err != nil {
		return err
	}
	return s.judge(b, o.stdout)
}

// judge looks at what the command printed.
func (s step) judge(b *bench, stdout string) error {
	if has := strings.ReplaceAll(s.has, "{uri}", b.uri); !strings.Contains(stdout, has) {
		return fmt.Errorf("stdout has no %q: %q", has, stdout)
	}
	if s.like != "" {
		want, err := os.ReadFile(filepath.Join(b.dir, s.like))
		if err != nil {
			return err
		}
		if stdout != string(want) {
			return fmt.Errorf("stdout is %q, want %q", stdout, want)
		}
	}
	if s.out == "" {
		return nil
	}
	return os.WriteFile(filepath.Join(b.dir, s.out), []byte(stdout), 0o644)
}
