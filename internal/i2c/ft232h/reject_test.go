package ft232h

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"atecc/internal/i2c/usbfs"
)

// These tests are of the fake: each plants a mistake that a driver can make,
// and shows that the fake does not let it pass. Without them the tests of the
// driver would prove less than they seem to.

// outcome is what came of a list of orders.
type outcome struct {
	answers []byte
	written []byte
	log     string
	faults  []string
}

// play lets a bridge that was set up well run a list, and waits for answers.
func play(t *testing.T, info usbfs.Info, prepare func(*bridge), list func(*script)) (o outcome) {
	t.Helper()
	onBench(t, func(t *testing.T, br *bridge) {
		b, err := attach(t, br, info, 0)
		if err != nil {
			t.Fatal(err)
		}
		if prepare != nil {
			prepare(br)
		}
		s := b.script()
		list(s)
		if err := b.port.send(append(s.out, opAnswerNow)); err != nil {
			t.Fatal(err)
		}
		o.answers, err = b.port.collect(100*time.Millisecond, func([]byte) bool { return false })
		if err != nil {
			t.Fatal(err)
		}
		o.written, o.log, o.faults = br.written(), br.wire.chip.log, br.wire.faults
	})
	return o
}

func (o outcome) wantFault(t *testing.T, text string) {
	t.Helper()
	if !slices.ContainsFunc(o.faults, func(f string) bool { return strings.Contains(f, text) }) {
		t.Errorf("faults are %q, want %q", o.faults, text)
	}
}

// goodWrite is the list that the mistakes are planted in.
func goodWrite(s *script) {
	s.start()
	s.write(chipAddr << 1)
	s.write(0x03)
	s.write(0xA5)
	s.stop()
}

func TestTheFakeTakesAListWithoutMistakes(t *testing.T) {
	for _, info := range []usbfs.Info{part232, part2232} {
		o := play(t, info, nil, goodWrite)
		if len(o.answers) != 3 || refusal(o.answers) != nil || len(o.faults) > 0 || o.log != "SWP" || !bytes.Equal(o.written, []byte{3, 0xA5}) {
			t.Errorf("got %+v, want 03 a5 taken", o)
		}
	}
}

func TestTheFakeRefusesAnAddressThatIsNotShifted(t *testing.T) {
	o := play(t, part232, nil, func(s *script) {
		s.start()
		s.write(chipAddr)
		s.stop()
	})
	if refusal(o.answers) == nil || o.log != "SwP" {
		t.Errorf("got %+v, want a refused address", o)
	}
}

func TestTheFakeNeedsAClockForEachAcknowledgeBit(t *testing.T) {
	o := play(t, part232, nil, func(s *script) {
		s.start()
		s.shiftOut(chipAddr << 1)
		s.shiftOut(0x03)
		s.shiftOut(0xA5)
		s.stop()
	})
	if bytes.Equal(o.written, []byte{3, 0xA5}) {
		t.Error("the chip got its bytes without acknowledge bits")
	}
	o.wantFault(t, "STOP within a byte")
}

func TestTheFakeActsAtTheStopOnly(t *testing.T) {
	o := play(t, part232, nil, func(s *script) {
		s.start()
		s.write(chipAddr << 1)
		s.write(0x03)
	})
	if len(o.written) > 0 || o.log != "SW" || refusal(o.answers) != nil {
		t.Errorf("got %+v, want an acknowledged write that never ends", o)
	}
}

func TestTheFakeWaitsForDataWhenTheOrderForTheDivisorIsMissing(t *testing.T) {
	o := play(t, part232, nil, func(s *script) {
		s.out = append(s.out, 0x31, 0x00) // the divisor alone, taken for a shift
		s.out = append(s.out, opDriveZero, 0x07, 0x00)
		goodWrite(s)
		s.levels()
	})
	if len(o.answers) > 0 || o.log != "" {
		t.Errorf("got %+v, want silence", o)
	}
}

func TestTheFakeNamesAnOrderThatItDoesNotKnow(t *testing.T) {
	for _, tt := range []struct {
		info usbfs.Info
		op   byte
	}{{part232, 0xAB}, {part232, 0xFF}, {part232, 0x00}, {part2232, opDriveZero}} {
		o := play(t, tt.info, nil, func(s *script) { s.out = append(s.out, tt.op) })
		if !bytes.Equal(o.answers, []byte{0xFA, tt.op}) {
			t.Errorf("order 0x%02x: answered % x, want fa %02x", tt.op, o.answers, tt.op)
		}
	}
}

