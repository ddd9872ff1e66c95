package atca

import (
	"time"

	"atecc/internal/atca/wire"
)

// Times says when the answer to a command can be expected. The zero value is
// that of a chip that answers at once.
type Times struct {
	rows map[wire.Opcode]execution
}

// execution is one row, by clock divider.
type execution struct {
	typical, limit [3]time.Duration
}

// A failing chip must be given up some time, a slow one must not: the limit is
// half as long again as the published maximum, and the side effects of a
// limited-use key may add 50 ms.
const (
	limitMargin  = 50 * time.Millisecond
	limitMinimum = 250 * time.Millisecond

	pollMinimum = 250 * time.Microsecond
	pollMaximum = 2 * time.Millisecond
)

// PublishedTimes are those of real parts: see wire.Ops.
func PublishedTimes() Times {
	t := Times{rows: make(map[wire.Opcode]execution)}
	for _, op := range wire.Ops() {
		var e execution
		for d, longest := range op.Max {
			e.typical[d] = op.Typical * longest / op.Max[wire.DividerM0]
			e.limit[d] = longest*3/2 + limitMargin
		}
		t.rows[op.Code] = e
	}
	return t
}

// schedule says how to wait for one answer.
type schedule struct {
	first time.Duration // from the end of the command to the first poll
	every time.Duration // from poll to poll
	limit time.Duration // from the end of the command until it is given up
}

// schedule plans the wait. While the chip's divider is not known, polling
// begins as for the fastest and goes on as long as for the slowest.
func (t Times) schedule(op wire.Opcode, d wire.Divider, known bool) schedule {
	e := t.rows[op]
	slowest := d
	if !known {
		d, slowest = wire.DividerM0, wire.DividerM2
	}
	// A quarter early: parts differ, and a refused poll costs little.
	first := e.typical[d] * 3 / 4
	return schedule{
		first: first,
		every: min(max(first/50, pollMinimum), pollMaximum),
		limit: max(e.limit[slowest], limitMinimum),
	}
}
