package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"atecc/e2e/vm/result"
)

var (
	good    = result.Line{Cell: &result.Cell{Transport: "osif", Check: "info", Millis: 12}}
	bad     = result.Line{Cell: &result.Cell{Transport: "cp2112", Check: "sign", Failure: "exit code 4", Evidence: "one\ntwo"}}
	latency = result.Line{Latency: &result.Latency{
		Transport: "osif", WakeInfo: 7400, WakeInfoWire: 3700, NonceSign: 60000, NonceWire: 12000,
		Transactions: 10, Transfers: 25,
	}}
	fatal = result.Line{Fatal: "no space"}
	done  = result.Line{Done: true}
)

// wrote is what a guest writes.
func wrote(t *testing.T, lines ...result.Line) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	for _, l := range lines {
		if err := e.Encode(l); err != nil {
			t.Fatal(err)
		}
	}
	return &b
}

func readLines(t *testing.T, lines ...result.Line) *report {
	t.Helper()
	r, err := read(wrote(t, lines...))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheVerdictIsGoodOnlyWhenAllIs(t *testing.T) {
	tests := []struct {
		name  string
		lines []result.Line
		want  string // "" for a good one
	}{
		{"all is well", []result.Line{good, latency, done}, ""},
		{"a check failed", []result.Line{good, bad, done}, "1 of 2 checks failed"},
		{"the guest died", []result.Line{good}, "the guest did not come to its end"},
		{"nothing was written", nil, "the guest did not come to its end"},
		{"nothing was checked", []result.Line{done}, "nothing was checked"},
		{"the guest gave up", []result.Line{good, fatal, done}, "no space"},
		{"something came after the end", []result.Line{good, done, good}, "the guest did not come to its end"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := readLines(t, tt.lines...).verdict(); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("verdict is %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWhatIsNotJSONIsAnError(t *testing.T) {
	for _, text := range []string{"panic: no", `{"cell":`, `[]`} {
		if _, err := read(strings.NewReader(text)); err == nil {
			t.Errorf("read(%q) reports no error", text)
		}
	}
}

func TestTheTableHasAColumnForEachTransport(t *testing.T) {
	var b bytes.Buffer
	if err := readLines(t, good, bad, latency, done).print(&b); err != nil {
		t.Fatal(err)
	}
	want := `check  osif   cp2112
info   12 ms  -
sign   -      FAILED

latency, ms  wake+Info  wire alone  ratio  Nonce+Sign  wire alone  ratio  USB requests a transaction
osif         7.4        3.7         2.0    60.0        12.0        5.0    2.5

cp2112: sign: exit code 4
    one
    two
`
	if got := b.String(); got != want {
		t.Errorf("printed\n%s\nwant\n%s", got, want)
	}
}

func TestCoverageIsUnpacked(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "results")
	packed := archive(t, map[string]string{"covmeta.1": "meta", "sub/../covcounters.2": "counters"})
	lines := wrote(t, good, result.Line{Coverage: packed}, done)
	if err := os.WriteFile(file, lines.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(file, dir); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"covmeta.1": "meta", "covcounters.2": "counters"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s has %q, %v, want %q", name, got, err, want)
		}
	}
}

func archive(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	gz := gzip.NewWriter(&b)
	w := tar.NewWriter(gz)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := gz.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDamagedCoverageIsAnError(t *testing.T) {
	whole := archive(t, map[string]string{"covmeta.1": strings.Repeat("meta", 500)})
	for name, packed := range map[string][]byte{"none": nil, "no gzip": []byte("text"), "cut off": whole[:len(whole)/2]} {
		if err := unpack(packed, t.TempDir()); err == nil {
			t.Errorf("%s: unpack reports no error", name)
		}
	}
	if err := unpack(whole, filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a missing directory is no error")
	}
}

// A guest that died has no coverage; that must not hide that it died.
func TestADeadGuestIsReportedAsSuch(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "results")
	if err := os.WriteFile(file, wrote(t, good).Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	err := run(file, dir)
	if err == nil || err.Error() != "the guest did not come to its end" {
		t.Errorf("run = %v", err)
	}
	if err := run(filepath.Join(dir, "none"), ""); err == nil {
		t.Error("a missing file is no error")
	}
}
