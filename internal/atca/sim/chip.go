package sim

import (
	"io"
	"slices"
	"time"
)

// Options say what kind of chip it is and how it behaves.
type Options struct {
	// Image names a configuration zone of package config. Empty means a new
	// ATECC608B as it leaves the factory.
	Image string
	// Config, where it is set, is the configuration zone itself, such as one
	// read from a real chip. It excludes Image.
	Config *[128]byte
	// Seed is what the serial number, the keys of an image and the spread of
	// the execution times follow from. The empty seed is as good as another.
	Seed string
	// Timing is how long things take; the zero value takes no time.
	Timing Timing
	// SeededRandom lets the seed decide also on random numbers and new keys,
	// but never on signatures.
	SeededRandom bool
	// Now is the chip's clock; nil means time.Now. It is for a chip that is
	// served to clients which advance its time themselves.
	Now func() time.Time
}

// Origin tells where a chip came from.
type Origin struct {
	Image      string // name of the image, empty for factory-blank or Config
	Seed       string
	SeededKeys []int // slots whose private key follows from the seed
}

// Chip is one virtual chip. It lives on a Bus, which serialises what happens
// to it; without one it is not safe for concurrent use.
type Chip struct {
	mem   eeprom
	state volatile
	latch bool // persistent latch: survives sleep, not the loss of power
	// bootEnded: a SecureBoot was the last one until power is lost.
	bootEnded bool
	port      port

	origin  Origin
	entropy io.Reader        // random numbers once the configuration is locked
	clock   clock            // how long a command takes
	wall    func() time.Time // what time it is
	store   *store           // nil for a chip in memory
}

// New makes a chip that lives in memory only.
func New(o Options) (*Chip, error) {
	mem, origin, err := manufacture(o)
	if err != nil {
		return nil, err
	}
	return powerUp(mem, origin, nil, o), nil
}

// powerUp makes a chip of its memory. It is asleep, at the address that its
// configuration says.
func powerUp(mem eeprom, origin Origin, st *store, o Options) *Chip {
	now := o.Now
	if now == nil {
		now = time.Now
	}
	return &Chip{
		mem:     mem,
		port:    port{sampled: sample(mem.config)},
		origin:  origin,
		entropy: newEntropy(o.SeededRandom, origin.Seed),
		clock:   newClock(o.Timing, origin.Seed),
		wall:    now,
		store:   st,
	}
}

// Address is the 7-bit address in force. After a command that moves the chip
// it stays until the next wake from sleep. Not to be called during a
// transaction.
func (c *Chip) Address() uint16 { return c.port.address }

// Origin tells where the chip came from.
func (c *Chip) Origin() Origin {
	o := c.origin
	o.SeededKeys = slices.Clone(o.SeededKeys)
	return o
}

// Close lets go of the state file. What was written is in it already.
func (c *Chip) Close() error {
	if c.store == nil {
		return nil
	}
	return c.store.close()
}

// save writes the memory to the state file, where there is one.
func (c *Chip) save() error {
	if c.store == nil {
		return nil
	}
	return c.store.save(c.mem, c.origin)
}
