package main

import (
	"fmt"
	"runtime"
	"time"

	"github.com/spf13/cobra"
)

// version is the release that this source belongs to.
const version = "0.1.0"

// releaseDate is the day of that release. A clock that shows an earlier time is
// wrong, and a token that it dates would be refused.
var releaseDate = time.Date(2026, time.November, 25, 0, 0, 0, 0, time.UTC)

func newVersionCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Example: `  atecc version
  atecc version --json`,
		Args: usage(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error { return runVersion(a) },
	}
}

func runVersion(a *app) error {
	platform := runtime.GOOS + "/" + runtime.GOARCH
	if a.json {
		return a.printJSON(struct {
			Schema   int    `json:"schema"`
			Version  string `json:"version"`
			Go       string `json:"go"`
			Platform string `json:"platform"`
		}{schema, version, runtime.Version(), platform})
	}
	_, err := fmt.Fprintf(a.out, "atecc %s (%s, %s)\n", version, runtime.Version(), platform)
	return err
}
