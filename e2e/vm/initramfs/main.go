// Command initramfs packs a directory as the kernel wants its first file
// system: a cpio archive, compressed.
//
//	initramfs DIR > FILE
package main

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "initramfs:", err)
		os.Exit(1)
	}
}

func run(args []string, w io.Writer) error {
	if len(args) != 1 {
		return errors.New("usage: initramfs DIR > FILE")
	}
	// The host has other work than to save bytes that no network sees.
	gz, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if err := pack(gz, os.DirFS(args[0])); err != nil {
		return err
	}
	return gz.Close()
}
