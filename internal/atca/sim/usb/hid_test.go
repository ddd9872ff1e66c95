package usb

import (
	"bytes"
	"encoding/binary"
	"testing"

	"periph.io/x/conn/v3/physic"

	"atecc/internal/atca/wire"
)

// cpDriver asks as the Linux driver hid-cp2112 does.
type cpDriver struct{ *host }

const (
	cpOut = 0x01
	cpIn  = 0x81
)

func (d cpDriver) getFeature(number byte, n int) []byte {
	return d.control(classInInterface, hidGetReport, featureReport<<8|uint16(number), 0, n)
}

func (d cpDriver) setFeature(report ...byte) {
	d.control(classOutInterface, hidSetReport, featureReport<<8|uint16(report[0]), 0, 0, report...)
}

// status waits for the end of a transfer.
func (d cpDriver) status() string {
	d.out(cpOut, cpStatusRequest, 1)
	b := d.in(cpIn, 64)
	switch {
	case b[0] != cpStatusResponse:
		return "EINVAL"
	case b[1] == cpComplete:
		return ""
	case b[1] == cpError && b[2] == cpNack:
		return "ETIMEDOUT"
	}
	return "EIO"
}

func (d cpDriver) write(addr byte, data ...byte) string {
	d.out(cpOut, append([]byte{cpWrite, addr << 1, byte(len(data))}, data...)...)
	return d.status()
}

func (d cpDriver) read(addr byte, n int) ([]byte, string) {
	d.out(cpOut, cpRead, addr<<1, byte(n>>8), byte(n))
	return d.fetch(n)
}

// fetch collects what was read.
func (d cpDriver) fetch(n int) (data []byte, failure string) {
	if failure := d.status(); failure != "" {
		return nil, failure
	}
	for len(data) < n {
		left := n - len(data)
		d.out(cpOut, cpReadForce, byte(left>>8), byte(left))
		b := d.in(cpIn, 64)
		if b[0] != cpReadResponse || b[2] == 0 {
			return nil, "EIO"
		}
		data = append(data, b[3:3+b[2]]...)
	}
	return data, ""
}

// newCPDriver probes as the driver does: version, then the configuration with
// one retry instead of none.
func newCPDriver(t *testing.T) cpDriver {
	t.Helper()
	d := cpDriver{newHost(t, "cp2112")}
	if b := d.getFeature(cpVersion, 3); len(b) != 3 || b[1] != 0x0C || b[2] < 2 {
		t.Errorf("version %x, want part 0c and one that knows the repeated START", b)
	}
	b := d.getFeature(cpSMBusConfig, 14)
	if len(b) != 14 || binary.BigEndian.Uint32(b[1:]) != 100_000 {
		t.Fatalf("SMBus configuration %x, want 14 bytes with 100 kHz", b)
	}
	b[13] = 1
	d.setFeature(b...)
	if got := d.getFeature(cpSMBusConfig, 14); !bytes.Equal(got, b) {
		t.Errorf("SMBus configuration %x after setting %x", got, b)
	}
	for number, n := range map[byte]int{cpUSBConfig: 10, cpLock: 2, cpGPIOConfig: 5, cpGPIOGet: 2} {
		if got := d.getFeature(number, n); len(got) != n || got[0] != number {
			t.Errorf("feature report %02x is %x, want %d bytes", number, got, n)
		}
	}
	return d
}

func TestCP2112ServesItsDriver(t *testing.T) {
	proveAdapter(t, newCPDriver(t), "ETIMEDOUT", "ETIMEDOUT")
}

func TestCP2112TakesNoMoreThan61Bytes(t *testing.T) {
	d := newCPDriver(t)
	d.write(0, 0)
	if d.d.out(cpOut, append([]byte{cpWrite, 0xC0, 62}, make([]byte, 62)...)) {
		t.Error("a write of 62 bytes was taken")
	}
	if d.d.out(cpOut, []byte{cpWrite, 0xC0, 5, 1, 2}) {
		t.Error("a write of 5 bytes with 2 in it was taken")
	}
	// The driver has such a length after an overflow of its own.
	if got := d.write(0x60); got != "" {
		t.Errorf("a write of nothing gave %q", got)
	}
}

func TestCP2112ReadsUpTo512Bytes(t *testing.T) {
	d := newCPDriver(t)
	d.write(0, 0)
	got, failure := d.read(0x60, 512)
	wantOK(t, "read of 512 bytes", failure)
	if len(got) != 512 || !bytes.Equal(got[:4], unhex(t, wakeAnswer)) {
		t.Errorf("%d bytes, beginning with %x", len(got), got[:4])
	}
	for _, n := range []uint16{0, 513} {
		if d.d.out(cpOut, []byte{cpRead, 0xC0, byte(n >> 8), byte(n)}) {
			t.Errorf("a read of %d bytes was taken", n)
		}
	}
}

