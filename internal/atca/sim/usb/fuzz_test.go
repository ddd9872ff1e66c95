package usb

import (
	"testing"

	"atecc/internal/atca/sim"
)

// FuzzDevice sends a device arbitrary transfers. Each begins with a byte that
// says of which kind it is, and one for its length. The device must neither
// panic nor collect without end, and give the host no more than it asked for.
func FuzzDevice(f *testing.F) {
	f.Add(byte(0), []byte("\x01\x0b\x8a\x97\x8c\x9e\x07\x00\x80\x03\x03\x81\x87\x02\x40"))
	f.Add(byte(1), []byte("\x00\x08\x41\x07\x00\x00\x60\x00\x04\x00\x03\x07\x30\x00"))
	f.Add(byte(2), []byte("\x00\x08\xc1\x14\x01\x00\x60\x00\x04\x00"))
	f.Add(byte(3), []byte("\x01\x04\x0c\x13\xc0\x0d\x02\x10"))
	f.Add(byte(4), []byte("\x01\x04\x10\xc1\x00\x04\x01\x02\x15\x01\x02\x40"))
	f.Add(byte(5), []byte("\x01\x05\x90\x01\x00\xc0\x00\x01\x01\x40\x02\x40"))
	f.Fuzz(func(t *testing.T, kind byte, script []byte) {
		// Three bytes can ask for half a million clocks.
		script = script[:min(len(script), 128)]
		k := kinds[int(kind)%len(kinds)]
		d, err := newDevice(k.name, newTestBus(t, sim.Options{}), "")
		if err != nil {
			t.Fatal(err)
		}
		for len(script) > 1 {
			what, n := script[0], min(int(script[1]), len(script)-2)
			data := script[2 : 2+n]
			transfer(t, d, what, data)
			script = script[2+n:]
		}
		if err := d.err(); err != nil {
			t.Errorf("the bus failed: %v", err)
		}
	})
}

// transfer makes one transfer, on each endpoint of its direction that there is.
func transfer(t *testing.T, d *device, what byte, data []byte) {
	switch what % 3 {
	case 0:
		var head [8]byte
		copy(head[:], data)
		_, _ = d.control(parseSetup(head), data[min(8, len(data)):])
	case 1:
		eachEndpoint(d, 0, func(e byte) { d.out(e, data) })
	case 2:
		eachEndpoint(d, toHost, func(e byte) {
			if got, _ := d.in(e, len(data)); len(got) > len(data) {
				t.Errorf("%d bytes for a transfer of %d", len(got), len(data))
			}
		})
	}
	if f, ok := d.function.(*ft232h); ok && len(f.engine.answers)+len(f.engine.pending) > 2*maxAnswers+2*maxPending {
		t.Errorf("%d answers and %d bytes of commands", len(f.engine.answers), len(f.engine.pending))
	}
}

func eachEndpoint(d *device, direction byte, do func(byte)) {
	for _, i := range d.interfaces {
		for _, e := range i.endpoints {
			if e.address&toHost == direction {
				do(e.address)
			}
		}
	}
}
