package mcp2221

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"atecc/internal/atca"
	"atecc/internal/atca/sim"
	"atecc/internal/i2c"
)

// A fake that takes everything proves nothing. These tests make the mistakes
// that a driver could make, and want the fake to see each of them.

// send gives a report to the bridge and fetches the answer.
func send(f *fakeBridge, bytes ...byte) (report, error) {
	var out, in report
	copy(out[:], bytes)
	_, _ = f.Transfer(endpointOut, out[:], time.Second)
	_, err := f.Transfer(endpointIn, in[:], 10*time.Millisecond)
	return in, err
}

func TestTheFakeRejectsReportsThatNoPartTakes(t *testing.T) {
	tests := []struct {
		name  string
		abuse func(*fakeBridge)
		want  string
	}{
		{"a short report", func(f *fakeBridge) { _, _ = f.Transfer(endpointOut, make([]byte, 63), 0) }, "a report of 63 bytes"},
		{"a report with a report ID", func(f *fakeBridge) { _, _ = f.Transfer(endpointOut, make([]byte, 65), 0) }, "a report of 65 bytes"},
		{"an endpoint of the serial port", func(f *fakeBridge) { _, _ = f.Transfer(0x02, make([]byte, 64), 0) }, "endpoint 0x02 does not exist"},
		{"no room for an answer", func(f *fakeBridge) { _, _ = f.Transfer(endpointIn, make([]byte, 8), 0) }, "room for 8 bytes"},
		{"an answer left behind", func(f *fakeBridge) {
			_, _ = f.Transfer(endpointOut, append([]byte{0x10}, make([]byte, 63)...), 0)
			_, _ = send(f, 0x10)
		}, "before the last answer was fetched"},
		{"an unknown command", func(f *fakeBridge) { _, _ = send(f, 0x95) }, "no command 0x95"},
		{"a write to the address of a read", func(f *fakeBridge) { _, _ = send(f, 0x90, 1, 0, 0xA1, 7) }, "odd address 0xa1"},
		{"a read from the address of a write", func(f *fakeBridge) { _, _ = send(f, 0x91, 4, 0, 0xA0) }, "even address 0xa0"},
		{"a read of nothing", func(f *fakeBridge) { _, _ = send(f, 0x91, 0, 0, 0xA1) }, "a read of nothing"},
		{"a repeated START first", func(f *fakeBridge) { _, _ = send(f, 0x93, 4, 0, 0xA1) }, "a repeated START after no START"},
		{"a cancel of nothing", func(f *fakeBridge) { _, _ = send(f, 0x10, 0, 0x10) }, "a cancel with nothing to cancel"},
		{"a clock of 800 kHz", func(f *fakeBridge) { _, _ = send(f, 0x10, 0, 0, 0x20, 12) }, "divider 12"},
		{"a clock of 47 kHz", func(f *fakeBridge) { _, _ = send(f, 0x10, 0, 0, 0x20, 255) }, "divider 255"},
		{"the length of a part in place of the whole", func(f *fakeBridge) {
			_, _ = send(f, 0x90, 100, 0, 0xA0)
			time.Sleep(20 * time.Millisecond)
			_, _ = send(f, 0x90, 40, 0, 0xA0)
		}, "a part of a write has header 90 28 00 a0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(&memory{addr: eeprom})
				tt.abuse(f)
				if len(f.faults) != 1 || !strings.Contains(f.faults[0], tt.want) {
					t.Errorf("faults %q, want %q", f.faults, tt.want)
				}
				if _, err := send(f, 0x10); !errors.Is(err, syscall.ETIMEDOUT) && len(f.faults) < 2 {
					t.Error("the bridge goes on as if nothing had been")
				}
			})
		})
	}
}

