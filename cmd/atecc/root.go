package main

import (
	"github.com/spf13/cobra"
)

func newRootCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "atecc",
		Short: "Work with ATECC608 security chips, real and virtual",
		Long: `atecc talks to an ATECC608 (or 508A) security chip: on an I2C bus of this
machine, behind a USB bridge, or to a virtual chip that needs no hardware.

The chip is named by --device or $ATECC_DEVICE:

  i2c:1                        the bus /dev/i2c-1, address 0x60
  i2c:/dev/i2c-1?addr=0x35     another address (also: addr=tng, addr=0x6A)
  ft232h:                      behind an FT232H; ft232h:1-1.2 by its place on USB
  mcp2221:                     behind an MCP2221(A)
  sim:                         a virtual chip in memory, with a key in slot 0
  sim:chip.json?image=jwt      a virtual chip kept in a file

Without either, the I2C buses are searched; a virtual chip is never used
unless it was asked for, and no USB bridge is taken from a kernel driver.

Exit codes: 0 done, 1 failed, 2 usage, 3 the chip refused, 4 no chip or broken
link, 5 a check came out negative, 6 outcome unknown, 7 busy, 130 interrupted.`,
		Example: `  atecc sign-jwt --device sim: --project my-project
  atecc scan
  atecc info --device i2c:1`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          usage(cobra.NoArgs),
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	f := cmd.PersistentFlags()
	f.StringVarP(&a.device, "device", "d", "", "the chip, as a URI (default $ATECC_DEVICE, else search the buses)")
	f.BoolVar(&a.json, "json", false, "print JSON; errors too, on stderr")
	f.BoolVarP(&a.verbose, "verbose", "v", false, "show every command and answer on stderr, in words")
	f.StringVar(&a.trace, "trace", "", "write every byte on the bus to `FILE`")
	f.BoolVar(&a.traceSecrets, "trace-secrets", false, "do not mask secrets in the trace file")
	f.DurationVar(&a.patience, "patience", 0, "how long to try to wake the chip (default 1.9s; a chip with the long watchdog may need 20s)")
	cmd.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return exclusive(cmd, "json", "verbose") }

	cmd.SetIn(a.in)
	cmd.SetOut(a.out)
	cmd.SetErr(a.err)
	cmd.SetFlagErrorFunc(seeHelp)
	cmd.AddCommand(
		newScanCmd(a), newInfoCmd(a), newConfigCmd(a), newRandomCmd(a),
		newGenKeyCmd(a), newPubKeyCmd(a), newSignCmd(a), newVerifyCmd(a),
		newSignJWTCmd(a), newVerifyJWTCmd(a), newSimCmd(a), newVersionCmd(a),
	)
	strictCompletion(cmd)
	return cmd
}

// strictCompletion makes cobra's own command refuse a shell that it does not
// know, instead of printing its help.
func strictCompletion(root *cobra.Command) {
	root.InitDefaultCompletionCmd("completion")
	for _, cmd := range root.Commands() {
		if cmd.Name() == "completion" {
			cmd.Args = usage(cobra.NoArgs)
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
}

// usage makes cobra's argument checks usage errors.
func usage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return seeHelp(cmd, err)
		}
		return nil
	}
}

// seeHelp makes an error of cobra a usage error that says where to read on.
func seeHelp(cmd *cobra.Command, err error) error {
	return usageError{err, "see " + cmd.CommandPath() + " --help"}
}

// exclusive refuses two flags that exclude each other.
func exclusive(cmd *cobra.Command, one, other string) error {
	if cmd.Flags().Changed(one) && cmd.Flags().Changed(other) {
		return usagef("--%s and --%s exclude each other; give one of them", one, other)
	}
	return nil
}
