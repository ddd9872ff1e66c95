// Package sim is a virtual ATECC608 (and, for the commands both parts share,
// an ATECC508A) on a virtual I2C bus.
//
// It stands on the other side of the wire: a Bus takes the bytes of a master
// and the chips on it answer as docs/chip.md says the part does, down to the
// refused address while a command runs. It shares with the driver only what
// package wire and package config hold (layouts and geometry), never
// behaviour, so that a test of one against the other proves something.
//
// Three layers, each in its own files: the bus and the chip's I/O engine
// (bus.go, engine.go, timing.go), what the chip remembers (eeprom.go,
// volatile.go, store.go, image.go), and one file per command (cmd_*.go) behind
// the table in command.go.
//
// A virtual chip keeps no secrets: its keys lie readable in a file, or follow
// from a seed.
package sim
