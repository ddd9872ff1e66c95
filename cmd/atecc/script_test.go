package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"atecc/internal/atca/config"
	"atecc/internal/atca/sim"
)

var update = flag.Bool("update", false, "write what the scripts' cmp lines found into the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"atecc": scriptMain, "nodac": nodacMain})
}

// scriptMain is main for scripts. Their buses are those below ATECC_TEST_ROOT,
// so that no test touches a real one, and any clock will do.
func scriptMain() {
	ctx, _ := signal.NotifyContext(context.Background(), os.Interrupt)
	a := newApp(os.Stdin, os.Stdout, os.Stderr, os.Getenv)
	a.sysRoot = os.Getenv("ATECC_TEST_ROOT")
	a.clockFloor = time.Time{}
	os.Exit(a.run(ctx, os.Args[1:]))
}

// nodacMain runs a program for which modes of files count, as they do not for
// root: without the capabilities to override them.
func nodacMain() {
	runtime.LockOSThread() // capabilities belong to the thread that then becomes the program
	path, err := exec.LookPath(os.Args[1])
	if err == nil && os.Geteuid() == 0 {
		err = errors.Join(
			unix.Prctl(unix.PR_CAPBSET_DROP, unix.CAP_DAC_OVERRIDE, 0, 0, 0),
			unix.Prctl(unix.PR_CAPBSET_DROP, unix.CAP_DAC_READ_SEARCH, 0, 0, 0))
	}
	if err == nil {
		err = syscall.Exec(path, os.Args[1:], os.Environ())
	}
	log.Fatal(err)
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                "../../testdata/cli",
		UpdateScripts:      *update,
		RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("ATECC_TEST_ROOT", env.WorkDir+"/root")
			env.Setenv("GORACE", "atexit_sleep_ms=0") // or each program of a -race test takes a second to end
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exitcode": scriptExitCode,
			"fails":    scriptFails,
			"jsonhas":  scriptJSONHas,
			"mode":     scriptMode,
			"hold":     scriptHold,
			"recorded": scriptRecorded,
			"examples": scriptExamples,
			"images":   scriptImages,
		},
	})
}

// scriptExitCode is "exitcode N program...": the program ends with just this
// code.
func scriptExitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode N program...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := run(ts, args[1:]); got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// run runs a program and returns its exit code. A program killed by a signal
// has none.
func run(ts *testscript.TestScript, args []string) int {
	err := ts.Exec(args[0], args[1:]...)
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.Exited():
		return exit.ExitCode()
	}
	ts.Fatalf("%v", err)
	return -1
}

// scriptFails is "fails N program...": exitcode, and the rules of an error:
// nothing on stdout, one sentence and at most one hint on stderr.
func scriptFails(ts *testscript.TestScript, neg bool, args []string) {
	scriptExitCode(ts, neg, args)
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("a command that failed printed %q", out)
	}
	ts.Check(checkTalk(ts.ReadFile("stderr")))
}

// checkTalk checks the form of what an error looks like on stderr.
func checkTalk(stderr string) error {
	lines := strings.Split(strings.TrimPrefix(stderr, "warning: this is a virtual chip, its keys are not secret\n"), "\n")
	if last := len(lines) - 1; lines[last] != "" {
		return fmt.Errorf("the last line does not end: %q", lines[last])
	}
	lines = lines[:len(lines)-1]
	if len(lines) < 1 || len(lines) > 2 || !strings.HasPrefix(lines[0], "atecc: ") {
		return fmt.Errorf("want one line \"atecc: ...\" and perhaps a hint, have %q", lines)
	}
	if len(lines) == 2 && !strings.HasPrefix(lines[1], "hint: ") {
		return fmt.Errorf("the second line is no hint: %q", lines[1])
	}
	if strings.HasSuffix(lines[0], ".") {
		return fmt.Errorf("the sentence ends with a stop: %q", lines[0])
	}
	return nil
}

