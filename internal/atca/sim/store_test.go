package sim

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"atecc/internal/atca/wire"
)

func statePath(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "chip.json")
}

func open(t *testing.T, path string, o Options) *master {
	t.Helper()
	c, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	m := connect(t, c, 0)
	m.wake()
	return m
}

func (m *master) close() {
	m.t.Helper()
	if err := m.bus.Close(); err != nil {
		m.t.Fatal(err)
	}
}

func TestReopenedChipIsTheSame(t *testing.T) {
	path := statePath(t)
	m := open(t, path, Options{Seed: "7"})
	m.lock(wire.LockZoneConfig)
	public := m.ok(64, wire.OpGenKey, wire.GenKeyCreate, 0)
	m.want(good, wire.OpWrite, 0x82, 0x40, run(0, 32)...)
	m.want(good, wire.OpWrite, 0x81, 0, run(32, 32)...)
	m.ok(4, wire.OpCounter, wire.CounterIncrement, 0)
	m.load(wire.NonceFixed, run(0, 32))
	before := m.chip.mem
	m.close()

	m = open(t, path, Options{Seed: "another seed does not matter"})
	if m.chip.mem != before {
		t.Error("the memory differs")
	}
	if got := m.ok(64, wire.OpGenKey, wire.GenKeyPublic, 0); !bytes.Equal(got, public) {
		t.Errorf("public key %x, want %x", got, public)
	}
	m.wantState("00000000") // opening is a power-up
	if got := m.chip.Origin().Seed; got != "7" {
		t.Errorf("seed %q", got)
	}
	m.close()
}

func TestStateFileIsForItsOwnerAlone(t *testing.T) {
	path := statePath(t)
	m := open(t, path, Options{})
	defer m.close()
	for range 2 {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v", info.Mode())
		}
		if err := os.Chmod(path, 0o644); err != nil { // the next save puts it right
			t.Fatal(err)
		}
		m.want(good, wire.OpWrite, 0, 5, 0x83, 0x20, 0x83, 0x21)
	}
}

func TestOnlyAWriteTouchesTheFile(t *testing.T) {
	path := statePath(t)
	m := open(t, path, Options{Image: "jwt"})
	defer m.close()
	inode := func() fs.FileInfo {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	first := inode()
	m.load(wire.NonceFixed, run(0, 32))
	m.ok(64, wire.OpSign, wire.SignExternal, 0)
	if !os.SameFile(first, inode()) {
		t.Error("a signature replaced the file")
	}
	m.want(good, wire.OpWrite, 0x82, 0x40, run(0, 32)...)
	if os.SameFile(first, inode()) {
		t.Error("a write went into the old file, which a crash would tear")
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestSecondOpenerIsRefusedUntilTheFirstCloses(t *testing.T) {
	path := statePath(t)
	m := open(t, path, Options{})
	_, err := Open(path, Options{})
	if !errors.Is(err, ErrInUse) {
		t.Fatalf("second opener: %v", err)
	}
	if !strings.Contains(err.Error(), fmt.Sprintf("process %d", os.Getpid())) {
		t.Errorf("%q does not name the process", err)
	}
	link := filepath.Join(filepath.Dir(path), "link.json")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(link, Options{}); !errors.Is(err, ErrInUse) {
		t.Errorf("through a link: %v", err)
	}
	m.close()
	open(t, link, Options{}).close()
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v, %v", info, err)
	}
}

func TestLockWithoutAProcessNumberStillHolds(t *testing.T) {
	path := statePath(t)
	m := open(t, path, Options{})
	defer m.close()
	if err := os.WriteFile(path+".lock", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(path, Options{})
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "another process") {
		t.Errorf("second opener: %v", err)
	}
}

func TestFailedSaveFailsTheTransactionAndTakesTheWriteBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sub")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	m := open(t, filepath.Join(dir, "chip.json"), Options{})
	m.lock(wire.LockZoneConfig)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	before := m.chip.mem
	frame, err := wire.Command{Op: wire.OpCounter, P1: 1}.Frame()
	if err != nil {
		t.Fatal(err)
	}
	err = m.bus.Tx(0x60, append([]byte{wire.WordCommand}, frame...), nil)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "could not be saved") {
		t.Errorf("increment without a place to save: %v", err)
	}
	if m.chip.mem != before {
		t.Error("the counter moved")
	}
	m.wantRead("FFFFFFFF") // and nothing says that it had
}

func TestFailedReplacementLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "chip.json")
	m := open(t, path, Options{})
	// No file can take the name of a directory.
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	before := m.chip.mem
	frame, err := wire.Command{Op: wire.OpLock, P1: wire.LockNoCRC}.Frame()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.bus.Tx(0x60, append([]byte{wire.WordCommand}, frame...), nil); err == nil {
		t.Error("a lock that could not be saved succeeded")
	}
	if m.chip.mem != before {
		t.Error("the lock stayed")
	}
	left, err := filepath.Glob(filepath.Join(dir, ".chip.json*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

func TestClosedChipSavesNothing(t *testing.T) {
	m := open(t, statePath(t), Options{})
	if err := m.chip.Close(); err != nil {
		t.Fatal(err)
	}
	if err := m.chip.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
	if err := m.chip.save(); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("save after close: %v", err)
	}
}

func TestFileHoldsTheChipItWasMadeFrom(t *testing.T) {
	path := statePath(t)
	open(t, path, Options{Image: "jwt"}).close()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	open(t, path, Options{Image: "jwt"}).close()
	open(t, path, Options{}).close()
	zone := blank(t, configUnlocked)
	for _, o := range []Options{{Image: "tngtls-608B"}, {Config: (*[128]byte)(zone)}} {
		if _, err := Open(path, o); err == nil || !strings.Contains(err.Error(), `made from image "jwt" already`) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file changed, %v", err)
	}

	path = statePath(t)
	open(t, path, Options{}).close()
	if _, err := Open(path, Options{Image: "jwt"}); err == nil || !strings.Contains(err.Error(), "a blank part") {
		t.Errorf("image for a blank part: %v", err)
	}
}

func TestUnusableImageLeavesNoStateFile(t *testing.T) {
	path := statePath(t)
	if _, err := Open(path, Options{Image: "nonsense"}); err == nil {
		t.Fatal("no error")
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("state file: %v", err)
	}
}

func TestMissingDirectoryIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "chip.json")
	if _, err := Open(path, Options{}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "missing") {
		t.Errorf("open: %v", err)
	}
}

// stateOf is the content of a state file with keys.
func stateOf(t *testing.T) []byte {
	t.Helper()
	mem, origin, err := manufacture(Options{Image: "tflxtls-608B", Seed: "s"})
	if err != nil {
		t.Fatal(err)
	}
	b, err := encodeState(mem, origin)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDamagedFileIsRefusedUntouchedAndWithoutShowingKeys(t *testing.T) {
	whole := stateOf(t)
	edit := func(change func(map[string]any)) []byte {
		var v map[string]any
		if err := json.Unmarshal(whole, &v); err != nil {
			t.Fatal(err)
		}
		change(v)
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	key := hex.EncodeToString(deriveScalar("s", 0))
	slot := func(v map[string]any, digits any) { v["slots"].([]any)[0] = digits }
	tests := map[string]struct {
		content []byte
		want    string
	}{
		"empty":          {nil, "no state file"},
		"no JSON":        {[]byte("hello"), "no state file"},
		"cut short":      {whole[:len(whole)/2], "cut short"},
		"two chips":      {append(bytes.Clone(whole), whole...), "follows after its end"},
		"unknown field":  {edit(func(v map[string]any) { v["colour"] = "red" }), "colour"},
		"another schema": {edit(func(v map[string]any) { v["schema"] = 2 }), "schema 2"},
		"short zone":     {edit(func(v map[string]any) { v["config"] = "00" }), "config is not 128 bytes"},
		"missing OTP":    {edit(func(v map[string]any) { delete(v, "otp") }), "otp is not 64 bytes"},
		"missing slot":   {edit(func(v map[string]any) { v["slots"] = v["slots"].([]any)[1:] }), "15 slots"},
		"broken key":     {edit(func(v map[string]any) { slot(v, "00000000"+key+"x") }), "slot 0 is not 36 bytes"},
		"short key":      {edit(func(v map[string]any) { slot(v, key) }), "slot 0 is not 36 bytes"},
		"key as number":  {edit(func(v map[string]any) { slot(v, 1234567890) }), "no state file"},
		"wrong slot":     {edit(func(v map[string]any) { v["origin"].(map[string]any)["seeded_keys"] = []int{16} }), "slot 16"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			path := statePath(t)
			if err := os.WriteFile(path, tt.content, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(path, Options{})
			if err == nil {
				t.Fatal("no error")
			}
			for _, part := range []string{path, "was left alone", tt.want} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			if strings.Contains(err.Error(), key[:16]) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q shows a key, or is more than a sentence", err)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, tt.content) {
				t.Errorf("the file changed, %v", err)
			}
		})
	}
}

func FuzzParseState(f *testing.F) {
	mem, origin, err := manufacture(Options{Image: "jwt"})
	if err != nil {
		f.Fatal(err)
	}
	b, err := encodeState(mem, origin)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:100])
	f.Add([]byte(`{"schema":1,"slots":[""]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		mem, origin, err := parseState(b)
		if err != nil {
			return
		}
		again, err := encodeState(mem, origin)
		if err != nil {
			t.Fatal(err)
		}
		if mem2, _, err := parseState(again); err != nil || mem2 != mem {
			t.Errorf("the chip did not survive: %v", err)
		}
		m := connect(t, powerUp(mem, origin, nil, Options{}), 0)
		m.pulse() // nothing in a file makes a chip that panics
		_ = m.bus.Tx(m.chip.Address(), append([]byte{wire.WordCommand}, infoFrame...), nil)
	})
}