func TestCP2112WritesAndReadsWithARepeatedStart(t *testing.T) {
	d := newCPDriver(t)
	d.write(0, 0)
	wantRead(t, d, wakeAnswer)
	d.out(cpOut, cpWriteRead, 0xC0, 0, 4, 1, wire.WordReset)
	got, failure := d.fetch(4)
	wantOK(t, "write and read", failure)
	if !bytes.Equal(got, unhex(t, wakeAnswer)) {
		t.Errorf("read %x", got)
	}
	d.out(cpOut, cpWriteRead, 0x60, 0, 4, 1, 0) // an address that is not shifted
	if _, failure := d.fetch(4); failure != "ETIMEDOUT" {
		t.Errorf("an unknown address gave %q", failure)
	}
	for _, bad := range [][]byte{
		{cpWriteRead, 0xC0, 0, 0, 1, 0}, {cpWriteRead, 0xC0, 2, 1, 1, 0},
		{cpWriteRead, 0xC0, 0, 4, 0, 0}, {cpWriteRead, 0xC0, 0, 4, 2, 0},
		append([]byte{cpWriteRead, 0xC0, 0, 4, 17}, make([]byte, 17)...),
	} {
		if d.d.out(cpOut, bad) {
			t.Errorf("request %x was taken", bad)
		}
	}
}

func TestCP2112RefusesReportsThatItDoesNotHave(t *testing.T) {
	d := newCPDriver(t)
	for _, bad := range [][]byte{nil, {0x77, 1}, {cpWrite}, {cpRead, 0xC0}, {cpReadResponse, 0, 0}} {
		if d.d.out(cpOut, bad) {
			t.Errorf("report %x was taken", bad)
		}
	}
	d.stalls(classInInterface, hidGetReport, featureReport<<8|0x77, 0, 8)
	d.stalls(classInInterface, hidSetReport, featureReport<<8|cpLock, 0, 8)
	d.stalls(classOutInterface, hidSetReport, featureReport<<8|cpGPIOConfig, 0, 0, cpGPIOConfig, 1)                                        // short
	d.stalls(classOutInterface, hidSetReport, featureReport<<8|cpGPIOSet, 0, 0, cpGPIOConfig, 1, 2)                                        // another number inside
	d.stalls(classOutInterface, hidSetReport, featureReport<<8|cpSMBusConfig, 0, 0, append([]byte{cpSMBusConfig}, make([]byte, 13)...)...) // 0 Hz
}

func TestCP2112FollowsItsConfiguration(t *testing.T) {
	d := newCPDriver(t)
	b := d.getFeature(cpSMBusConfig, 14)
	binary.BigEndian.PutUint32(b[1:], 400_000)
	d.setFeature(b...)
	wantClock(t, d.d.function.(*cp2112).master, 400*physic.KiloHertz)
	d.setFeature(cpGPIOConfig, 1, 2, 3, 4)
	if got := d.getFeature(cpGPIOConfig, 5); !bytes.Equal(got, []byte{cpGPIOConfig, 1, 2, 3, 4}) {
		t.Errorf("GPIO configuration %x", got)
	}
	d.setFeature(cpLock, 0) // programmed once and for all
	if got := d.getFeature(cpLock, 2); got[1] != 0xFF {
		t.Errorf("lock byte %02x", got[1])
	}
	d.out(cpOut, cpCancel, 1)
	if got := d.status(); got != "EIO" {
		t.Errorf("after a cancel the status gives %q, want that of an idle part", got)
	}
}

// mcpDriver asks as the Linux driver hid-mcp2221 does. Since 2025 it cancels
// after a read that failed; before, it did not, and the part stayed busy.
type mcpDriver struct {
	*host
	old bool
}

const mcpReportsOut = 0x03

// ask sends a report and returns the answer to it.
func (d mcpDriver) ask(report ...byte) []byte {
	d.t.Helper()
	d.out(mcpReportsOut, report...)
	b := d.in(mcpReportsIn, 64)
	if len(b) != 64 || b[0] != report[0] {
		d.t.Fatalf("report %x was answered with %x", report, b)
	}
	return b
}

var mcpErrnos = map[byte]string{mcpEngineIdle: "", mcpEngineNack: "ENXIO"}

// status looks at the outcome, and frees the engine after a failure.
func (d mcpDriver) status() string {
	b := d.ask(mcpStatus)
	failure := mcpErrnos[b[8]]
	if b[20]&mcpNackFlag != 0 {
		failure = "ENXIO"
	}
	if failure != "" {
		d.cancel()
	}
	return failure
}

func (d mcpDriver) cancel() byte { return d.ask(mcpStatus, 0, mcpCancel)[2] }