// scriptJSONHas is "jsonhas FILE path value": the JSON in the file has this
// value, itself JSON, at the path (names and indices between dots). With "!"
// there is nothing at the path.
func scriptJSONHas(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 && (!neg || len(args) != 2) {
		ts.Fatalf("usage: jsonhas FILE path value, ! jsonhas FILE path")
	}
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &v))
	got, ok := jsonAt(v, strings.Split(args[1], "."))
	if neg {
		if ok {
			ts.Fatalf("%s is %v, want none", args[1], got)
		}
		return
	}
	var want any
	ts.Check(json.Unmarshal([]byte(args[2]), &want))
	if !ok || !reflect.DeepEqual(got, want) {
		ts.Fatalf("%s is %v, want %v", args[1], got, want)
	}
}

// jsonAt walks into a JSON value.
func jsonAt(v any, path []string) (any, bool) {
	for _, name := range path {
		ok := false
		switch node := v.(type) {
		case map[string]any:
			v, ok = node[name]
		case []any:
			if i, err := strconv.Atoi(name); err == nil && i < len(node) {
				v, ok = node[i], true
			}
		}
		if !ok {
			return nil, false
		}
	}
	return v, true
}

// scriptMode is "mode 0600 FILE".
func scriptMode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has mode %s, want %s", args[1], got, args[0])
	}
}

// scriptHold is "hold FILE": another process, this one, works with a virtual
// chip until the script ends.
func scriptHold(ts *testscript.TestScript, _ bool, args []string) {
	chip, err := sim.Open(ts.MkAbs(args[0]), sim.Options{})
	ts.Check(err)
	ts.Defer(func() { ts.Check(chip.Close()) })
}

// scriptRecorded puts the token recorded from silicon, and its key, into files.
func scriptRecorded(ts *testscript.TestScript, _ bool, _ []string) {
	var trace struct {
		PublicKey struct {
			PEM string          `json:"spki_pem"`
			JWK json.RawMessage `json:"jwk"`
		} `json:"public_key"`
		JWT struct {
			Token string `json:"token"`
		} `json:"jwt"`
	}
	b, err := os.ReadFile("../../testdata/seed_trace.json")
	ts.Check(err)
	ts.Check(json.Unmarshal(b, &trace))
	for name, content := range map[string]string{
		"recorded.pem":   trace.PublicKey.PEM,
		"recorded.jwk":   string(trace.PublicKey.JWK),
		"recorded.jwks":  fmt.Sprintf(`{"keys":[%s]}`, trace.PublicKey.JWK),
		"recorded.token": trace.JWT.Token + "\n",
	} {
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(content), 0o644))
	}
}

// scriptExamples is "examples PRELUDE": after the prelude, each line of each
// command's examples runs in a shell. There is no bus in a script, so lines
// with one must fail for that reason.
func scriptExamples(ts *testscript.TestScript, _ bool, args []string) {
	for _, cmd := range commands(newRootCmd(testApp(""))) {
		if cmd.Example == "" {
			ts.Fatalf("%s has no example", cmd.CommandPath())
		}
		for line := range strings.Lines(cmd.Example) {
			want := exitDone
			if strings.Contains(line, "i2c:") {
				want = exitNoChip
			}
			if got := run(ts, []string{"sh", "-c", args[0] + "\n" + line}); got != want {
				ts.Fatalf("example %q: exit code %d, want %d", strings.TrimSpace(line), got, want)
			}
		}
	}
}

// commands lists a command and all below it that are ours, not cobra's.
func commands(cmd *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{cmd}
	for _, sub := range cmd.Commands() {
		if sub.Name() != "completion" {
			list = append(list, commands(sub)...)
		}
	}
	return list
}

// scriptImages is "images": a chip of each image can be asked about, in memory
// and in a file, and remembers where it came from.
func scriptImages(ts *testscript.TestScript, _ bool, _ []string) {
	for _, image := range config.Images() {
		for _, path := range []string{"", image.Name + ".json"} {
			device := "sim:" + path + "?image=" + image.Name
			scriptExitCode(ts, false, []string{"0", "atecc", "info", "--json", "--device", device})
			scriptJSONHas(ts, false, []string{"stdout", "virtual.image", strconv.Quote(image.Name)})
			scriptExitCode(ts, false, []string{"0", "atecc", "config", "show", "--device", device})
		}
	}
}
