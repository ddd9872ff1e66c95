package usb

import (
	"bytes"
	"encoding/hex"
	"testing"
	"time"

	"atecc/internal/atca/sim"
	"atecc/internal/atca/wire"
)

const (
	wakeAnswer = "04113343"
	infoFrame  = "07300000" + "00035d"
	infoAnswer = "070000600383bb"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// simDefaults are a blank chip that answers at once.
var simDefaults sim.Options

// newTestBus is a bus with one chip that answers at once.
func newTestBus(t testing.TB, o sim.Options) *sim.Bus {
	t.Helper()
	chip, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return sim.NewBus("test", 0, chip)
}

// transfers is how a host reaches a device: directly, or through the kernel.
type transfers interface {
	control(s setup, data []byte) ([]byte, bool)
	out(endpoint byte, data []byte) bool
	in(endpoint byte, n int) ([]byte, time.Duration)
}

// host makes transfers as drivers do. A stall fails the test, unless stalls
// says that one is wanted.
type host struct {
	t *testing.T
	d *device
	transfers
}

func newHost(t *testing.T, kind string) *host {
	t.Helper()
	d, err := newDevice(kind, newTestBus(t, simDefaults), "0001")
	if err != nil {
		t.Fatal(err)
	}
	return &host{t, d, d}
}

func (h *host) try(s setup, data []byte) ([]byte, bool) {
	h.t.Helper()
	got, ok := h.transfers.control(s, data)
	if err := h.d.err(); err != nil {
		h.t.Fatal(err)
	}
	return got[:min(len(got), int(s.length))], ok
}

// control makes a control transfer. With data it is to the device.
func (h *host) control(requestType, request byte, value, index uint16, n int, data ...byte) []byte {
	h.t.Helper()
	s := setup{requestType, request, value, index, uint16(max(n, len(data)))}
	got, ok := h.try(s, data)
	if !ok {
		h.t.Fatalf("request %+v stalled", s)
	}
	return got
}

// stalls makes a control transfer that the device must not understand.
func (h *host) stalls(requestType, request byte, value, index uint16, n int, data ...byte) {
	h.t.Helper()
	s := setup{requestType, request, value, index, uint16(max(n, len(data)))}
	if got, ok := h.try(s, data); ok {
		h.t.Errorf("request %+v was answered with %x, want a stall", s, got)
	}
}

func (h *host) out(endpoint byte, data ...byte) {
	h.t.Helper()
	if !h.transfers.out(endpoint, data) {
		h.t.Fatalf("transfer %x stalled", data)
	}
	if err := h.d.err(); err != nil {
		h.t.Fatal(err)
	}
}

// in reads from an endpoint, waiting as the kernel would.
func (h *host) in(endpoint byte, n int) []byte {
	h.t.Helper()
	data, again := h.transfers.in(endpoint, n)
	for data == nil && again > 0 {
		time.Sleep(again)
		data, again = h.transfers.in(endpoint, n)
	}
	if data == nil {
		h.t.Fatalf("the device has nothing for endpoint %02x", endpoint)
	}
	return data
}

// silent says that a device has nothing for the host.
func (h *host) silent(endpoint byte) {
	h.t.Helper()
	if data, _ := h.d.in(endpoint, 64); data != nil {
		h.t.Errorf("endpoint %02x has %x, want nothing", endpoint, data)
	}
}

// adapter is the part of a kernel driver that makes I2C transfers of USB
// transfers. What it returns is what the driver would report: "" or the name
// of an errno.
type adapter interface {
	write(addr byte, data ...byte) (failure string)
	read(addr byte, n int) (data []byte, failure string)
}

func wantOK(t *testing.T, what, failure string) {
	t.Helper()
	if failure != "" {
		t.Fatalf("%s failed with %s", what, failure)
	}
}

func wantRead(t *testing.T, a adapter, want string) {
	t.Helper()
	w := unhex(t, want)
	got, failure := a.read(0x60, len(w))
	wantOK(t, "read", failure)
	if !bytes.Equal(got, w) {
		t.Errorf("read %x, want %s", got, want)
	}
}

// proveAdapter runs what every bridge must be able to do, with the errno of
// its driver for a refused address.
func proveAdapter(t *testing.T, a adapter, writeRefused, readRefused string) {
	t.Helper()
	if _, failure := a.read(0x60, 4); failure != readRefused {
		t.Errorf("a read from a sleeping chip gave %q, want %q", failure, readRefused)
	}
	if failure := a.write(0x60, wire.WordReset); failure != writeRefused {
		t.Errorf("a write to a sleeping chip gave %q, want %q", failure, writeRefused)
	}
	if failure := a.write(0, 0); failure != writeRefused {
		t.Errorf("the general call gave %q, want %q", failure, writeRefused)
	}
	wantRead(t, a, wakeAnswer)
	wantOK(t, "command", a.write(0x60, append([]byte{wire.WordCommand}, unhex(t, infoFrame)...)...))
	wantRead(t, a, infoAnswer)
	// A read beyond the answer is acknowledged, and nobody drives SDA.
	wantRead(t, a, "ffff")
	proveLongCommand(t, a)
	wantOK(t, "sleep", a.write(0x60, wire.WordSleep))
	if _, failure := a.read(0x60, 1); failure != readRefused {
		t.Errorf("a read after sleep gave %q, want %q", failure, readRefused)
	}
}

// proveLongCommand sends Verify External, the longest command of a driver, in
// pieces of 61 bytes, which every bridge takes: what follows a word address of
// a command goes on where the last write ended.
func proveLongCommand(t *testing.T, a adapter) {
	t.Helper()
	frame, err := wire.Command{Op: wire.OpVerify, P1: wire.VerifyExternal, P2: 4, Data: make([]byte, 128)}.Frame()
	if err != nil {
		t.Fatal(err)
	}
	for len(frame) > 0 {
		n := min(60, len(frame))
		wantOK(t, "piece of a command", a.write(0x60, append([]byte{wire.WordCommand}, frame[:n]...)...))
		frame = frame[n:]
	}
	wantRead(t, a, "040f2342") // there is no digest: execution error
}
