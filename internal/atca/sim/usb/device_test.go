package usb

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

func TestEveryBridgeEnumerates(t *testing.T) {
	ids := map[string][2]uint16{
		"ft232h": {0x0403, 0x6014}, "tiny-usb": {0x0403, 0xC631}, "osif": {0x1964, 0x0001},
		"diolan": {0x0ABF, 0x3370}, "cp2112": {0x10C4, 0xEA90}, "mcp2221": {0x04D8, 0x00DD},
	}
	if len(ids) != len(Kinds()) {
		t.Errorf("%d kinds of bridges, want %d", len(Kinds()), len(ids))
	}
	for _, kind := range Kinds() {
		t.Run(kind, func(t *testing.T) {
			h := newHost(t, kind)
			b := h.control(inDevice, reqGetDescriptor, descDevice<<8, 0, 64)
			if len(b) != 18 || b[0] != 18 || b[1] != descDevice {
				t.Fatalf("device descriptor %x", b)
			}
			id := [2]uint16{binary.LittleEndian.Uint16(b[8:]), binary.LittleEndian.Uint16(b[10:])}
			if id != ids[kind] {
				t.Errorf("vendor and product %04x, want %04x", id, ids[kind])
			}
			if !slices.Contains([]byte{8, 16, 32, 64}, b[7]) {
				t.Errorf("packets of endpoint 0 are %d bytes", b[7])
			}
			wantText(t, h, b[16], "0001")
			wantConfiguration(t, h)
		})
	}
}

// wantText reads a string descriptor.
func wantText(t *testing.T, h *host, index byte, want string) {
	t.Helper()
	b := h.control(inDevice, reqGetDescriptor, descString<<8|uint16(index), 0x0409, 255)
	if int(b[0]) != len(b) || b[1] != descString {
		t.Fatalf("string descriptor %x", b)
	}
	var units []uint16
	for b = b[2:]; len(b) > 0; b = b[2:] {
		units = append(units, binary.LittleEndian.Uint16(b))
	}
	if got := string(utf16.Decode(units)); got != want {
		t.Errorf("string %d is %q, want %q", index, got, want)
	}
}

// wantConfiguration walks the configuration as the kernel does: first the
// head, then all of it.
func wantConfiguration(t *testing.T, h *host) {
	t.Helper()
	head := h.control(inDevice, reqGetDescriptor, descConfiguration<<8, 0, 9)
	total := int(binary.LittleEndian.Uint16(head[2:]))
	all := h.control(inDevice, reqGetDescriptor, descConfiguration<<8, 0, total)
	if len(all) != total {
		t.Fatalf("configuration of %d bytes says it has %d", len(all), total)
	}
	interfaces, endpoints, announced := 0, 0, 0
	for b := all; len(b) > 0; b = b[b[0]:] {
		if b[0] < 2 || int(b[0]) > len(b) {
			t.Fatalf("descriptor %x ends where it must not", b)
		}
		switch b[1] {
		case descInterface:
			if int(b[2]) != interfaces {
				t.Errorf("interface %d has number %d", interfaces, b[2])
			}
			interfaces++
			announced += int(b[4])
		case descEndpoint:
			endpoints++
			if !h.d.has(b[2]) {
				t.Errorf("endpoint %02x is announced and not there", b[2])
			}
		case descHID:
			report := h.control(inInterface, reqGetDescriptor, descReport<<8, uint16(interfaces-1), 4096)
			if want := int(binary.LittleEndian.Uint16(b[7:])); len(report) != want {
				t.Errorf("report descriptor has %d bytes, want %d", len(report), want)
			}
		}
	}
	if interfaces != int(all[4]) || endpoints != announced {
		t.Errorf("%d interfaces of %d, %d endpoints of %d", interfaces, all[4], endpoints, announced)
	}
	h.control(outDevice, reqSetConfig, 1, 0, 0)
	if got := h.control(inDevice, reqGetConfig, 0, 0, 1); got[0] != 1 {
		t.Errorf("configuration %d is set, want 1", got[0])
	}
}

func TestAnAnswerIsCutToWhatTheHostAsksFor(t *testing.T) {
	h := newHost(t, "osif")
	if got := h.control(inDevice, reqGetDescriptor, descDevice<<8, 0, 8); len(got) != 8 {
		t.Errorf("%d bytes, want 8", len(got))
	}
}

func TestStandardRequestsThatADeviceDoesNotKnowStall(t *testing.T) {
	tests := []struct {
		kind                 string
		requestType, request byte
		value, index         uint16
	}{
		{"osif", inDevice, reqGetDescriptor, 0x0F << 8, 0},                // BOS
		{"osif", inDevice, reqGetDescriptor, descConfiguration<<8 | 1, 0}, // a second configuration
		{"osif", inDevice, reqGetDescriptor, descString<<8 | 4, 0},
		{"osif", inDevice, reqGetDescriptor, descQualifier << 8, 0}, // full speed only
		{"osif", inInterface, reqGetDescriptor, descReport << 8, 0}, // no HID
		{"osif", inInterface, reqGetDescriptor, descHID << 8, 0},
		{"cp2112", inInterface, reqGetDescriptor, descReport << 8, 1}, // no such interface
		{"cp2112", inInterface, reqGetDescriptor, 0x23 << 8, 0},
		{"osif", outDevice, reqSetConfig, 2, 0},
		{"osif", outInterface, reqSetInterface, 1, 0},
		{"diolan", vendorInDevice, 0, 0, 0},
		{"mcp2221", classInInterface, hidGetReport, 0x100, 2},
	}
	for _, tt := range tests {
		newHost(t, tt.kind).stalls(tt.requestType, tt.request, tt.value, tt.index, 255)
	}
}

func TestOtherStandardRequestsAreAnswered(t *testing.T) {
	h := newHost(t, "ft232h")
	h.control(outDevice, reqSetFeature, 1, 0, 0)
	h.control(outEndpoint, reqClearFeature, 0, 0x81, 0)
	h.control(outInterface, reqSetInterface, 0, 0, 0)
	for _, tt := range []struct {
		requestType, request byte
		value                uint16
		want                 []byte
	}{
		{inDevice, reqGetStatus, 0, []byte{0, 0}},
		{inEndpoint, reqGetStatus, 0, []byte{0, 0}},
		{inInterface, reqGetInterface, 0, []byte{0}},
		{inDevice, reqGetDescriptor, descString << 8, []byte{4, descString, 0x09, 0x04}},
		{inDevice, reqGetDescriptor, descQualifier << 8, []byte{10, descQualifier, 0, 2, 0, 0, 0, 64, 1, 0}},
	} {
		if got := h.control(tt.requestType, tt.request, tt.value, 0, 255); !bytes.Equal(got, tt.want) {
			t.Errorf("request %02x %02x %04x: %x, want %x", tt.requestType, tt.request, tt.value, got, tt.want)
		}
	}
}

func TestALongSerialNumberFitsItsDescriptor(t *testing.T) {
	d, err := newDevice("osif", newTestBus(t, simDefaults), strings.Repeat("ä", 300))
	if err != nil {
		t.Fatal(err)
	}
	b, ok := d.text(3)
	if !ok || len(b) != int(b[0]) || len(b) != 254 {
		t.Errorf("a descriptor of %d bytes says it has %d", len(b), b[0])
	}
}

func TestAnUnknownKindNamesThoseThatExist(t *testing.T) {
	_, err := newDevice("ch341", newTestBus(t, simDefaults), "")
	if err == nil || !strings.Contains(err.Error(), "ft232h, tiny-usb") {
		t.Errorf("kind ch341: %v", err)
	}
}
