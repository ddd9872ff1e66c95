package sysfs

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"periph.io/x/conn/v3/physic"
)

// ErrTooFast is in the chain of the errors of an MCP2221 behind the kernel's
// driver. The driver sets 400 kHz when it starts and lets nobody change that, so
// a general call lasts 20 us there and wakes no chip.
var ErrTooFast = errors.New("the kernel runs an MCP2221 at 400 kHz, which wakes no chip; as mcp2221: it runs at 100 kHz")

// bridge is what must be known of a USB adapter that the kernel offers as an
// I2C bus.
type bridge struct {
	part   string           // of the name that its driver gives it
	maxTx  int              // longest write, 0 for no limit that matters
	clock  physic.Frequency // the only one there is, 0 where it can be set
	tells  bool             // whether it tells its clock in sysfs
	remedy error            // what to add to its errors
}

var bridges = []bridge{
	// Its driver refuses longer writes, and from 256 bytes on reports success
	// for a write that it has cut.
	{part: "CP2112", maxTx: 61},
	{part: "MCP2221", clock: 400 * physic.KiloHertz, remedy: ErrTooFast},
	// Its driver cuts long writes itself, and says EIO for all refusals.
	{part: "FT260", tells: true},
}

// bridgeOf finds a bridge by the name of its adapter. Most adapters are none,
// or have nothing special about them.
func bridgeOf(name string) bridge {
	for _, b := range bridges {
		if strings.Contains(name, b.part) {
			return b
		}
	}
	return bridge{}
}

// kilohertzIn reads the clock from a file of a FT260.
func kilohertzIn(file string) (physic.Frequency, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	khz, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 16)
	return physic.Frequency(khz) * physic.KiloHertz, err == nil && khz > 0
}