func (d mcpDriver) write(addr byte, data ...byte) string {
	return d.writeAs(mcpWrite, addr, data...)
}

func (d mcpDriver) writeAs(command, addr byte, data ...byte) string {
	n := len(data)
	for first := true; first || len(data) > 0; first = false {
		chunk := data[:min(mcpChunk, len(data))]
		data = data[len(chunk):]
		b := d.ask(append([]byte{command, byte(n), byte(n >> 8), addr << 1}, chunk...)...)
		if b[1] != mcpDone {
			return mcpErrnos[b[2]]
		}
		if failure := d.status(); failure != "" {
			return failure
		}
	}
	return ""
}

func (d mcpDriver) read(addr byte, n int) ([]byte, string) {
	return d.readAs(mcpRead, addr, n)
}

func (d mcpDriver) readAs(command, addr byte, n int) (data []byte, failure string) {
	if b := d.ask(command, byte(n), byte(n>>8), addr<<1); b[1] != mcpDone {
		return nil, mcpErrnos[b[2]]
	}
	for len(data) < n {
		b := d.ask(mcpGetData)
		if b[1] != mcpDone || b[2] != mcpReadDone {
			if !d.old {
				d.cancel()
			}
			return nil, "EIO"
		}
		data = append(data, b[4:4+b[3]]...)
		if failure := d.status(); failure != "" {
			return nil, failure
		}
	}
	return data, ""
}

// setDivider is how the driver sets the clock while it probes.
func (d mcpDriver) setDivider(divider byte) byte {
	return d.ask(mcpStatus, 0, 0, mcpSetSpeed, divider)[3]
}

func newMCPDriver(t *testing.T) mcpDriver {
	return mcpDriver{newHost(t, "mcp2221"), false}
}

func TestMCP2221ServesADriverAt100kHz(t *testing.T) {
	d := newMCPDriver(t)
	if got := d.setDivider(117); got != mcpSpeedTaken {
		t.Fatalf("100 kHz: %02x", got)
	}
	proveAdapter(t, d, "ENXIO", "EIO")
}

func TestMCP2221At400kHzCannotWakeAChip(t *testing.T) {
	d := newMCPDriver(t)
	if got := d.setDivider(27); got != mcpSpeedTaken {
		t.Fatalf("400 kHz: %02x", got)
	}
	wantClock(t, d.d.function.(*mcp2221).master, 400*physic.KiloHertz)
	d.write(0, 0)
	if _, failure := d.read(0x60, 4); failure != "EIO" {
		t.Errorf("a read after a pulse of 20 us gave %q", failure)
	}
}

func TestMCP2221IsBusyAfterARefusalUntilItIsCancelled(t *testing.T) {
	d := newMCPDriver(t)
	d.old = true
	if _, failure := d.read(0x60, 4); failure != "EIO" {
		t.Fatalf("a read from a sleeping chip gave %q", failure)
	}
	if failure := d.write(0, 0); failure != "ENXIO" {
		t.Errorf("the next write gave %q", failure)
	}
	if _, failure := d.read(0x60, 4); failure != "ENXIO" {
		t.Errorf("the next read gave %q", failure)
	}
	if got := d.setDivider(117); got != mcpSpeedRefused {
		t.Errorf("the clock was set meanwhile: %02x", got)
	}
	if got := d.cancel(); got != mcpCancelled {
		t.Errorf("cancel: %02x", got)
	}
	if got := d.cancel(); got != mcpWasIdle {
		t.Errorf("cancel again: %02x", got)
	}
	d.write(0, 0)
	wantRead(t, d, wakeAnswer)
}

func TestMCP2221CollectsALongWrite(t *testing.T) {
	d := newMCPDriver(t)
	d.write(0, 0)
	frame, err := wire.Command{Op: wire.OpVerify, P1: wire.VerifyExternal, P2: 4, Data: make([]byte, 128)}.Frame()
	if err != nil {
		t.Fatal(err)
	}
	wantOK(t, "write of 136 bytes", d.write(0x60, append([]byte{wire.WordCommand}, frame...)...))
	wantRead(t, d, "040f2342")
}

func TestMCP2221DoesNothingElseInTheMiddleOfALongWrite(t *testing.T) {
	d := newMCPDriver(t)
	d.write(0, 0)
	d.ask(append([]byte{mcpWrite, 100, 0, 0xC0}, make([]byte, mcpChunk)...)...)
	if b := d.ask(mcpRead, 4, 0, 0xC0); b[1] != mcpBusy {
		t.Errorf("a read was answered with %x", b[:4])
	}
	if b := d.ask(mcpWrite, 20, 0, 0xC0); b[1] != mcpBusy {
		t.Errorf("a write that is shorter than what is there was answered with %x", b[:4])
	}
	d.cancel()
	wantRead(t, d, wakeAnswer)
}

