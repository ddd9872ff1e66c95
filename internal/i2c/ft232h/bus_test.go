package ft232h

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"atecc/internal/i2c"
	"atecc/internal/i2c/usbfs"
)

const chipAddr = 0x60

// part232 and part2232 are bridges with and without open-drain outputs.
var (
	part232  = usbfs.Info{Path: "1-1.2", VID: 0x0403, PID: 0x6014, Speed: "480"}
	part2232 = usbfs.Info{Path: "1-1.3", VID: 0x0403, PID: 0x6010, Speed: "480"}
)

// attach starts the bus on a fake bridge of a kind.
func attach(t *testing.T, br *bridge, info usbfs.Info, clock physic.Frequency) (*Bus, error) {
	t.Helper()
	divisor, err := divisorFor(clock)
	if err != nil {
		t.Fatal(err)
	}
	br.driveZero = info.PID == part232.PID
	b := newBus(info, br.channel, divisor)
	err = b.start(br)
	br.reset()
	return b, err
}

// onBus runs fn with an open bus, in a bubble, and checks that nothing was done
// to the wire that must not be done.
func onBus(t *testing.T, info usbfs.Info, clock physic.Frequency, fn func(*testing.T, *Bus, *bridge)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		br := newBridge()
		b, err := attach(t, br, info, clock)
		if err != nil {
			t.Fatal(err)
		}
		fn(t, b, br)
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		for _, fault := range br.wire.faults {
			t.Error(fault)
		}
	})
}

func count(n int) []byte {
	var p []byte
	for i := range n {
		p = append(p, byte(i*7+1))
	}
	return p
}

func wantLog(t *testing.T, br *bridge, want string) {
	t.Helper()
	if br.wire.chip.log != want {
		t.Errorf("on the wire: %s, want %s", br.wire.chip.log, want)
	}
}

// wantRefused checks that an error means a refusal and says of what.
func wantRefused(t *testing.T, err error, what string) {
	t.Helper()
	if !errors.Is(err, syscall.ENXIO) || !i2c.IsNACK(err) || !strings.Contains(err.Error(), what) {
		t.Errorf("got %v, want ENXIO for %s", err, what)
	}
}

func TestEachKindOfTransferAtEachClockOnEachPart(t *testing.T) {
	for _, info := range []usbfs.Info{part232, part2232} {
		for _, clock := range []physic.Frequency{minClock, defaultClock, 400 * physic.KiloHertz, maxClock} {
			t.Run(fmt.Sprintf("%04x at %s", info.PID, clock), func(t *testing.T) {
				onBus(t, info, clock, eachKindOfTransfer)
			})
		}
	}
}

func eachKindOfTransfer(t *testing.T, b *Bus, br *bridge) {
	for _, tt := range []struct {
		write, read int
		log         string
	}{
		{1, 0, "SWP"}, {8, 0, "SWP"}, {154, 0, "SWP"}, {512, 0, "SWP"}, {0, 0, "SWP"},
		{0, 1, "SRP"}, {0, 4, "SRP"}, {0, 35, "SRP"}, {0, 155, "SRP"}, {0, 512, "SRP"},
		{1, 1, "SWSRP"}, {3, 70, "SWSRP"}, {512, 512, "SWSRP"},
	} {
		br.reset()
		br.wire.chip.answer = count(tt.read)
		got := make([]byte, tt.read)
		if err := b.Tx(chipAddr, count(tt.write), got); err != nil {
			t.Errorf("write %d, read %d: %v", tt.write, tt.read, err)
		}
		wantLog(t, br, tt.log)
		if !bytes.Equal(got, count(tt.read)) {
			t.Errorf("read % x, want % x", got, count(tt.read))
		}
		// What a repeated START ends is not for a chip that acts at the STOP.
		if tt.log == "SWP" && !bytes.Equal(br.written(), count(tt.write)) {
			t.Errorf("the chip got % x, want % x", br.written(), count(tt.write))
		}
		if len(br.wire.faults) > 0 {
			t.Fatalf("write %d, read %d: %q", tt.write, tt.read, br.wire.faults)
		}
	}
}

func TestABridgeOnAFullSpeedHubSendsSmallerPackets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br := newBridge()
		br.packet = 64
		slow := part232
		slow.Speed = "12"
		b, err := attach(t, br, slow, 0)
		if err != nil {
			t.Fatal(err)
		}
		br.wire.chip.answer = count(200)
		got := make([]byte, 200)
		if err := b.Tx(chipAddr, nil, got); err != nil || !bytes.Equal(got, count(200)) {
			t.Errorf("got % x, %v", got, err)
		}
	})
}

