package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"atecc/e2e/vm/result"
)

// report is all that one guest wrote.
type report struct {
	cells     []result.Cell
	latencies []result.Latency
	coverage  []byte
	fatal     []string
	done      bool
}

// read reads JSON lines.
func read(r io.Reader) (*report, error) {
	rep := &report{}
	for d := json.NewDecoder(r); ; {
		var l result.Line
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			return rep, nil
		} else if err != nil {
			return nil, fmt.Errorf("what the guest wrote is not JSON: %w", err)
		}
		rep.take(l)
	}
}

func (r *report) take(l result.Line) {
	switch {
	case l.Cell != nil:
		r.cells = append(r.cells, *l.Cell)
	case l.Latency != nil:
		r.latencies = append(r.latencies, *l.Latency)
	case l.Coverage != nil:
		r.coverage = l.Coverage
	case l.Fatal != "":
		r.fatal = append(r.fatal, l.Fatal)
	}
	r.done = l.Done
}

// failed are the cells that did not hold.
func (r *report) failed() []result.Cell {
	var failed []result.Cell
	for _, c := range r.cells {
		if c.Failure != "" {
			failed = append(failed, c)
		}
	}
	return failed
}

// verdict is nil when all is well.
func (r *report) verdict() error {
	switch {
	case !r.done:
		return errors.New("the guest did not come to its end")
	case len(r.fatal) > 0:
		return errors.New(r.fatal[0])
	case len(r.cells) == 0:
		return errors.New("nothing was checked")
	case len(r.failed()) > 0:
		return fmt.Errorf("%d of %d checks failed", len(r.failed()), len(r.cells))
	}
	return nil
}

// unpack writes the files of a .tar.gz, which has no directories in it.
func unpack(packed []byte, dir string) error {
	gz, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return fmt.Errorf("the coverage does not unpack: %w", err)
	}
	for t := tar.NewReader(gz); ; {
		header, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the coverage does not unpack: %w", err)
		}
		if err := writeFile(filepath.Join(dir, filepath.Base(header.Name)), t); err != nil {
			return err
		}
	}
}

func writeFile(name string, r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o644)
}
