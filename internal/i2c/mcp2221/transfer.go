package mcp2221

import (
	"errors"
	"fmt"
	"time"
)

const (
	maxAddress  = 0x7F
	maxLength   = 1<<16 - 1 // the length of a transfer has two bytes
	readBit     = 1
	bitsPerByte = 9 // the acknowledge bit included
)

// grace is what a transfer may take beyond its bits: a few frames of 1 ms on
// USB, and a chip that stretches the clock.
const grace = 20 * time.Millisecond

// Tx writes w and then reads into r, with a repeated START between them when
// both are there. With neither, only the address is sent, for writing.
func (b *Bus) Tx(addr uint16, w, r []byte) error {
	if addr > maxAddress {
		return fmt.Errorf("0x%x is not a 7-bit address", addr)
	}
	if max(len(w), len(r)) > maxLength {
		return fmt.Errorf("%d bytes are more than the %d of one transfer", max(len(w), len(r)), maxLength)
	}
	err := b.transfer(byte(addr<<1), w, r)
	if err == nil {
		return nil
	}
	// The bridge refuses every transfer after one that failed, until that one
	// is cancelled. A refusal is ordinary; a bus that does not come free after
	// it is not.
	if stuck := b.abandon(err); stuck != nil && errors.Is(err, errNACK) {
		return stuck
	}
	return err
}

// transfer does what Tx promises, and leaves the engine as it is when it fails.
//
// It is a conversation in reports. For a write the host sends the data, 60 bytes
// at a time, and then asks for the status until the engine is idle again: the
// answers to the data only say that the bridge has them, not what the chip
// thought of them. For a read it sends the length and then asks for the data
// until they have come.
func (b *Bus) transfer(addr byte, w, r []byte) error {
	switch {
	case len(r) == 0:
		return b.write(cmdWrite, addr, w)
	case len(w) == 0:
		return b.read(cmdRead, addr, r)
	}
	if err := b.write(cmdWriteNoStop, addr, w); err != nil {
		return err
	}
	return b.read(cmdReadRestart, addr, r)
}

// write sends w in as many reports as it takes. Each has the length of the
// whole, and the bridge begins with the first.
func (b *Bus) write(cmd, addr byte, w []byte) error {
	for rest := w; ; {
		n := min(len(rest), chunk)
		if err := b.offer(transferReport(cmd, addr, len(w), rest[:n])); err != nil {
			return err
		}
		if rest = rest[n:]; len(rest) == 0 {
			return b.finish(len(w))
		}
	}
}

// transferReport is the report for a part of a transfer of total bytes. The
// address is the byte that goes out on the wire, read bit included.
func transferReport(cmd, addr byte, total int, data []byte) report {
	r := report{cmd, byte(total), byte(total >> 8), addr}
	copy(r[header:], data)
	return r
}

// offer sends a report of a transfer until the bridge takes it. It does not
// while its buffer is full, and never after a refusal.
func (b *Bus) offer(r report) error {
	for deadline := b.deadline(chunk); ; {
		answer, err := b.exchange(r)
		if err != nil {
			return err
		}
		if answer[atResult] == resultDone {
			return nil
		}
		if _, err := b.check(deadline); err != nil {
			return err
		}
	}
}

// finish waits until the n bytes of a write are on the bus.
func (b *Bus) finish(n int) error {
	for deadline := b.deadline(n); ; {
		done, err := b.check(deadline)
		if done {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// check asks how the transfer stands. After the deadline there is always an
// error, so that no loop over it is endless.
func (b *Bus) check(deadline time.Time) (done bool, err error) {
	s, err := b.status()
	if err != nil {
		return false, err
	}
	done, err = s.outcome()
	if err == nil && time.Now().After(deadline) {
		err = s.overdue()
	}
	return done, err
}

// read has the bridge read from the chip, and fetches what it has, report by
// report. While the host is slow to fetch, the engine holds SCL.
func (b *Bus) read(cmd, addr byte, r []byte) error {
	if err := b.offer(transferReport(cmd, addr|readBit, len(r), nil)); err != nil {
		return err
	}
	for rest := r; len(rest) > 0; {
		data, err := b.fetch()
		if err != nil {
			return err
		}
		if len(data) > len(rest) {
			return fmt.Errorf("the bridge has read %d bytes more than it was asked for", len(data)-len(rest))
		}
		rest = rest[copy(rest, data):]
	}
	return nil
}

// fetch waits for the next part of a read. An answer without data means that
// there are none yet, or never will be; its state and the status tell which.
func (b *Bus) fetch() ([]byte, error) {
	for deadline := b.deadline(chunk); ; {
		answer, err := b.command(cmdGetData)
		if err != nil {
			return nil, err
		}
		if n := int(answer[atLength]); answer[atResult] == resultDone && n > 0 && n <= chunk {
			return answer[header : header+n], nil
		}
		if _, err := state(answer[atState]).outcome(); err != nil {
			return nil, err
		}
		if _, err := b.check(deadline); err != nil {
			return nil, err
		}
	}
}

// abandon frees the engine from a transfer that failed for a reason. One that
// was refused stands there for sure; after anything else it may be idle.
func (b *Bus) abandon(reason error) error {
	if errors.Is(reason, errNACK) {
		return b.cancel()
	}
	s, err := b.status()
	if err != nil || s.state() == stateIdle {
		return err
	}
	return b.cancel()
}

// cancel ends what the engine does and waits until the bus is free, which takes
// some hundred microseconds. It is not for an engine that has done nothing yet:
// one that is told to cancel nothing may not work again until the bridge is
// plugged in anew.
func (b *Bus) cancel() error {
	if _, err := b.command(cmdStatus, 0, cancelTransfer); err != nil {
		return err
	}
	for deadline := b.deadline(0); ; {
		s, err := b.status()
		switch {
		case err != nil:
			return err
		case s.state() == stateIdle:
			return nil
		case time.Now().After(deadline):
			return s.stuck()
		}
	}
}

// deadline is when a transfer of n bytes is overdue. No pause is needed between
// the questions until then, because each takes two frames on USB.
func (b *Bus) deadline(n int) time.Time {
	hz := b.hz
	if hz == 0 {
		hz = minClock // before the first SetSpeed, which is as bad as it can be
	}
	bits := time.Duration(bitsPerByte * (n + 1))
	return time.Now().Add(bits*hz.Period() + grace)
}
