package sim

import (
	"bytes"
	"crypto/sha256"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"atecc/internal/atca/wire"
)

// fieldDriver moves bytes as drivers in the field do. Each has to get all of
// its work done by a chip that takes its time.
type fieldDriver struct {
	name string
	// do sends one command and returns the payload of the answer, whose length
	// some drivers must know before.
	do     func(m *master, frame []byte, payload int) []byte
	target byte // bit of Nonce that says where a digest goes
	source byte // bit of Sign and Verify that says where it comes from
}

var fieldDrivers = []fieldDriver{
	{"idles after each command, polls, reads the count first", polledCommand, wire.NonceMsgDigBuf, wire.SignMsgDigBuf},
	{"waits a fixed time, reads a fixed length, idles", fixedCommand(wire.WordIdle), 0, 0},
}

// polledCommand is how a library does it that knows nothing of the bus but
// that a refused address means "not yet".
func polledCommand(m *master, frame []byte, _ int) []byte {
	m.t.Helper()
	_ = m.bus.Tx(0, []byte{0x01}, nil) // whatever the general call says
	time.Sleep(1500 * us)
	m.wantRead("04113343")
	m.word(wire.WordCommand, frame...)
	time.Sleep(ms)
	for start := time.Now(); m.refused([]byte{wire.WordReset}, nil); time.Sleep(2 * ms) {
		if time.Since(start) > 2500*ms {
			m.t.Fatal("the chip was busy for 2.5 s")
		}
	}
	group := m.read(1)
	group = append(group, m.read(int(group[0])-1)...)
	m.word(wire.WordIdle)
	return answerOf(m, group)
}

// fixedCommand is how small libraries do it: the longest time for every
// command, and a read of the length that the answer should have.
func fixedCommand(leave byte) func(*master, []byte, int) []byte {
	return func(m *master, frame []byte, payload int) []byte {
		m.t.Helper()
		_ = m.bus.Tx(0, nil, nil)
		time.Sleep(2 * ms)
		m.wantRead("04113343")
		m.word(wire.WordCommand, frame...)
		time.Sleep(200 * ms)
		group := m.read(payload + 3)
		m.word(leave)
		return answerOf(m, group)
	}
}

func answerOf(m *master, group []byte) []byte {
	m.t.Helper()
	payload, err := wire.ParseResponse(group)
	if err != nil {
		m.t.Fatalf("answer %x: %v", group, err)
	}
	return payload
}

// withDriver runs a session against a typical chip of the jwt image.
func withDriver(t *testing.T, d fieldDriver, session func(t *testing.T, command func(n int, op wire.Opcode, p1 byte, p2 uint16, data ...byte) []byte)) {
	t.Run(d.name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := connect(t, newChip(t, Options{Image: "jwt", Timing: TimingTypical}), 100*physic.KiloHertz)
			session(t, func(n int, op wire.Opcode, p1 byte, p2 uint16, data ...byte) []byte {
				t.Helper()
				frame, err := wire.Command{Op: op, P1: p1, P2: p2, Data: data}.Frame()
				if err != nil {
					t.Fatal(err)
				}
				got := d.do(m, frame, n)
				if len(got) != n {
					t.Fatalf("%s %02x: answer %x, want %d bytes", op, p1, got, n)
				}
				return got
			})
		})
	})
}

func TestFieldDriversIdentifyTheChip(t *testing.T) {
	drivers := append(fieldDrivers, fieldDriver{name: "sleeps after each command", do: fixedCommand(wire.WordSleep)})
	for _, d := range drivers {
		withDriver(t, d, func(t *testing.T, command func(int, wire.Opcode, byte, uint16, ...byte) []byte) {
			if got := command(4, wire.OpInfo, 0, 0); got[2] != 0x60 {
				t.Errorf("revision %x", got)
			}
			var zone []byte
			for block := range uint16(4) {
				zone = append(zone, command(32, wire.OpRead, wire.Zone32, block<<3)...)
			}
			if !bytes.HasPrefix(zone, []byte{0x01, 0x23}) || zone[86] != 0 || zone[87] != 0 {
				t.Errorf("configuration %x", zone)
			}
			if a, b := command(32, wire.OpRandom, 0, 0), command(32, wire.OpRandom, 0, 0); bytes.Equal(a, b) {
				t.Errorf("the same random number twice: %x", a)
			}
		})
	}
}

