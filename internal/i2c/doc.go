// Package i2c carries command groups to an ATECC608 and answers back. It knows
// how the chip behaves on the wire (word addresses, the wake pulse, the refusal
// of its address while it computes) and nothing of what the commands mean.
//
// Conn does that over any bus that has periph's i2c.BusCloser interface. What
// such a bus cannot express is an optional interface, found by assertion:
//
//	HoldSDA(ctx context.Context, d time.Duration) error // holds SDA low: a wake pulse at any clock
//	Clock() (physic.Frequency, bool)                    // the bus clock, where it is known
//	MaxTxSize() int                                     // periph's conn.Limits: the longest write
//
// docs/chip.md, "Bus: wake, sleep, idle, reading and writing", has the facts.
package i2c
