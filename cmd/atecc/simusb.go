package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"atecc/internal/atca/sim"
	"atecc/internal/atca/sim/usb"
	"atecc/internal/i2c"
)

func newSimCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "sim",
		Short:   "Let other programs use a virtual chip",
		Example: `  atecc sim usb --as tiny-usb`,
		Args:    usage(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newSimUSBCmd(a))
	return cmd
}

type simUSBOpts struct {
	as     string
	chip   string // what follows sim: in a device URI
	image  string
	serial string
}

func newSimUSBCmd(a *app) *cobra.Command {
	var o simUSBOpts
	cmd := &cobra.Command{
		Use:   "usb --as KIND [FILE][?PARAMETERS]",
		Short: "Plug a virtual USB bridge with a virtual chip into this kernel",
		Long: `Plugs a virtual USB-to-I2C bridge into this machine's kernel, with a virtual chip
on its bus, prints one line, and stays until Ctrl-C, which unplugs it. Drivers
of the kernel and programs in any language see a real bridge: tiny-usb, osif,
diolan, cp2112 and mcp2221 become /dev/i2c-N, ft232h is an FTDI chip.

It needs root and the kernel's virtual USB host (modprobe vhci-hcd). Nothing goes
over a network. The driver of the bridge is the kernel's affair: it loads the
module by itself, where it has one; /dev/i2c-N needs modprobe i2c-dev.

The chip is named as after sim: in a device URI, with the parameters image, rng,
seed and timing. Without a file it is in memory, with a key in slot 0. It takes
as long as silicon (timing=typical) unless the parameter says otherwise.`,
		Example: `  atecc sim usb --as tiny-usb
  atecc sim usb --as ft232h --image tngtls-608B --serial BENCH2
  atecc sim usb --as cp2112 'chip.json?image=jwt&timing=max'`,
		Args: usage(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.chip = strings.Join(args, "")
			return runSimUSB(cmd.Context(), a, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.as, "as", "", "kind of bridge: "+strings.Join(usb.Kinds(), ", "))
	f.StringVar(&o.image, "image", "", "start from a known configuration, as the parameter does")
	f.StringVar(&o.serial, "serial", "ATECCSIM", "USB serial number of the bridge")
	return cmd
}

func runSimUSB(ctx context.Context, a *app, o simUSBOpts) error {
	if !slices.Contains(usb.Kinds(), o.as) {
		return usagef("--as %q is not a bridge; there are %s", o.as, strings.Join(usb.Kinds(), ", "))
	}
	chip, err := newServedSim(o)
	if err != nil {
		return err
	}
	bus := sim.NewBus(o.as, 0, chip)
	err = usb.Attach(ctx, o.as, bus, usb.Options{
		Root:     a.sysRoot,
		Serial:   o.serial,
		Attached: func() error { return a.printAttached(o, chip.Address()) },
	})
	if errors.Is(err, fs.ErrPermission) {
		err = notRootError{err}
	}
	return errors.Join(err, bus.Close())
}

// notRootError says who may plug a device in. It does not unwrap: that a file
// belongs to somebody else, as is said of other files, is no help here.
type notRootError struct{ cause error }

func (e notRootError) Error() string {
	return fmt.Sprintf("only root can plug a device into the kernel; use sudo (%v)", e.cause)
}

// newServedSim makes the chip. The clock of the bus is for the host to set, and
// the address is the chip's own.
func newServedSim(o simUSBOpts) (*sim.Chip, error) {
	u, err := i2c.ParseURI("sim:" + o.chip)
	if err == nil {
		err = u.Allow("image", "rng", "seed", "timing")
	}
	if err != nil {
		return nil, asUsage(err)
	}
	options, _, err := simOptions(u)
	if err != nil {
		return nil, asUsage(err)
	}
	if _, given := u.Param("timing"); !given {
		options.Timing = sim.TimingTypical
	}
	if o.image != "" {
		options.Image = o.image
	}
	return newSim(u.Path, options)
}

// printAttached tells a script that waits for it that the bridge is there.
func (a *app) printAttached(o simUSBOpts, address uint16) error {
	if a.json {
		return a.printJSON(struct {
			Schema  int    `json:"schema"`
			Bridge  string `json:"bridge"`
			Serial  string `json:"serial"`
			Address string `json:"address"`
		}{schema, o.as, o.serial, fmt.Sprintf("0x%02x", address)})
	}
	_, err := fmt.Fprintf(a.out, "%s %s is plugged in, with a chip at 0x%02x\n", o.as, o.serial, address)
	return err
}
