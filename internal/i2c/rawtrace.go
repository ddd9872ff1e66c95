package i2c

import (
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// RawTrace writes one line per transfer, for programs:
//
//	<us> <kind> <address> [<byte>...] [NACK|ERR <reason>]
//
// with the time in microseconds since the first event, the address and the
// bytes in hexadecimal, and kind W for a write, R for a read, L for SDA held
// low. Bytes that may be secret are written as ** unless secrets is set.
//
// The function cannot report that w failed; give it a writer that keeps its
// first error, such as a bufio.Writer.
func RawTrace(w io.Writer, secrets bool) func(Event) {
	t := &rawTrace{w: w, secrets: secrets}
	return t.event
}

type rawTrace struct {
	w       io.Writer
	secrets bool
	first   time.Time
	mask    masker
}

// The kinds of a line.
const (
	kindWrite = "W"
	kindRead  = "R"
	kindLow   = "L"
)

func (t *rawTrace) event(e Event) {
	if t.first.IsZero() {
		t.first = e.At
	}
	kind, data, shown := t.judge(e)
	if t.secrets {
		shown = len(data)
	}
	fields := []string{strconv.FormatInt(e.At.Sub(t.first).Microseconds(), 10), kind, fmt.Sprintf("%02x", e.Addr)}
	for i := range data {
		if i < shown {
			fields = append(fields, hex.EncodeToString(data[i:i+1]))
		} else {
			fields = append(fields, "**")
		}
	}
	_, _ = fmt.Fprintln(t.w, strings.Join(append(fields, outcome(e.Err)...), " "))
}

// judge sorts the event and says how much of its data may be shown.
func (t *rawTrace) judge(e Event) (kind string, data []byte, shown int) {
	switch {
	case e.Addr == generalCall && e.W == nil:
		return kindLow, nil, 0
	case e.Addr == generalCall:
		return kindWrite, e.W, len(e.W)
	case e.W == nil:
		return kindRead, e.R, t.mask.answer(e.R)
	}
	return kindWrite, e.W, t.mask.request(e.W, e.Err != nil).shown
}

// outcome is the end of the line of a transfer that failed.
func outcome(err error) []string {
	if err == nil {
		return nil
	}
	word := "ERR"
	if IsNACK(err) {
		word = "NACK"
	}
	return []string{word, reason(err)}
}

// reason is the errno where there is one, and else the error, on one line.
func reason(err error) string {
	if errno := errnoOf(err); errno != 0 {
		return errnoText(errno)
	}
	return strconv.Quote(err.Error())
}
