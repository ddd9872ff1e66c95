package i2c_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	pi2c "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"atecc/internal/atca/wire"
	"atecc/internal/i2c"
)

func link(b pi2c.BusCloser) *i2c.Conn {
	return i2c.NewConn(b, chipAddr, i2c.Options{WakeDelay: i2c.DefaultWakeDelay})
}

// wantBusError checks phase and errno of a failure, and that it says where.
func wantBusError(t *testing.T, err error, p i2c.Phase, errno syscall.Errno) {
	t.Helper()
	var bus *i2c.BusError
	if !errors.As(err, &bus) {
		t.Fatalf("got %v, want a BusError", err)
	}
	if bus.Phase != p || bus.Errno != errno || bus.Bus != "fake" || bus.Addr != chipAddr {
		t.Fatalf("got %+v, want phase %s, errno %d, bus fake, address 0x60", bus, p, int(errno))
	}
}

func TestWakeIgnoresTheNackOfThePulse(t *testing.T) {
	for _, nack := range []error{syscall.ENXIO, syscall.EREMOTEIO, syscall.EIO, syscall.ETIMEDOUT, errors.New("got NAK")} {
		synctest.Test(t, func(t *testing.T) {
			b := sleeping()
			b.nack = nack
			start := time.Now()
			if err := link(b).Wake(t.Context()); err != nil {
				t.Fatal(err)
			}
			if d := time.Since(start); d != i2c.DefaultWakeDelay {
				t.Errorf("waited %v, want %v", d, i2c.DefaultWakeDelay)
			}
			wantLog(t, b, "W00 01", "R60 4")
		})
	}
}

