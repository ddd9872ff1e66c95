package usb

import (
	"bytes"
	"testing"

	"periph.io/x/conn/v3/physic"

	"atecc/internal/atca/wire"
)

func wantClock(t *testing.T, m *master, want physic.Frequency) {
	t.Helper()
	if got, _ := m.bus.Clock(); got != want {
		t.Errorf("clock %s, want %s", got, want)
	}
}

// tinyDriver asks as the Linux driver i2c-tiny-usb does.
type tinyDriver struct{ *host }

func (d tinyDriver) status() string {
	if d.control(vendorInInterface, tinyStatus, 0, 0, 1)[0] == tinyNack {
		return "ENXIO"
	}
	return ""
}

func (d tinyDriver) write(addr byte, data ...byte) string {
	d.control(vendorOutInterface, tinyIO|tinyBegin|tinyEnd, 0, uint16(addr), 0, data...)
	return d.status()
}

func (d tinyDriver) read(addr byte, n int) ([]byte, string) {
	got := d.control(vendorInInterface, tinyIO|tinyBegin|tinyEnd, messageRead, uint16(addr), n)
	if len(got) != n {
		return nil, "EIO"
	}
	return got, d.status()
}

func newTinyDriver(t *testing.T) tinyDriver {
	d := tinyDriver{newHost(t, "tiny-usb")}
	d.control(vendorOutInterface, tinySetDelay, 10, 0, 0)
	return d
}

func TestTinyUSBServesItsDriver(t *testing.T) {
	d := newTinyDriver(t)
	if got := d.control(vendorInInterface, tinyGetFunc, 0, 0, 4); !bytes.Equal(got, []byte{0x09, 0, 0xFF, 0x0E}) {
		t.Errorf("functions %x, want those of plain I2C", got)
	}
	proveAdapter(t, d, "ENXIO", "ENXIO")
}

func TestTinyUSBJoinsMessagesByARepeatedStart(t *testing.T) {
	d := newTinyDriver(t)
	d.write(0, 0)
	// Word address 0 rewinds, and the read follows without a STOP.
	d.control(vendorOutInterface, tinyIO|tinyBegin, 0, 0x60, 0, wire.WordReset)
	wantOK(t, "first message", d.status())
	got := d.control(vendorInInterface, tinyIO|tinyEnd, messageRead, 0x60, 4)
	wantOK(t, "second message", d.status())
	if !bytes.Equal(got, unhex(t, wakeAnswer)) {
		t.Errorf("read %x", got)
	}
}

func TestTinyUSBTakesItsClockAsTheTimeOfABit(t *testing.T) {
	d := newTinyDriver(t)
	m := d.d.function.(*tinyUSB).master
	for delay, want := range map[uint16]physic.Frequency{
		10: 100 * physic.KiloHertz, 3: physic.MegaHertz / 3, 0: physic.MegaHertz, 0xFFFF: physic.KiloHertz,
	} {
		d.control(vendorOutInterface, tinySetDelay, delay, 0, 0)
		wantClock(t, m, want)
	}
}

func TestTinyUSBRefusesWhatItCannotUnderstand(t *testing.T) {
	d := newTinyDriver(t)
	d.stalls(vendorInDevice, tinyStatus, 0, 0, 1)                               // not to the interface
	d.stalls(vendorInInterface, 8, 0, 0, 1)                                     // no such request
	d.stalls(vendorInInterface, tinyIO|tinyBegin|tinyEnd, 0, 0x60, 4)           // a write that wants data
	d.stalls(vendorOutInterface, tinyIO|tinyBegin|tinyEnd, 1, 0x60, 0, 1, 2, 3) // a read that brings data
	if got := d.control(vendorInInterface, tinyEcho, 0x1234, 0, 2); !bytes.Equal(got, []byte{0x34, 0x12}) {
		t.Errorf("echo %x", got)
	}
	d.silent(0x81)
	if d.d.out(1, []byte{1}) {
		t.Error("a device without endpoints took data at one")
	}
}

