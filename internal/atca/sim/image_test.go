package sim

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

func TestNewChipIsABlank608BWithASerialNumberFromItsSeed(t *testing.T) {
	a, b, c := newChip(t, Options{Seed: "1"}), newChip(t, Options{Seed: "1"}), newChip(t, Options{Seed: "2"})
	if a.mem != b.mem {
		t.Error("the same seed gives two chips")
	}
	if a.mem.config.SerialString() == c.mem.config.SerialString() {
		t.Error("two seeds give the same serial number")
	}
	z := a.mem.config
	if z.ConfigLocked() || z.DataLocked() || z.Revision() != [4]byte{0, 0, 0x60, 3} || !z.I2CEnabled() || !z.AESEnabled() {
		t.Errorf("zone %x", z)
	}
	if s := z.SerialString(); !strings.HasPrefix(s, "0123") || !strings.HasSuffix(s, "ee") {
		t.Errorf("serial number %s", s)
	}
	if a.Address() != 0x60 || len(a.Origin().SeededKeys) != 0 {
		t.Errorf("address 0x%02x, seeded %v", a.Address(), a.Origin().SeededKeys)
	}
}

func TestJWTImageArrivesWithOneKey(t *testing.T) {
	m := newMaster(t, Options{Image: "jwt"})
	if got := m.chip.Origin(); got.Image != "jwt" || !slices.Equal(got.SeededKeys, []int{0}) {
		t.Errorf("origin %+v", got)
	}
	m.ok(64, wire.OpGenKey, wire.GenKeyPublic, 0)
	for slot := uint16(1); slot <= 3; slot++ {
		m.want(no, wire.OpGenKey, wire.GenKeyPublic, slot)
	}
	if reason := m.chip.mem.config.SigningRefusal(0); reason != "" {
		t.Errorf("slot 0 cannot sign: %s", reason)
	}
	if io := m.chip.mem.secret(6); bytes.Equal(io[:], bytes.Repeat([]byte{0xFF}, 32)) {
		t.Error("the IO protection key is not set")
	}
	if got := m.ok(32, wire.OpRead, 0x82, 0x40); !bytes.Equal(got, bytes.Repeat([]byte{0xFF}, 32)) {
		t.Errorf("slot 8 %x", got)
	}
}

func TestSeedDecidesOnTheKey(t *testing.T) {
	public := func(seed string) string {
		m := newMaster(t, Options{Image: "jwt", Seed: seed})
		return string(m.ok(64, wire.OpGenKey, wire.GenKeyPublic, 0))
	}
	first, again, other := public("a"), public("a"), public("b")
	if first != again || first == other {
		t.Error("keys do not follow from the seed")
	}
}

func TestEveryImageMakesAChipThatAnswers(t *testing.T) {
	for _, im := range config.Images() {
		t.Run(im.Name, func(t *testing.T) {
			m := newMaster(t, Options{Image: im.Name, Seed: "x"})
			z := m.chip.mem.config
			if !bytes.Equal(z[16:], im.Zone[16:]) {
				t.Errorf("zone\n%x, image\n%x", z, im.Zone)
			}
			for i, placeholder := range im.Placeholder[:16] {
				if !placeholder && z[i] != im.Zone[i] {
					t.Errorf("byte %d is %02x, image %02x", i, z[i], im.Zone[i])
				}
			}
			if family := m.ok(4, wire.OpInfo, wire.InfoRevision, 0)[2]; (family == 0x50) != strings.Contains(im.Device, "508") {
				t.Errorf("family %02x of %s", family, im.Device)
			}
			for n := range wire.Slots {
				private := z.Slot(n).PrivateKey()
				seeded := slices.Contains(m.chip.Origin().SeededKeys, n)
				if want := private && z.DataLocked() && (im.Name != "jwt" || n == 0); seeded != want {
					t.Errorf("slot %d seeded: %v, want %v", n, seeded, want)
				}
				if valid := m.ok(4, wire.OpInfo, wire.InfoKeyValid, uint16(n))[0] == 1; private && valid != seeded {
					t.Errorf("slot %d key valid: %v, seeded %v", n, valid, seeded)
				}
			}
		})
	}
}

func TestUnknownImageIsAnsweredWithTheKnownOnes(t *testing.T) {
	_, err := New(Options{Image: "tngtsl"})
	if err == nil {
		t.Fatal("no error")
	}
	text := err.Error()
	if !strings.Contains(text, `"tngtsl"`) || !strings.Contains(text, "jwt, ") {
		t.Errorf("%q", text)
	}
	if strings.Index(text, "adafruit") > strings.Index(text, "tngtls-608A") {
		t.Errorf("%q is not sorted", text)
	}
}

func TestImageAndZoneExcludeEachOther(t *testing.T) {
	z := [128]byte{}
	if _, err := New(Options{Image: "jwt", Config: &z}); err == nil {
		t.Error("no error")
	}
}

func TestOriginCannotBeChangedFromOutside(t *testing.T) {
	c := newChip(t, Options{Image: "jwt"})
	c.Origin().SeededKeys[0] = 9
	if got := c.Origin().SeededKeys[0]; got != 0 {
		t.Errorf("seeded key %d", got)
	}
}

// brokenReader fails as an exhausted entropy source would.
type brokenReader struct{}

var errNoEntropy = errors.New("no entropy")

func (brokenReader) Read([]byte) (int, error) { return 0, errNoEntropy }

func TestMissingEntropyFailsTheTransaction(t *testing.T) {
	for name, cmd := range map[string]wire.Command{
		"random":        {Op: wire.OpRandom},
		"nonce":         {Op: wire.OpNonce, Data: run(0, 20)},
		"key":           {Op: wire.OpGenKey, P1: wire.GenKeyCreate},
		"ephemeral key": {Op: wire.OpGenKey, P1: wire.GenKeyCreate, P2: wire.KeyIDTempKey},
	} {
		t.Run(name, func(t *testing.T) {
			m := withSlots(t, allLocked, slotSetting{0, cfgSign, keySign})
			m.chip.entropy = brokenReader{}
			frame, err := cmd.Frame()
			if err != nil {
				t.Fatal(err)
			}
			err = m.bus.Tx(0x60, append([]byte{wire.WordCommand}, frame...), nil)
			if !errors.Is(err, errNoEntropy) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSeededRandomRepeatsAndNeedsToBeAskedFor(t *testing.T) {
	draw := func(o Options) string {
		m := newMaster(t, o)
		return string(m.ok(32, wire.OpRandom, 0, 0)) + string(m.ok(64, wire.OpGenKey, wire.GenKeyCreate, 1))
	}
	seeded := Options{Image: "jwt", Seed: "a", SeededRandom: true}
	if first, again := draw(seeded), draw(seeded); first != again {
		t.Error("seeded random numbers do not repeat")
	}
	plain := Options{Image: "jwt", Seed: "a"}
	if first, again := draw(plain), draw(plain); first == again {
		t.Error("random numbers repeat without being asked to")
	}
}
