// Package archtest holds the tests that keep the architecture what
// docs/architecture.md says it is: who imports whom, and what no package does.
package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

const module = "atecc"

// check reads every non-test Go file of the module in fsys and returns what
// breaks a rule, a line each. Build tags are ignored on purpose: a file for
// another system keeps the rules too.
func check(fsys fs.FS, rules []rule, bans []ban) ([]string, error) {
	c := checker{bans: bans, rules: map[string]rule{}, seen: map[string]bool{}}
	for _, r := range rules {
		c.rules[r.pkg] = r
	}
	if err := walkSource(fsys, c.file); err != nil {
		return nil, err
	}
	for _, r := range rules {
		if !c.seen[r.pkg] {
			c.report(r.pkg, "has a row in the table and no files")
		}
	}
	return c.found, nil
}

// walkSource calls visit with each non-test Go file. It leaves out what the
// go command leaves out: test data, hidden directories and nested modules.
func walkSource(fsys fs.FS, visit func(name string, src []byte) error) error {
	return fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return skipDir(fsys, name)
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		return visit(name, src)
	})
}

func skipDir(fsys fs.FS, name string) error {
	if name == "." {
		return nil
	}
	base := path.Base(name)
	if base == "testdata" || base == "vendor" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return fs.SkipDir
	}
	if _, err := fs.Stat(fsys, path.Join(name, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

type checker struct {
	rules map[string]rule
	bans  []ban
	seen  map[string]bool
	found []string
}

func (c *checker) report(where, format string, args ...any) {
	c.found = append(c.found, where+": "+fmt.Sprintf(format, args...))
}

func (c *checker) file(name string, src []byte) error {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	dir := path.Dir(name)
	if _, ok := c.rules[dir]; !ok && !c.seen[dir] {
		c.report(dir, "package is missing from the table")
	}
	c.seen[dir] = true
	c.imports(name, f)
	c.inits(name, f)
	c.flags(name, f)
	c.banned(name, f)
	return nil
}

func (c *checker) imports(name string, f *ast.File) {
	r, known := c.rules[path.Dir(name)]
	for _, spec := range f.Imports {
		p := importPath(spec)
		switch {
		case spec.Name != nil && spec.Name.Name == ".":
			c.report(name, "dot import of %s hides where a name comes from", p)
		case p == "C":
			c.report(name, "cgo: the binary is built without it")
		case under(p, module+"/cmd"):
			c.report(name, "imports %s: nobody imports cmd", p)
		case known && !isStd(p) && !r.allows(p):
			c.report(name, "may not import %s", p)
		}
	}
}

// inits reports init functions: what a program does, main starts.
func (c *checker) inits(name string, f *ast.File) {
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			c.report(name, "has an init function")
		}
	}
}

// flags reports flags that are registered by a package-level variable.
func (c *checker) flags(name string, f *ast.File) {
	names := localNames(f)
	for _, d := range f.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || decl.Tok != token.VAR {
			continue
		}
		ast.Inspect(decl, func(n ast.Node) bool {
			q := qualified(n, names)
			if strings.HasPrefix(q, "flag.") || strings.HasPrefix(q, "github.com/spf13/pflag.") {
				c.report(name, "package-level %s: flags belong to a command", q)
			}
			return true
		})
	}
}

func (c *checker) banned(name string, f *ast.File) {
	names := localNames(f)
	dir, base := path.Split(name)
	dir = path.Clean(dir)
	ast.Inspect(f, func(n ast.Node) bool {
		q := qualified(n, names)
		for _, b := range c.bans {
			if q != "" && b.matches(q) && b.scope(dir, base) {
				c.report(name, "%s: %s", q, b.why)
			}
		}
		return true
	})
}

// localNames maps the name a file uses for an import to the import path, so
// that renaming an import does not get around a ban.
func localNames(f *ast.File) map[string]string {
	names := map[string]string{}
	for _, spec := range f.Imports {
		p := importPath(spec)
		local := path.Base(p)
		if spec.Name != nil {
			local = spec.Name.Name
		}
		names[local] = p
	}
	return names
}

// qualified gives "path.Name" for a selector on an import, the bare name for a
// call such as print(x), and "" for anything else.
func qualified(n ast.Node, names map[string]string) string {
	switch n := n.(type) {
	case *ast.SelectorExpr:
		if id, ok := n.X.(*ast.Ident); ok && names[id.Name] != "" {
			return names[id.Name] + "." + n.Sel.Name
		}
	case *ast.CallExpr:
		if id, ok := n.Fun.(*ast.Ident); ok {
			return id.Name
		}
	}
	return ""
}

func (b ban) matches(q string) bool {
	return slices.ContainsFunc(b.names, func(name string) bool {
		return q == name || strings.HasSuffix(name, ".") && strings.HasPrefix(q, name)
	})
}

func (r rule) allows(p string) bool {
	return slices.ContainsFunc(r.allow, func(a string) bool {
		if !strings.HasPrefix(a, "internal/") {
			return under(p, a)
		}
		own, tree := strings.CutSuffix(module+"/"+a, "/...")
		return p == own || tree && under(p, own)
	})
}

// isStd tells the standard library by its first path element, which has no
// dot, as the go command does.
func isStd(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	return first != module && !strings.Contains(first, ".")
}

func importPath(spec *ast.ImportSpec) string {
	p, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value
	}
	return p
}

func under(p, root string) bool { return p == root || strings.HasPrefix(p, root+"/") }