func TestTheFakeAnswersAsBusyWhatComesTooEarly(t *testing.T) {
	tests := []struct {
		name          string
		before, after []byte
		result        byte
	}{
		{"a write during a write", []byte{0x90, 60, 0, 0xA0}, []byte{0x90, 1, 0, 0xA0}, 0x01},
		{"a write after a refusal", []byte{0x90, 1, 0, 0x22}, []byte{0x90, 1, 0, 0xA0}, 0x01},
		{"a read after a refusal", []byte{0x91, 1, 0, 0x23}, []byte{0x91, 1, 0, 0xA1}, 0x01},
		{"a write before a read was fetched", []byte{0x91, 1, 0, 0xA1}, []byte{0x90, 1, 0, 0xA0}, 0x01},
		{"data of no read", []byte{0x10}, []byte{0x40}, 0x41},
		{"data of a refused read", []byte{0x91, 1, 0, 0x23}, []byte{0x40}, 0x41},
		{"data of a read under way", []byte{0x91, 60, 0, 0xA1}, []byte{0x40}, 0x41},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			f := newFake(&memory{addr: eeprom})
			f.divider = 237 // 50 kHz, so that there is something to be early for
			if a, err := send(f, tt.before...); err != nil || a[1] != 0 {
				t.Fatalf("%s: the first is answered % x (%v)", tt.name, a[:4], err)
			}
			if a, err := send(f, tt.after...); err != nil || a[1] != tt.result {
				t.Errorf("%s: answered % x (%v), want 0x%02x", tt.name, a[:4], err, tt.result)
			}
		})
	}
}

// mutant spoils what the bus sends.
type mutant struct {
	*fakeBridge
	spoil func([]byte) []byte
}

func (m mutant) Transfer(endpoint byte, data []byte, timeout time.Duration) (int, error) {
	if endpoint == endpointOut {
		if data = m.spoil(append([]byte(nil), data...)); data == nil {
			return reportSize, nil
		}
	}
	n, err := m.fakeBridge.Transfer(endpoint, data, timeout)
	if endpoint == endpointOut && err == nil {
		n = reportSize
	}
	return n, err
}

// on changes a byte of the reports with this command.
func on(command byte, at int, change func(byte) byte) func([]byte) []byte {
	return func(r []byte) []byte {
		if r[0] == command {
			r[at] = change(r[at])
		}
		return r
	}
}

func TestADriverWithAMistakeFindsNoChip(t *testing.T) {
	whole := func(r []byte) []byte { return r }
	tests := []struct {
		name  string
		spoil func([]byte) []byte
		good  bool
	}{
		{"none", whole, true},
		{"reports as short as their content", func(r []byte) []byte { return r[:8] }, false},
		{"a report ID in front", func(r []byte) []byte { return append([]byte{0}, r...) }, false},
		{"a write to the address as it is, not shifted", on(0x90, 3, func(b byte) byte { return b >> 1 }), false},
		{"a read from the address as it is, not shifted", on(0x91, 3, func(b byte) byte { return b >> 1 }), false},
		{"a read without its bit", on(0x91, 3, func(b byte) byte { return b &^ 1 }), false},
		{"the divider without its offset, for twice the clock", on(0x10, 4, func(b byte) byte { return b / 2 }), false},
		{"no new clock", on(0x10, 3, func(byte) byte { return 0 }), false},
		{"one byte too many announced", on(0x90, 1, func(b byte) byte { return b + 1 }), false},
		{"no cancel after a refusal", on(0x10, 2, func(byte) byte { return 0 }), false},
		{"a cancel at every question", on(0x10, 2, func(byte) byte { return 0x10 }), false},
		{"data fetched without a read", func(r []byte) []byte {
			if r[0] == 0x91 {
				r[0] = 0x40
			}
			return r
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if err := info(t, tt.spoil); (err == nil) != tt.good {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// info opens a bridge whose driver makes a mistake, and asks a chip behind it
// for its revision.
func info(t *testing.T, spoil func([]byte) []byte) error {
	chip, err := sim.New(sim.Options{Image: "jwt", Timing: sim.TimingTypical})
	if err != nil {
		t.Fatal(err)
	}
	f := newFake(sim.NewBus("wires", 400*physic.KiloHertz, chip))
	b := unopened(mutant{f, spoil})
	if err := b.start(DefaultClock); err != nil {
		return err
	}
	link := i2c.NewConn(b, chip.Address(), i2c.Options{WakeDelay: i2c.DefaultWakeDelay})
	return atca.New(link, atca.Options{Times: atca.PublishedTimes()}).Do(t.Context(), func(s *atca.Session) error {
		_, err := s.Revision(t.Context())
		return err
	})
}
