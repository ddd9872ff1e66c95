package config

import "encoding/hex"

// Image is a well-known content of the configuration zone.
type Image struct {
	Name   string
	Device string // as marked by its maker, such as "ATECC608A-TNGTLS"
	Source string // where the bytes come from
	Notes  string
	Zone   Zone
	// Placeholder marks bytes that differ from part to part, or that the source
	// does not tell.
	Placeholder [Size]bool
}

// imageRow is an image in the table.
type imageRow struct {
	name, device, source, notes string
	zone                        string
	placeholder                 []span
}

// span is a range of bytes, both ends included.
type span struct{ first, last int }

// Images returns all images, in order of their names.
func Images() []Image {
	all := make([]Image, 0, len(images))
	for _, row := range images {
		all = append(all, row.image())
	}
	return all
}

// LookupImage finds an image by its name.
func LookupImage(name string) (Image, bool) {
	for _, row := range images {
		if row.name == name {
			return row.image(), true
		}
	}
	return Image{}, false
}

func (r imageRow) image() Image {
	im := Image{Name: r.name, Device: r.device, Source: r.source, Notes: r.notes}
	if n, err := hex.Decode(im.Zone[:], []byte(r.zone)); err != nil || n != Size {
		panic("image " + r.name + ": its zone is not 128 bytes of hex") // a test makes them all
	}
	for _, s := range r.placeholder {
		for i := s.first; i <= s.last; i++ {
			im.Placeholder[i] = true
		}
	}
	return im
}