func TestTheFakeNoticesDataThatChangesAtTheWrongEdge(t *testing.T) {
	o := play(t, part232, nil, func(s *script) {
		s.out = append(s.out, 0x8D) // two phases
		goodWrite(s)
	})
	o.wantFault(t, "data changes at the edge")
}

func TestTheFakeNoticesALevelPushedAgainstTheChip(t *testing.T) {
	o := play(t, part2232, nil, func(s *script) {
		s.start()
		s.set(low, low)
		s.out = append(s.out, opBytesOut, 0, 0, chipAddr<<1|readFlag)
	})
	o.wantFault(t, "pushes SDA high")
}

func TestTheFakeNoticesBothLinesChangingAtOnce(t *testing.T) {
	o := play(t, part232, nil, func(s *script) {
		s.start()
		s.set(high, high)
	})
	o.wantFault(t, "together")
}

func TestTheFakeNoticesAStopWithinAByte(t *testing.T) {
	o := play(t, part232, nil, func(s *script) {
		s.start()
		s.out = append(s.out, opBitsOut, 3, chipAddr<<1)
		s.stop()
	})
	o.wantFault(t, "STOP within a byte, behind bit 4")
}

func TestTheFakeNoticesAStartWithinAByte(t *testing.T) {
	o := play(t, part232, nil, func(s *script) {
		s.start()
		s.out = append(s.out, opBitsOut, 3, chipAddr<<1)
		s.set(low, high)
		s.start()
	})
	o.wantFault(t, "START within a byte, behind bit 4")
}

func TestTheFakeGoesOnSendingUntilAByteIsNotAcknowledged(t *testing.T) {
	zeros := func(br *bridge) { br.wire.chip.answer = make([]byte, 4) }
	read := func(last bool) func(*script) {
		return func(s *script) {
			s.start()
			s.write(chipAddr<<1 | readFlag)
			s.read(last)
			s.stop()
		}
	}
	if o := play(t, part232, zeros, read(true)); o.log != "SRP" {
		t.Errorf("got %s, want SRP", o.log)
	}
	if o := play(t, part232, zeros, read(false)); o.log != "SR" {
		t.Errorf("got %s, want a chip that holds SDA, so that no STOP can be made", o.log)
	}
}

func TestTheFakeRunsAtAFifthWithoutTheFullClock(t *testing.T) {
	onBus(t, part232, 0, func(t *testing.T, b *Bus, br *bridge) {
		fast := br.phase()
		if err := b.port.send([]byte{0x8B}); err != nil {
			t.Fatal(err)
		}
		slow := br.phase()
		if third := 10 * time.Microsecond / 3; fast != third || slow/5 != third {
			t.Errorf("phases of %v and %v, want a third of 10us, and five times that", fast, slow)
		}
	})
}

func TestTheFakeRejectsRequestsThatTheBridgeDoesNotKnow(t *testing.T) {
	br := newBridge()
	for _, tt := range []struct {
		requestType, request byte
		value, index         uint16
	}{
		{0xC0, 0x00, 0, 1}, {0x40, 0x00, 0, 0}, {0x40, 0x00, 0, 2},
		{0x40, 0x00, 3, 1}, {0x40, 0x09, 0, 1}, {0x40, 0x09, 256, 1}, {0x40, 0x42, 0, 1},
	} {
		if _, err := br.Control(tt.requestType, tt.request, tt.value, tt.index, nil, time.Second); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("%+v: got %v, want EPIPE", tt, err)
		}
	}
}

func TestTheFakeRejectsTransfersThatUSBDoesNotAllow(t *testing.T) {
	br := newBridge()
	for _, endpoint := range []byte{0x01, 0x04, 0x82, 0x83} {
		if _, err := br.Transfer(endpoint, make([]byte, 512), time.Second); !errors.Is(err, syscall.ENOENT) {
			t.Errorf("endpoint 0x%02x: got %v, want ENOENT", endpoint, err)
		}
	}
	if _, err := br.Transfer(0x81, make([]byte, 100), time.Second); !errors.Is(err, syscall.EOVERFLOW) {
		t.Errorf("room for less than a packet: got %v, want EOVERFLOW", err)
	}
}

func TestTheFakeIsASerialPortUntilItIsToldOtherwise(t *testing.T) {
	onBench(t, func(t *testing.T, br *bridge) {
		if _, err := br.Transfer(0x02, []byte{opUnknown}, time.Second); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 512)
		if n, err := br.Transfer(0x81, buf, time.Second); err != nil || n != statusBytes {
			t.Errorf("answered % x, %v, want status bytes alone", buf[:n], err)
		}
	})
}
