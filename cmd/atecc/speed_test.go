package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"atecc/internal/atca/sim"
	"atecc/internal/atca/wire"
)

// Speed is measured in virtual time: what a run costs is the chip's time, the
// time of the bits on a 100 kHz bus, and what the program waits in vain. The
// first two are what no program can avoid, so the third is the measure.

const (
	speedSeeds = 500
	speedLimit = 1.05 // of what the commands cost by themselves
	busClock   = 100 * physic.KiloHertz
	tWHI       = 1500 * time.Microsecond
)

// command is what the ideal program would send and how long its answer is.
type command struct {
	wire.Command
	payload int
}

// Commands of sign-jwt, in the order in which they are sent.
var (
	signing = []command{
		{wire.Command{Op: wire.OpNonce, P1: wire.NonceFixed | wire.NonceMsgDigBuf, Data: make([]byte, 32)}, 1},
		{wire.Command{Op: wire.OpSign, P1: wire.SignExternal | wire.SignMsgDigBuf}, 64},
	}
	publicKey = []command{
		{wire.Command{Op: wire.OpGenKey, P1: wire.GenKeyPublic}, 64},
	}
	configuration = []command{
		{wire.Command{Op: wire.OpRead, P1: wire.Zone32, P2: 0x00}, 32},
		{wire.Command{Op: wire.OpRead, P1: wire.Zone32, P2: 0x08}, 32},
		{wire.Command{Op: wire.OpRead, P1: wire.Zone32, P2: 0x10}, 32},
		{wire.Command{Op: wire.OpRead, P1: wire.Zone32, P2: 0x18}, 32},
	}
	keysThere = []command{
		{wire.Command{Op: wire.OpInfo, P1: wire.InfoKeyValid, P2: 0}, 4},
		{wire.Command{Op: wire.OpInfo, P1: wire.InfoKeyValid, P2: 1}, 4},
		{wire.Command{Op: wire.OpInfo, P1: wire.InfoKeyValid, P2: 2}, 4},
		{wire.Command{Op: wire.OpInfo, P1: wire.InfoKeyValid, P2: 3}, 4},
	}
)

func TestSpeedOfSignJWT(t *testing.T) {
	for _, tt := range []struct {
		name  string
		flags []string
		needs [][]command
		words string
	}{
		{"--slot 0 --pubkey FILE", []string{"--slot", "0", "--pubkey", "FILE"}, [][]command{signing}, "wake, Nonce, Sign"},
		{"--slot 0", []string{"--slot", "0"}, [][]command{publicKey, signing}, "wake, GenKey (public), Nonce, Sign"},
		{"no flags", nil, [][]command{configuration, keysThere, publicKey, signing}, "wake, 4 Read, 4 Info, GenKey (public), Nonce, Sign"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var needs []command
			for _, part := range tt.needs {
				needs = append(needs, part...)
			}
			var took, least time.Duration
			for seed := range speedSeeds {
				flags := withKeyFile(t, seed, tt.flags)
				synctest.Test(t, func(t *testing.T) { took += signJWTTime(t, seed, flags) })
				synctest.Test(t, func(t *testing.T) { least += leastTime(t, seed, needs) })
			}
			ratio := float64(took) / float64(least)
			t.Logf("sign-jwt %-24s %6.1f ms, of which needed %6.1f ms, ratio %.3f   (%s)",
				tt.name, average(took), average(least), ratio, tt.words)
			if ratio > speedLimit {
				t.Errorf("ratio %.3f, at most %.2f is allowed", ratio, speedLimit)
			}
			if ratio < 1 {
				t.Errorf("ratio %.3f: faster than the chip, so the measure is wrong", ratio)
			}
		})
	}
}

func average(sum time.Duration) float64 {
	return float64(sum) / speedSeeds / float64(time.Millisecond)
}

func speedDevice(seed int) string {
	return fmt.Sprintf("sim:?timing=typical&seed=%d", seed)
}

