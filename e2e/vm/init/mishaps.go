package main

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
)

// Exit codes of atecc that mishaps lead to.
const (
	exitRefused        = 3
	exitNoChip         = 4
	exitOutcomeUnknown = 6
	exitBusy           = 7
	exitInterrupted    = 130
)

// mishaps are what goes wrong in the life of a USB device. They come after the
// steps, whose key they use, and the last ones pull the plug.
var mishaps = []check{
	{"no right", noRight},
	{"busy", busy},
	{"ctrl-c", interrupted},
	{"driver", driverIsBack},
	{"unplug", unplugged},
	{"unplug genkey", unpluggedGenKey},
	{"after", workAgain},
}

// slowly is a command that keeps the chip busy for a second or more.
var slowly = []string{"random", "800"}

// nobody is a user without rights.
const nobody = 65534

// noRight: the device node is closed to the user.
func noRight(b *bench) error {
	i := b.command("info")
	i.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if err := i.cmd.Start(); err != nil {
		return err
	}
	o, err := i.finish()
	if err != nil {
		return err
	}
	if !strings.Contains(o.stderr, "permission denied") {
		return fmt.Errorf("stderr does not tell of the permission: %q", o.stderr)
	}
	return o.is(exitNoChip)
}

// begun starts the slow command and waits until it is at work.
func (b *bench) begun() (*invocation, error) {
	i := b.command(slowly...)
	if err := i.cmd.Start(); err != nil {
		return nil, err
	}
	before := transfers.Load()
	if !eventually(func() bool { return transfers.Load() > before+50 }) {
		i.giveUp()
		_ = i.cmd.Wait() // it never got to work
		return nil, errors.New("the slow command makes no USB transfers")
	}
	return i, nil
}

// busy: two programs want the chip at once. The first gets what it came for.
// The second one gets that as well, or is told in a sentence.
func busy(b *bench) error {
	first, err := b.begun()
	if err != nil {
		return err
	}
	second, secondErr := b.atecc("info")
	o, err := first.finish()
	if err := errors.Join(err, secondErr); err != nil {
		return err
	}
	if b.transport.uri == "" {
		return errors.Join(o.is(0, exitRefused, exitNoChip, exitBusy), second.is(0, exitRefused, exitNoChip, exitBusy))
	}
	return errors.Join(o.is(0), second.is(exitNoChip, exitBusy))
}

// interrupted: Ctrl-C in mid-command.
func interrupted(b *bench) error {
	i, err := b.begun()
	if err != nil {
		return err
	}
	if err := i.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	o, err := i.finish()
	if err != nil {
		return err
	}
	return o.is(exitInterrupted)
}

// driverIsBack: what was taken from the kernel has been given back.
func driverIsBack(b *bench) error {
	if !eventually(b.bound) {
		return fmt.Errorf("the driver %s does not have the bridge any more", b.driverName())
	}
	return nil
}

// unplugged: the cable is pulled out while the chip works on a command that
// can be sent again.
func unplugged(b *bench) error {
	if err := b.plug("max"); err != nil {
		return err
	}
	i, err := b.begun()
	if err != nil {
		return err
	}
	o, err := b.cutOff(i)
	if err != nil {
		return err
	}
	return o.is(exitNoChip)
}

// unpluggedGenKey: the same with a command that must not run twice, so that its
// outcome is unknown. The cable is pulled out as soon as the command is on its
// way; on a busy machine the chip may be faster all the same, then once more.
func unpluggedGenKey(b *bench) error {
	const attempts = 5
	for range attempts {
		if err := b.plug("max"); err != nil {
			return err
		}
		i := b.command("genkey", "--slot", "0", "--replace", "-v")
		sent := i.watch("-> GenKey slot 0, new key")
		if err := i.cmd.Start(); err != nil {
			return err
		}
		select {
		case <-sent:
		case <-i.ctx.Done(): // it hangs, as finish will say
		}
		o, err := b.cutOff(i)
		if err != nil {
			return err
		}
		if o.code != 0 {
			o.stderr = withoutTrace(o.stderr)
			return o.is(exitOutcomeUnknown)
		}
	}
	return fmt.Errorf("the key was made before the cable was out, %d times", attempts)
}

// withoutTrace leaves what -v has not added to stderr.
func withoutTrace(stderr string) string {
	var kept strings.Builder
	for line := range strings.Lines(stderr) {
		if strings.HasPrefix(line, "atecc: ") || strings.HasPrefix(line, "hint: ") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// cutOff pulls the cable out under a command.
func (b *bench) cutOff(i *invocation) (outcome, error) {
	gone := b.cut()
	o, err := i.finish()
	return o, errors.Join(err, gone)
}

// workAgain: plugged in again, all is well.
func workAgain(b *bench) error {
	if err := b.plug("typical"); err != nil {
		return err
	}
	o, err := b.atecc("info")
	if err != nil {
		return err
	}
	return o.is(0)
}

// tooFast: the kernel's driver for the MCP2221 runs the bus at 400 kHz, where
// the wake pulse is too short. The error must name the clock and the way out.
func tooFast(b *bench) error {
	o, err := b.atecc("info")
	if err != nil {
		return err
	}
	for _, word := range []string{"400kHz", "mcp2221:"} {
		if !strings.Contains(o.stderr, word) {
			return fmt.Errorf("stderr does not name %q: %q", word, o.stderr)
		}
	}
	return o.is(exitNoChip)
}
