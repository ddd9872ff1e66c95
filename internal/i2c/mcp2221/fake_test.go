package mcp2221

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"periph.io/x/conn/v3/physic"
)

// Endpoints of the real part.
const (
	endpointIn  = 0x83
	endpointOut = 0x03
)

// frame is how long a report takes on USB at full speed.
const frame = time.Millisecond

// wiring is what hangs on the I2C side of a fake bridge. Any error of Tx is a
// byte that was not acknowledged.
type wiring interface {
	Tx(addr uint16, w, r []byte) error
	SetSpeed(physic.Frequency) error
}

// fakeBridge is an MCP2221 at the level of reports, as the data sheet describes
// them. What the data sheet forbids, it keeps as a fault and does not answer,
// so that a driver that does it fails. Times are those of the real part, so its
// tests run in a synctest bubble.
type fakeBridge struct {
	wires wiring

	divider  byte
	state    byte
	nack     bool
	settleAt time.Time // until then the engine is at work

	cmd, addr byte // of the transfer under way
	total     int
	out       []byte // what has come from the host of it
	in        []byte // what a read has brought, and the host not fetched

	used    bool // a transfer has been made since power-up
	answer  *report
	faults  []string
	reports []report // all that came, to be looked at
	closed  int

	// What a test may set.
	stuck         byte  // the state in which transfers end, 0 for none
	held          bool  // a cancel does not free the bus either
	lowSCL        bool  // the lines at rest
	lowSDA        bool  //
	fail          error // of all transfers on USB
	short         int   // bytes that are missing from each answer
	quiet         bool  // no answer at all
	refuseAfter   int   // data bytes of a write, after which one is refused; 0 never
	coyNACK       bool  // a refused address is told by the state 0x21 only
	overfull      int   // bytes that a read brings beyond what was asked for
	noSpeedChange bool  // as while a transfer is under way
}

// newFake has a bridge whose last user left it at 400 kHz.
func newFake(wires wiring) *fakeBridge { return &fakeBridge{wires: wires, divider: 27} }

func (f *fakeBridge) Close() error { f.closed++; return nil }

// Transfer is usbfs's: one report out, or one in.
func (f *fakeBridge) Transfer(endpoint byte, data []byte, timeout time.Duration) (int, error) {
	switch {
	case f.fail != nil:
		return 0, fmt.Errorf("endpoint 0x%02x: %w", endpoint, f.fail)
	case endpoint == endpointOut:
		time.Sleep(frame)
		return len(data), f.take(data)
	case endpoint != endpointIn:
		return 0, f.fault("endpoint 0x%02x does not exist", endpoint)
	case len(data) < reportSize:
		return 0, f.fault("room for %d bytes, and a report has %d", len(data), reportSize)
	case f.answer == nil || f.quiet:
		time.Sleep(timeout)
		return 0, fmt.Errorf("endpoint 0x%02x: %w", endpoint, syscall.ETIMEDOUT)
	}
	time.Sleep(frame)
	n := copy(data, f.answer[:]) - f.short
	f.answer = nil
	return n, nil
}

// fault keeps what the host did wrong. The part would not tell.
func (f *fakeBridge) fault(format string, args ...any) error {
	f.faults = append(f.faults, fmt.Sprintf(format, args...))
	return nil
}

// take is a report from the host.
func (f *fakeBridge) take(data []byte) error {
	if len(data) != reportSize {
		return f.fault("a report of %d bytes", len(data))
	}
	if f.answer != nil {
		return f.fault("command 0x%02x before the last answer was fetched", data[0])
	}
	r := report(data)
	f.reports = append(f.reports, r)
	a := report{r[0]}
	switch r[0] {
	case 0x10:
		f.parameters(r, &a)
	case 0x40:
		f.getData(&a)
	case 0x90, 0x94:
		f.write(r, &a)
	case 0x91, 0x93:
		f.read(r, &a)
	default:
		return f.fault("there is no command 0x%02x", r[0])
	}
	if len(f.faults) == 0 {
		f.answer = &a
	}
	return nil
}

// atWork says whether the engine is still busy with bits.
func (f *fakeBridge) atWork() bool { return time.Now().Before(f.settleAt) }

// shown is the state that answers have.
func (f *fakeBridge) shown() byte {
	if f.atWork() {
		return 0x41
	}
	return f.state
}

// parameters is command 0x10: cancel, set the speed, tell the status.
func (f *fakeBridge) parameters(r report, a *report) {
	if r[2] == 0x10 {
		f.cancel(a)
	}
	if r[3] == 0x20 {
		f.setSpeed(r[4], a)
	}
	a[8] = f.shown()
	a[14] = f.divider
	if f.nack && !f.coyNACK {
		a[20] = 0x40
	}
	if !f.lowSCL {
		a[22] = 1
	}
	if !f.lowSDA {
		a[23] = 1
	}
}

// cancel of an engine that has never been used hangs a real part.
func (f *fakeBridge) cancel(a *report) {
	a[2] = 0x11
	switch {
	case f.state == 0 && !f.atWork() && !f.used:
		_ = f.fault("a cancel with nothing to cancel")
	case f.state != 0 || f.atWork():
		a[2] = 0x10
		if !f.held {
			f.state, f.nack, f.total, f.out, f.in = 0, false, 0, nil, nil
		}
		f.settleAt = time.Now().Add(300 * time.Microsecond)
	}
}