func TestTheSecondChannelHasItsOwnEndpointsAndName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		br := newBridge()
		br.channel = 1
		b, err := attach(t, br, part2232, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Tx(chipAddr, []byte{3}, nil); err != nil {
			t.Error(err)
		}
		if b.String() != "ft232h:1-1.3/B" {
			t.Errorf("the bus is called %q, want ft232h:1-1.3/B", b)
		}
	})
}

func TestARefusedTransferEndsInAStopAndSaysWhatWasRefused(t *testing.T) {
	tests := []struct {
		name        string
		busy        bool
		refuses     int
		write, read int
		want, log   string
	}{
		{"address for a write", true, -1, 5, 0, "the address", "SwP"},
		{"address for a short read", true, -1, 0, 4, "the address", "SrP"},
		{"address for a long read", true, -1, 0, 67, "the address", "SrP"},
		{"address before a repeated START", true, -1, 5, 4, "the address", "SwP"},
		{"first byte", false, 0, 5, 0, "byte 1 of 5", "SWP"},
		{"last byte", false, 4, 5, 0, "byte 5 of 5", "SWP"},
		{"byte before a repeated START", false, 2, 5, 4, "byte 3 of 5", "SWP"},
	}
	for _, tt := range tests {
		for _, info := range []usbfs.Info{part232, part2232} {
			t.Run(fmt.Sprintf("%s %04x", tt.name, info.PID), func(t *testing.T) {
				onBus(t, info, defaultClock, func(t *testing.T, b *Bus, br *bridge) {
					br.wire.chip.busy, br.wire.chip.refuses = tt.busy, tt.refuses
					got := make([]byte, tt.read)
					wantRefused(t, b.Tx(chipAddr, count(tt.write), got), tt.want)
					wantLog(t, br, tt.log)
					if len(br.written()) > 0 || !bytes.Equal(got, make([]byte, tt.read)) {
						t.Errorf("the chip got % x and gave % x, want nothing", br.written(), got)
					}
					br.wire.chip.busy, br.wire.chip.refuses = false, -1
					if err := b.Tx(chipAddr, []byte{1}, nil); err != nil || br.controls > 0 {
						t.Errorf("afterwards: %v, %d control requests, want a bus that goes on", err, br.controls)
					}
				})
			})
		}
	}
}

func TestATransferIsOneOrTwoRoundTrips(t *testing.T) {
	tests := []struct {
		name        string
		clock       physic.Frequency
		write, read int
		busy        bool
		lists       int
	}{
		{"word address", defaultClock, 1, 0, false, 1},
		{"longest command", defaultClock, 154, 0, false, 1},
		{"refused write", defaultClock, 154, 0, true, 1},
		{"status", defaultClock, 0, 4, false, 1},
		{"refused status", defaultClock, 0, 4, true, 1},
		{"signature", defaultClock, 0, 67, false, 2},
		{"refused signature", defaultClock, 0, 67, true, 2},
		{"signature on a fast bus", maxClock, 0, 67, false, 1},
		{"write and read", defaultClock, 1, 67, false, 2},
		{"refused write and read", defaultClock, 1, 67, true, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			onBus(t, part232, tt.clock, func(t *testing.T, b *Bus, br *bridge) {
				br.wire.chip.busy = tt.busy
				start := time.Now()
				err := b.Tx(chipAddr, count(tt.write), make([]byte, tt.read))
				if (err != nil) != tt.busy {
					t.Error(err)
				}
				if br.lists != tt.lists {
					t.Errorf("%d lists, want %d", br.lists, tt.lists)
				}
				// A list has its answer, if any, fetched once, also when the wire is at
				// work for longer than the bridge waits before it sends an empty
				// packet.
				if br.asked < 1 || br.asked > tt.lists {
					t.Errorf("%d packets asked for with %d lists", br.asked, tt.lists)
				}
				if d, wire := time.Since(start), b.wireTime(max(tt.write, tt.read)); !tt.busy && d > 2*wire+time.Millisecond {
					t.Errorf("took %v, the bytes alone take %v", d, wire)
				}
			})
		})
	}
}

