package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	"atecc/e2e/vm/result"
)

// transfers counts the USB requests to devices since the machine started.
var transfers atomic.Int64

// watchTransfers counts for ever. usbmon gives each event as a header of 48
// bytes and the data that it kept.
func watchTransfers() error {
	monitor, err := os.Open("/dev/usbmon0")
	if err != nil {
		return err
	}
	go func() {
		defer func() { _ = monitor.Close() }()
		fmt.Println("init: usbmon:", countTransfers(monitor))
	}()
	return nil
}

// countTransfers counts until there is an error.
func countTransfers(events io.Reader) error {
	const (
		typeAt, deviceAt, keptAt = 8, 11, 36
		rootHub                  = 1
	)
	var header [48]byte
	for {
		if _, err := io.ReadFull(events, header[:]); err != nil {
			return err
		}
		kept := int64(binary.NativeEndian.Uint32(header[keptAt:]))
		if _, err := io.CopyN(io.Discard, events, kept); err != nil {
			return err
		}
		if header[typeAt] == 'S' && header[deviceAt] > rootHub {
			transfers.Add(1)
		}
	}
}

// latency measures what the transport costs. It asserts nothing of the time.
func latency(b *bench) error {
	l := result.Latency{Transport: b.name}
	info, _, err := b.traced("info")
	if err != nil {
		return err
	}
	sign, _, err := b.traced("sign", "message", "--slot", "0", "--pubkey", "key.pem")
	if err != nil {
		return err
	}
	if l.WakeInfo, l.WakeInfoWire, err = span(info, wakePulse, opInfo); err != nil {
		return err
	}
	if l.NonceSign, l.NonceWire, err = span(sign, opNonce, opSign); err != nil {
		return err
	}
	if l.Transactions, l.Transfers, err = b.transfersFor("random", "32", "512"); err != nil {
		return err
	}
	b.out.line(result.Line{Latency: &l})
	return nil
}

// transfersFor counts I2C transactions and USB requests by how much more of
// both a long run makes than a short one: to open a bridge and to give it back
// takes requests as well.
func (b *bench) transfersFor(command, short, long string) (transactions, requests int, err error) {
	few, fewRequests, err := b.traced(command, short)
	if err != nil {
		return 0, 0, err
	}
	many, manyRequests, err := b.traced(command, long)
	return len(many) - len(few), manyRequests - fewRequests, err
}

// traced runs atecc with a trace, and counts USB requests.
func (b *bench) traced(args ...string) (trace []event, requests int, err error) {
	file := filepath.Join(b.dir, "trace")
	before := transfers.Load()
	o, err := b.atecc(append(args, "--trace", file)...)
	if err == nil {
		err = o.is(0)
	}
	if err != nil {
		return nil, 0, err
	}
	requests = int(transfers.Load() - before)
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, 0, err
	}
	trace, err = parseTrace(string(text))
	return trace, requests, err
}

// event is one line of a trace file.
type event struct {
	at    int64 // microseconds
	write bool
	bytes int    // without the address
	code  string // the opcode of a command, wakePulse, or ""
	nack  bool
}

// What begins and ends a measurement.
const (
	wakePulse = "wake"
	opInfo    = "30"
	opNonce   = "16"
	opSign    = "41"
)

func parseTrace(text string) ([]event, error) {
	var events []event
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 3 {
			return nil, fmt.Errorf("the trace has a line %q", line)
		}
		at, err := strconv.ParseInt(fields[0], 10, 64)
		if err != nil {
			return nil, err
		}
		events = append(events, parseEvent(at, fields[1], fields[2], fields[3:]))
	}
	return events, nil
}

// parseEvent takes a line without its time. The data ends where an outcome
// begins; a command is 03, its length and its opcode.
func parseEvent(at int64, kind, address string, rest []string) event {
	e := event{at: at, write: kind != "R"}
	for _, word := range rest {
		if len(word) != 2 {
			e.nack = true
			break
		}
		e.bytes++
	}
	switch {
	case kind == "L" || e.write && address == "00":
		e.code = wakePulse
	case e.write && e.bytes > 2 && rest[0] == "03":
		e.code = rest[2]
	}
	return e
}

// Of the wire: 100 kHz, and the pause that a chip needs after its wake pulse.
const (
	bitMicros  = 10
	tWHIMicros = 1500
)

// wire is how long the wire alone takes for the event.
func (e event) wire() int64 {
	micros := int64((9*(e.bytes+1) + 2) * bitMicros)
	if e.code == wakePulse {
		micros += tWHIMicros
	}
	return micros
}

// span measures from the beginning of the command first to the end of the
// answer to the command last. An event says when it began; as the program
// works on an answer before it goes on, the answer ends when the wire has
// brought it, at the earliest. Refused polls are no work for the wire.
func span(trace []event, first, last string) (took, wire int64, err error) {
	from, asked := -1, false
	for i, e := range trace {
		if from < 0 && e.code == first {
			from = i
		}
		if from < 0 || e.nack && e.code == "" {
			continue
		}
		wire += e.wire()
		if asked && !e.write {
			return e.at + e.wire() - trace[from].at, wire, nil
		}
		asked = asked || e.code == last
	}
	return 0, 0, fmt.Errorf("the trace does not have %s and an answer to %s", first, last)
}
