package i2c

import (
	"context"
	"fmt"
	"io"
)

// Link is a way to one chip. It is what the engine needs and no more, so that
// a bridge that speaks no I2C of its own can be a Link as well.
//
// Each method makes one attempt; how often and how long to try is the caller's
// business. A cancelled context is noticed before each transfer and returned
// as ctx.Err(); a transfer that has begun is not cut short, because half a
// transfer leaves chip and bus in an unknown state.
//
// A Link is not safe for concurrent use: a wake, a command and its answer
// belong together, and only the caller knows where that sequence ends.
type Link interface {
	// Wake gives one wake pulse, waits until the chip may be addressed, reads
	// the four bytes that wait there, and checks them. It returns
	//
	//   - nil for the answer of a chip that has just woken,
	//   - an error matching wire.StatusSelfTest when the chip woke but failed
	//     its self-test,
	//   - *AnswerError for any other four bytes,
	//   - *BusError in PhaseWake when the read was refused.
	Wake(ctx context.Context) error

	// Send sends one command group, from its count to its CRC; the word address
	// is added on the way. The chip executes at once. The frame is not kept.
	// A refusal is a *BusError in PhaseSend.
	Send(ctx context.Context, frame []byte) error

	// Receive reads one answer group into buf, which must have room for the
	// longest answer that can come. The result is buf cut to the group, count
	// and CRC included and checked; it aliases buf.
	//
	// While the chip computes the error is a *BusError in PhasePoll for which
	// IsNACK holds. An answer that stays damaged matches wire.ErrCount or
	// wire.ErrCRC and is in PhaseRead.
	Receive(ctx context.Context, buf []byte) ([]byte, error)

	// Idle stops the chip and its watchdog; TempKey and its companions stay.
	Idle(ctx context.Context) error

	// Sleep stops the chip and clears all its volatile state.
	Sleep(ctx context.Context) error
}

// LinkCloser is a Link together with what it was opened from. Whoever opened
// it closes it; a user of a mere Link never does. Close does not put the chip
// to sleep. String names the link for people.
type LinkCloser interface {
	Link
	io.Closer
	fmt.Stringer
}
