package usb

import (
	"encoding/hex"
	"strings"
	"testing"
)

// reportKey is a report: its kind, by the prefix of the item that makes it,
// and its number.
type reportKey struct {
	kind   byte
	number byte
}

const (
	inputItem   = 0x80
	outputItem  = 0x90
	featureItem = 0xB0
)

// parseReports reads a report descriptor as far as the kernel must to know
// how long each report is: in bytes, without the number.
func parseReports(t *testing.T, b []byte) map[reportKey]int {
	t.Helper()
	sizes := map[reportKey]int{}
	var bits, count, depth int
	var number byte
	for len(b) > 0 {
		item, n := b[0]&^3, []int{0, 1, 2, 4}[b[0]&3]
		if len(b) < 1+n {
			t.Fatalf("item %x ends early", b)
		}
		value := 0
		for i := n; i > 0; i-- {
			value = value<<8 | int(b[i])
		}
		switch item {
		case 0x74:
			bits = value
		case 0x94:
			count = value
		case 0x84:
			number = byte(value)
		case inputItem, outputItem, featureItem:
			sizes[reportKey{item, number}] += bits * count / 8
		case 0xA0:
			depth++
		case 0xC0:
			depth--
		}
		b = b[1+n:]
	}
	if depth != 0 {
		t.Errorf("%d collections are open", depth)
	}
	return sizes
}

func wantReports(t *testing.T, kind string, number uint16, want map[reportKey]int) {
	t.Helper()
	got := parseReports(t, newHost(t, kind).control(inInterface, reqGetDescriptor, descReport<<8, number, 4096))
	for key, size := range want {
		if got[key] != size {
			t.Errorf("%s: report %02x of kind %02x has %d bytes, want %d", kind, key.number, key.kind, got[key], size)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d reports, want %d", kind, len(got), len(want))
	}
}

func TestReportDescriptorsHaveTheSizesThatDriversUse(t *testing.T) {
	wantReports(t, "mcp2221", 2, map[reportKey]int{{inputItem, 0}: 64, {outputItem, 0}: 64})
	wantReports(t, "cp2112", 0, map[reportKey]int{
		{featureItem, cpGPIOConfig}: 4, {featureItem, cpGPIOGet}: 1, {featureItem, cpGPIOSet}: 2,
		{featureItem, cpVersion}: 2, {featureItem, cpSMBusConfig}: 13, {featureItem, cpLock}: 1,
		{featureItem, cpUSBConfig}: 9,
		{outputItem, cpRead}:       63, {outputItem, cpWriteRead}: 63, {outputItem, cpReadForce}: 63,
		{outputItem, cpWrite}: 63, {outputItem, cpStatusRequest}: 63, {outputItem, cpCancel}: 63,
		{inputItem, cpReadResponse}: 63, {inputItem, cpStatusResponse}: 63,
	})
}

func TestConfigurationsByteByByte(t *testing.T) {
	tests := map[string]string{
		"ft232h": `
			09 02 20 00 01 01 00 80 32
			09 04 00 00 02 ff ff ff 00
			07 05 81 02 00 02 00
			07 05 02 02 00 02 00`,
		"tiny-usb": `
			09 02 12 00 01 01 00 80 32
			09 04 00 00 00 ff 00 00 00`,
		"osif": `
			09 02 12 00 01 01 00 80 32
			09 04 00 00 00 ff 00 00 00`,
		"diolan": `
			09 02 20 00 01 01 00 80 32
			09 04 00 00 02 ff 00 00 00
			07 05 02 02 40 00 00
			07 05 84 02 40 00 00`,
		"cp2112": `
			09 02 29 00 01 01 00 80 32
			09 04 00 00 02 03 00 00 00
			09 21 11 01 00 01 22 87 00
			07 05 81 03 40 00 01
			07 05 01 03 40 00 01`,
		"mcp2221": `
			09 02 6b 00 03 01 00 80 32
			08 0b 00 02 02 02 01 00
			09 04 00 00 01 02 02 01 00
			05 24 00 10 01
			04 24 02 02
			05 24 06 00 01
			05 24 01 00 01
			07 05 81 03 08 00 02
			09 04 01 00 02 0a 00 00 00
			07 05 02 02 10 00 00
			07 05 82 02 10 00 00
			09 04 02 00 02 03 00 00 00
			09 21 11 01 00 01 22 19 00
			07 05 83 03 40 00 01
			07 05 03 03 40 00 01`,
	}
	for _, kind := range Kinds() {
		want := strings.Join(strings.Fields(tests[kind]), "")
		got := hex.EncodeToString(newHost(t, kind).control(inDevice, reqGetDescriptor, descConfiguration<<8, 0, 4096))
		if got != want {
			t.Errorf("%s:\n%s, want\n%s", kind, got, want)
		}
	}
}
