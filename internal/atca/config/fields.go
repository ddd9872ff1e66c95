package config

import "encoding/binary"

// Access says who may change a field.
type Access int

// Kinds of access, from never to only by a command.
const (
	AccessFactory Access = iota // set in the factory for good
	AccessConfig                // by Write, until the configuration zone is locked
	AccessBoth                  // by Write until then, by a command of its own after
	AccessCommand               // by a command of its own only
)

// String says it in words.
func (a Access) String() string {
	return [...]string{
		AccessFactory: "fixed in the factory",
		AccessConfig:  "writable until the configuration zone is locked",
		AccessBoth:    "writable until the configuration zone is locked, then changed by commands",
		AccessCommand: "changed by commands only",
	}[a]
}

// Kind is the way in which a field is shown and given.
type Kind int

// Kinds of fields.
const (
	KindFlag   Kind = iota // one bit
	KindNumber             // a number
	KindBytes              // whole bytes as hexadecimal digits, in the order of the zone
)

// NoSlot is the slot of a field that belongs to the whole chip.
const NoSlot = -1

// Field is one piece of the zone. The fields of a part cover each of its 1,024
// bits exactly once.
type Field struct {
	Name   string // unique, such as "SlotConfig[3].ReadKey"
	Key    string // the name within its slot, such as "ReadKey"; else equal to Name
	Slot   int    // 0 to 15, or NoSlot
	Offset int    // of the first byte
	Bit    int    // lowest bit, within the little-endian number that starts at Offset
	Width  int    // in bits, at most 64
	Kind   Kind
	// ActiveLow marks a flag that is set when its bit is 0.
	ActiveLow bool
	Access    Access
	Meaning   string // for the reader of a table

	// words describes a value; without it, only a value that is not zero is
	// worth a word.
	words func(z Zone, v uint64) string
}

// Fields is the table of a part's fields, in the order of their bytes. Nothing
// else in this package decides what a bit means to a person or to JSON.
func Fields(p Part) []Field { return layout(p) }

// Max is the largest value of the field.
func (f Field) Max() uint64 { return 1<<f.Width - 1 }

// span is the number of bytes that the field touches.
func (f Field) span() int { return (f.Bit + f.Width + 7) / 8 }

// Value is the field's bits as a number, low byte first as the chip stores it.
func (z Zone) Value(f Field) uint64 {
	return z.load(f) >> f.Bit & f.Max()
}

// Set changes the field's bits and no others. Bits of v beyond the field's
// width are dropped.
func (z *Zone) Set(f Field, v uint64) {
	mask := f.Max() << f.Bit
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], z.load(f)&^mask|v<<f.Bit&mask)
	copy(z[f.Offset:f.Offset+f.span()], b[:])
}

// load is the little-endian number that the field lies in.
func (z Zone) load(f Field) uint64 {
	var b [8]byte
	copy(b[:f.span()], z[f.Offset:])
	return binary.LittleEndian.Uint64(b[:])
}

// Flag is the meaning of a one-bit field: whether what it names holds.
func (z Zone) Flag(f Field) bool { return (z.Value(f) == 1) != f.ActiveLow }
