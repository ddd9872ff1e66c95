package i2c

import (
	"errors"
	"fmt"
	"io"

	"atecc/internal/atca/wire"
)

// WordTrace writes what happens in words, for people: commands with their
// parameters, answers with their status. Polls take one line together. Of the
// data that commands and answers carry only the length is said, and the four
// bytes of short answers that are no secret.
func WordTrace(w io.Writer) func(Event) {
	t := &wordTrace{w: w}
	return t.event
}

type wordTrace struct {
	w    io.Writer
	mask masker
	last wire.Opcode // of the last complete command

	waking bool   // a wake pulse was given, its answer was not seen yet
	pulse  string // what is to be said of that pulse
	polls  int    // refused reads since the last command
	failed string // the last line of a wake that failed
	again  int    // how often that line came again
}

func (t *wordTrace) event(e Event) {
	switch {
	case e.Addr == generalCall:
		t.flushPolls()
		t.waking, t.pulse = true, pulseText(e.Err)
	case e.W != nil:
		t.flush()
		t.waking = false
		t.write(e)
	case t.waking:
		t.waking = false
		t.wake(e)
	default:
		t.read(e)
	}
}

func (t *wordTrace) say(format string, args ...any) {
	_, _ = fmt.Fprintf(t.w, format+"\n", args...)
}

func (t *wordTrace) flush() {
	t.flushPolls()
	t.flushWakes()
}

func (t *wordTrace) flushPolls() {
	if t.polls > 0 {
		t.say("   busy, polled %s", times(t.polls))
		t.polls = 0
	}
}

func (t *wordTrace) flushWakes() {
	if t.again > 0 {
		t.say("   the same again, %s", times(t.again))
	}
	t.failed, t.again = "", 0
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// wake tells how the read after a wake pulse went. A chip that is not there is
// tried many times; the first failure is said at once, because it may be the
// last line of the trace, and its like are counted.
func (t *wordTrace) wake(e Event) {
	line := wakeLine(e) + t.pulse
	if line == t.failed {
		t.again++
		return
	}
	t.flushWakes()
	t.say("-> wake: %s", line)
	t.failed = line
}

// pulseText is empty for a pulse that nobody acknowledged: so it must be.
func pulseText(err error) string {
	if err == nil || IsNACK(err) {
		return ""
	}
	return ", the pulse failed with " + reason(err)
}

func wakeLine(e Event) string {
	if e.Err != nil {
		return "no answer, " + reason(e.Err)
	}
	if len(e.R) != len(wire.WakeOK) {
		return fmt.Sprintf("%d bytes", len(e.R))
	}
	if err := checkWake([4]byte(e.R)); err != nil {
		return err.Error()
	}
	return "awake"
}

// orders are the word addresses that carry no command.
var orders = map[byte]string{
	wire.WordReset: "start of the answer again",
	wire.WordSleep: "sleep",
	wire.WordIdle:  "idle",
}

func (t *wordTrace) write(e Event) {
	if len(e.W) == 0 {
		return
	}
	text := orders[e.W[0]]
	if r := t.mask.request(e.W, e.Err != nil); r.group != nil {
		text = t.command(r)
	}
	switch {
	case e.Err != nil && text == "":
		t.say("-> part of a command: refused, %s", reason(e.Err))
	case e.Err != nil:
		t.say("-> %s: refused, %s", text, reason(e.Err))
	case text != "": // a piece of a group gives no line of its own
		t.say("-> %s", text)
	}
}

// command describes a complete group.
func (t *wordTrace) command(r written) string {
	c, err := wire.ParseCommand(r.group)
	if err != nil {
		t.last = 0
		return "damaged command, " + flaw(err)
	}
	t.last = c.Op
	if r.pieces > 1 {
		return fmt.Sprintf("%s (in %d pieces)", c, r.pieces)
	}
	return c.String()
}

func (t *wordTrace) read(e Event) {
	if IsNACK(e.Err) || e.Err == nil && allOnes(e.R) {
		t.polls++
		return
	}
	t.flush()
	if e.Err != nil {
		t.say("<- error, %s", reason(e.Err))
		return
	}
	t.say("<- %s", t.answer(e.R))
}

func (t *wordTrace) answer(r []byte) string {
	payload, err := wire.ParseResponse(r)
	op, _ := wire.LookupOp(t.last)
	switch {
	case err != nil:
		return "damaged answer, " + flaw(err)
	case len(payload) == 1 && op.DataByte:
		return fmt.Sprintf("0x%02x", payload[0])
	case len(payload) == 1 && wire.Status(payload[0]) == wire.StatusSuccess:
		return wire.StatusSuccess.Name()
	case len(payload) == 1:
		return wire.Status(payload[0]).Error()
	case len(payload) == 4 && t.mask.clear:
		return fmt.Sprintf("%02x", payload)
	}
	return fmt.Sprintf("%d bytes", len(payload))
}

// flaw says what is wrong with a group without its details: a checksum says
// too much of a short secret.
func flaw(err error) string {
	if errors.Is(err, wire.ErrCRC) {
		return wire.ErrCRC.Error()
	}
	return wire.ErrCount.Error()
}
