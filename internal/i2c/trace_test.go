package i2c_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"atecc/internal/atca/wire"
	"atecc/internal/i2c"
)

// A transfer, as a test writes it down.
func wr(b ...byte) i2c.Event { return i2c.Event{Addr: chipAddr, W: b} }
func rd(b ...byte) i2c.Event { return i2c.Event{Addr: chipAddr, R: b} }
func nack(e i2c.Event) i2c.Event {
	e.Err = syscall.EREMOTEIO
	e.R = nil
	return e
}

var (
	pulse = nack(i2c.Event{Addr: 0, W: []byte{0x01}})
	awake = rd(wire.WakeOK[:]...)
	busy  = nack(rd())
	ok    = rd(wire.Response([]byte{0})...)
)

func send(t *testing.T, c wire.Command) i2c.Event {
	t.Helper()
	return wr(append([]byte{wire.WordCommand}, frame(t, c)...)...)
}

func answer(payload []byte) i2c.Event { return rd(wire.Response(payload)...) }

// raw and words run the events through a tracer, 100 us apart.
func raw(secrets bool, events ...i2c.Event) string {
	var out bytes.Buffer
	play(i2c.RawTrace(&out, secrets), events)
	return out.String()
}

func words(events ...i2c.Event) string {
	var out bytes.Buffer
	play(i2c.WordTrace(&out), events)
	return out.String()
}

func play(trace func(i2c.Event), events []i2c.Event) {
	at := time.Unix(1_000_000, 0)
	for _, e := range events {
		e.At = at
		trace(e)
		at = at.Add(100 * time.Microsecond)
	}
}

