package main

import (
	"errors"
	"os"
	"strings"
	"syscall"

	"atecc/internal/atca"
	"atecc/internal/atca/sim"
	"atecc/internal/atca/wire"
	"atecc/internal/i2c"
	"atecc/internal/i2c/sysfs"
)

// Settings in config.txt of a Raspberry Pi.
const (
	busOn   = "dtparam=i2c_arm=on"
	slowBus = "dtparam=i2c_arm_baudrate=100000" // slow enough to wake the chip
)

// hints is read from the top: the first row that fits gives the hint.
var hints = []struct {
	fits func(error) bool
	hint string
}{
	{
		func(err error) bool { return errors.Is(err, wire.ErrOutcomeUnknown) },
		"the command may have run: look at the chip (atecc info, atecc pubkey) before you try again",
	},
	{
		func(err error) bool { return errors.Is(err, atca.ErrSelfTest) },
		"take the supply away and bring it back; if it stays so, the chip is broken",
	},
	{
		func(err error) bool { return errors.Is(err, atca.ErrNotRandom) },
		"provision the chip first; atecc config show tells what it holds",
	},
	{
		func(err error) bool { return errors.Is(err, sim.ErrInUse) },
		"wait for the other process, or use another file",
	},
	{
		func(err error) bool { return errors.Is(err, sysfs.ErrTooFast) },
		"say --device mcp2221: to have the bridge taken from its driver and run at 100 kHz",
	},
	{
		func(err error) bool { return tooFast(err) && onBridge(err) },
		"leave out hz=, then the bridge runs at 100 kHz",
	},
	{
		tooFast,
		"on a Raspberry Pi set " + slowBus + " in config.txt and reboot; elsewhere give the bus a clock of 100 kHz in the device tree",
	},
	{
		phase(i2c.PhaseOpen, syscall.EBUSY),
		"end the other program; fuser -v on the device in /dev/bus/usb tells which it is",
	},
	{
		func(err error) bool { return phase(i2c.PhaseOpen, syscall.EACCES)(err) && onBridge(err) },
		"copy packaging/70-atecc.rules to /etc/udev/rules.d, run udevadm control --reload, and plug the bridge in again",
	},
	{
		phase(i2c.PhaseOpen, syscall.EACCES),
		"add yourself to the group of the device (sudo usermod -aG i2c $USER) and log in again; " +
			"packaging/70-atecc.rules makes i2c that group where it is not",
	},
	{
		func(err error) bool { return phase(i2c.PhaseOpen, syscall.ENOENT)(err) && !onBridge(err) },
		"atecc scan lists the buses that have a chip; on a Raspberry Pi set " + busOn + " in config.txt and reboot",
	},
	{
		unplugged,
		"the adapter stopped working, as one does that was unplugged: plug it in again, and see whether atecc scan finds it",
	},
	{
		is[*atca.WakeError],
		"check wiring, supply and address (atecc scan tries the known ones); " +
			"a bus whose clock is not known may be faster than 133 kHz (" + slowBus + "); " +
			"a chip on the long watchdog may need --patience 20s",
	},
	{
		is[noChipError],
		"atecc scan shows what was searched; --device sim: is a virtual chip that needs no hardware",
	},
	{
		func(err error) bool { return errors.Is(err, wire.StatusExecution) },
		"atecc config show tells what the slots allow",
	},
	{
		func(err error) bool { return errors.Is(err, os.ErrPermission) },
		"ls -l shows who may read and write the file",
	},
}

func tooFast(err error) bool {
	var wake *atca.WakeError
	return errors.As(err, &wake) && wake.TooFast
}

// onBridge says whether the failure is that of a USB bridge of our own, whose
// name is its URI.
func onBridge(err error) bool {
	var bus *i2c.BusError
	return errors.As(err, &bus) && (strings.HasPrefix(bus.Bus, "ft232h:") || strings.HasPrefix(bus.Bus, "mcp2221:"))
}

// unplugged fits what the kernel says of a USB adapter that is gone. It is not
// of one mind: i2c-tiny-usb, for one, then knows no transfers at all.
func unplugged(err error) bool {
	return errors.Is(err, syscall.ENODEV) || errors.Is(err, syscall.ESHUTDOWN) || errors.Is(err, syscall.EOPNOTSUPP)
}

// phase fits a failure of the link in one phase, with one errno.
func phase(p i2c.Phase, errno syscall.Errno) func(error) bool {
	return func(err error) bool {
		var bus *i2c.BusError
		return errors.As(err, &bus) && bus.Phase == p && bus.Errno == errno
	}
}

// hintFor is the way out of an error, or "".
func hintFor(err error) string {
	var refusal *refusalError
	if errors.As(err, &refusal) && refusal.hint != "" {
		return refusal.hint
	}
	for _, row := range hints {
		if row.fits(err) {
			return row.hint
		}
	}
	var usage usageError
	if errors.As(err, &usage) {
		return usage.hint
	}
	return ""
}
