package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const repository = "../.."

// block is a fenced block of a page.
type block struct{ language, text string }

var fence = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")

func blocks(t *testing.T, page string) []block {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(repository, page))
	if err != nil {
		t.Fatal(err)
	}
	var all []block
	for _, m := range fence.FindAllStringSubmatch(string(b), -1) {
		all = append(all, block{m[1], m[2]})
	}
	return all
}

// testCommand is the README's own way to run the tests. It is not run from
// here, within the tests, but by .ci/run, which takes it from the README.
const testCommand = "go test ./...\n"

// TestThePagesRun executes every block of shell commands in the pages, each
// page from its top, on a machine where the chip is a virtual one and sudo only
// notes what it was asked.
func TestThePagesRun(t *testing.T) {
	for _, page := range []string{"README.md", "docs/walkthrough.md"} {
		t.Run(page, func(t *testing.T) {
			host := newHost(t)
			ran := 0
			for _, b := range blocks(t, page) {
				if b.language != "sh" {
					continue
				}
				ran++
				host.run(t, strings.Replace(b.text, testCommand, "", 1))
			}
			if ran == 0 {
				t.Error("the page has no block of commands")
			}
		})
	}
}

// host is a machine to follow the README on: a home, a place for programs.
type host struct{ home string }

func newHost(t *testing.T) host {
	h := host{t.TempDir()}
	bin := filepath.Join(h.home, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	const sudo = "#!/bin/sh\n[ \"$1 $2 $3\" = 'usermod -aG i2c' ] && [ -n \"$4\" ]\n"
	if err := os.WriteFile(filepath.Join(bin, "sudo"), []byte(sudo), 0o700); err != nil {
		t.Fatal(err)
	}
	return h
}

// run executes commands as a user would type them, and returns stdout.
func (h host) run(t *testing.T, commands string) string {
	t.Helper()
	cmd := exec.Command("sh", "-eu", "-c", commands)
	cmd.Dir = repository
	cmd.Env = append(h.goEnv(t),
		"HOME="+h.home, "USER=pi", "ATECC_DEVICE=sim:",
		"GOBIN="+filepath.Join(h.home, "bin"),
		"PATH="+filepath.Join(h.home, "bin")+":"+os.Getenv("PATH"))
	var talk strings.Builder
	cmd.Stderr = &talk
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%v\n%s\n%s%s", err, commands, out, talk.String())
	}
	return string(out)
}

// goEnv keeps Go's caches where they are, though the home is another.
func (h host) goEnv(t *testing.T) []string {
	t.Helper()
	env := os.Environ()
	for _, name := range []string{"GOCACHE", "GOMODCACHE"} {
		value, err := exec.Command("go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		env = append(env, name+"="+strings.TrimSpace(string(value)))
	}
	return env
}

// TestTheFirstCommandPrintsAToken: a fresh machine needs no set-up.
func TestTheFirstCommandPrintsAToken(t *testing.T) {
	first := blocks(t, "README.md")[0]
	lines := strings.SplitAfter(first.text, "\n")
	if len(lines) != 3 || lines[1] != testCommand {
		t.Fatalf("the first block is not a command and %q:\n%s", testCommand, first.text)
	}
	out := newHost(t).run(t, lines[0])
	if !regexp.MustCompile(`^[\w-]+\.[\w-]+\.[\w-]{86}\n$`).MatchString(out) {
		t.Errorf("stdout is no token and a newline: %q", out)
	}
}

// TestTheSettingsOfThePiAreTheOnesInTheHints: page and program must not say
// different things.
func TestTheSettingsOfThePiAreTheOnesInTheHints(t *testing.T) {
	for _, b := range blocks(t, "README.md") {
		if b.language == "ini" {
			if want := busOn + "\n" + slowBus + "\n"; b.text != want {
				t.Errorf("config.txt:\n%swant\n%s", b.text, want)
			}
			return
		}
	}
	t.Error("the README does not say what to write to config.txt")
}

// TestEveryCommandIsInTheTable compares the README with the program.
func TestEveryCommandIsInTheTable(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(repository, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	root := newRootCmd(newApp(nil, nil, nil, nil))
	for _, cmd := range root.Commands() {
		name := cmd.CommandPath()
		if cmd.HasSubCommands() && cmd.Name() != "completion" {
			name += " " + cmd.Commands()[0].Name()
		}
		if !strings.Contains(string(b), "| `"+name+"` |") {
			t.Errorf("the README's table has no row for %s", name)
		}
	}
}

// TestCIRunsTheTestCommandOfTheREADME: what the README promises is the gate.
func TestCIRunsTheTestCommandOfTheREADME(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(repository, ".ci/run"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), "README.md") || !strings.Contains(string(b), "readme_test") {
		t.Error(".ci/run does not take the test command from the README")
	}
}
