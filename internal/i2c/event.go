package i2c

import "time"

// Event is one transfer on the bus, or the attempt at one. W starts with the
// word address. An event at address 0 without W is SDA held low. The slices
// are the caller's; whoever wants to keep them copies them.
type Event struct {
	At   time.Time // when it began
	Addr uint16
	W, R []byte
	Err  error
}

// Tee hands each event to all of fns, in order. A nil function is left out.
func Tee(fns ...func(Event)) func(Event) {
	return func(e Event) {
		for _, f := range fns {
			if f != nil {
				f(e)
			}
		}
	}
}
