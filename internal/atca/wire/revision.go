package wire

import "fmt"

// Revision is what Info answers in mode 0: two zero bytes, the family, the
// silicon revision.
type Revision [4]byte

// Family bytes of a revision.
const (
	family508 = 0x50
	family608 = 0x60
)

// Part tells the family, or 0 for a chip that is of neither.
func (r Revision) Part() Part {
	switch r[2] {
	case family508:
		return Part508
	case family608:
		return Part608
	}
	return 0
}

// Name is the part's name. Revisions after that of the 608B are taken for a
// 608C: an unknown revision must not stop a chip from being used.
func (r Revision) Name() string {
	switch {
	case r[2] == family508:
		return "ATECC508A"
	case r[2] == family608 && r[3] <= 2:
		return "ATECC608A"
	case r[2] == family608 && r[3] == 3:
		return "ATECC608B"
	case r[2] == family608:
		return "ATECC608C"
	}
	return fmt.Sprintf("unknown part (revision %x)", r[:])
}

// String is the revision in hex, as it travels.
func (r Revision) String() string { return fmt.Sprintf("%x", r[:]) }
