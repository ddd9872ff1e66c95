package mcp2221

import (
	"bytes"
	"testing"
)

// realDescriptors are laid out as those of a real part: a serial port, which is
// two interfaces, and then the HID interface.
var realDescriptors = bytes.Join([][]byte{
	{18, 1, 0x00, 0x02, 0xEF, 0x02, 0x01, 8, 0xD8, 0x04, 0xDD, 0x00, 0x00, 0x01, 1, 2, 0, 1},
	{9, 2, 107, 0, 3, 1, 0, 0x80, 50},
	{8, 11, 0, 2, 2, 2, 1, 0},
	{9, 4, 0, 0, 1, 2, 2, 1, 0},
	{5, 36, 0, 0x10, 0x01},
	{7, 5, 0x81, 0x03, 8, 0, 2},
	{9, 4, 1, 0, 2, 10, 0, 0, 0},
	{7, 5, 0x02, 0x02, 16, 0, 0},
	{7, 5, 0x82, 0x02, 16, 0, 0},
	{9, 4, 2, 0, 2, 3, 0, 0, 0},
	{9, 33, 0x11, 0x01, 0, 1, 34, 28, 0},
	{7, 5, 0x83, 0x03, 64, 0, 1},
	{7, 5, 0x03, 0x03, 64, 0, 1},
}, nil)

func TestTheHIDInterfaceIsFoundBehindTheSerialPort(t *testing.T) {
	h, err := parseHID(realDescriptors)
	if want := (hidInterface{number: 2, in: 0x83, out: 0x03}); err != nil || h != want {
		t.Errorf("got %+v (%v), want %+v", h, err, want)
	}
}

func TestDescriptorsWithoutAUsableHIDInterface(t *testing.T) {
	const endpoints = 14 // bytes of the last two
	tests := map[string][]byte{
		"nothing":                 nil,
		"a device only":           realDescriptors[:18],
		"cut before the HID":      realDescriptors[:len(realDescriptors)-endpoints-18],
		"cut in an endpoint":      realDescriptors[:len(realDescriptors)-1],
		"one endpoint only":       realDescriptors[:len(realDescriptors)-endpoints/2],
		"a length of zero":        append([]byte{0, 4}, realDescriptors...),
		"a length of one":         append([]byte{1, 4}, realDescriptors...),
		"a short interface":       {4, 4, 0, 0, 7, 5, 0x83, 3, 64, 0, 1, 7, 5, 3, 3, 64, 0, 1},
		"bulk endpoints":          {9, 4, 0, 0, 2, 3, 0, 0, 0, 7, 5, 0x83, 2, 64, 0, 1, 7, 5, 3, 2, 64, 0, 1},
		"endpoints in two halves": {9, 4, 0, 0, 1, 3, 0, 0, 0, 7, 5, 0x83, 3, 64, 0, 1, 9, 4, 1, 0, 1, 3, 0, 0, 0, 7, 5, 3, 3, 64, 0, 1},
	}
	for name, b := range tests {
		if h, err := parseHID(b); err == nil {
			t.Errorf("%s: got %+v", name, h)
		}
	}
}

func FuzzDescriptors(f *testing.F) {
	f.Add(realDescriptors)
	f.Add(realDescriptors[:18])
	f.Add([]byte{9, 4, 0, 0, 2, 3, 0, 0, 0, 7, 5, 0x81, 3, 64, 0, 1, 7, 5, 1, 3, 64, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := parseHID(b)
		if err == nil && (h.in&inward == 0 || h.out == 0 || h.out&inward != 0) {
			t.Errorf("% x: endpoints 0x%02x and 0x%02x", b, h.in, h.out)
		}
	})
}
