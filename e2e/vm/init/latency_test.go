package main

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

// A trace of atecc info, of a chip on the bridge of the table's first row.
const trace = `0 W 00 01 NACK ENXIO (6)
1000 W 00 00 NACK ENXIO (6)
4000 R 60 04 11 33 43
5000 W 60 03 07 30 00 00 00 03 5d
6000 R 60 NACK ENXIO (6)
9000 R 60 07 00 00 60 03 83 bb
20000 W 60 03 07 02 80 00 00 09 ad
30000 R 60 23 ** ** **
90000 W 60 01
`

func parsed(t *testing.T, text string) []event {
	t.Helper()
	events, err := parseTrace(text)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func TestATraceIsRead(t *testing.T) {
	events := parsed(t, trace)
	tests := []struct {
		line int
		want event
	}{
		{0, event{at: 0, write: true, bytes: 1, code: wakePulse, nack: true}},
		{2, event{at: 4000, bytes: 4}},
		{3, event{at: 5000, write: true, bytes: 8, code: opInfo}},
		{4, event{at: 6000, nack: true}},
		{7, event{at: 30000, bytes: 4}},
		{8, event{at: 90000, write: true, bytes: 1}},
	}
	for _, tt := range tests {
		if got := events[tt.line]; got != tt.want {
			t.Errorf("line %d is %+v, want %+v", tt.line, got, tt.want)
		}
	}
	if held := parsed(t, "0 L 00\n")[0]; held.code != wakePulse || !held.write {
		t.Errorf("a pulse by GPIO is %+v, want one that wakes", held)
	}
}

func TestABrokenTraceIsAnError(t *testing.T) {
	for _, text := range []string{"\n", "0 W\n", "now W 60 01\n"} {
		if _, err := parseTrace(text); err == nil {
			t.Errorf("parseTrace(%q) reports no error", text)
		}
	}
}

func TestASpanEndsWithTheAnswer(t *testing.T) {
	const (
		pulse  = 20*10 + 1500
		wakeUp = 47 * 10
		send   = 83 * 10
		answer = 74 * 10
	)
	took, wire, err := span(parsed(t, trace), wakePulse, opInfo)
	if want := int64(9000 + answer); err != nil || took != want {
		t.Errorf("wake and Info took %d us, %v, want %d", took, err, want)
	}
	// Both pulses are work, the refused poll is not.
	if want := int64(2*pulse + wakeUp + send + answer); wire != want {
		t.Errorf("the wire needs %d us, want %d", wire, want)
	}
}

func TestASpanWithoutAnAnswerIsAnError(t *testing.T) {
	cut, _, _ := strings.Cut(trace, "9000 R")
	for _, text := range []string{"", cut} {
		if _, _, err := span(parsed(t, text), wakePulse, opInfo); err == nil {
			t.Errorf("span of %q reports no error", text)
		}
	}
	if _, _, err := span(parsed(t, trace), opNonce, opSign); err == nil {
		t.Error("span of a trace without Nonce reports no error")
	}
}

// monitored is an event of usbmon: of its header only what is looked at.
func monitored(kind byte, device byte, kept int) []byte {
	header := make([]byte, 48)
	header[8], header[11] = kind, device
	binary.NativeEndian.PutUint32(header[36:], uint32(kept))
	return append(header, bytes.Repeat([]byte{'S'}, kept)...)
}

func TestRequestsToDevicesAreCounted(t *testing.T) {
	stream := bytes.Join([][]byte{
		monitored('S', 2, 8), monitored('C', 2, 0), // a request and its completion
		monitored('S', 1, 0),  // to the root hub
		monitored('S', 3, 70), // its data could be taken for a header
		monitored('S', 3, 0)[:20],
	}, nil)
	before := transfers.Load()
	if err := countTransfers(bytes.NewReader(stream)); err == nil {
		t.Error("a stream that ends in an event is no error")
	}
	if got := transfers.Load() - before; got != 2 {
		t.Errorf("counted %d requests, want 2", got)
	}
}
