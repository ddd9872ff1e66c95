// Package atca drives an ATECC608 (or 508A) behind an i2c.Link.
//
// A Device owns the link. Everything that talks to the chip happens in a
// Session, which Device.Do opens: it takes the chip, wakes it, runs the
// function and puts the chip to sleep. Chip commands are methods of Session, so
// that a command to a sleeping chip, or another caller's Nonce between a Nonce
// and its Sign, cannot be written.
//
// The engine (engine.go) sends every command by one path: it keeps the
// watchdog's budget, sends, waits until just before the answer is due, polls,
// checks count and CRC, and decides by the opcode's retry class (wire.Again)
// what may be done when something went wrong.
package atca
