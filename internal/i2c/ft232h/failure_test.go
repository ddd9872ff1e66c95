package ft232h

import (
	"bytes"
	"errors"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"atecc/internal/i2c"
	"atecc/internal/i2c/usbfs"
)

// interrupt leaves the chip in the middle of a byte of zeros that is read, as a
// program does that is killed.
func (w *wire) interrupt() {
	w.chip.part, w.chip.bits, w.chip.answer = reading, 3, make([]byte, 8)
	w.chip.pulls, w.sda = true, low
}

// stickSDA pulls SDA low for good.
func (w *wire) stickSDA() {
	w.chip.part, w.chip.pulls, w.sda = notMine, true, low
}

func (w *wire) stickSCL() { w.stuckSCL, w.scl = true, low }

// onBench runs fn with a bridge that no bus has been opened on.
func onBench(t *testing.T, fn func(*testing.T, *bridge)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { fn(t, newBridge()) })
}

func TestOpeningFreesABusOnWhichAReadWasCutShort(t *testing.T) {
	for _, info := range []usbfs.Info{part232, part2232} {
		onBench(t, func(t *testing.T, br *bridge) {
			br.wire.interrupt()
			b, err := attach(t, br, info, 0)
			if err != nil {
				t.Fatal(err)
			}
			if err := b.Tx(chipAddr, []byte{3}, nil); err != nil || !bytes.Equal(br.written(), []byte{3}) {
				t.Errorf("the chip got % x, %v, want 03", br.written(), err)
			}
		})
	}
}

func TestAFreeBusGetsNoExtraClocks(t *testing.T) {
	onBench(t, func(t *testing.T, br *bridge) {
		divisor, err := divisorFor(0)
		if err != nil {
			t.Fatal(err)
		}
		if err := newBus(part232, 0, divisor).start(br); err != nil {
			t.Fatal(err)
		}
		// The look at the wiring is a START and a STOP at once.
		wantLog(t, br, "SP")
	})
}

func TestALineThatIsLowAtRestIsNamed(t *testing.T) {
	tests := []struct {
		name  string
		stick func(*wire)
		want  LineError
		text  string
	}{
		{"SDA", (*wire).stickSDA, LineError{SDA: true}, "SDA is low at rest"},
		{"SCL", (*wire).stickSCL, LineError{SCL: true}, "SCL is low at rest"},
		{"both", func(w *wire) { w.stickSDA(); w.stickSCL() }, LineError{SCL: true, SDA: true}, "SCL and SDA are low at rest"},
	}
	for _, tt := range tests {
		onBench(t, func(t *testing.T, br *bridge) {
			tt.stick(br.wire)
			_, err := attach(t, br, part232, 0)
			var line *LineError
			if !errors.As(err, &line) || *line != tt.want || !strings.Contains(err.Error(), tt.text) || i2c.IsNACK(err) {
				t.Errorf("%s: got %v, want %q", tt.name, err, tt.text)
			}
			if !br.closed || br.mode != 0 {
				t.Errorf("%s: closed %t, mode %d, want the bridge given back", tt.name, br.closed, br.mode)
			}
		})
	}
}

func TestPinsThatAreNotJoinedAreNoticed(t *testing.T) {
	onBench(t, func(t *testing.T, br *bridge) {
		br.apart = true
		if _, err := attach(t, br, part232, 0); !errors.Is(err, errNotJoined) || i2c.IsNACK(err) {
			t.Errorf("got %v, want %v", err, errNotJoined)
		}
	})
	onBus(t, part232, 0, func(t *testing.T, b *Bus, br *bridge) {
		br.apart = true // the switch for that on a board, moved meanwhile
		if err := b.HoldSDA(t.Context(), time.Microsecond); !errors.Is(err, errNotJoined) {
			t.Errorf("got %v, want %v", err, errNotJoined)
		}
		if !br.wire.sda {
			t.Error("SDA is still low")
		}
	})
}

func TestALineThatGoesLowLaterFailsTransfersUntilItIsFree(t *testing.T) {
	onBus(t, part232, 0, func(t *testing.T, b *Bus, br *bridge) {
		br.wire.stickSCL()
		for _, transfer := range []func() error{
			func() error { return b.Tx(chipAddr, []byte{3}, nil) },
			func() error { return b.Tx(chipAddr, nil, make([]byte, 67)) },
			func() error { return b.HoldSDA(t.Context(), time.Microsecond) },
		} {
			var line *LineError
			if err := transfer(); !errors.As(err, &line) || !line.SCL {
				t.Errorf("got %v, want SCL low", err)
			}
		}
		br.wire.stuckSCL = false
		br.reset()
		if err := b.Tx(chipAddr, []byte{3}, nil); err != nil || !bytes.Equal(br.written(), []byte{3}) {
			t.Errorf("freed: the chip got % x, %v, want 03", br.written(), err)
		}
	})
}

