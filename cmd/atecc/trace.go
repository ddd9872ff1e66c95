package main

import (
	"bufio"
	"errors"
	"os"

	"atecc/internal/i2c"
)

// openTrace opens what --trace and --verbose ask for. Trace files may tell a
// lot, so they are for their owner only.
func (a *app) openTrace() (trace func(i2c.Event), closeAll func() error, err error) {
	closeAll = func() error { return nil }
	if a.traceSecrets && a.trace == "" {
		return nil, nil, usagef("--trace-secrets needs --trace FILE")
	}
	var sinks []func(i2c.Event)
	if a.verbose {
		sinks = append(sinks, i2c.WordTrace(a.err))
	}
	if a.trace != "" {
		f, err := createPrivate(a.trace)
		if err != nil {
			return nil, nil, err
		}
		w := bufio.NewWriter(f)
		sinks = append(sinks, i2c.RawTrace(w, a.traceSecrets))
		closeAll = func() error { return errors.Join(w.Flush(), f.Close()) }
	}
	if len(sinks) == 0 {
		return nil, closeAll, nil
	}
	return i2c.Tee(sinks...), closeAll, nil
}

// createPrivate creates a file, or empties one, that only its owner may read. A
// file that was there may have had another mode; what is no file, such as a
// pipe, keeps it.
func createPrivate(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() {
		err = f.Chmod(0o600)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// withTrace runs fn with the trace and closes its file afterwards.
func (a *app) withTrace(fn func(trace func(i2c.Event)) error) error {
	trace, closeTrace, err := a.openTrace()
	if err != nil {
		return err
	}
	return errors.Join(fn(trace), closeTrace())
}