func (f *fakeBridge) setSpeed(divider byte, a *report) {
	a[3], a[4] = 0x20, divider
	if f.state != 0 || f.atWork() || f.noSpeedChange {
		a[3] = 0x21
		return
	}
	if divider < 27 || divider > 237 {
		_ = f.fault("divider %d is not for a clock of 50 to 400 kHz", divider)
	}
	f.divider = divider
	_ = f.wires.SetSpeed(f.clock())
}

func (f *fakeBridge) clock() physic.Frequency {
	return 12 * physic.MegaHertz / physic.Frequency(int64(f.divider)+3)
}

// busy is the answer to a transfer that cannot be taken now.
func (f *fakeBridge) busy(a *report) { a[1], a[2] = 0x01, f.shown() }

// write is a part of a write. All parts have the header of the first.
func (f *fakeBridge) write(r report, a *report) {
	length := int(r[1]) | int(r[2])<<8
	switch {
	case r[3]&1 != 0:
		_ = f.fault("a write to the odd address 0x%02x", r[3])
		return
	case f.total > 0 && (r[0] != f.cmd || r[3] != f.addr || length != f.total):
		_ = f.fault("a part of a write has header % x, the first had %02x, %d bytes, %02x", r[:4], f.cmd, f.total, f.addr)
		return
	case f.atWork() || f.state != 0:
		f.busy(a)
		return
	}
	f.used, f.cmd, f.addr, f.total = true, r[0], r[3], length
	f.out = append(f.out, r[4:4+min(60, length-len(f.out))]...)
	f.spend(min(60, length))
	if len(f.out) == f.total || f.refuses() {
		f.finishWrite()
	}
}

func (f *fakeBridge) refuses() bool { return f.refuseAfter > 0 && len(f.out) > f.refuseAfter }

// spend lets the wire be busy with n bytes and the address.
func (f *fakeBridge) spend(n int) {
	f.settleAt = time.Now().Add(time.Duration(9*(n+1)) * f.clock().Period())
}

func (f *fakeBridge) finishWrite() {
	err := f.wires.Tx(uint16(f.addr>>1), f.out, nil)
	if f.refuses() {
		err = syscall.ENXIO
	}
	f.end(err)
	if err == nil && f.cmd == 0x94 && f.stuck == 0 {
		f.state = 0x45
	}
	f.total, f.out = 0, nil
}

// end is how the engine stands after a transfer.
func (f *fakeBridge) end(err error) {
	f.state, f.nack = f.stuck, false
	switch {
	case err != nil && f.coyNACK:
		f.state = 0x21
	case err != nil:
		f.state, f.nack = 0x25, true
	}
}

// read starts a read. Its data wait in the bridge.
func (f *fakeBridge) read(r report, a *report) {
	length := int(r[1]) | int(r[2])<<8
	switch {
	case r[3]&1 == 0:
		_ = f.fault("a read from the even address 0x%02x", r[3])
		return
	case length == 0:
		_ = f.fault("a read of nothing")
		return
	case r[0] == 0x93 && f.state != 0x45:
		_ = f.fault("a repeated START after no START")
		return
	case f.atWork() || f.state != 0 && r[0] != 0x93:
		f.busy(a)
		return
	}
	f.used = true
	f.in = make([]byte, length, length+f.overfull)
	f.end(f.wires.Tx(uint16(r[3]>>1), nil, f.in))
	f.spend(min(60, length))
	switch {
	case f.nack || f.coyNACK:
		f.in = nil
	case f.stuck == 0:
		f.in = f.in[:length+f.overfull]
		f.state = 0x55
		if length > 60 {
			f.state = 0x54
		}
	}
}

// getData hands out what a read has brought.
func (f *fakeBridge) getData(a *report) {
	a[1], a[2], a[3] = 0x41, f.shown(), 127
	if f.atWork() || (f.state != 0x54 && f.state != 0x55) {
		return
	}
	n := min(len(f.in), 60)
	a[1], a[3] = 0x00, byte(n)
	f.in = f.in[copy(a[4:], f.in[:n]):]
	switch {
	case len(f.in) == 0:
		f.state = 0
	case len(f.in) <= 60:
		f.state = 0x55
		f.spend(len(f.in))
	default:
		f.spend(60)
	}
}

// check fails the test if the host did anything wrong.
func (f *fakeBridge) check(t *testing.T) {
	t.Helper()
	for _, fault := range f.faults {
		t.Errorf("the bridge was misused: %s", fault)
	}
}

// commands are the first n bytes of each report that came since the last call.
func (f *fakeBridge) commands(n int) []string {
	var list []string
	for _, r := range f.reports {
		list = append(list, fmt.Sprintf("% x", r[:n]))
	}
	f.reports = nil
	return list
}

// memory is a device on the wire that keeps what is written to it and reads as
// a pattern. Other addresses are empty.
type memory struct {
	addr    uint16
	written [][]byte
	hz      physic.Frequency
}

func (m *memory) SetSpeed(hz physic.Frequency) error { m.hz = hz; return nil }

func (m *memory) Tx(addr uint16, w, r []byte) error {
	if addr != m.addr {
		return syscall.ENXIO
	}
	if len(r) == 0 {
		m.written = append(m.written, slices.Clone(w))
	}
	copy(r, pattern(len(r)))
	return nil
}

// pattern is n bytes that are easy to find again.
func pattern(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i*7 + 1)
	}
	return p
}
