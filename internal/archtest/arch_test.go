package archtest

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func repository(t *testing.T) fs.FS {
	t.Helper()
	root := os.DirFS("../..")
	if _, err := fs.Stat(root, "go.mod"); err != nil {
		t.Fatalf("the module's root is not two levels up: %v", err)
	}
	return root
}

func TestPackagesKeepTheRules(t *testing.T) {
	found, err := check(repository(t), rules, bans)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}

// plantRules is a small house with the same shape as the real one.
var plantRules = []rule{
	{pkg: "internal/atca/wire"},
	{pkg: "internal/atca", allow: []string{"internal/atca/wire"}},
	{pkg: "internal/jwt", allow: []string{"github.com/golang-jwt/jwt/v5"}},
	{pkg: "cmd/atecc", allow: []string{"internal/..."}},
}

// plantTree keeps all rules; each test plants one violation into it.
func plantTree() fstest.MapFS {
	return fstest.MapFS{
		"go.mod":                       src("module atecc"),
		"internal/atca/wire/crc.go":    src(`package wire; import "errors"; var ErrCRC = errors.New("bad")`),
		"internal/atca/device.go":      src(`package atca; import ("time"; "atecc/internal/atca/wire"); var _, _ = time.Now, wire.ErrCRC`),
		"internal/atca/device_test.go": src(`package atca; import "github.com/rogpeppe/go-internal/testscript"; func init() {}`),
		"internal/jwt/jwt.go":          src(`package jwt; import _ "github.com/golang-jwt/jwt/v5"`),
		"internal/jwt/testdata/a.go":   src(`package a; import _ "example.com/anything"`),
		"cmd/atecc/main.go":            src(`package main; import ("os"; _ "atecc/internal/jwt"); func main() { os.Exit(0) }`),
		"tools/go.mod":                 src("module atecc/tools"),
		"tools/tool.go":                src(`package main; import "fmt"; func main() { fmt.Println() }`),
	}
}

func src(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func TestATreeThatKeepsTheRulesPasses(t *testing.T) {
	found, err := check(plantTree(), plantRules, bans)
	if err != nil || len(found) > 0 {
		t.Fatalf("check = %q, %v, want nothing", found, err)
	}
}

func TestAPlantedViolationIsReported(t *testing.T) {
	const (
		wire = "internal/atca/wire/planted.go"
		atca = "internal/atca/planted.go"
		jwt  = "internal/jwt/planted.go"
		cmd  = "cmd/atecc/planted.go"
	)
	tests := []struct {
		name, file, text, want string
	}{
		{"a room imports one above it", wire, `package wire; import _ "atecc/internal/atca"`,
			wire + ": may not import atecc/internal/atca"},
		{"a row for a package is no row for those under it", atca, `package atca; import _ "atecc/internal/atca/wire/deep"`,
			atca + ": may not import atecc/internal/atca/wire/deep"},
		{"the JWT library outside jwt", atca, `package atca; import _ "github.com/golang-jwt/jwt/v5"`,
			atca + ": may not import github.com/golang-jwt/jwt/v5"},
		{"another major version of a library", jwt, `package jwt; import _ "github.com/golang-jwt/jwt/v4"`,
			jwt + ": may not import github.com/golang-jwt/jwt/v4"},
		{"a library that cmd has no use for", cmd, `package main; import _ "example.com/lib"`,
			cmd + ": may not import example.com/lib"},
		{"cmd is imported", jwt, `package jwt; import _ "atecc/cmd/atecc"`,
			jwt + ": imports atecc/cmd/atecc: nobody imports cmd"},
		{"a file behind a build tag", wire, "//go:build plan9\n\npackage wire; import _ \"atecc/internal/jwt\"",
			wire + ": may not import atecc/internal/jwt"},
		{"cgo", wire, `package wire; import "C"`, wire + ": cgo"},
		{"a dot import", wire, `package wire; import . "os"`, wire + ": dot import of os"},
		{"a package without a row", "internal/extra/extra.go", `package extra`,
			"internal/extra: package is missing from the table"},
		{"an init function", wire, `package wire; func init() {}`, wire + ": has an init function"},
		{"a package-level flag", cmd, `package main; import "flag"; var n = flag.Int("n", 0, "")`,
			cmd + ": package-level flag.Int"},
		{"a package-level pflag", cmd, `package main; import "github.com/spf13/pflag"; var n = pflag.Int("n", 0, "")`,
			cmd + ": package-level github.com/spf13/pflag.Int"},
		{"exit outside main.go", cmd, `package main; import "os"; func f() { os.Exit(1) }`, cmd + ": os.Exit"},
		{"exit through log", cmd, `package main; import "log"; func f() { log.Fatal() }`, cmd + ": log.Fatal"},
		{"printing", atca, `package atca; import "fmt"; func f() { fmt.Println() }`, atca + ": fmt.Println"},
		{"the built-in println", atca, `package atca; func f() { println() }`, atca + ": println"},
		{"a process stream", atca, `package atca; import "os"; var w = os.Stderr`, atca + ": os.Stderr"},
		{"the global logger", atca, `package atca; import "log"; func f() { log.Printf("") }`, atca + ": log.Printf"},
		{"the environment", atca, `package atca; import "os"; var h = os.Getenv("HOME")`, atca + ": os.Getenv"},
		{"the environment under another name", atca, `package atca; import o "os"; var e = o.Environ()`, atca + ": os.Environ"},
		{"the clock in wire", wire, `package wire; import "time"; var t = time.Now`, wire + ": time.Now"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree := plantTree()
			tree[tt.file] = src(tt.text)
			found, err := check(tree, plantRules, bans)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(found, func(f string) bool { return strings.HasPrefix(f, tt.want) }) {
				t.Errorf("check = %q, want a line that starts with %q", found, tt.want)
			}
		})
	}
}