// speedApp is the program with a clock that is right in the year 2000, where a
// bubble begins.
func speedApp(out, talk *bytes.Buffer) *app {
	a := newApp(strings.NewReader(""), out, talk, func(string) string { return "" })
	a.clockFloor = time.Time{}
	return a
}

// withKeyFile puts a file with the public key of the chip in the place of FILE.
func withKeyFile(t *testing.T, seed int, flags []string) []string {
	t.Helper()
	var full []string
	for _, f := range flags {
		if f == "FILE" {
			f = filepath.Join(t.TempDir(), "key.pem")
			var out, talk bytes.Buffer
			device := fmt.Sprintf("sim:?seed=%d", seed)
			if code := speedApp(&out, &talk).run(t.Context(), []string{"pubkey", "-d", device}); code != 0 {
				t.Fatalf("pubkey: %s", &talk)
			}
			if err := os.WriteFile(f, out.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		full = append(full, f)
	}
	return full
}

// signJWTTime is how long one run of sign-jwt takes.
func signJWTTime(t *testing.T, seed int, flags []string) time.Duration {
	var out, talk bytes.Buffer
	args := append([]string{"sign-jwt", "-v", "-d", speedDevice(seed), "--project", "p"}, flags...)
	start := time.Now()
	if code := speedApp(&out, &talk).run(t.Context(), args); code != 0 {
		t.Fatalf("seed %d: exit code %d: %s", seed, code, &talk)
	}
	took := time.Since(start)
	if strings.Contains(talk.String(), "Random") {
		t.Errorf("time was spent on Random: %s", &talk)
	}
	return took
}

// leastTime is what wake, commands and sleep cost on the same chip when every
// answer is fetched in the moment it is there.
func leastTime(t *testing.T, seed int, commands []command) time.Duration {
	chip, err := sim.New(sim.Options{Image: "jwt", Seed: fmt.Sprint(seed), Timing: sim.TimingTypical})
	if err != nil {
		t.Fatal(err)
	}
	bus := sim.NewBus("ideal", busClock, chip)
	_ = bus.Tx(0, []byte{1}, nil) // the wake pulse, which nobody answers
	time.Sleep(2 * time.Millisecond)
	if err := bus.SetSpeed(physic.MegaHertz); err != nil { // so that looking costs little
		t.Fatal(err)
	}
	total := bits(1) + tWHI + bits(4) + bits(1) // pulse, answer, sleep
	for _, c := range commands {
		frame, err := c.Frame()
		if err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, c.payload+3)
		total += bits(1+len(frame)) + computing(t, bus, frame, answer) + bits(len(answer))
		if got, err := wire.ParseResponse(answer); err != nil || len(got) != c.payload {
			t.Fatalf("%s: % x, %v", c.Command, answer, err)
		}
	}
	return total
}

// computing is how long the chip works on a command, at the least. It looks for
// the end in steps, from before the earliest end that is possible.
func computing(t *testing.T, bus *sim.Bus, frame, answer []byte) time.Duration {
	if err := bus.Tx(0x60, append([]byte{wire.WordCommand}, frame...), nil); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	op, _ := wire.LookupOp(wire.Opcode(frame[1]))
	time.Sleep(op.Typical * 7 / 10)
	const step = 50 * time.Microsecond
	last := start
	var first [1]byte
	for bus.Tx(0x60, nil, first[:]) != nil {
		last = time.Now()
		if last.Sub(start) > time.Second {
			t.Fatal("no answer")
		}
		time.Sleep(step)
	}
	if err := bus.Tx(0x60, nil, answer[1:]); err != nil {
		t.Fatal(err)
	}
	answer[0] = first[0]
	return last.Sub(start)
}

// bits is the time of n bytes and their address, each with its acknowledge bit,
// between START and STOP.
func bits(n int) time.Duration { return time.Duration(9*(n+1)+2) * busClock.Period() }
