package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"atecc/internal/atca/wire"
)

// Timing says how long the virtual chip takes.
type Timing int

const (
	// TimingNone lets nothing take time, bits and the wake delay included. The
	// watchdog runs all the same.
	TimingNone Timing = iota
	// TimingTypical lets commands take what users measured on real parts, each
	// within 25 % either way.
	TimingTypical
	// TimingMax lets commands take the published upper bound.
	TimingMax
)

var timingNames = []string{TimingNone: "none", TimingTypical: "typical", TimingMax: "max"}

// ParseTiming reads "none", "typical" or "max".
func ParseTiming(s string) (Timing, error) {
	for t, name := range timingNames {
		if s == name {
			return Timing(t), nil
		}
	}
	return 0, fmt.Errorf("timing %q is none of none, typical, max", s)
}

// String is the name that ParseTiming reads.
func (t Timing) String() string {
	if t < 0 || int(t) >= len(timingNames) {
		return fmt.Sprintf("timing %d", int(t))
	}
	return timingNames[t]
}

const (
	us = time.Microsecond
	ms = time.Millisecond

	wakePulse    = 60 * us   // tWLO: SDA low for this long wakes the chip
	wakeDelay    = 1500 * us // tWHI: from the pulse until the chip answers
	selfTestWake = 20 * ms   // tWHIST: the same with the power-on self test

	// The watchdog's nominal times; a real part may be off by half.
	watchdogShort = 1300 * ms
	watchdogLong  = 10 * time.Second
)

// latency is how long one command takes: typically with the fastest clock, and
// at most with each of the three clock dividers.
type latency struct {
	typical time.Duration
	max     [3]time.Duration
}

// flat is the time of a command that the divider does not stretch: it waits for
// the EEPROM or for the bus, not for the computing engines.
func flat(typical, most time.Duration) latency {
	return latency{typical, [3]time.Duration{most, most, most}}
}

// latencies are the times of this chip (docs/chip.md, "Execution times"). They
// are written down apart from the times that the driver expects, because a
// driver that knew its chip's clock could hide a missing poll. Typical times
// are measurements of 608s in the field (Info, Read, Write, Lock, Nonce,
// Random, GenKey, Sign) and the 508A's data sheet for the rest. For what the
// 508A does not have they are assumed: a fifth of the maximum for AES and KDF, the
// time of Verify for SecureBoot, 0.4 of the maximum for SelfTest.
var latencies = map[wire.Opcode]latency{
	wire.OpRead:        flat(ms*8/10, 5*ms),
	wire.OpWrite:       flat(8*ms, 45*ms),
	wire.OpNonce:       flat(7*ms, 20*ms),
	wire.OpLock:        flat(ms*195/10, 35*ms),
	wire.OpRandom:      flat(15*ms, 23*ms),
	wire.OpCounter:     flat(5*ms, 25*ms),
	wire.OpInfo:        flat(ms/2, 5*ms),
	wire.OpGenKey:      {59 * ms, [3]time.Duration{115 * ms, 215 * ms, 653 * ms}},
	wire.OpSign:        {62 * ms, [3]time.Duration{115 * ms, 220 * ms, 665 * ms}},
	wire.OpVerify:      {38 * ms, [3]time.Duration{105 * ms, 295 * ms, 1085 * ms}},
	wire.OpSHA:         {7 * ms, [3]time.Duration{36 * ms, 42 * ms, 75 * ms}},
	wire.OpPause:       flat(ms/10, 3*ms),
	wire.OpMAC:         flat(5*ms, 55*ms),
	wire.OpHMAC:        flat(13*ms, 23*ms),
	wire.OpGenDig:      {5 * ms, [3]time.Duration{25 * ms, 35 * ms, 35 * ms}},
	wire.OpDeriveKey:   flat(2*ms, 50*ms),
	wire.OpUpdateExtra: flat(8*ms, 10*ms),
	wire.OpCheckMac:    flat(5*ms, 40*ms),
	wire.OpPrivWrite:   flat(ms*8/10, 50*ms),
	wire.OpAES:         flat(5*ms, 27*ms),
	wire.OpECDH:        {38 * ms, [3]time.Duration{75 * ms, 172 * ms, 531 * ms}},
	wire.OpKDF:         flat(33*ms, 165*ms),
	wire.OpSecureBoot:  {38 * ms, [3]time.Duration{80 * ms, 160 * ms, 480 * ms}},
	wire.OpSelfTest:    {100 * ms, [3]time.Duration{250 * ms, 625 * ms, 2324 * ms}},
}

// refusal is how long the chip takes to say no: well below the time of the
// command, whatever the command.
var refusal = flat(ms/2, 5*ms)

// clock turns latencies into the time that one execution takes. Its draws are
// pseudo-random from the seed: two runs of a program against two chips of the
// same seed take the same time.
type clock struct {
	timing Timing
	spread *rand.Rand
}

// newClock starts the draws of a seed from the beginning.
func newClock(t Timing, seed string) clock {
	s := derive(seed, "execution times", 32)
	return clock{t, rand.New(rand.NewChaCha8([32]byte(s)))}
}

// take is the time of one execution. The divider stretches typical times as it
// stretches the maximum.
func (c clock) take(l latency, divider int) time.Duration {
	switch c.timing {
	case TimingMax:
		return l.max[divider]
	case TimingTypical:
		stretch := float64(l.max[divider]) / float64(l.max[0])
		draw := 0.75 + 0.5*c.spread.Float64()
		return time.Duration(float64(l.typical) * stretch * draw)
	}
	return 0
}

// delay is d, unless time is switched off.
func (c clock) delay(d time.Duration) time.Duration {
	if c.timing == TimingNone {
		return 0
	}
	return d
}
