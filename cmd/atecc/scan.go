package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"atecc/internal/atca"
	"atecc/internal/i2c"
)

type scanOpts struct {
	all bool
}

func (o scanOpts) effort() effort {
	if o.all {
		return effortAll
	}
	return effortScan
}

func newScanCmd(a *app) *cobra.Command {
	var o scanOpts
	cmd := &cobra.Command{
		Use:   "scan",
		Short: "Find chips and print the device URI to use",
		Long: `Looks for chips on all I2C buses of this machine, at the addresses that parts of
this family have: /dev/i2c-*, and behind USB bridges FT232H and MCP2221, which are
taken from their kernel drivers and given back. A sleeping chip does not show up
in i2cdetect; scan wakes it.

Adapters that belong to a mainboard or a graphics card (SMBus, DDC, DP AUX,
PMIC) are left alone unless --all is given, because a scan sends general calls,
and so are FT2232H and FT4232H, which are mostly part of something else.`,
		Example: `  atecc scan
  atecc scan --json
  atecc scan --device sim:`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return runScan(cmd.Context(), a, o) },
	}
	cmd.Flags().BoolVar(&o.all, "all", false, "also touch adapters that are usually left alone")
	return cmd
}

// scanResult is one chip in the JSON list.
type scanResult struct {
	Schema       int    `json:"schema"`
	Device       string `json:"device"`
	Address      string `json:"address"`
	Part         string `json:"part"`
	Revision     string `json:"revision"`
	Serial       string `json:"serial"`
	ConfigLocked bool   `json:"config_locked"`
	DataLocked   bool   `json:"data_locked"`
}

func runScan(ctx context.Context, a *app, o scanOpts) error {
	found, err := a.scan(ctx, o)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(scanResults(found))
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, f := range found {
		fmt.Fprintf(w, "%s\t%s\t%s\tconfig %s\tdata %s\n", f.uri, f.revision.Name(), f.zone.SerialString(),
			lockWord(f.zone.ConfigLocked()), lockWord(f.zone.DataLocked()))
	}
	return w.Flush()
}

// scan looks at the named device, on the named bus, or everywhere. To find
// nothing is a result, not a failure.
func (a *app) scan(ctx context.Context, o scanOpts) ([]sighting, error) {
	text := a.deviceText()
	u, err := i2c.ParseURI(text)
	_, atAddress := u.Param("addr")
	_, isBus := busSchemes[u.Scheme]
	switch {
	case text == "":
		return a.scanBuses(func(trace func(i2c.Event)) ([]sighting, error) { return a.searchAll(ctx, trace, o.effort()) })
	case err == nil && isBus && !atAddress:
		return a.scanBuses(func(trace func(i2c.Event)) ([]sighting, error) { return a.searchBus(ctx, trace, u) })
	}
	var found []sighting
	err = a.withChip(ctx, func(t *target, s *atca.Session) error {
		id, err := identify(ctx, s)
		found = append(found, sighting{t.uri.String(), t.address, id})
		return err
	})
	return found, err
}

// scanBuses runs a search, and says where to look on when it finds nothing.
func (a *app) scanBuses(search func(trace func(i2c.Event)) ([]sighting, error)) (found []sighting, err error) {
	err = a.withTrace(func(trace func(i2c.Event)) (err error) {
		found, err = search(trace)
		return err
	})
	if len(found) == 0 && (err == nil || is[noChipError](err)) {
		a.note("no chip was found; atecc info with a --device such as i2c:1 tells what is wrong with that bus")
		err = nil
	}
	return found, err
}

func scanResults(found []sighting) []scanResult {
	results := []scanResult{} // an empty list, not null
	for _, f := range found {
		results = append(results, scanResult{
			Schema: schema, Device: f.uri, Address: fmt.Sprintf("0x%02x", f.address.Bits7),
			Part: f.revision.Name(), Revision: f.revision.String(), Serial: f.zone.SerialString(),
			ConfigLocked: f.zone.ConfigLocked(), DataLocked: f.zone.DataLocked(),
		})
	}
	return results
}

func lockWord(locked bool) string {
	if locked {
		return "locked"
	}
	return "not locked"
}
