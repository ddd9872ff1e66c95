package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"atecc/internal/atca"
	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

type configShowOpts struct {
	hex bool
}

func newConfigCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "config",
		Short:   "Look at the configuration zone",
		Example: `  atecc config show --device sim:`,
		Args:    usage(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newConfigShowCmd(a))
	return cmd
}

func newConfigShowCmd(a *app) *cobra.Command {
	o := configShowOpts{}
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show every field and slot of the configuration zone in words",
		Example: `  atecc config show --device sim:
  atecc config show --hex --device sim:`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := exclusive(cmd, "hex", "json"); err != nil {
				return err
			}
			return runConfigShow(cmd.Context(), a, o)
		},
	}
	cmd.Flags().BoolVar(&o.hex, "hex", false, "print the 128 bytes as one line of hex")
	return cmd
}

func runConfigShow(ctx context.Context, a *app, o configShowOpts) error {
	var zone config.Zone
	err := a.withChip(ctx, func(_ *target, s *atca.Session) (err error) {
		zone, err = s.ReadConfig(ctx)
		return err
	})
	switch {
	case err != nil:
		return err
	case o.hex:
		_, err = fmt.Fprintf(a.out, "%x\n", zone[:])
		return err
	case a.json:
		return a.printZone(zone)
	}
	return printConfig(a, zone)
}

// printZone prints the zone as the JSON that package config reads back, with
// the words beside it.
func (a *app) printZone(zone config.Zone) error {
	b, err := zone.DescribeJSON()
	if err != nil {
		return err
	}
	return a.printJSON(json.RawMessage(b))
}

func printConfig(a *app, zone config.Zone) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, line := range zone.Describe() {
		fmt.Fprintf(w, "%s\t%s\t%s\n", line.Name, line.Hex, line.Text)
	}
	for n := range wire.Slots {
		slot := zone.Slot(n)
		words := zone.DescribeSlot(n)
		bits := fmt.Sprintf("%04x %04x", uint16(slot.Config), uint16(slot.Key))
		fmt.Fprintf(w, "Slot[%d]\t%s\t%s\n", n, bits, strings.Join(words, "; "))
	}
	return w.Flush()
}