func TestPollingAChipAtWorkIsQuick(t *testing.T) {
	onBus(t, part232, defaultClock, func(t *testing.T, b *Bus, br *bridge) {
		br.wire.chip.busy = true
		start := time.Now()
		wantRefused(t, b.Tx(chipAddr, nil, make([]byte, 67)), "the address")
		if d := time.Since(start); d > 500*time.Microsecond {
			t.Errorf("a refused read of 67 bytes took %v, want little more than an address", d)
		}
	})
}

func TestATransferTakesTheTimeOfItsBits(t *testing.T) {
	for _, clock := range []physic.Frequency{minClock, defaultClock, maxClock} {
		onBus(t, part232, clock, func(t *testing.T, b *Bus, br *bridge) {
			start := time.Now()
			if err := b.Tx(chipAddr, count(99), nil); err != nil {
				t.Fatal(err)
			}
			bits := 900 * clock.Period()
			if d := time.Since(start); d < bits || d > bits*3/2 {
				t.Errorf("100 bytes at %s took %v, want %v and little more", clock, d, bits)
			}
		})
	}
}

func TestStartAndStopLastLongEnough(t *testing.T) {
	for clock, want := range map[physic.Frequency]time.Duration{
		minClock:               5 * time.Microsecond,
		defaultClock:           3300 * time.Nanosecond,
		400 * physic.KiloHertz: 830 * time.Nanosecond,
		maxClock:               250 * time.Nanosecond, // what the chip asks for
	} {
		onBus(t, part232, clock, func(t *testing.T, b *Bus, br *bridge) {
			br.wire.held = time.Hour
			if err := b.Tx(chipAddr, []byte{3}, make([]byte, 4)); err != nil {
				t.Fatal(err)
			}
			if held := br.wire.held; held < want || held > 2*want {
				t.Errorf("at %s a part of a START or STOP lasted %v, want %v or little more", clock, held, want)
			}
		})
	}
}

func TestAGeneralCallWakesAtASlowClockOnly(t *testing.T) {
	for clock, wakes := range map[physic.Frequency]bool{
		defaultClock: true, i2c.WakeClockLimit: true, 400 * physic.KiloHertz: false,
	} {
		onBus(t, part232, clock, func(t *testing.T, b *Bus, br *bridge) {
			br.wire.chip.asleep = true
			wantRefused(t, b.Tx(0, []byte{1}, nil), "the address")
			if br.wire.chip.asleep == wakes {
				t.Errorf("at %s the chip sleeps: %t; SDA was low for %v", clock, br.wire.chip.asleep, br.wire.lowTime)
			}
		})
	}
}

func TestHoldingSDAWakesAtAnyClock(t *testing.T) {
	for _, info := range []usbfs.Info{part232, part2232} {
		onBus(t, info, maxClock, func(t *testing.T, b *Bus, br *bridge) {
			br.wire.chip.asleep = true
			if err := b.HoldSDA(t.Context(), 80*time.Microsecond); err != nil {
				t.Fatal(err)
			}
			if low := br.wire.lowTime; low < 80*time.Microsecond || low > time.Millisecond {
				t.Errorf("SDA was low for %v, want 80us and little more", low)
			}
			if br.wire.chip.asleep || !br.wire.sda {
				t.Errorf("asleep %t, SDA high %t, want an awake chip and a free bus", br.wire.chip.asleep, br.wire.sda)
			}
			if err := b.Tx(chipAddr, []byte{3}, nil); err != nil || br.controls > 0 {
				t.Errorf("transfer afterwards: %v, %d control requests", err, br.controls)
			}
		})
	}
}

func TestHoldSDALetsGoWhenItsContextEnds(t *testing.T) {
	onBus(t, part232, defaultClock, func(t *testing.T, b *Bus, br *bridge) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := b.HoldSDA(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's error", err)
		}
		if !br.wire.sda {
			t.Error("SDA is still low")
		}
		br.reset()
		if err := b.HoldSDA(ctx, time.Microsecond); !errors.Is(err, context.DeadlineExceeded) || br.lists > 0 {
			t.Errorf("got %v after %d lists, want the context's error before any", err, br.lists)
		}
	})
}

