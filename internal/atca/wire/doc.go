// Package wire holds what both ends of the wire agree on: frames and their
// CRC, status codes, the table of opcodes, the geometry of the zones, and the
// layouts of the messages that the chip hashes. It has no behaviour of either
// end, so that the driver (package atca) and the virtual chip (package sim)
// cannot prove each other right by sharing a mistake.
//
// Names are those of the ATECC508A data sheet (Microchip DS20005927), the only
// complete public one; docs/chip.md describes what differs on the ATECC608.
package wire