func TestWakeTellsTheAnswersApart(t *testing.T) {
	tests := []struct {
		name   string
		answer []byte
		check  func(error) bool
	}{
		{"awake", wire.WakeOK[:], func(err error) bool { return err == nil }},
		{"self-test failed", wire.WakeSelfTest[:], func(err error) bool { return errors.Is(err, wire.StatusSelfTest) }},
		{"self-test failed, as libraries expect it", []byte{0x04, 0x07, 0xC4, 0x40}, func(err error) bool { return errors.Is(err, wire.StatusSelfTest) }},
		{"wake answer with a wrong CRC", []byte{0x04, 0x11, 0x33, 0x44}, isAnswer(0x04, 0x11, 0x33, 0x44)},
		{"an old status", []byte{0x04, 0x00, 0x03, 0x40}, isAnswer(0x04, 0x00, 0x03, 0x40)},
		{"nothing left to say", nil, isAnswer(0xFF, 0xFF, 0xFF, 0xFF)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := ready()
			b.out = tt.answer
			if err := i2c.NewConn(b, chipAddr, i2c.Options{}).Wake(t.Context()); !tt.check(err) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func isAnswer(want ...byte) func(error) bool {
	return func(err error) bool {
		var a *i2c.AnswerError
		return errors.As(err, &a) && bytes.Equal(a.Got[:], want)
	}
}

func TestWakeReportsTheRefusedRead(t *testing.T) {
	b := sleeping()
	b.hz = 400 * physic.KiloHertz // 20 us low: the chip sleeps on
	err := i2c.NewConn(b, chipAddr, i2c.Options{}).Wake(t.Context())
	wantBusError(t, err, i2c.PhaseWake, syscall.EREMOTEIO)
	want := "address 0x60 on fake did not answer the wake pulse: remote I/O error, EREMOTEIO (121)"
	if !i2c.IsNACK(err) || err.Error() != want {
		t.Errorf("got %q, want %q, a NACK", err, want)
	}
}

func TestWakeNamesAnAdapterThatRefusesAddressZero(t *testing.T) {
	for _, refusal := range []syscall.Errno{syscall.EINVAL, syscall.EOPNOTSUPP} {
		b := sleeping()
		b.zero = refusal
		err := i2c.NewConn(b, chipAddr, i2c.Options{}).Wake(t.Context())
		wantBusError(t, err, i2c.PhaseWake, syscall.EREMOTEIO)
		if !strings.Contains(err.Error(), "the wake pulse was never sent (") || !strings.Contains(err.Error(), refusal.Error()) {
			t.Errorf("%q does not say that the pulse failed with %v", err, refusal)
		}
	}
}

func TestWakeWorksOnAChipThatOtherTrafficWokeWhereAddressZeroIsRefused(t *testing.T) {
	b := ready()
	b.zero, b.out = syscall.EINVAL, wire.WakeOK[:]
	if err := i2c.NewConn(b, chipAddr, i2c.Options{}).Wake(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestWakeHoldsSDAWhereTheClockMayBeTooFast(t *testing.T) {
	tests := []struct {
		hz   physic.Frequency
		held bool
	}{
		{0, true}, // not known
		{100 * physic.KiloHertz, false},
		{i2c.WakeClockLimit, false},
		{i2c.WakeClockLimit + physic.Hertz, true},
		{400 * physic.KiloHertz, true},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			b := &holdingBus{fakeBus: sleeping()}
			b.hz = tt.hz
			if err := link(b).Wake(t.Context()); err != nil {
				t.Fatalf("%s: %v", tt.hz, err)
			}
			if tt.held {
				wantLog(t, b.fakeBus, "R60 4")
			} else {
				wantLog(t, b.fakeBus, "W00 01", "R60 4")
			}
			if want := tt.held; slices.Equal(b.held, []time.Duration{80 * time.Microsecond}) != want {
				t.Errorf("%s: SDA held for %v, want held once for 80 us: %v", tt.hz, b.held, want)
			}
		})
	}
}

func TestWakeReportsThatSDACouldNotBeHeld(t *testing.T) {
	b := &holdingBus{fakeBus: sleeping(), fail: syscall.ENODEV}
	b.hz = 0
	err := i2c.NewConn(b, chipAddr, i2c.Options{}).Wake(t.Context())
	if err == nil || !strings.Contains(err.Error(), "ENODEV (19)") {
		t.Errorf("got %v, want it to name ENODEV", err)
	}
}

func TestWakeStopsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		b := sleeping()
		if err := link(b).Wake(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
		wantLog(t, b, "W00 01")
	})
}

func TestNothingIsTransferredOnADeadContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := ready()
	c := link(b)
	calls := map[string]func() error{
		"wake":    func() error { return c.Wake(ctx) },
		"send":    func() error { return c.Send(ctx, frame(t, wire.Command{Op: wire.OpInfo})) },
		"receive": func() error { _, err := c.Receive(ctx, make([]byte, 7)); return err },
		"idle":    func() error { return c.Idle(ctx) },
		"sleep":   func() error { return c.Sleep(ctx) },
	}
	for name, call := range calls {
		var bus *i2c.BusError
		if err := call(); !errors.Is(err, context.Canceled) || errors.As(err, &bus) {
			t.Errorf("%s: got %v, want context.Canceled and no fault of the bus", name, err)
		}
	}
	wantLog(t, b)
}

func TestExchangeSendsExactlyTheFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := sleeping()
		b.reply = func(wire.Command) []byte { return []byte{0, 0, 0x60, 3} }
		c := link(b)
		if err := c.Wake(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := c.Send(t.Context(), frame(t, wire.Command{Op: wire.OpInfo})); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 35)
		got, err := c.Receive(t.Context(), buf)
		if err != nil {
			t.Fatal(err)
		}
		if want := []byte{0x07, 0, 0, 0x60, 3, 0x83, 0xBB}; !bytes.Equal(got, want) || &got[0] != &buf[0] {
			t.Errorf("got % x, want % x in the caller's buffer", got, want)
		}
		if err := errors.Join(c.Idle(t.Context()), c.Wake(t.Context()), c.Sleep(t.Context())); err != nil {
			t.Fatal(err)
		}
		wantLog(t, b, "W00 01", "R60 4", "W60 030730000000035d", "R60 35", "W60 02", "W00 01", "R60 4", "W60 01")
	})
}

