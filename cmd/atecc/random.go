package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"atecc/internal/atca"
)

// maxRandom bounds what one call may ask for: at 32 bytes a command this is
// some minutes of work for the chip.
const maxRandom = 1 << 20

type randomOpts struct {
	bytes  int
	format string
}

func newRandomCmd(a *app) *cobra.Command {
	o := randomOpts{bytes: 32}
	cmd := &cobra.Command{
		Use:   "random [BYTES]",
		Short: "Print random bytes of the chip's generator",
		Example: `  atecc random 16 --device sim:
  atecc random 64 --format raw --device sim: > seed.bin`,
		Args: usage(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				n, err := strconv.Atoi(args[0])
				if err != nil || n < 1 || n > maxRandom {
					return usagef("%q is no number of bytes from 1 to %d", args[0], maxRandom)
				}
				o.bytes = n
			}
			return runRandom(cmd.Context(), a, o)
		},
	}
	cmd.Flags().StringVar(&o.format, "format", "hex", "hex or raw")
	return cmd
}

func runRandom(ctx context.Context, a *app, o randomOpts) error {
	if o.format != "hex" && o.format != "raw" {
		return usagef("--format %q is not known; it is hex or raw", o.format)
	}
	var random []byte
	err := a.withChip(ctx, func(_ *target, s *atca.Session) error {
		for len(random) < o.bytes {
			block, err := s.Random(ctx)
			if err != nil {
				return err
			}
			random = append(random, block[:]...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	random = random[:o.bytes]
	switch {
	case a.json:
		return a.printJSON(struct {
			Schema int    `json:"schema"`
			Random string `json:"random"`
		}{schema, hex.EncodeToString(random)})
	case o.format == "raw":
		return a.printBinary(random, o.format)
	}
	_, err = fmt.Fprintf(a.out, "%x\n", random)
	return err
}
