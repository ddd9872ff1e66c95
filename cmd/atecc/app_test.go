package main

import (
	"bytes"
	"strings"
	"testing"
)

// testApp is a program with stdin, without environment and without buses.
func testApp(stdin string) *app {
	return newApp(strings.NewReader(stdin), new(bytes.Buffer), new(bytes.Buffer), func(string) string { return "" })
}

// runApp runs one command line in this process.
func runApp(t *testing.T, a *app, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	a.out, a.err = &out, &err
	code = a.run(t.Context(), args)
	return code, out.String(), err.String()
}