func TestSendNeitherKeepsNorChangesTheFrame(t *testing.T) {
	f := frame(t, wire.Command{Op: wire.OpNonce, P1: wire.NonceFixed, Data: pattern(32)})
	before := bytes.Clone(f)
	c := link(ready())
	if err := c.Send(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Receive(t.Context(), make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(f, before) {
		t.Errorf("the frame became % x", f)
	}
}

func TestSurplusBytesAreRefused(t *testing.T) {
	f := append(frame(t, wire.Command{Op: wire.OpInfo}), 0)
	err := link(ready()).Send(t.Context(), f)
	wantBusError(t, err, i2c.PhaseSend, syscall.EREMOTEIO)
}

func TestARefusedOrderNamesItsPhase(t *testing.T) {
	c := link(sleeping()) // and nobody wakes it
	_, receive := c.Receive(t.Context(), make([]byte, 4))
	tests := []struct {
		phase i2c.Phase
		err   error
	}{
		{i2c.PhasePoll, receive},
		{i2c.PhaseSend, c.Send(t.Context(), frame(t, wire.Command{Op: wire.OpInfo}))},
		{i2c.PhaseIdle, c.Idle(t.Context())},
		{i2c.PhaseSleep, c.Sleep(t.Context())},
	}
	for _, tt := range tests {
		wantBusError(t, tt.err, tt.phase, syscall.EREMOTEIO)
		if !i2c.IsNACK(tt.err) {
			t.Errorf("%v is no NACK", tt.err)
		}
	}
}

func TestReceiveSaysNotReadyWhileTheChipComputes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready()
		b.exec = 50 * time.Millisecond
		c := link(b)
		if err := c.Send(t.Context(), frame(t, wire.Command{Op: wire.OpSign, P1: wire.SignExternal})); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 67)
		_, err := c.Receive(t.Context(), buf)
		wantBusError(t, err, i2c.PhasePoll, syscall.EREMOTEIO)
		time.Sleep(b.exec)
		if _, err := c.Receive(t.Context(), buf); err != nil {
			t.Errorf("after the execution time: %v", err)
		}
	})
}

func TestReceiveSaysNotReadyOnAnAdapterThatIgnoresRefusals(t *testing.T) {
	b := ready()
	b.nack, b.awake = nil, false
	_, err := link(b).Receive(t.Context(), make([]byte, 35))
	wantBusError(t, err, i2c.PhasePoll, 0)
	if !i2c.IsNACK(err) || !strings.Contains(err.Error(), "0xff") {
		t.Errorf("got %v, want a NACK that names 0xff", err)
	}
	wantLog(t, b, "R60 35") // one poll, no attempt at repair
}

func TestOnlyOnesMeanNotReady(t *testing.T) {
	b := ready()
	b.out = []byte{0xFE, 0xA0, 0x80, 0xFF} // no group, and no UTF-8 either
	_, err := link(b).Receive(t.Context(), make([]byte, 4))
	if !errors.Is(err, wire.ErrCount) || i2c.IsNACK(err) {
		t.Errorf("got %v, want an impossible length", err)
	}
}

func TestReceiveReportsABrokenReadAsSuch(t *testing.T) {
	b := ready()
	b.awake, b.nack = false, syscall.ENODEV // the adapter was unplugged
	_, err := link(b).Receive(t.Context(), make([]byte, 4))
	wantBusError(t, err, i2c.PhaseRead, syscall.ENODEV)
	if i2c.IsNACK(err) {
		t.Error("ENODEV was taken for a NACK")
	}
}

func TestReceiveReadsADamagedAnswerAgain(t *testing.T) {
	for _, at := range []int{0, 5, 66} { // count, payload, CRC
		t.Run(fmt.Sprintf("byte %d", at), func(t *testing.T) {
			b := ready()
			b.damage, b.damageByte = 2, at
			b.out = wire.Response(pattern(64))
			got, err := link(b).Receive(t.Context(), make([]byte, 67))
			if err != nil || !bytes.Equal(got, b.out) {
				t.Errorf("got % x, %v", got, err)
			}
			wantLog(t, b, "R60 67", "W60 00", "R60 67", "W60 00", "R60 67")
		})
	}
}