func TestSynchronisingOutlastsAnOrderThatWasCutShort(t *testing.T) {
	onBench(t, func(t *testing.T, br *bridge) {
		br.ignore = 3
		if _, err := attach(t, br, part232, 0); err != nil {
			t.Error(err)
		}
	})
}

// A program that was killed leaves the engine on, in the middle of an order and
// of an answer; one that used the serial port, bytes that it had to send.
func TestOpeningForgetsWhatABridgeWasAt(t *testing.T) {
	cut := []byte{0x31, 0xFF, 0xFF} // 65,536 bytes are to follow
	packet := append(make([]byte, 508), answerBad, opUnknown)
	for name, leave := range map[string]func(*bridge){
		"an order":           func(br *bridge) { br.mode, br.orders = engine, cut },
		"an answer":          func(br *bridge) { br.mode, br.ready = engine, packet },
		"serial data":        func(br *bridge) { br.serial = cut },
		"SDA that it pulled": func(br *bridge) { br.mode, br.direction, br.wire.sda = engine, 3, low },
	} {
		onBench(t, func(t *testing.T, br *bridge) {
			leave(br)
			b, err := attach(t, br, part232, 0)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := b.Tx(chipAddr, []byte{3}, nil); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

func TestABridgeWithoutAnEngineIsGivenUpInTime(t *testing.T) {
	onBench(t, func(t *testing.T, br *bridge) {
		br.mute = true
		start := time.Now()
		_, err := attach(t, br, part232, 0)
		if err == nil || !strings.Contains(err.Error(), "MPSSE") || i2c.IsNACK(err) {
			t.Errorf("got %v, want an error that names MPSSE", err)
		}
		if d := time.Since(start); d > time.Second {
			t.Errorf("that took %v, want a second at most", d)
		}
		if !br.closed {
			t.Error("the bridge is still open")
		}
	})
}

func TestABridgeOfTheOldSeriesIsNotTakenForOneOfTheNew(t *testing.T) {
	onBench(t, func(t *testing.T, br *bridge) {
		br.oldSeries = true
		if _, err := attach(t, br, part2232, 0); err == nil || !strings.Contains(err.Error(), "order 0x8a") {
			t.Errorf("got %v, want the order that it does not know", err)
		}
	})
}

func TestAnEngineThatStopsAnsweringIsNoRefusal(t *testing.T) {
	onBus(t, part232, 0, func(t *testing.T, b *Bus, br *bridge) {
		br.mute = true
		start := time.Now()
		err := b.Tx(chipAddr, []byte{3}, nil)
		if err == nil || !strings.Contains(err.Error(), "answered 0 bytes where 3 were due") || i2c.IsNACK(err) {
			t.Errorf("got %v, want the number of bytes", err)
		}
		if d := time.Since(start); d > 2*patience {
			t.Errorf("that took %v", d)
		}
		br.mute = false
		if err := b.Tx(chipAddr, []byte{3}, nil); err != nil || br.controls == 0 {
			t.Errorf("afterwards: %v, %d control requests, want a bus that has begun anew", err, br.controls)
		}
	})
}

func TestAnAnswerThatBelongsToNothingIsNoticed(t *testing.T) {
	onBus(t, part232, 0, func(t *testing.T, b *Bus, br *bridge) {
		br.ready = []byte{0x05} // is late
		if err := b.Tx(chipAddr, []byte{3}, nil); err == nil || !strings.Contains(err.Error(), "answered 4 bytes where 3 were due") {
			t.Errorf("got %v, want the number of bytes", err)
		}
		if err := b.Tx(chipAddr, []byte{3}, nil); err != nil {
			t.Error(err)
		}
	})
}

func TestABridgeThatTakesAPartIsAnError(t *testing.T) {
	onBus(t, part232, 0, func(t *testing.T, b *Bus, br *bridge) {
		br.short = true
		if err := b.Tx(chipAddr, []byte{3}, nil); err == nil || !strings.Contains(err.Error(), "the bridge took") {
			t.Errorf("got %v, want how much the bridge took", err)
		}
		br.short = false
		if err := b.Tx(chipAddr, []byte{3}, nil); err != nil {
			t.Error(err)
		}
	})
}

func TestAFailureOfUSBIsNoRefusalAndTheNextTransferBeginsAnew(t *testing.T) {
	onBus(t, part232, 0, func(t *testing.T, b *Bus, br *bridge) {
		for _, errno := range []syscall.Errno{syscall.ETIMEDOUT, syscall.EIO, syscall.EPROTO, syscall.EPIPE, syscall.ENXIO} {
			br.usbErr = errno
			if err := b.Tx(chipAddr, []byte{3}, nil); err == nil || i2c.IsNACK(err) || !strings.Contains(err.Error(), errno.Error()) {
				t.Errorf("%v: got %v, want it named and no refusal", errno, err)
			}
			br.usbErr = nil
			br.reset()
			if err := b.Tx(chipAddr, []byte{3}, nil); err != nil || br.controls == 0 {
				t.Errorf("after %v: %v, %d control requests", errno, err, br.controls)
			}
		}
	})
}

func TestAnUnpluggedBridgeIsENODEVAndClosesInPeace(t *testing.T) {
	onBus(t, part232, 0, func(t *testing.T, b *Bus, br *bridge) {
		br.usbErr = syscall.ESHUTDOWN // on the way out
		if err := b.Tx(chipAddr, []byte{3}, nil); !errors.Is(err, syscall.ESHUTDOWN) || !strings.Contains(err.Error(), "unplugged") {
			t.Errorf("got %v, want ESHUTDOWN", err)
		}
		br.usbErr = syscall.ENODEV
		for _, err := range []error{
			b.Tx(chipAddr, []byte{3}, nil),
			b.HoldSDA(t.Context(), time.Microsecond),
			b.SetSpeed(maxClock),
		} {
			if !errors.Is(err, syscall.ENODEV) || !strings.Contains(err.Error(), "unplugged") {
				t.Errorf("got %v, want ENODEV", err)
			}
		}
		if err := b.Close(); err != nil || !br.closed {
			t.Errorf("close: %v, closed %t", err, br.closed)
		}
	})
}

// A failure can come at each point of a transfer; none must be lost, and none
// must leave the bus in disorder.
func TestAFailureOfUSBAtAnyPointIsReported(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(*testing.T, *Bus) error
	}{
		{"write", func(_ *testing.T, b *Bus) error { return b.Tx(chipAddr, []byte{3}, nil) }},
		{"long read", func(_ *testing.T, b *Bus) error { return b.Tx(chipAddr, nil, make([]byte, 67)) }},
		{"write and read", func(_ *testing.T, b *Bus) error { return b.Tx(chipAddr, []byte{3}, make([]byte, 4)) }},
		{"refused read", func(_ *testing.T, b *Bus) error { return b.Tx(0x20, nil, make([]byte, 67)) }},
		{"hold", func(t *testing.T, b *Bus) error { return b.HoldSDA(t.Context(), time.Millisecond) }},
		{"new start", func(_ *testing.T, b *Bus) error { b.ready = false; return b.Tx(chipAddr, []byte{3}, nil) }},
	} {
		for n := 0; ; n++ {
			failed := false
			onBus(t, part232, 0, func(t *testing.T, b *Bus, br *bridge) {
				broken := &failing{bridge: br, after: n}
				b.port.dev = broken
				err := tt.do(t, b)
				failed = broken.failed
				if failed && !errors.Is(err, syscall.EPROTO) {
					t.Errorf("%s, transfer %d fails: got %v, want EPROTO", tt.name, n, err)
				}
				b.port.dev = br
				if err := b.Tx(chipAddr, []byte{3}, nil); err != nil {
					t.Errorf("%s, after transfer %d: %v", tt.name, n, err)
				}
			})
			if !failed {
				break
			}
		}
	}
}

// failing is a bridge of which one USB transfer fails.
type failing struct {
	*bridge
	after  int
	failed bool
}

func (f *failing) fails() bool {
	f.after--
	f.failed = f.failed || f.after == -1
	return f.after == -1
}

func (f *failing) Control(requestType, request byte, value, index uint16, data []byte, timeout time.Duration) (int, error) {
	if f.fails() {
		return 0, syscall.EPROTO
	}
	return f.bridge.Control(requestType, request, value, index, data, timeout)
}

func (f *failing) Transfer(endpoint byte, data []byte, timeout time.Duration) (int, error) {
	if f.fails() {
		return 0, syscall.EPROTO
	}
	return f.bridge.Transfer(endpoint, data, timeout)
}

func TestCloseMakesTheBridgeASerialPortAgain(t *testing.T) {
	onBench(t, func(t *testing.T, br *bridge) {
		b, err := attach(t, br, part232, 0)
		if err != nil {
			t.Fatal(err)
		}
		if br.mode != 2 || br.latency != 1 {
			t.Errorf("open: mode %d, latency %d ms, want 2, 1 ms", br.mode, br.latency)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if br.mode != 0 || br.latency != 16 || !br.closed {
			t.Errorf("closed: mode %d, latency %d ms, closed %t, want 0, 16 ms, true", br.mode, br.latency, br.closed)
		}
	})
}

func TestCloseGivesTheDeviceBackAlsoWhenTheBridgeFails(t *testing.T) {
	onBench(t, func(t *testing.T, br *bridge) {
		b, err := attach(t, br, part232, 0)
		if err != nil {
			t.Fatal(err)
		}
		br.usbErr = syscall.EPROTO
		if err := b.Close(); !errors.Is(err, syscall.EPROTO) || !br.closed {
			t.Errorf("got %v, closed %t, want EPROTO and a closed device", err, br.closed)
		}
	})
}
