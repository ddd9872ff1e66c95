package main

import (
	"fmt"
	"io"
	"io/fs"
)

// An archive is made of entries: a header, the name, the data, each filled up
// to four bytes. Numbers are eight hexadecimal digits. The kernel documents
// the format under "initramfs buffer format".
const (
	magic   = "070701"
	trailer = "TRAILER!!!"
	align   = 4

	directory = 0o040000
	regular   = 0o100000
)

// pack writes the directories and regular files of a tree.
func pack(w io.Writer, tree fs.FS) error {
	a := &archive{w: w}
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return a.add(tree, name, info)
	})
	if err != nil {
		return err
	}
	return a.entry(trailer, 0, nil)
}

// archive counts inodes: two entries with the same number would be one file.
type archive struct {
	w     io.Writer
	inode int
}

func (a *archive) add(tree fs.FS, name string, info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return a.entry(name, directory|info.Mode().Perm(), nil)
	case info.Mode().IsRegular():
		data, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		return a.entry(name, regular|info.Mode().Perm(), data)
	}
	return fmt.Errorf("%s is neither a file nor a directory", name)
}

// entry writes one entry, owned by root and dated 1970.
func (a *archive) entry(name string, mode fs.FileMode, data []byte) error {
	a.inode++
	const links = 1
	header := magic
	for _, field := range []int{
		a.inode, int(mode), 0, 0, links, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0,
	} {
		header += fmt.Sprintf("%08X", field)
	}
	if err := a.padded([]byte(header + name + "\x00")); err != nil {
		return err
	}
	return a.padded(data)
}

func (a *archive) padded(data []byte) error {
	if _, err := a.w.Write(data); err != nil {
		return err
	}
	_, err := a.w.Write(make([]byte, -len(data)&(align-1)))
	return err
}
