// Package config reads and writes the chip's 128-byte configuration zone: the
// table of its fields, typed access to the ones that programs ask for, words
// for people, JSON, and well-known images. It talks to no chip.
//
// Names are those of the ATECC508A data sheet (Microchip DS20005927) and, for
// what only the ATECC608 has, of its public product data sheets (DS40002112,
// DS40002138). docs/chip.md, "Configuration zone", describes the bytes.
package config
