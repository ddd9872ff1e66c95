package main

import (
	"encoding/json"
	"fmt"
)

// schema is the version of all JSON that the program prints. It grows when a
// field changes its meaning or goes away, not when one is added.
const schema = 1

// printJSON prints one value, indented, with a newline.
func (a *app) printJSON(v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "%s\n", b)
	return err
}

// printBinary writes data that is no text. It refuses a terminal.
func (a *app) printBinary(b []byte, format string) error {
	if a.outIsTerminal() {
		return usagef("format %q is binary, and stdout is a terminal: redirect it to a file, or choose another --format", format)
	}
	_, err := a.out.Write(b)
	return err
}