func TestALinkOverTheBusWakesTheChipAndTalksToIt(t *testing.T) {
	for _, clock := range []physic.Frequency{defaultClock, 400 * physic.KiloHertz} {
		onBus(t, part232, clock, func(t *testing.T, b *Bus, br *bridge) {
			br.wire.chip.asleep, br.wire.chip.answer = true, []byte{0x04, 0x11, 0x33, 0x43}
			link := i2c.NewConn(b, chipAddr, i2c.Options{WakeDelay: i2c.DefaultWakeDelay})
			if err := link.Wake(t.Context()); err != nil {
				t.Fatalf("at %s: %v", clock, err)
			}
			info := []byte{0x07, 0x30, 0x00, 0x00, 0x00, 0x03, 0x5D}
			revision := []byte{0x07, 0x00, 0x00, 0x60, 0x03, 0x83, 0xBB}
			br.reset()
			if err := link.Send(t.Context(), info); err != nil || !bytes.Equal(br.written(), append([]byte{3}, info...)) {
				t.Errorf("the chip got % x, %v, want 03 and % x", br.written(), err, info)
			}
			br.wire.chip.answer = revision
			if got, err := link.Receive(t.Context(), make([]byte, 7)); err != nil || !bytes.Equal(got, revision) {
				t.Errorf("got % x, %v, want % x", got, err, revision)
			}
		})
	}
}

func TestTheClockIsTheNextThatTheDivisorMakes(t *testing.T) {
	for ask, want := range map[physic.Frequency]physic.Frequency{
		0:                      100 * physic.KiloHertz,
		10 * physic.KiloHertz:  10 * physic.KiloHertz,
		100 * physic.KiloHertz: 100 * physic.KiloHertz,
		133 * physic.KiloHertz: 20 * physic.MegaHertz / 151,
		400 * physic.KiloHertz: 400 * physic.KiloHertz,
		700 * physic.KiloHertz: 20 * physic.MegaHertz / 29,
		physic.MegaHertz:       physic.MegaHertz,
	} {
		onBus(t, part232, ask, func(t *testing.T, b *Bus, br *bridge) {
			if got, known := b.Clock(); got != want || !known {
				t.Errorf("%s: the clock is %s, %t, want %s", ask, got, known, want)
			}
			// SetSpeed reaches the engine by another way than Open.
			opened := br.divisor
			if err := errors.Join(b.SetSpeed(maxClock), b.SetSpeed(ask)); err != nil || br.divisor != opened {
				t.Errorf("%s: divisor %d after SetSpeed, %v, want %d", ask, br.divisor, err, opened)
			}
		})
	}
}

func TestAClockOutOfRangeIsRefused(t *testing.T) {
	onBus(t, part232, 0, func(t *testing.T, b *Bus, br *bridge) {
		for _, f := range []physic.Frequency{-1, physic.Hertz, minClock - 1, maxClock + 1, physic.GigaHertz} {
			if err := b.SetSpeed(f); err == nil || !strings.Contains(err.Error(), "10kHz to 1MHz") {
				t.Errorf("%s: got %v, want an error that names the range", f, err)
			}
		}
		if br.lists > 0 {
			t.Errorf("%d lists were sent", br.lists)
		}
	})
}

func TestWhatNoTransferCanBeIsRefusedBeforeTheWire(t *testing.T) {
	onBus(t, part232, 0, func(t *testing.T, b *Bus, br *bridge) {
		for _, err := range []error{
			b.Tx(0xC0, []byte{3}, nil),
			b.Tx(chipAddr, make([]byte, 513), nil),
			b.Tx(chipAddr, nil, make([]byte, 513)),
		} {
			if err == nil || i2c.IsNACK(err) {
				t.Errorf("got %v, want an error that is no refusal", err)
			}
		}
		if br.lists > 0 {
			t.Errorf("%d lists were sent", br.lists)
		}
	})
}

func TestTransfersOfSeveralGoroutinesDoNotMix(t *testing.T) {
	onBus(t, part232, maxClock, func(t *testing.T, b *Bus, br *bridge) {
		var all sync.WaitGroup
		for i := range byte(8) {
			all.Go(func() {
				if err := b.Tx(chipAddr, bytes.Repeat([]byte{i}, 9), nil); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, w := range br.wire.chip.done {
			if len(slices.Compact(slices.Clone(w))) != 1 || len(w) != 9 {
				t.Errorf("the chip got % x, want nine times the same", w)
			}
		}
		if len(br.wire.chip.done) != 8 {
			t.Errorf("the chip got %d writes, want 8", len(br.wire.chip.done))
		}
	})
}
