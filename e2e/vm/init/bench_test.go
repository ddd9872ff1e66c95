package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAFailureNeedsOneSentence(t *testing.T) {
	const sentence = "atecc: no chip\n"
	tests := []struct {
		name   string
		stderr string
		good   bool
	}{
		{"an error", sentence, true},
		{"an error and a hint", sentence + "hint: look at the wiring\n", true},
		{"nothing", "", false},
		{"an error over two lines", sentence + "on the bus\n", false},
		{"two errors", sentence + sentence, false},
		{"two hints", sentence + "hint: a\nhint: b\n", false},
		{"a panic", "panic: index out of range\n", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := outcome{code: exitNoChip, stderr: tt.stderr}
			if err := o.is(exitNoChip); (err == nil) != tt.good {
				t.Errorf("is = %v, want good: %v", err, tt.good)
			}
		})
	}
}

func TestTheExitCodeIsOneOfThoseExpected(t *testing.T) {
	o := outcome{code: exitOutcomeUnknown, stderr: "atecc: outcome unknown\n"}
	if err := o.is(exitNoChip, exitOutcomeUnknown); err != nil {
		t.Error(err)
	}
	for _, codes := range [][]int{nil, {0}, {exitNoChip, exitBusy}} {
		if err := o.is(codes...); err == nil {
			t.Errorf("exit code 6 is taken for one of %v", codes)
		}
	}
	if err := (outcome{stderr: "note: a virtual chip\n"}).is(0); err != nil {
		t.Errorf("talk of a run that succeeds is refused: %v", err)
	}
}

func TestAStepJudgesWhatWasPrinted(t *testing.T) {
	b := &bench{dir: t.TempDir(), uri: "ft232h:"}
	if err := os.WriteFile(filepath.Join(b.dir, "before"), []byte("key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		step   step
		stdout string
		good   bool
	}{
		{"nothing is asked", step{}, "anything", true},
		{"the device is there", step{has: "{uri}"}, "ft232h:  ATECC608B", true},
		{"the device is missing", step{has: "{uri}"}, "i2c:1  ATECC608B", false},
		{"the same as before", step{like: "before"}, "key\n", true},
		{"not the same", step{like: "before"}, "another\n", false},
		{"there is no before", step{like: "none"}, "key\n", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.step.judge(b, tt.stdout); (err == nil) != tt.good {
				t.Errorf("judge = %v, want good: %v", err, tt.good)
			}
		})
	}
	if err := (step{out: "kept"}).judge(b, "signature"); err != nil {
		t.Fatal(err)
	}
	if kept, err := os.ReadFile(filepath.Join(b.dir, "kept")); err != nil || string(kept) != "signature" {
		t.Errorf("kept %q, %v, want the signature", kept, err)
	}
}

// The files that a step reads are there: from the start, or from a step before.
func TestStepsReadOnlyWhatIsThere(t *testing.T) {
	there := map[string]bool{"message": true, "other": true}
	for _, s := range steps {
		for _, name := range []string{s.in, s.like} {
			if name != "" && !there[name] {
				t.Errorf("%s reads %s, which no step before it writes", s.name, name)
			}
		}
		if s.out != "" {
			there[s.out] = true
		}
	}
}

func TestChecksAndTransportsHaveNamesOfTheirOwn(t *testing.T) {
	names := map[string]bool{}
	for _, tr := range transports {
		if names[tr.name] {
			t.Errorf("there are two transports %s", tr.name)
		}
		names[tr.name] = true
		checks := map[string]bool{"plug in": true, "pull out": true}
		for _, c := range tr.checks {
			if checks[c.name] {
				t.Errorf("%s has two checks %s", tr.name, c.name)
			}
			checks[c.name] = true
		}
	}
}

func TestAWordOnStderrIsTold(t *testing.T) {
	b := &bench{transport: &transport{}}
	i := b.command()
	defer i.giveUp()
	seen := i.watch("GenKey slot")
	for n, part := range []string{"-> wake: awake\n-> Gen", "Key", " slot 0\n", "and GenKey slot again"} {
		if _, err := i.cmd.Stderr.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
		told := false
		select {
		case <-seen:
			told = true
		default:
		}
		if want := n >= 2; told != want {
			t.Errorf("after %d parts: told %t", n+1, told)
		}
	}
	if got := i.stderr.String(); !strings.HasSuffix(got, "Key slot 0\nand GenKey slot again") {
		t.Errorf("kept %q", got)
	}
}

func TestTheTraceIsTakenOutOfStderr(t *testing.T) {
	stderr := "-> wake: awake\natecc: it broke\n<- success\nhint: mend it\n"
	if got := withoutTrace(stderr); got != "atecc: it broke\nhint: mend it\n" {
		t.Errorf("left %q", got)
	}
}
