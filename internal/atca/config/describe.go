package config

import (
	"encoding/hex"
	"strings"
)

// Line is one piece of the zone as a person reads it.
type Line struct {
	Name string `json:"name"`
	Hex  string `json:"hex"`  // its bytes, in the order of the zone
	Text string `json:"text"` // what they mean
}

// Describe says what everything but the slots means. Fields that share bytes,
// such as the bits of ChipMode, share a line.
func (z Zone) Describe() []Line {
	var lines []Line
	fields := ofSlot(Fields(z.Part()), NoSlot)
	for len(fields) > 0 {
		n := 1
		for n < len(fields) && fields[n].group() == fields[0].group() {
			n++
		}
		lines = append(lines, z.line(fields[:n]))
		fields = fields[n:]
	}
	return lines
}

// group is the part of the name that fields of one line share.
func (f Field) group() string {
	name, _, _ := strings.Cut(f.Name, ".")
	return name
}

// line describes fields that share a line. Where no value is worth a word, the
// table's own words for the first field are better than nothing.
func (z Zone) line(fields []Field) Line {
	var texts []string
	first, last := fields[0], fields[len(fields)-1]
	for _, f := range fields {
		if text := f.words(z, z.Value(f)); text != "" {
			texts = append(texts, text)
		}
	}
	if texts == nil {
		texts = []string{first.Meaning}
	}
	b := z[first.Offset : last.Offset+last.span()]
	return Line{Name: first.group(), Hex: hex.EncodeToString(b), Text: strings.Join(texts, "; ")}
}
