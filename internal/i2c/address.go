package i2c

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Form is how an address was written.
type Form int

// Forms of an address.
const (
	Named    Form = iota // by the name of a product line
	SevenBit             // as Linux and the I2C specification write it
	EightBit             // shifted left by one, as the chip's configuration and Microchip's libraries write it
)

// Address is an address of a chip, and how it was written.
type Address struct {
	Bits7 uint16
	Form  Form
	Text  string // as given
}

// KnownAddress is an address at which parts of the family are met.
type KnownAddress struct {
	Bits7 uint16
	Name  string // for use in place of the number; "" when there is none
	Where string
}

// knownAddresses is in the order in which a search tries them.
var knownAddresses = []KnownAddress{
	{0x60, "custom", "as shipped blank"},
	{0x35, "tng", "Trust&GO"},
	{0x36, "tflx", "TrustFLEX"},
	{0x58, "", "configurations of cloud examples"},
	{0x59, "", "Trust&GO for LoRaWAN"},
	{0x10, "", "configured by an early CircuitPython driver"},
}

// KnownAddresses lists where parts of the family are met, most likely first.
func KnownAddresses() []KnownAddress { return slices.Clone(knownAddresses) }

// Limits of a 7-bit address: what lies outside is reserved by the I2C
// specification.
const (
	firstAddress = 0x08
	lastAddress  = 0x77
)

// ParseAddress reads an address: a name, or a number in decimal or, after 0x,
// in hexadecimal. Both 0x60 and 0xC0 are in use for the same chip; what is too
// large for seven bits is taken as eight bits. 0x6A and 0x6C, the 8-bit forms
// of Trust&GO and TrustFLEX, are good 7-bit addresses and are taken as such;
// see Alternatives.
func ParseAddress(s string) (Address, error) {
	if i := slices.IndexFunc(knownAddresses, func(k KnownAddress) bool {
		return k.Name != "" && strings.EqualFold(k.Name, s)
	}); i >= 0 {
		return Address{Bits7: knownAddresses[i].Bits7, Form: Named, Text: s}, nil
	}
	v, err := parseNumber(s)
	if err != nil {
		return Address{}, fmt.Errorf("address %q is neither a number from 0x08 to 0x77 nor one of %s", s, strings.Join(addressNames(), ", "))
	}
	return addressOf(v, s)
}

func addressOf(v uint16, text string) (Address, error) {
	switch {
	case v < firstAddress:
		return Address{}, fmt.Errorf("address %s is reserved; 7-bit addresses are 0x08 to 0x77", text)
	case v <= lastAddress:
		return Address{Bits7: v, Form: SevenBit, Text: text}, nil
	case v > 0xFF:
		return Address{}, fmt.Errorf("address %s does not fit eight bits; 7-bit addresses are 0x08 to 0x77", text)
	case v>>1 > lastAddress:
		return Address{}, fmt.Errorf("address %s is reserved, also read as 8-bit (0x%02x); 7-bit addresses are 0x08 to 0x77", text, v>>1)
	case v&1 != 0:
		return Address{}, fmt.Errorf("address %s is too large for seven bits, and an 8-bit form is even; write 0x%02x", text, v>>1)
	}
	return Address{Bits7: v >> 1, Form: EightBit, Text: text}, nil
}

// parseNumber does without the octal, binary and underscore forms that Go
// allows in its sources: 060 is what a user writes who means 60.
func parseNumber(s string) (uint16, error) {
	digits, base := s, 10
	if len(s) > 2 && strings.EqualFold(s[:2], "0x") {
		digits, base = s[2:], 16
	}
	v, err := strconv.ParseUint(digits, base, 16)
	return uint16(v), err
}

func addressNames() []string {
	var names []string
	for _, k := range knownAddresses {
		if k.Name != "" {
			names = append(names, k.Name)
		}
	}
	return names
}

// String says which form was taken, because a number alone does not.
func (a Address) String() string {
	switch a.Form {
	case Named:
		return fmt.Sprintf("0x%02X (%s; 0x%02X as 8-bit)", a.Bits7, a.Text, a.Bits7<<1)
	case EightBit:
		return fmt.Sprintf("0x%02X (from 8-bit 0x%02X)", a.Bits7, a.Bits7<<1)
	}
	return fmt.Sprintf("0x%02X (7-bit; 0x%02X as 8-bit)", a.Bits7, a.Bits7<<1)
}

// Alternatives are the addresses that may have been meant if nothing answers
// at this one: a 7-bit address that is also the 8-bit form of a known one.
func (a Address) Alternatives() []Address {
	var alt []Address
	for _, k := range knownAddresses {
		if a.Form == SevenBit && a.Bits7 == k.Bits7<<1 {
			alt = append(alt, Address{Bits7: k.Bits7, Form: EightBit, Text: a.Text})
		}
	}
	return alt
}