func TestReceiveGivesUpOnAnAnswerThatStaysDamaged(t *testing.T) {
	tests := []struct {
		at   int
		want error
	}{{0, wire.ErrCount}, {6, wire.ErrCRC}}
	for _, tt := range tests {
		b := ready()
		b.damage, b.damageByte = 9, tt.at
		b.out = wire.Response(pattern(64))
		_, err := link(b).Receive(t.Context(), make([]byte, 67))
		wantBusError(t, err, i2c.PhaseRead, 0)
		if !errors.Is(err, tt.want) || i2c.IsNACK(err) {
			t.Errorf("got %v, want %v and no NACK", err, tt.want)
		}
		if b.damage != 6 {
			t.Errorf("read %d times, want 3", 9-b.damage)
		}
	}
}

func TestReceiveDoesNotTakeAChipThatFellAsleepForABusyOne(t *testing.T) {
	b := ready()
	b.damage, b.out = 1, wire.Response(pattern(64))
	lapse := &lapsingBus{fakeBus: b}
	_, err := link(lapse).Receive(t.Context(), make([]byte, 67))
	wantBusError(t, err, i2c.PhaseRead, syscall.EREMOTEIO)
}

// lapsingBus has a chip whose watchdog expires after the first read.
type lapsingBus struct{ *fakeBus }

func (b *lapsingBus) Tx(addr uint16, w, r []byte) error {
	err := b.fakeBus.Tx(addr, w, r)
	b.awake = false
	return err
}

func TestReceiveRefusesAnAnswerLongerThanTheBuffer(t *testing.T) {
	b := ready()
	b.out = wire.Response(pattern(32))
	if _, err := link(b).Receive(t.Context(), make([]byte, 4)); !errors.Is(err, wire.ErrCount) {
		t.Errorf("got %v", err)
	}
}

func TestLongCommandsGoInPieces(t *testing.T) {
	verify := wire.Command{Op: wire.OpVerify, P1: wire.VerifyExternal, P2: wire.KeyIDP256, Data: pattern(128)}
	tests := []struct {
		name    string
		limit   int
		c       wire.Command
		lengths []int // of the writes, word address included
	}{
		{"no limit", 0, verify, []int{136}},
		{"CP2112", 61, verify, []int{61, 61, 16}},
		{"exactly one piece", 136, verify, []int{136}},
		{"one byte too many", 135, verify, []int{135, 2}},
		{"short command", 61, wire.Command{Op: wire.OpInfo}, []int{8}},
		{"absurd limit", 1, wire.Command{Op: wire.OpInfo}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := ready()
			b.maxWrite = tt.limit
			var got wire.Command
			b.reply = func(c wire.Command) []byte { got = c; return []byte{0} }
			err := link(b).Send(t.Context(), frame(t, tt.c))
			if tt.lengths == nil {
				wantBusError(t, err, i2c.PhaseSend, syscall.EINVAL)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.Op != tt.c.Op || !bytes.Equal(got.Data, tt.c.Data) {
				t.Errorf("the chip got %v with %d bytes", got, len(got.Data))
			}
			var lengths []int
			for _, line := range b.log {
				lengths = append(lengths, len(strings.TrimPrefix(line, "W60 "))/2)
			}
			if !slices.Equal(lengths, tt.lengths) {
				t.Errorf("writes of %v bytes, want %v", lengths, tt.lengths)
			}
		})
	}
}

