package mcp2221

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"atecc/internal/i2c"
)

const eeprom = 0x50

// onFake is an opened bus on a fake bridge with a memory behind it. The reports
// of opening are forgotten.
func onFake(t *testing.T) (*Bus, *fakeBridge, *memory) {
	t.Helper()
	wires := &memory{addr: eeprom}
	f := newFake(wires)
	b := openFake(t, f, DefaultClock)
	f.reports = nil
	return b, f, wires
}

func openFake(t *testing.T, f *fakeBridge, clock physic.Frequency) *Bus {
	t.Helper()
	b := unopened(f)
	if err := b.start(clock); err != nil {
		t.Fatal(err)
	}
	return b
}

func unopened(dev device) *Bus {
	return &Bus{name: "mcp2221:1-1", dev: dev, hid: hidInterface{number: 2, in: endpointIn, out: endpointOut}}
}

func wantCommands(t *testing.T, f *fakeBridge, want ...string) {
	t.Helper()
	n := (len(want[0]) + 1) / 3
	if got := f.commands(n); !slices.Equal(got, want) {
		t.Errorf("reports begin with\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestOpeningSetsAHundredKilohertz(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wires := &memory{}
		f := newFake(wires)
		b := openFake(t, f, DefaultClock)
		f.check(t)
		wantCommands(t, f, "10 00 00 00 00", "10 00 00 20 75")
		if hz, ok := b.Clock(); hz != 100*physic.KiloHertz || !ok || wires.hz != hz {
			t.Errorf("clock %s, on the wire %s", hz, wires.hz)
		}
		if b.String() != "mcp2221:1-1" {
			t.Errorf("name %q", b)
		}
	})
}

func TestOpeningEndsWhatAnotherProgramBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(&memory{})
		f.used, f.state, f.in = true, 0x55, []byte{1, 2, 3}
		f.answer = &report{0x91}
		b := openFake(t, f, DefaultClock)
		f.check(t)
		wantCommands(t, f, "10 00 00", "10 00 10", "10 00 00", "10 00 00")
		if err := b.Tx(0x11, []byte{1}, nil); !errors.Is(err, errNACK) {
			t.Errorf("the engine is not free: %v", err)
		}
	})
}

func TestAWriteIsOneReportAndAQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f, wires := onFake(t)
		if err := b.Tx(eeprom, []byte{0x03, 0x07, 0x30}, nil); err != nil {
			t.Fatal(err)
		}
		f.check(t)
		wantCommands(t, f, "90 03 00 a0 03 07 30 00", "10 00 00 00 00 00 00 00")
		if len(wires.written) != 1 || !bytes.Equal(wires.written[0], []byte{0x03, 0x07, 0x30}) {
			t.Errorf("wrote % x", wires.written)
		}
	})
}

func TestWritesOfAllLengthsArriveWhole(t *testing.T) {
	for _, n := range []int{0, 1, 59, 60, 61, 120, 121, 155, 300} {
		synctest.Test(t, func(t *testing.T) {
			b, f, wires := onFake(t)
			if err := b.Tx(eeprom, pattern(n), nil); err != nil {
				t.Fatalf("%d bytes: %v", n, err)
			}
			f.check(t)
			if len(wires.written) != 1 || !bytes.Equal(wires.written[0], pattern(n)) {
				t.Errorf("%d bytes: wrote % x", n, wires.written)
			}
		})
	}
}

func TestReadsOfAllLengthsArriveWhole(t *testing.T) {
	for _, n := range []int{1, 4, 59, 60, 61, 67, 120, 121, 300} {
		synctest.Test(t, func(t *testing.T) {
			b, f, _ := onFake(t)
			got := make([]byte, n)
			if err := b.Tx(eeprom, nil, got); err != nil {
				t.Fatalf("%d bytes: %v", n, err)
			}
			f.check(t)
			if !bytes.Equal(got, pattern(n)) {
				t.Errorf("%d bytes: got % x", n, got)
			}
		})
	}
}

func TestAReadHasTheReadBit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f, _ := onFake(t)
		if err := b.Tx(eeprom, nil, make([]byte, 4)); err != nil {
			t.Fatal(err)
		}
		if got := f.commands(4)[0]; got != "91 04 00 a1" {
			t.Errorf("the read begins with %s", got)
		}
	})
}

func TestAWriteAndARead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f, wires := onFake(t)
		got := make([]byte, 70)
		if err := b.Tx(eeprom, []byte{0x12}, got); err != nil {
			t.Fatal(err)
		}
		f.check(t)
		if !bytes.Equal(got, pattern(70)) || len(wires.written) != 1 || !bytes.Equal(wires.written[0], []byte{0x12}) {
			t.Errorf("wrote % x, read % x", wires.written, got)
		}
		if got := f.commands(4); got[0] != "94 01 00 a0" || got[2] != "93 46 00 a1" {
			t.Errorf("reports %q", got)
		}
	})
}

