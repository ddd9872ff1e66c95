package archtest

import (
	"bytes"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// private matches what is true on one person's machine or network only.
var private = []*regexp.Regexp{
	regexp.MustCompile(`(?:^|[^\w./~-])/(?:root|home|work|Users)/\w+`),
	regexp.MustCompile(`://(?:[^/\s"@]*@)?[\w.-]+\.(?:internal|intranet|corp|lan|svc)\b`),
	regexp.MustCompile(`://(?:[^/\s"@]*@)?(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d+\.\d+`),
}

// publicName is the one name under .internal that everybody may use: cloud
// machines reach their metadata server by it.
const publicName = "://metadata.google.internal"

// privateNames returns a line for each private path or host in the text files
// of fsys. Hidden directories are read too, but for Git's own.
func privateNames(fsys fs.FS) ([]string, error) {
	var found []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == ".git" && d.IsDir():
			return fs.SkipDir
		case name == ".git" || !d.Type().IsRegular():
			return nil
		}
		text, err := fs.ReadFile(fsys, name)
		if err == nil && !bytes.ContainsRune(text, 0) {
			found = append(found, privateLines(name, string(text))...)
		}
		return err
	})
	return found, err
}

func privateLines(name, text string) []string {
	var found []string
	for i, line := range strings.Split(text, "\n") {
		for _, re := range private {
			if hit := re.FindString(line); hit != "" && hit != publicName {
				found = append(found, fmt.Sprintf("%s:%d: %s", name, i+1, strings.TrimSpace(hit)))
			}
		}
	}
	return found
}

func TestNoFileNamesAPrivatePathOrHost(t *testing.T) {
	found, err := privateNames(repository(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}

func TestAPrivateNameIsReported(t *testing.T) {
	// The names are put together here, so that this file does not hold them.
	bad := []string{
		"see /" + "home/jo/notes",
		"/" + "root/go/pkg",
		"`/" + "work/main`",
		"GOPROXY=http:/" + "/proxy.build.internal/go",
		"http:/" + "/jo:pw@ci.corp:8080",
		"https:/" + "/10.1.2.3/x",
		"https:/" + "/192.168.0.7",
	}
	good := []string{
		"docs/home/page", "./work/dir", "sim.internal", "http://" + "metadata.google.internal/v1",
		"https://example.com", "1.2.3.4", "https://210.1.2.3/", "~/work/atecc",
	}
	for _, text := range bad {
		found, err := privateNames(fstest.MapFS{".x/a.txt": src("fine\n" + text + "\n")})
		if err != nil || len(found) != 1 || !strings.HasPrefix(found[0], ".x/a.txt:2: ") {
			t.Errorf("%q: found %q, %v, want line 2", text, found, err)
		}
	}
	for _, text := range good {
		if found, err := privateNames(fstest.MapFS{"a.txt": src(text)}); err != nil || len(found) > 0 {
			t.Errorf("%q: found %q, %v, want nothing", text, found, err)
		}
	}
}