func TestAStaleRowIsReported(t *testing.T) {
	tree := plantTree()
	delete(tree, "internal/jwt/jwt.go")
	found, err := check(tree, plantRules, bans)
	if want := "internal/jwt: has a row in the table and no files"; err != nil || !slices.Equal(found, []string{want}) {
		t.Errorf("check = %q, %v, want only %q", found, err, want)
	}
}

func TestASourceFileThatDoesNotParseIsAnError(t *testing.T) {
	tree := plantTree()
	tree["internal/jwt/planted.go"] = src("package")
	if _, err := check(tree, plantRules, bans); err == nil {
		t.Error("check reads a broken file without an error")
	}
}

// The two ends of the wire share layouts and nothing else, not even by way of
// a third package; the table itself must not open such a way.
func TestNeitherEndOfTheWireReachesTheOther(t *testing.T) {
	tests := []struct{ from, to string }{
		{"internal/atca/sim", "internal/atca"},
		{"internal/atca/sim", "internal/i2c"},
		{"internal/atca", "internal/atca/sim"},
	}
	for _, tt := range tests {
		if reach(rules, tt.from)[tt.to] {
			t.Errorf("by the table %s can reach %s", tt.from, tt.to)
		}
	}
	if !reach(rules, "cmd/atecc")["internal/atca/sim"] || !reach(rules, "internal/atca")["internal/atca/wire"] {
		t.Error("reach finds no way where the table has one")
	}
}

// reach gives the packages of ours that from may import, itself or through
// others.
func reach(rules []rule, from string) map[string]bool {
	reached := map[string]bool{}
	next := []string{from}
	for len(next) > 0 {
		pkg := next[0]
		next = next[1:]
		i := slices.IndexFunc(rules, func(r rule) bool { return r.pkg == pkg })
		for _, to := range rules {
			if i >= 0 && rules[i].allows(path.Join(module, to.pkg)) && !reached[to.pkg] {
				reached[to.pkg] = true
				next = append(next, to.pkg)
			}
		}
	}
	return reached
}

func TestEachRowSaysWhy(t *testing.T) {
	for _, r := range rules {
		if r.why == "" {
			t.Errorf("%s: a row needs a reason", r.pkg)
		}
	}
}

func TestTheArchitecturePageNamesEachPackage(t *testing.T) {
	page, err := fs.ReadFile(repository(t), "docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		if name := strings.TrimPrefix(r.pkg, "internal/"); !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/architecture.md does not name `%s`", name)
		}
	}
}