func TestMCP2221JoinsWriteAndReadByARepeatedStart(t *testing.T) {
	d := newMCPDriver(t)
	d.write(0, 0)
	wantRead(t, d, wakeAnswer)
	wantOK(t, "write without STOP", d.writeAs(mcpWriteNoStop, 0x60, wire.WordReset))
	got, failure := d.readAs(mcpReadRepeated, 0x60, 4)
	wantOK(t, "read", failure)
	if !bytes.Equal(got, unhex(t, wakeAnswer)) {
		t.Errorf("read %x", got)
	}
	if b := d.ask(mcpGetData); b[1] != mcpNoData || b[3] != mcpErrorLength {
		t.Errorf("with nothing left it says %x", b[:4])
	}
}

func TestMCP2221TakesReadAddressesWithAndWithoutTheirLastBit(t *testing.T) {
	for _, octet := range []byte{0xC0, 0xC1} {
		d := newMCPDriver(t)
		d.write(0, 0)
		d.ask(mcpRead, 4, 0, octet)
		if b := d.ask(mcpGetData); !bytes.Equal(b[4:8], unhex(t, wakeAnswer)) {
			t.Errorf("address byte %02x: %x", octet, b[:8])
		}
	}
	// One that is not shifted is another address.
	d := newMCPDriver(t)
	d.write(0, 0)
	if _, failure := d.read(0x30, 4); failure != "EIO" {
		t.Errorf("address 0x30 gave %q", failure)
	}
}

func TestMCP2221ReportsItsPinsAndSettings(t *testing.T) {
	d := newMCPDriver(t)
	b := d.ask(mcpStatus)
	if b[14] != mcpAtReset || b[22] != 1 || b[23] != 1 || string(b[46:50]) != "A612" {
		t.Errorf("status %x", b)
	}
	if b := d.ask(mcpGetGPIO); b[2] != mcpNoGPIO {
		t.Errorf("pins %x", b[:10])
	}
	if b := d.ask(mcpSetGPIO); b[3] != mcpNoGPIO {
		t.Errorf("pins %x", b[:18])
	}
	for _, command := range []byte{mcpGetSRAM, mcpSetSRAM, mcpReadFlash} {
		if b := d.ask(command); b[1] != mcpDone {
			t.Errorf("command %02x was answered with %x", command, b[:4])
		}
	}
}

func TestMCP2221RefusesWhatItDoesNotKnow(t *testing.T) {
	d := newMCPDriver(t)
	if b := d.ask(0x77); b[1] != mcpBusy {
		t.Errorf("command 77 was answered with %x", b[:4])
	}
	for _, divider := range []byte{0, mcpFastest - 1} {
		if got := d.setDivider(divider); got != mcpSpeedRefused {
			t.Errorf("divider %d: %02x", divider, got)
		}
	}
	if d.d.out(mcpReportsOut, nil) || d.d.out(mcpReportsOut, make([]byte, 65)) {
		t.Error("a report of a wrong length was taken")
	}
}

func TestMCP2221HasASerialPortWithNothingConnected(t *testing.T) {
	d := newMCPDriver(t)
	if got := d.control(classInInterface, cdcGetLineCoding, 0, 0, 7); len(got) != 7 {
		t.Errorf("line coding %x", got)
	}
	d.control(classOutInterface, cdcSetLineCoding, 0, 0, 0, 0x80, 0x25, 0, 0, 0, 0, 8)
	d.control(classOutInterface, cdcSetLines, 3, 0, 0)
	d.out(mcpSerialOut, 'h', 'i')
	d.silent(0x82)
	d.silent(0x81)
}

func TestHIDDevicesKnowTheRequestsOfTheirClass(t *testing.T) {
	for kind, number := range map[string]uint16{"cp2112": 0, "mcp2221": 2} {
		h := newHost(t, kind)
		h.control(classOutInterface, hidSetIdle, 0, number, 0)
		h.control(classOutInterface, hidSetProtocol, 1, number, 0)
		if got := h.control(classInInterface, hidGetIdle, 0, number, 1); len(got) != 1 {
			t.Errorf("%s: idle rate %x", kind, got)
		}
	}
}

func TestAHostThatFetchesNoReportsLosesTheOldest(t *testing.T) {
	var r reports
	for i := range maxReports + 3 {
		r.push(byte(i))
	}
	got, _ := r.in(0, 64)
	if got[0] != 3 || len(r.queue) != maxReports-1 {
		t.Errorf("first report %d, then %d more", got[0], len(r.queue))
	}
	if got, _ := r.in(0, 8); len(got) != 8 {
		t.Errorf("a report for 8 bytes has %d", len(got))
	}
}