// osifDriver asks as the Linux driver i2c-robotfuzz-osif does; old asks for
// STOP and bit rate in the direction of before 2021.
type osifDriver struct {
	*host
	old bool
}

func (d osifDriver) bare(request byte, value uint16) {
	requestType := byte(vendorOutInterface)
	if d.old {
		requestType = vendorInInterface
	}
	d.control(requestType, request, value, 0, 0)
}

func (d osifDriver) finish() string {
	d.bare(osifStop, 0)
	if d.control(vendorInInterface, osifStatus, 0, 0, 1)[0] != osifAck {
		return "EREMOTEIO"
	}
	return ""
}

func (d osifDriver) write(addr byte, data ...byte) string {
	d.control(vendorOutInterface, osifWrite, 0, uint16(addr), 0, data...)
	return d.finish()
}

func (d osifDriver) read(addr byte, n int) ([]byte, string) {
	got := d.control(vendorInInterface, osifRead, messageRead, uint16(addr), n)
	if len(got) != n {
		return nil, "EREMOTEIO"
	}
	return got, d.finish()
}

func TestOSIFServesItsDriver(t *testing.T) {
	for _, old := range []bool{false, true} {
		d := osifDriver{newHost(t, "osif"), old}
		d.bare(osifBitRate, 52)
		wantClock(t, d.d.function.(*osif).master, 100*physic.KiloHertz)
		proveAdapter(t, d, "EREMOTEIO", "EREMOTEIO")
	}
}

func TestOSIFReportsARefusedDataByte(t *testing.T) {
	d := osifDriver{newHost(t, "osif"), false}
	d.write(0, 0)
	if got := d.write(0x60, append(unhex(t, "03"+infoFrame), 0)...); got != "EREMOTEIO" {
		t.Errorf("a byte beyond the command gave %q", got)
	}
	wantRead(t, d, infoAnswer)
}

func TestOSIFRefusesWhatItCannotUnderstand(t *testing.T) {
	d := osifDriver{newHost(t, "osif"), false}
	d.stalls(vendorInDevice, osifStatus, 0, 0, 1)
	d.stalls(vendorInInterface, osifWrite, 0, 0x60, 4)
	d.stalls(vendorOutInterface, osifRead, 0, 0x60, 0, 1)
	d.stalls(vendorInInterface, 25, 0, 0, 1)
	d.stalls(vendorOutInterface, osifBitRate, 0x100, 0, 0)
	d.stalls(vendorOutInterface, osifBitRate, 52, 4, 0)
}

// diolanDriver asks as the Linux driver i2c-diolan-u2c does: commands in a row,
// then an answer for each.
type diolanDriver struct{ *host }

// run sends commands and returns what the last one gave.
func (d diolanDriver) run(count int, commands ...byte) (data []byte, failure string) {
	d.out(diolanOut, commands...)
	for i := range count {
		answer := d.in(diolanIn, 256)
		code := answer[len(answer)-1]
		switch {
		case failure != "":
		case code == diolanNack && i == 1:
			failure = "ENXIO"
		case code != diolanOK:
			failure = "EIO"
		}
		data = answer[:len(answer)-1]
	}
	return data, failure
}

func (d diolanDriver) write(addr byte, data ...byte) string {
	commands := []byte{diolanStart, diolanPutByteAck, addr << 1}
	for _, b := range data {
		commands = append(commands, diolanPutByteAck, b)
	}
	_, failure := d.run(3+len(data), append(commands, diolanStop)...)
	return failure
}

