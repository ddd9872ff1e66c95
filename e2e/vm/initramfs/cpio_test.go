package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// member is an entry as it is read back.
type member struct {
	name string
	mode uint64
	data string
}

// list reads an archive without the code that wrote it.
func list(t *testing.T, archive []byte) []member {
	t.Helper()
	const headerSize, modeAt, sizeAt, nameSizeAt = 110, 14, 54, 94
	number := func(at int) int {
		n, err := strconv.ParseUint(string(archive[at:at+8]), 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		return int(n)
	}
	var members []member
	for {
		if !bytes.HasPrefix(archive, []byte("070701")) {
			t.Fatalf("after %d entries: no header but %q", len(members), archive[:min(6, len(archive))])
		}
		nameEnd := headerSize + number(nameSizeAt)
		dataAt := (nameEnd + 3) &^ 3
		dataEnd := dataAt + number(sizeAt)
		m := member{
			name: strings.TrimSuffix(string(archive[headerSize:nameEnd]), "\x00"),
			mode: uint64(number(modeAt)),
			data: string(archive[dataAt:dataEnd]),
		}
		archive = archive[(dataEnd+3)&^3:]
		if m.name == "TRAILER!!!" {
			break
		}
		members = append(members, m)
	}
	if len(archive) != 0 {
		t.Errorf("%d bytes after the trailer", len(archive))
	}
	return members
}

func TestAnArchiveHasDirectoriesBeforeTheirFiles(t *testing.T) {
	tree := fstest.MapFS{
		"init":            {Data: []byte("#!"), Mode: 0o755},
		"modules":         {Mode: os.ModeDir | 0o755},
		"modules/1-a.ko":  {Data: []byte("12345"), Mode: 0o644},
		"modules/2-bb.ko": {Mode: 0o644},
	}
	var archive bytes.Buffer
	if err := pack(&archive, tree); err != nil {
		t.Fatal(err)
	}
	want := []member{
		{"init", 0o100755, "#!"},
		{"modules", 0o040755, ""},
		{"modules/1-a.ko", 0o100644, "12345"},
		{"modules/2-bb.ko", 0o100644, ""},
	}
	got := list(t, archive.Bytes())
	if len(got) != len(want) {
		t.Fatalf("entries are %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("entry %d is %v, want %v", i, got[i], want[i])
		}
	}
}

// Two entries with one inode number would be hard links to one file.
func TestEntriesDoNotShareAnInode(t *testing.T) {
	var archive bytes.Buffer
	if err := pack(&archive, fstest.MapFS{"a": {Data: []byte("1234")}, "b": {Data: []byte("1234")}}); err != nil {
		t.Fatal(err)
	}
	// The first entry is a header of 110 bytes, "a", NUL and four bytes.
	const inodeAt, size = 6, 116
	first, second := archive.Bytes()[inodeAt:][:8], archive.Bytes()[size+inodeAt:][:8]
	if string(first) != "00000001" || string(second) != "00000002" {
		t.Errorf("inodes are %s and %s, want 1 and 2", first, second)
	}
}

func TestWhatIsNoFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("target", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	err := pack(io.Discard, os.DirFS(dir))
	if err == nil || !strings.Contains(err.Error(), "link is neither a file nor a directory") {
		t.Errorf("pack = %v", err)
	}
}

func TestAWriteErrorEndsThePacking(t *testing.T) {
	tree := fstest.MapFS{"a": {Data: []byte("1")}}
	for room := range 3 {
		if err := pack(&fullDisk{room}, tree); err == nil {
			t.Errorf("pack with room for %d writes reports no error", room)
		}
	}
}

// fullDisk takes so many writes.
type fullDisk struct{ room int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.room == 0 {
		return 0, io.ErrShortWrite
	}
	d.room--
	return len(p), nil
}

func TestTheImageIsACompressedArchive(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "init"), []byte("x"), 0o755); err != nil {
		t.Fatal(err)
	}
	var image bytes.Buffer
	if err := run([]string{dir}, &image); err != nil {
		t.Fatal(err)
	}
	gz, err := gzip.NewReader(&image)
	if err != nil {
		t.Fatal(err)
	}
	archive, err := io.ReadAll(gz)
	if err != nil {
		t.Fatal(err)
	}
	if got := list(t, archive); len(got) != 1 || got[0].name != "init" {
		t.Errorf("entries are %v, want init", got)
	}
}

func TestOneDirectoryIsWanted(t *testing.T) {
	for _, args := range [][]string{nil, {"a", "b"}} {
		if err := run(args, io.Discard); err == nil {
			t.Errorf("run(%q) reports no error", args)
		}
	}
	if err := run([]string{filepath.Join(t.TempDir(), "none")}, io.Discard); err == nil {
		t.Error("a missing directory is no error")
	}
}
