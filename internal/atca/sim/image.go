package sim

import (
	"errors"
	"fmt"
	"strings"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

const (
	factoryImage = "factory-608B" // what Options.Image means when it is empty
	jwtImage     = "jwt"          // what an application finds ready to sign

	// Slots of the jwt image: the signing key, and the IO protection key.
	jwtKeySlot = 0
	jwtIOSlot  = 6

	identitySize = 16 // bytes of the configuration zone that the factory writes
)

// manufacture makes the memory of a new chip.
func manufacture(o Options) (eeprom, Origin, error) {
	zone, err := newZone(o)
	if err != nil {
		return eeprom{}, Origin{}, err
	}
	mem := erased(zone)
	origin := Origin{Image: o.Image, Seed: o.Seed, SeededKeys: seededSlots(zone, o.Image)}
	for _, slot := range origin.SeededKeys {
		mem.storePrivate(slot, deriveScalar(o.Seed, slot))
	}
	if o.Image == jwtImage {
		copy(mem.slot(jwtIOSlot), derive(o.Seed, "IO protection key", scalarSize))
	}
	return mem, origin, nil
}

// newZone is the configuration zone of a new chip. Bytes that differ from chip
// to chip follow from the seed, unless a real chip's are given.
func newZone(o Options) (config.Zone, error) {
	if o.Config != nil {
		if o.Image != "" {
			return config.Zone{}, errors.New("a chip is made from an image or from a configuration zone, not from both")
		}
		return *o.Config, nil
	}
	im, err := lookupImage(o.Image)
	if err != nil {
		return config.Zone{}, err
	}
	zone := im.Zone
	for i, b := range identity(im.Device, o.Seed) {
		if im.Placeholder[i] || o.Image == "" {
			zone[i] = b
		}
	}
	return zone, nil
}

// lookupImage answers a name that it does not know with those that it does.
func lookupImage(name string) (config.Image, error) {
	if name == "" {
		name = factoryImage
	}
	if im, ok := config.LookupImage(name); ok {
		return im, nil
	}
	var names []string
	for _, im := range config.Images() {
		names = append(names, im.Name)
	}
	return config.Image{}, fmt.Errorf("no image is called %q; there are %s", name, strings.Join(names, ", "))
}

// seededSlots are the private key slots that get a key from the seed: all of
// them once the data zone is locked, as such a chip has left its maker. The jwt
// image keeps its spare keys empty.
func seededSlots(z config.Zone, image string) []int {
	if image == jwtImage {
		return []int{jwtKeySlot}
	}
	var slots []int
	for n := range wire.Slots {
		if z.DataLocked() && z.Slot(n).PrivateKey() {
			slots = append(slots, n)
		}
	}
	return slots
}

// identities are the factory bytes that depend on the part: the revision, and
// bytes 13 (bit 0: AES) and 14 (bit 0: I2C). The first name that fits counts.
var identities = []struct {
	prefix   string
	revision byte // bytes 4 to 7 are 00 00 FAMILY revision
	family   byte
	aes, i2c byte
}{
	{"ATECC508A", 0x00, 0x50, 0xC0, 0x59},
	{"ATECC608B", 0x03, 0x60, 0x61, 0x59},
	{"", 0x02, 0x60, 0xC1, 0x39},
}

// identity is the first half block of the zone: a serial number from the seed
// in the form of a standard part (01 23 ... EE), and what the part is.
func identity(device, seed string) [identitySize]byte {
	sn := derive(seed, "serial number", 6)
	for _, id := range identities {
		if strings.HasPrefix(device, id.prefix) {
			return [identitySize]byte{
				0x01, 0x23, sn[0], sn[1],
				0x00, 0x00, id.family, id.revision,
				sn[2], sn[3], sn[4], sn[5], 0xEE,
				id.aes, id.i2c, 0x00,
			}
		}
	}
	return [identitySize]byte{}
}
