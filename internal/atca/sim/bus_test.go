package sim

import (
	"errors"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"atecc/internal/atca/wire"
)

func TestBusRefusalsUnwrapToTheErrnoOfLinuxDrivers(t *testing.T) {
	tests := []struct {
		err  *NackError
		want string
	}{
		{&NackError{Addr: 0x60}, "nothing answered at 0x60: remote I/O error"},
		{&NackError{Addr: 0x60, Data: true, Taken: 8}, "0x60 refused data byte 9: remote I/O error"},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
		if !errors.Is(tt.err, syscall.EREMOTEIO) {
			t.Errorf("%v is not EREMOTEIO", tt.err)
		}
	}
}

func TestBusSpeedHasLimits(t *testing.T) {
	b := NewBus("b", 0)
	if hz, ok := b.Clock(); !ok || hz != 100*physic.KiloHertz {
		t.Errorf("clock of a new bus %s", hz)
	}
	for hz, ok := range map[physic.Frequency]bool{
		999 * physic.Hertz:                      false,
		physic.KiloHertz:                        true,
		400 * physic.KiloHertz:                  true,
		physic.MegaHertz:                        true,
		physic.MegaHertz + physic.Hertz:         false,
		-physic.KiloHertz:                       false,
		3*physic.MegaHertz + 4*physic.MegaHertz: false,
	} {
		if err := b.SetSpeed(hz); (err == nil) != ok {
			t.Errorf("SetSpeed(%s): %v", hz, err)
		}
	}
}

func TestBusRefusesWhatIsNoAddress(t *testing.T) {
	err := NewBus("b", 0).Tx(0x80, nil, nil)
	if err == nil || errors.Is(err, syscall.EREMOTEIO) {
		t.Errorf("address 0x80: %v, want an error that is no refusal", err)
	}
}

func TestBitsTakeTheirTime(t *testing.T) {
	tests := []struct {
		name   string
		timing Timing
		hz     physic.Frequency
		bytes  int
		want   time.Duration
	}{
		{"a byte at 100 kHz", TimingTypical, 100 * physic.KiloHertz, 1, 200 * us},
		{"seven bytes at 400 kHz", TimingMax, 400 * physic.KiloHertz, 7, 185 * us},
		{"no timing", TimingNone, 100 * physic.KiloHertz, 7, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMaster(t, Options{Timing: tt.timing})
				if err := m.bus.SetSpeed(tt.hz); err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				m.read(tt.bytes)
				if got := time.Since(start); got != tt.want {
					t.Errorf("took %v, want %v", got, tt.want)
				}
			})
		})
	}
}

func TestRefusedAddressTakesOnlyItsOwnBits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := connect(t, newChip(t, Options{Timing: TimingTypical}), 0)
		start := time.Now()
		m.pulse()
		if got := time.Since(start); got != 110*us {
			t.Errorf("took %v, want 110us", got)
		}
	})
}

func TestChipsShareABus(t *testing.T) {
	a := newChip(t, Options{Seed: "a"})
	b := newChip(t, Options{Image: "tngtls-608B"})
	bus := NewBus("shared", 0, a, b)
	_ = bus.Tx(0, nil, nil) // one general call wakes both
	for _, c := range []*Chip{a, b} {
		m := &master{t, bus, c}
		m.wantRead("04113343")
		m.word(wire.WordCommand, infoFrame...)
		m.wantRead(infoAnswer)
	}
}

func TestOnAClashOfAddressesAZeroWins(t *testing.T) {
	a, b := newChip(t, Options{Seed: "a"}), newChip(t, Options{Seed: "b"})
	m := &master{t, NewBus("clash", 0, a, b), a}
	m.wake()
	frame, err := wire.Command{Op: wire.OpRead, P2: 2}.Frame()
	if err != nil {
		t.Fatal(err)
	}
	got := m.send(frame)[1:5]
	for i := range got {
		if want := a.mem.config[8+i] & b.mem.config[8+i]; got[i] != want {
			t.Errorf("byte %d is %02x, want %02x", i, got[i], want)
		}
	}
}

func TestTransactionsOfManyGoroutinesDoNotMix(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMaster(t, Options{Timing: TimingTypical})
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 20 {
					if err := m.bus.Tx(0x60, []byte{wire.WordReset}, nil); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	})
}

func TestClosedBusFails(t *testing.T) {
	b := NewBus("b", 0, newChip(t, Options{}))
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.Tx(0, nil, nil); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("transaction on a closed bus: %v", err)
	}
}