func (d diolanDriver) read(addr byte, n int) (data []byte, failure string) {
	d.out(diolanOut, diolanStart, diolanPutByteAck, addr<<1|1, diolanGetByteAck, 1)
	codes := [3]byte{}
	for i := range codes {
		answer := d.in(diolanIn, 256)
		codes[i] = answer[len(answer)-1]
		data = answer[:len(answer)-1]
	}
	if codes[1] != diolanOK {
		failure = "ENXIO"
	}
	for len(data) < n && failure == "" {
		got, f := d.run(1, diolanGetByteAck, 1)
		data, failure = append(data, got...), f
	}
	_, _ = d.run(1, diolanStop)
	return data, failure
}

func newDiolanDriver(t *testing.T) diolanDriver {
	d := diolanDriver{newHost(t, "diolan")}
	d.silent(diolanIn)
	if got, failure := d.run(1, diolanFirmware); len(got) != 2 || failure != "" {
		t.Errorf("firmware version %x %s", got, failure)
	}
	if got, failure := d.run(1, diolanSerial); len(got) != 4 || failure != "" {
		t.Errorf("serial number %x %s", got, failure)
	}
	for _, commands := range [][]byte{{diolanSetSpeed, 1}, {diolanClockSync, 1}, {diolanClockSyncLimit, 200, 0}} {
		if _, failure := d.run(1, commands...); failure != "" {
			t.Errorf("%x: %s", commands, failure)
		}
	}
	return d
}

func TestDiolanServesItsDriver(t *testing.T) {
	proveAdapter(t, newDiolanDriver(t), "ENXIO", "ENXIO")
}

func TestDiolanTellsARefusedByteFromARefusedAddress(t *testing.T) {
	d := newDiolanDriver(t)
	d.write(0, 0)
	if got := d.write(0x60, append(unhex(t, "03"+infoFrame), 0)...); got != "EIO" {
		t.Errorf("a byte beyond the command gave %q, want EIO", got)
	}
}

func TestDiolanHasThreeWaysToSayAClock(t *testing.T) {
	d := newDiolanDriver(t)
	for code, want := range map[byte]physic.Frequency{
		0: 400 * physic.KiloHertz, 1: 100 * physic.KiloHertz, 6: 50 * physic.KiloHertz, 242: physic.MegaHertz / 492,
	} {
		_, _ = d.run(1, diolanSetSpeed, code)
		wantClock(t, d.d.function.(*diolan).master, want)
	}
}

func TestDiolanRefusesCommandsOutOfOrder(t *testing.T) {
	tests := []struct {
		name     string
		commands []byte
		want     []byte // the last bytes of the answers
	}{
		{"a byte without START", []byte{diolanPutByteAck, 0xC0}, []byte{diolanFailed}},
		{"a byte from nobody", []byte{diolanGetByteAck, 1}, []byte{diolanFailed}},
		{"a read without an address", []byte{diolanStart, diolanGetByteAck, 1, diolanStop}, []byte{diolanOK, diolanFailed, diolanOK}},
		{"an unknown command", []byte{diolanStart, 0x77, diolanStop}, []byte{diolanOK, diolanNotImplemented}},
		{"half a command", []byte{diolanPutByteAck}, []byte{diolanNotImplemented}},
		{"an address that is not shifted", []byte{diolanStart, diolanPutByteAck, 0x60, diolanStop}, []byte{diolanOK, diolanNack, diolanOK}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDiolanDriver(t)
			d.write(0, 0)
			d.out(diolanOut, tt.commands...)
			for i, want := range tt.want {
				answer := d.in(diolanIn, 256)
				if got := answer[len(answer)-1]; got != want {
					t.Errorf("answer %d is %02x, want %02x", i, got, want)
				}
			}
			d.silent(diolanIn)
		})
	}
}

func TestDiolanStopsWhenNobodyFetchesItsAnswers(t *testing.T) {
	d := newDiolanDriver(t)
	for range maxDiolanAnswers {
		d.out(diolanOut, diolanStop)
	}
	if d.d.out(diolanOut, []byte{diolanStop}) {
		t.Error("it took one more command")
	}
	d.in(diolanIn, 256)
	d.out(diolanOut, diolanStop)
}