func TestAnUnfinishedCommandIsDroppedBeforeTheNext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	b := ready()
	b.maxWrite = 61
	first := true
	c := i2c.NewConn(b, chipAddr, i2c.Options{Trace: func(i2c.Event) {
		if first {
			cancel()
		}
		first = false
	}})
	long := frame(t, wire.Command{Op: wire.OpVerify, P1: wire.VerifyExternal, P2: wire.KeyIDP256, Data: pattern(128)})
	if err := c.Send(ctx, long); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	var got wire.Command
	b.reply = func(c wire.Command) []byte { got = c; return []byte{0} }
	if err := c.Send(t.Context(), frame(t, wire.Command{Op: wire.OpInfo})); err != nil {
		t.Fatal(err)
	}
	if got.Op != wire.OpInfo {
		t.Errorf("the chip executed %v, want Info", got)
	}
	if len(b.log) != 3 || b.log[1] != "W60 00" {
		t.Errorf("transfers: %q, want a reset between the commands", b.log)
	}
}

func TestSleepLeavesNothingToDrop(t *testing.T) {
	b := ready()
	c := i2c.NewConn(b, chipAddr, i2c.Options{})
	info := frame(t, wire.Command{Op: wire.OpInfo})
	if err := c.Send(t.Context(), append(bytes.Clone(info), 0)); err == nil {
		t.Fatal("surplus byte was taken")
	}
	if err := c.Sleep(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.awake, b.log = true, nil
	if err := c.Send(t.Context(), info); err != nil {
		t.Fatal(err)
	}
	wantLog(t, b, "W60 030730000000035d")
}

func TestDroppingFailsWithABrokenBus(t *testing.T) {
	b := ready()
	c := link(b)
	info := frame(t, wire.Command{Op: wire.OpInfo})
	b.awake = false
	if err := c.Send(t.Context(), info); !i2c.IsNACK(err) {
		t.Fatalf("got %v", err)
	}
	b.nack = syscall.ENODEV
	wantBusError(t, c.Send(t.Context(), info), i2c.PhaseSend, syscall.ENODEV)
}

func TestConnTellsWhatItIs(t *testing.T) {
	b := sleeping()
	c := link(b)
	if hz, ok := c.Clock(); !ok || hz != 100*physic.KiloHertz {
		t.Errorf("clock %s, %v", hz, ok)
	}
	if _, ok := link(deafBus{b}).Clock(); ok {
		t.Error("a bus that does not know its clock has one")
	}
	if c.Addr() != chipAddr || c.String() != "fake, address 0x60" {
		t.Errorf("got 0x%02x, %q", c.Addr(), c)
	}
	if err := c.Close(); err != nil || !b.closed {
		t.Errorf("closed: %v, %v", b.closed, err)
	}
}

func TestWakeUsesAGeneralCallOnABusWithoutOptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := sleeping()
		c := link(deafBus{b})
		if err := errors.Join(c.Wake(t.Context()), c.Send(t.Context(), frame(t, wire.Command{Op: wire.OpVerify, Data: pattern(128)}))); err != nil {
			t.Fatal(err)
		}
		if len(b.log) != 3 {
			t.Errorf("transfers: %q", b.log)
		}
	})
}

func TestTraceSeesEveryTransfer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []string
		trace := func(e i2c.Event) {
			seen = append(seen, fmt.Sprintf("%v %02x w=%x r=%x %v", e.At.Sub(time.Unix(946684800, 0)), e.Addr, e.W, e.R, e.Err))
		}
		c := i2c.NewConn(sleeping(), chipAddr, i2c.Options{WakeDelay: i2c.DefaultWakeDelay, Trace: trace})
		if err := errors.Join(c.Wake(t.Context()), c.Sleep(t.Context())); err != nil {
			t.Fatal(err)
		}
		_, _ = c.Receive(t.Context(), make([]byte, 4))
		want := []string{
			"0s 00 w=01 r= remote I/O error",
			"1.5ms 60 w= r=04113343 <nil>",
			"1.5ms 60 w=01 r= <nil>",
			"1.5ms 60 w= r= remote I/O error",
		}
		if !slices.Equal(seen, want) {
			t.Errorf("got %q, want %q", seen, want)
		}
	})
}
