package config

import (
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

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

// Each image has a file of its own, so that one can be had without reading all:
// a program that runs for milliseconds notices.
//
//go:embed images/*.json
var imageFiles embed.FS

const imageSuffix = ".json"

// Images returns all images, in order of their names.
func Images() []Image {
	entries, err := imageFiles.ReadDir("images")
	if err != nil {
		panic(err) // the directory is part of the program
	}
	var images []Image
	for _, e := range entries {
		im, _ := LookupImage(strings.TrimSuffix(e.Name(), imageSuffix))
		images = append(images, im)
	}
	return images
}

// LookupImage finds an image by its name.
func LookupImage(name string) (Image, bool) {
	data, err := imageFiles.ReadFile("images/" + name + imageSuffix)
	if err != nil {
		return Image{}, false
	}
	im, err := parseImage(data)
	if err != nil {
		panic(fmt.Errorf("image %s: %w", name, err)) // a test reads them all
	}
	im.Name = name
	return im, true
}

// imageFile is the form of the files: the zone is four blocks of hexadecimal
// digits, placeholders are ranges such as "8-11".
type imageFile struct {
	Device, Source, Notes string
	Zone, Placeholder     []string
}

func parseImage(data []byte) (Image, error) {
	var f imageFile
	if err := json.Unmarshal(data, &f); err != nil {
		return Image{}, err
	}
	return f.image()
}

func (f imageFile) image() (Image, error) {
	b, err := hex.DecodeString(strings.Join(f.Zone, ""))
	if err != nil {
		return Image{}, err
	}
	im := Image{Device: f.Device, Source: f.Source, Notes: f.Notes}
	if im.Zone, err = Parse(b); err != nil {
		return Image{}, err
	}
	for _, r := range f.Placeholder {
		if err := markRange(&im.Placeholder, r); err != nil {
			return Image{}, err
		}
	}
	return im, nil
}

// markRange marks the bytes of a range such as "8-11", or a single one.
func markRange(marks *[Size]bool, r string) error {
	var first, last int
	if _, err := fmt.Sscanf(r, "%d-%d", &first, &last); err != nil {
		if _, err := fmt.Sscanf(r, "%d", &first); err != nil {
			return fmt.Errorf("placeholder %q is no range of bytes", r)
		}
		last = first
	}
	if first < 0 || last < first || last >= Size {
		return fmt.Errorf("placeholder %q lies outside the %d bytes", r, Size)
	}
	for i := first; i <= last; i++ {
		marks[i] = true
	}
	return nil
}