func TestFieldDriversSignAndVerify(t *testing.T) {
	digest := run(0x30, 32)
	for _, d := range fieldDrivers {
		withDriver(t, d, func(t *testing.T, command func(int, wire.Opcode, byte, uint16, ...byte) []byte) {
			public := command(64, wire.OpGenKey, wire.GenKeyPublic, 0)
			command(32, wire.OpRandom, 0, 0) // libraries ask for a fresh seed first
			command(1, wire.OpNonce, wire.NonceFixed|d.target, 0, digest...)
			rs := command(64, wire.OpSign, wire.SignExternal|d.source, 0)
			if !verifiesOnHost(t, public, digest, rs) {
				t.Errorf("signature %x does not hold on the host", rs)
			}
			for want, s := range map[byte][]byte{0: rs, 1: append(run(1, 32), rs[32:]...)} {
				command(1, wire.OpNonce, wire.NonceFixed|d.target, 0, digest...)
				got := command(1, wire.OpVerify, wire.VerifyExternal|d.source, wire.KeyIDP256, append(s[:64:64], public...)...)
				if got[0] != want {
					t.Errorf("verify: %02x, want %02x", got[0], want)
				}
			}
		})
	}
}

func TestFieldDriversHashAcrossIdle(t *testing.T) {
	message := run(0, 150)
	want := sha256.Sum256(message)
	for _, d := range fieldDrivers {
		withDriver(t, d, func(t *testing.T, command func(int, wire.Opcode, byte, uint16, ...byte) []byte) {
			command(1, wire.OpSHA, wire.SHAStart, 0)
			command(1, wire.OpSHA, wire.SHAUpdate, 64, message[:64]...)
			command(1, wire.OpSHA, wire.SHAUpdate, 64, message[64:128]...)
			if got := command(32, wire.OpSHA, wire.SHAEnd, 22, message[128:]...); !bytes.Equal(got, want[:]) {
				t.Errorf("digest %x, want %x", got, want)
			}
		})
	}
}

// TestDriverThatSleepsBetweenNonceAndSignIsRefused: the digest is gone with the
// sleep, and the next command says so.
func TestDriverThatSleepsBetweenNonceAndSignIsRefused(t *testing.T) {
	d := fieldDriver{"sleeps", fixedCommand(wire.WordSleep), 0, 0}
	withDriver(t, d, func(t *testing.T, command func(int, wire.Opcode, byte, uint16, ...byte) []byte) {
		command(1, wire.OpNonce, wire.NonceFixed, 0, run(0, 32)...)
		if got := command(1, wire.OpSign, wire.SignExternal, 0); wire.Status(got[0]) != no {
			t.Errorf("sign after sleep: %02x", got[0])
		}
		command(1, wire.OpSHA, wire.SHAStart, 0)
		if got := command(1, wire.OpSHA, wire.SHAEnd, 0); wire.Status(got[0]) != no {
			t.Errorf("SHA across sleep: %02x", got[0])
		}
	})
}

// TestDriverThatReadsMoreThanTheAnswer: a read of the whole buffer gets the
// answer and then ones, an error in place of data included.
func TestDriverThatReadsMoreThanTheAnswer(t *testing.T) {
	m := newMaster(t, Options{Image: "jwt"})
	frame, err := wire.Command{Op: wire.OpSign, P1: wire.SignExternal}.Frame()
	if err != nil {
		t.Fatal(err)
	}
	m.word(wire.WordCommand, frame...)
	want := append(unhex("040F2342"), bytes.Repeat([]byte{0xFF}, 63)...)
	if got := m.read(67); !bytes.Equal(got, want) {
		t.Errorf("read %x", got)
	}
}