func TestARefusalIsANACKAndLeavesTheBusFree(t *testing.T) {
	tests := []struct {
		name string
		addr uint16
		w, r []byte
		set  func(*fakeBridge)
	}{
		{"address of a write", 0x51, []byte{1}, nil, nil},
		{"address of a long write", 0x51, pattern(150), nil, nil},
		{"address of a read", 0x51, nil, make([]byte, 4), nil},
		{"address of a write and a read", 0x51, []byte{1}, make([]byte, 4), nil},
		{"byte of a write", eeprom, pattern(9), nil, func(f *fakeBridge) { f.refuseAfter = 3 }},
		{"byte of the first of three reports", eeprom, pattern(150), nil, func(f *fakeBridge) { f.refuseAfter = 9 }},
		{"byte of the last of three reports", eeprom, pattern(150), nil, func(f *fakeBridge) { f.refuseAfter = 130 }},
		{"address, told by the state alone", 0x51, []byte{1}, nil, func(f *fakeBridge) { f.coyNACK = true }},
		{"address of a read, told by the state alone", 0x51, nil, make([]byte, 4), func(f *fakeBridge) { f.coyNACK = true }},
		{"general call", 0x00, []byte{1}, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, f, _ := onFake(t)
				if tt.set != nil {
					tt.set(f)
				}
				err := b.Tx(tt.addr, tt.w, tt.r)
				if !errors.Is(err, syscall.ENXIO) || !i2c.IsNACK(err) || err.Error() != "nobody acknowledged: no such device or address" {
					t.Errorf("got %v", err)
				}
				f.refuseAfter, f.coyNACK = 0, false
				if err := b.Tx(eeprom, []byte{1}, nil); err != nil {
					t.Errorf("the next transfer: %v", err)
				}
				f.check(t)
			})
		})
	}
}

func TestAStuckBusIsNoNACKAndHasWords(t *testing.T) {
	tests := []struct {
		name string
		set  func(*fakeBridge)
		want string
	}{
		{"start", func(f *fakeBridge) { f.stuck = 0x12 }, "the bus is stuck: no START within its time: SDA or SCL is held low (state 0x12)"},
		{"address", func(f *fakeBridge) { f.stuck = 0x23 }, "the address did not go out within its time: SCL is held low (state 0x23)"},
		{"data", func(f *fakeBridge) { f.stuck = 0x44 }, "a byte did not go out"},
		{"stop", func(f *fakeBridge) { f.stuck = 0x62 }, "no STOP"},
		{"for ever", func(f *fakeBridge) { f.stuck = 0x43 }, "the transfer does not end: at work (state 0x43)"},
		{"SCL", func(f *fakeBridge) { f.stuck, f.lowSCL = 0x43, true }, "(state 0x43), SCL held low; the pull-up resistors are missing"},
		{"SCL at the address", func(f *fakeBridge) { f.stuck, f.lowSCL = 0x21, true }, "(state 0x21), SCL held low"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, f, _ := onFake(t)
				tt.set(f)
				for _, r := range [][]byte{nil, make([]byte, 70)} {
					err := b.Tx(eeprom, []byte{1}, r)
					if err == nil || i2c.IsNACK(err) || !strings.Contains(err.Error(), tt.want) {
						t.Errorf("got %v, want %q", err, tt.want)
					}
				}
				f.stuck, f.lowSCL = 0, false
				if err := b.Tx(eeprom, []byte{1}, nil); err != nil {
					t.Errorf("after it came free: %v", err)
				}
				f.check(t)
			})
		})
	}
}

func TestAReadThatBringsNothingIsStuck(t *testing.T) {
	for _, stuck := range []byte{0x52, 0x50, 0x43} {
		synctest.Test(t, func(t *testing.T) {
			b, f, _ := onFake(t)
			f.stuck = stuck
			err := b.Tx(eeprom, nil, make([]byte, 4))
			if err == nil || i2c.IsNACK(err) || !strings.Contains(err.Error(), fmt.Sprintf("(state 0x%02x)", stuck)) {
				t.Errorf("0x%02x: got %v", stuck, err)
			}
			f.check(t)
		})
	}
}

func TestABusThatDoesNotComeFreeIsSaidToBeStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f, _ := onFake(t)
		f.held = true
		err := b.Tx(0x51, []byte{1}, nil)
		if err == nil || i2c.IsNACK(err) || !strings.Contains(err.Error(), "the transfer does not end: no acknowledgement (state 0x25)") {
			t.Errorf("got %v", err)
		}
		f.check(t)
	})
}

func TestAReadThatBringsTooMuchIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, f, _ := onFake(t)
		f.overfull = 5
		err := b.Tx(eeprom, nil, make([]byte, 4))
		if err == nil || err.Error() != "the bridge has read 5 bytes more than it was asked for" {
			t.Errorf("got %v", err)
		}
	})
}

func TestWhatCannotBeATransferIsRefused(t *testing.T) {
	b := unopened(newFake(&memory{}))
	tests := []struct {
		addr uint16
		w, r []byte
		want string
	}{
		{0x80, []byte{1}, nil, "0x80 is not a 7-bit address"},
		{eeprom, make([]byte, 65536), nil, "65536 bytes are more than the 65535 of one transfer"},
		{eeprom, nil, make([]byte, 65536), "65536 bytes are more than the 65535 of one transfer"},
	}
	for _, tt := range tests {
		if err := b.Tx(tt.addr, tt.w, tt.r); err == nil || err.Error() != tt.want {
			t.Errorf("got %v, want %q", err, tt.want)
		}
	}
}

func TestLostReportsAreNotTakenForANACK(t *testing.T) {
	tests := []struct {
		name string
		set  func(*fakeBridge)
		want string
	}{
		{"unplugged", func(f *fakeBridge) { f.fail = syscall.ENODEV }, "the bridge was unplugged: endpoint 0x03: no such device"},
		{"being unplugged", func(f *fakeBridge) { f.fail = syscall.ESHUTDOWN }, "the bridge was unplugged: endpoint 0x03: cannot send after transport endpoint shutdown"},
		{"I/O error", func(f *fakeBridge) { f.fail = syscall.EIO }, "the bridge took no report: endpoint 0x03: input/output error"},
		{"stalled", func(f *fakeBridge) { f.fail = syscall.EPIPE }, "the bridge took no report: endpoint 0x03: broken pipe"},
		{"silent", func(f *fakeBridge) { f.quiet = true }, "the bridge gave no report: endpoint 0x83: connection timed out"},
		{"short", func(f *fakeBridge) { f.short = 1 }, "the bridge gave 63 bytes of a report of 64"},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			b, f, _ := onFake(t)
			tt.set(f)
			err := b.Tx(eeprom, []byte{1}, nil)
			if err == nil || err.Error() != tt.want || i2c.IsNACK(err) {
				t.Errorf("%s: got %v", tt.name, err)
			}
			if gone := errors.Is(err, syscall.ENODEV); gone != (tt.name == "unplugged") {
				t.Errorf("%s: ENODEV is %v", tt.name, gone)
			}
		})
	}
}

func TestAnAnswerToSomethingElseIsThrownAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stray := &strayDevice{strays: 2}
		b := unopened(stray)
		if _, err := b.command(cmdStatus); err != nil {
			t.Errorf("two strays: %v", err)
		}
		stray.strays = 9
		if _, err := b.command(cmdStatus); err == nil || err.Error() != "the bridge does not answer command 0x10" {
			t.Errorf("nine strays: %v", err)
		}
	})
}

// strayDevice answers with strays of another command before the right one.
type strayDevice struct {
	strays int
	last   byte
}

func (d *strayDevice) Close() error { return nil }

func (d *strayDevice) Transfer(endpoint byte, data []byte, _ time.Duration) (int, error) {
	if endpoint == endpointOut {
		d.last = data[0]
		return len(data), nil
	}
	data[0] = d.last
	if d.strays > 0 {
		d.strays--
		data[0] = 0x60
	}
	return len(data), nil
}

// babbler answers every command with the next bytes of a text, whatever they
// mean, and then with zeros.
type babbler struct {
	text []byte
	last byte
}

func (d *babbler) Close() error { return nil }

func (d *babbler) Transfer(endpoint byte, data []byte, _ time.Duration) (int, error) {
	time.Sleep(frame)
	if endpoint == endpointOut {
		d.last = data[0]
		return len(data), nil
	}
	clear(data)
	data[0] = d.last
	d.text = d.text[copy(data[1:], d.text):]
	return len(data), nil
}

func FuzzAnswers(f *testing.F) {
	f.Add([]byte{0x00, 0x55, 60}, 67)
	f.Add([]byte{0x41, 0x25, 127}, 4)
	f.Add(bytes.Repeat([]byte{0x01, 0x43}, 100), 0)
	f.Fuzz(func(t *testing.T, text []byte, length int) {
		synctest.Test(t, func(t *testing.T) {
			b := unopened(&babbler{text: text})
			b.hz = DefaultClock
			start := time.Now()
			_ = b.Tx(eeprom, []byte{1}, make([]byte, max(0, length)%300))
			if took := time.Since(start); took > time.Minute {
				t.Errorf("% x: took %s", text, took)
			}
		})
	})
}