func TestRawTraceWritesOneLineForEachTransfer(t *testing.T) {
	low := i2c.Event{Addr: 0}
	lowFailed := i2c.Event{Addr: 0, Err: errors.New("no such\npin")}
	broken := rd()
	broken.Err = fmt.Errorf("sysfs-i2c: %w", syscall.ENODEV)
	got := raw(false, pulse, awake, low, lowFailed, send(t, wire.Command{Op: wire.OpInfo}), busy, broken, answer([]byte{0, 0, 0x60, 3}), wr(wire.WordIdle))
	want := `0 W 00 01 NACK EREMOTEIO (121)
100 R 60 04 11 33 43
200 L 00
300 L 00 ERR "no such\npin"
400 W 60 03 07 30 00 00 00 03 5d
500 R 60 NACK EREMOTEIO (121)
600 R 60 ERR ENODEV (19)
700 R 60 07 00 00 60 03 83 bb
800 W 60 02
`
	if got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

// secretCommands is every kind of command that may carry a secret, each with
// where its secret is.
var secretCommands = []struct {
	name     string
	c        wire.Command
	inAnswer int // length of a secret in the answer, 0 when it is in the command
}{
	{"PrivWrite", wire.Command{Op: wire.OpPrivWrite, Data: pattern(68)}, 0},
	{"encrypted PrivWrite", wire.Command{Op: wire.OpPrivWrite, P1: 0x40, Data: pattern(68)}, 0},
	{"Write of a data block", wire.Command{Op: wire.OpWrite, P1: 0x82, P2: 0x40, Data: pattern(32)}, 0},
	{"Write of a data word", wire.Command{Op: wire.OpWrite, P1: 0x02, P2: 0x40, Data: pattern(4)}, 0},
	{"encrypted Write of data", wire.Command{Op: wire.OpWrite, P1: 0xC2, P2: 0x40, Data: pattern(64)}, 0},
	{"Nonce into the alternate key buffer", wire.Command{Op: wire.OpNonce, P1: 0x83, Data: pattern(32)}, 0},
	{"Read of a data block", wire.Command{Op: wire.OpRead, P1: 0x82, P2: 0x40}, 32},
	{"Read of a data word", wire.Command{Op: wire.OpRead, P1: 0x02, P2: 0x40}, 4},
	{"ECDH", wire.Command{Op: wire.OpECDH, Data: make([]byte, 64)}, 32},
	{"KDF", wire.Command{Op: wire.OpKDF, P1: 0x52, Data: make([]byte, 20)}, 64},
	{"an unknown command", wire.Command{Op: 0x99, Data: pattern(16)}, 0},
	{"the answer of an unknown command", wire.Command{Op: 0x99}, 16},
}

// events is the exchange of a secret command, and the secret in it.
func exchange(t *testing.T, c wire.Command, inAnswer int) (request, reply i2c.Event, secret []byte) {
	t.Helper()
	if inAnswer > 0 {
		secret = pattern(inAnswer)
		return send(t, c), answer(secret), secret
	}
	return send(t, c), ok, c.Data
}

// wantHidden fails if four bytes in a row of the secret, or its checksum in
// the frame, can be read in the output.
func wantHidden(t *testing.T, out string, secret []byte) {
	t.Helper()
	plain := strings.ToLower(strings.NewReplacer(" ", "", "\n", "", "0x", "").Replace(out))
	for i := 0; i+4 <= len(secret); i++ {
		if h := hex.EncodeToString(secret[i : i+4]); strings.Contains(plain, h) {
			t.Fatalf("bytes %s of the secret appear in:\n%s", h, out)
		}
	}
}

func TestTracesHideSecrets(t *testing.T) {
	for _, tt := range secretCommands {
		t.Run(tt.name, func(t *testing.T) {
			request, reply, secret := exchange(t, tt.c, tt.inAnswer)
			events := []i2c.Event{pulse, awake, request, busy, reply, wr(wire.WordIdle)}
			wantHidden(t, raw(false, events...), secret)
			wantHidden(t, words(events...), secret)
			if out := raw(true, events...); !strings.Contains(out, spaced(secret)) {
				t.Errorf("with secrets asked for, they are missing from:\n%s", out)
			}
		})
	}
}

func TestTracesHideSecretsThatGoInPieces(t *testing.T) {
	for _, tt := range secretCommands {
		for _, limit := range []int{1, 2, 3, 4, 5, 6, 20, 60} {
			request, reply, secret := exchange(t, tt.c, tt.inAnswer)
			events := append(pieces(request, limit), reply)
			wantHidden(t, raw(false, events...), secret)
			wantHidden(t, words(events...), secret)
		}
	}
}

// pieces splits a write into several with n bytes of the group each.
func pieces(e i2c.Event, n int) []i2c.Event {
	var split []i2c.Event
	for rest := e.W[1:]; len(rest) > 0; {
		k := min(n, len(rest))
		split = append(split, wr(append([]byte{wire.WordCommand}, rest[:k]...)...))
		rest = rest[k:]
	}
	return split
}

func TestTracesHideSecretsOfTroubledExchanges(t *testing.T) {
	read := wire.Command{Op: wire.OpRead, P1: 0x82, P2: 0x40}
	write := wire.Command{Op: wire.OpWrite, P1: 0x82, P2: 0x40, Data: pattern(32)}
	secret := pattern(32)
	data := answer(secret)
	damaged := answer(secret)
	damaged.R[len(damaged.R)-1] ^= 1
	truncated := rd(answer(secret).R[:20]...)
	surplus := send(t, write)
	surplus.W = append(surplus.W, 0)
	badCRC := send(t, write)
	badCRC.W[len(badCRC.W)-1] ^= 1
	info := send(t, wire.Command{Op: wire.OpInfo})
	tests := []struct {
		name   string
		events []i2c.Event
	}{
		{"the command was never seen", []i2c.Event{data}},
		{"only the answer of an awake chip was seen", []i2c.Event{pulse, data}},
		{"answer damaged, read again", []i2c.Event{send(t, read), damaged, wr(0), data}},
		{"answer in parts", []i2c.Event{send(t, read), rd(data.R[:1]...), rd(data.R[1:]...)}},
		{"answer cut short", []i2c.Event{send(t, read), truncated}},
		{"answer padded", []i2c.Event{send(t, read), rd(append(data.R, 0xFF, 0xFF)...)}},
		{"old answer after a pulse that the awake chip ignored", []i2c.Event{send(t, read), ok, pulse, rd(data.R[1:5]...)}},
		{"the next command was refused", []i2c.Event{send(t, read), nack(info), data}},
		{"the command was refused, and yet arrived", []i2c.Event{info, ok, nack(send(t, read)), data}},
		{"a write was refused", []i2c.Event{nack(send(t, write))}},
		{"surplus byte", []i2c.Event{surplus}},
		{"damaged write", []i2c.Event{badCRC}},
		{"sleep in the middle of a command", []i2c.Event{pieces(send(t, write), 20)[0], wr(wire.WordSleep), send(t, write)}},
		{"a write without its start", []i2c.Event{wr(append([]byte{3}, secret...)...)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantHidden(t, raw(false, tt.events...), secret)
			wantHidden(t, words(tt.events...), secret)
		})
	}
}

func TestRawTraceMasksByteForByte(t *testing.T) {
	data := pattern(4)
	write := wire.Command{Op: wire.OpWrite, P1: 0x02, P2: 0x40, Data: data}
	read := wire.Command{Op: wire.OpRead, P1: 0x02, P2: 0x40}
	got := raw(false, send(t, write), ok, send(t, read), answer(data), rd(0x04, 0x0F, 0x23, 0x42, 0xFF, 0xFF, 0xFF))
	want := `0 W 60 03 0b 12 02 40 00 ** ** ** ** ** **
100 R 60 04 00 03 40
200 W 60 03 07 02 02 40 00 1e 24
300 R 60 ** ** ** ** ** ** **
400 R 60 04 0f 23 42 ff ff ff
`
	if got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

func TestTracesShowWhatIsNoSecret(t *testing.T) {
	open := []wire.Command{
		{Op: wire.OpRead, P1: 0x80},
		{Op: wire.OpRandom},
		{Op: wire.OpGenKey},
		{Op: wire.OpSign, P1: wire.SignExternal},
		{Op: wire.OpNonce, P1: wire.NonceFixed | wire.NonceMsgDigBuf, Data: pattern(32)},
		{Op: wire.OpVerify, P1: wire.VerifyExternal, Data: pattern(128)},
	}
	for _, c := range open {
		out := raw(false, append(pieces(send(t, c), 60), answer(pattern(64)))...)
		if strings.Contains(out, "**") {
			t.Errorf("%v is masked:\n%s", c, out)
		}
	}
}

func TestWordTraceTellsTheExchange(t *testing.T) {
	sign := wire.Command{Op: wire.OpSign, P1: wire.SignExternal | wire.SignMsgDigBuf}
	verify := wire.Command{Op: wire.OpVerify, P1: wire.VerifyExternal | wire.VerifyMsgDigBuf, P2: wire.KeyIDP256, Data: pattern(128)}
	broken := rd()
	broken.Err = syscall.ENODEV
	badCRC := send(t, sign)
	badCRC.W[7] ^= 1
	events := []i2c.Event{
		pulse, busy, pulse, busy, pulse, busy, pulse, awake,
		send(t, wire.Command{Op: wire.OpNonce, P1: wire.NonceFixed | wire.NonceMsgDigBuf, Data: pattern(32)}), busy, ok,
		send(t, sign), busy, busy, rd(0xFF, 0xFF), answer(pattern(64)),
		send(t, sign), rd(0x04, 0x0F, 0x23, 0x42),
		send(t, wire.Command{Op: wire.OpInfo}), rd(0x07, 0, 0, 0x60, 3, 0x83, 0xBC), wr(wire.WordReset), answer([]byte{0, 0, 0x60, 3}),
	}
	events = append(events, pieces(send(t, verify), 60)...)
	events = append(events, answer([]byte{1}), badCRC, broken, nack(send(t, sign)), nack(wr(3, 7)),
		send(t, wire.Command{Op: wire.OpSelfTest, P1: wire.SelfTestAll}), answer([]byte{0x20}),
		send(t, wire.Command{Op: wire.OpRead, P1: 0x02, P2: 0x40}), answer(pattern(4)), rd(0x04, 0x11, 0x33, 0x43),
		wr(wire.WordIdle), nack(wr(wire.WordSleep)), pulse, ok, pulse, rd(0x23, 1, 2, 3), pulse, answer(pattern(32)))
	want := `-> wake: no answer, EREMOTEIO (121)
   the same again, 2 times
-> wake: awake
-> Nonce fixed, 32 bytes into message digest buffer
   busy, polled once
<- success
-> Sign slot 0, external, message digest buffer
   busy, polled 3 times
<- 64 bytes
-> Sign slot 0, external, message digest buffer
<- execution error (0x0f): the chip's configuration or state does not allow this command now
-> Info revision
<- damaged answer, CRC does not match
-> start of the answer again
<- 00006003
-> Verify external key, message digest buffer (in 3 pieces)
<- miscompare (0x01): the check was made and did not match
-> damaged command, CRC does not match
<- error, ENODEV (19)
-> Sign slot 0, external, message digest buffer: refused, EREMOTEIO (121)
-> part of a command: refused, EREMOTEIO (121)
-> SelfTest RNG, ECDSA, ECDH, AES, SHA
<- 0x20
-> Read slot 8 block 0 word 0
<- 4 bytes
<- after wake (0x11): the chip has executed no command since it woke
-> idle
-> sleep: refused, EREMOTEIO (121)
-> wake: the chip did not give its wake answer after the wake pulse: it was awake already
   the same again, once
-> wake: 35 bytes
`
	if got := words(events...); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

func TestWordTraceNamesAFailedPulse(t *testing.T) {
	refused := i2c.Event{Addr: 0, W: []byte{1}, Err: syscall.EOPNOTSUPP}
	got := words(refused, busy)
	if want := "-> wake: no answer, EREMOTEIO (121), the pulse failed with EOPNOTSUPP (95)\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := words(pulse, rd(0xFF, 0xFF, 0xFF, 0xFF)); !strings.Contains(got, "nobody drives the bus") {
		t.Errorf("got %q", got)
	}
	if got := words(pulse, rd(wire.WakeSelfTest[:]...)); !strings.Contains(got, "self-test error (0x07)") {
		t.Errorf("got %q", got)
	}
}

func TestTeeHandsOnInOrder(t *testing.T) {
	var got string
	mark := func(s string) func(i2c.Event) { return func(i2c.Event) { got += s } }
	i2c.Tee(mark("a"), nil, mark("b"))(pulse)
	if got != "ab" {
		t.Errorf("got %q, want ab", got)
	}
}

var rawLine = regexp.MustCompile(`^\d+ [WRL] [0-9a-f]{2}( ([0-9a-f]{2}|\*\*))*( (NACK|ERR) .+)?$`)

// FuzzTrace plays arbitrary transfers: the tracers must not panic, the raw
// trace must stay in its format, and the data of a command that may carry a
// secret must never be shown, whatever came before it.
func FuzzTrace(f *testing.F) {
	f.Add([]byte{0x03, 0x07, 0x30, 0, 0, 0, 0x03, 0x5D}, []byte{0x04, 0x11, 0x33, 0x43}, false)
	f.Add([]byte{0x03, 0x23, 0x12, 0x82}, []byte{0x23}, true)
	f.Add([]byte{0x03}, []byte{}, false)
	f.Add([]byte{}, []byte{0xFF}, false)
	f.Fuzz(func(t *testing.T, w, r []byte, failed bool) {
		first := wr(w...)
		if failed {
			first = nack(first)
		}
		secret := pattern(68)
		events := []i2c.Event{first, rd(r...), wr(wire.WordReset), send(t, wire.Command{Op: wire.OpPrivWrite, Data: secret}), rd(r...)}
		out := raw(false, events...)
		for line := range strings.Lines(out) {
			if !rawLine.MatchString(strings.TrimSuffix(line, "\n")) {
				t.Errorf("line %q is not in the format", line)
			}
		}
		if strings.Contains(out, spaced(secret[:4])) && !bytes.Contains(append(w, r...), secret[:4]) {
			t.Errorf("the secret appears in:\n%s", out)
		}
		_ = words(events...)
	})
}
