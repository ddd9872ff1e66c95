package usb

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"atecc/internal/atca/sim"
	"atecc/internal/atca/wire"
)

// kernel is the other end of a device's connection.
type kernel struct {
	t    *testing.T
	conn net.Conn
	seq  uint32
	// end is what serve returned, once it has.
	end    chan error
	unplug context.CancelFunc
}

// plugIn serves a device in a bubble.
func plugIn(t *testing.T, d *device) *kernel {
	ours, theirs := net.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	k := &kernel{t: t, conn: ours, end: make(chan error, 1), unplug: cancel}
	go func() { k.end <- serve(ctx, theirs, d) }()
	t.Cleanup(func() {
		cancel()
		_ = ours.Close()
	})
	return k
}

func plugInKind(t *testing.T, kind string) *kernel { return plugIn(t, newHost(t, kind).d) }

func (k *kernel) send(b []byte) {
	k.t.Helper()
	if _, err := k.conn.Write(b); err != nil {
		k.t.Fatal(err)
	}
}

// submit starts a transfer and returns its number.
func (k *kernel) submit(endpoint byte, n int, setup [8]byte, data ...byte) uint32 {
	k.t.Helper()
	k.seq++
	direction := uint32(0)
	if endpoint&toHost != 0 {
		direction = 1
	}
	k.send(submitPDU(k.seq, direction, uint32(endpoint&0x0F), uint32(n), setup, data...))
	return k.seq
}

func (k *kernel) cancel(victim uint32) uint32 {
	k.t.Helper()
	k.seq++
	k.send(pdu(cmdUnlink, k.seq, deviceID, 0, 0, victim))
	return k.seq
}

// reply reads the reply to seq, with its data when that goes to the host.
func (k *kernel) reply(command, seq uint32, toHost bool) (status int32, length int, data []byte) {
	k.t.Helper()
	h := make([]byte, headerSize)
	if _, err := io.ReadFull(k.conn, h); err != nil {
		k.t.Fatal(err)
	}
	field := func(offset int) uint32 { return binary.BigEndian.Uint32(h[offset:]) }
	if field(0) != command || field(4) != seq {
		k.t.Fatalf("reply %x, want command %d for %d", h[:28], command, seq)
	}
	status, length = int32(field(20)), int(field(24))
	if toHost {
		data = make([]byte, length)
		if _, err := io.ReadFull(k.conn, data); err != nil {
			k.t.Fatal(err)
		}
	}
	return status, length, data
}

func (k *kernel) want(command, seq uint32, status int32, length int, toHost bool) []byte {
	k.t.Helper()
	gotStatus, gotLength, data := k.reply(command, seq, toHost)
	if gotStatus != status || gotLength != length {
		k.t.Fatalf("status %d and length %d, want %d and %d", gotStatus, gotLength, status, length)
	}
	return data
}

// These three are what a host needs to reach a device through the kernel.

func (k *kernel) control(s setup, data []byte) ([]byte, bool) {
	k.t.Helper()
	head := [8]byte{s.requestType, s.request}
	for i, word := range []uint16{s.value, s.index, s.length} {
		binary.LittleEndian.PutUint16(head[2+2*i:], word)
	}
	in := s.requestType & toHost
	status, _, got := k.reply(retSubmit, k.submit(in, int(s.length), head, data...), in != 0)
	return got, status == statusOK
}

func (k *kernel) out(endpoint byte, data []byte) bool {
	k.t.Helper()
	status, _, _ := k.reply(retSubmit, k.submit(endpoint, len(data), [8]byte{}, data...), false)
	return status == statusOK
}

func (k *kernel) in(endpoint byte, n int) ([]byte, time.Duration) {
	k.t.Helper()
	status, _, data := k.reply(retSubmit, k.submit(endpoint, n, [8]byte{}), true)
	if status != statusOK {
		k.t.Fatalf("a transfer from endpoint %02x ended with status %d", endpoint, status)
	}
	return data, 0
}

func (k *kernel) wantData(seq uint32, length int) []byte {
	k.t.Helper()
	return k.want(retSubmit, seq, statusOK, length, true)
}

func (k *kernel) wantTaken(seq uint32, length int) {
	k.t.Helper()
	k.want(retSubmit, seq, statusOK, length, false)
}

// wantEnd waits for the end of serve.
func (k *kernel) wantEnd(want error) {
	k.t.Helper()
	if err := <-k.end; !errors.Is(err, want) || want == nil && err != nil {
		k.t.Errorf("it ended with %v, want %v", err, want)
	}
}

func TestControlTransfersAreAnsweredInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := plugInKind(t, "osif")
		get := [8]byte{inDevice, reqGetDescriptor, 0, descDevice, 0, 0, 64, 0}
		b := k.wantData(k.submit(toHost, 64, get), 18)
		if b[1] != descDevice {
			t.Errorf("descriptor %x", b)
		}
		k.wantTaken(k.submit(0, 0, [8]byte{outDevice, reqSetConfig, 1}), 0)
		unknown := k.submit(toHost, 4, [8]byte{inDevice, 0x33, 0, 0, 0, 0, 4, 0})
		k.want(retSubmit, unknown, statusStall, 0, false)
		// The host has room for less than the request says.
		k.wantData(k.submit(toHost, 5, get), 5)
	})
}

func TestATransferToTheHostWaitsForData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := plugInKind(t, "diolan")
		first := k.submit(diolanIn, 256, [8]byte{})
		second := k.submit(diolanIn, 256, [8]byte{})
		time.Sleep(time.Hour)
		k.wantTaken(k.submit(diolanOut, 2, [8]byte{}, diolanSerial, diolanStop), 2)
		k.wantData(first, 5)
		k.wantData(second, 1)
	})
}

func TestATransferThatIsCancelledGetsNoReplyAndNoData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := plugInKind(t, "diolan")
		first := k.submit(diolanIn, 256, [8]byte{})
		second := k.submit(diolanIn, 256, [8]byte{})
		k.want(retUnlink, k.cancel(first), statusUnlinked, 0, false)
		k.wantTaken(k.submit(diolanOut, 1, [8]byte{}, diolanStop), 1)
		k.wantData(second, 1)
		k.want(retUnlink, k.cancel(second), statusOK, 0, false) // too late
	})
}

func TestADeviceThatHasDataLaterIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := plugInKind(t, "ft232h")
		start := time.Now()
		// Nothing to say: the status alone, whenever the latency timer runs out.
		for i := 1; i <= 3; i++ {
			if b := k.wantData(k.submit(ftdiIn, 512, [8]byte{}), 2); !bytes.Equal(b, ftdiStatus) {
				t.Errorf("packet %x", b)
			}
			if got, want := time.Since(start), time.Duration(i)*16*time.Millisecond; got != want {
				t.Errorf("packet %d came after %v, want %v", i, got, want)
			}
		}
	})
}

func TestEndpointsThatADeviceDoesNotHaveStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := plugInKind(t, "diolan")
		k.want(retSubmit, k.submit(0x81, 64, [8]byte{}), statusStall, 0, false)
		k.want(retSubmit, k.submit(0x01, 1, [8]byte{}, 0), statusStall, 0, false)
		for range maxDiolanAnswers {
			k.wantTaken(k.submit(diolanOut, 1, [8]byte{}, diolanStop), 1)
		}
		k.want(retSubmit, k.submit(diolanOut, 1, [8]byte{}, diolanStop), statusStall, 0, false)
	})
}

func TestPullingThePlugEndsWell(t *testing.T) {
	t.Run("by us", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			k := plugInKind(t, "diolan")
			k.submit(diolanIn, 256, [8]byte{})
			k.unplug()
			k.wantEnd(nil)
			if _, err := k.conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
				t.Errorf("the kernel reads %v, want the end", err)
			}
		})
	})
	t.Run("by the kernel", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			k := plugInKind(t, "ft232h")
			k.submit(ftdiIn, 512, [8]byte{})
			_ = k.conn.Close()
			if err := <-k.end; err != nil && !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("it ended with %v", err)
			}
		})
	})
}

func TestAKernelThatMakesNoSenseIsLeft(t *testing.T) {
	tests := []struct {
		name string
		send func(*kernel)
	}{
		{"an unknown command", func(k *kernel) { k.send(pdu(9, 1)) }},
		{"half a message", func(k *kernel) {
			k.send(pdu(cmdSubmit, 1)[:9])
			_ = k.conn.Close()
		}},
		{"more and more transfers", func(k *kernel) {
			for range maxWaiting + 1 {
				k.submit(diolanIn, 64, [8]byte{})
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := plugInKind(t, "diolan")
				tt.send(k)
				if err := <-k.end; err == nil {
					t.Error("it ended well")
				}
			})
		})
	}
}

func TestAFailureOfTheBusEndsTheDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := newTestBus(t, sim.Options{})
		d, err := newDevice("osif", bus, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := bus.Close(); err != nil {
			t.Fatal(err)
		}
		k := plugIn(t, d)
		k.wantTaken(k.submit(0, 1, [8]byte{vendorOutInterface, osifWrite, 0, 0, 0x60, 0, 1, 0}, 0), 1)
		if err := <-k.end; err == nil {
			t.Error("it ended well")
		}
	})
}

// TestEveryBridgeDoesItsWorkThroughUSBIP runs what drivers do over a
// connection, with a chip and a bus that take the time of silicon.
func TestEveryBridgeDoesItsWorkThroughUSBIP(t *testing.T) {
	adapters := map[string]func(*host) adapter{
		"ft232h":   func(h *host) adapter { return setUpFTDI(h) },
		"tiny-usb": func(h *host) adapter { return tinyDriver{h} },
		"osif":     func(h *host) adapter { return osifDriver{h, false} },
		"diolan":   func(h *host) adapter { return diolanDriver{h} },
		"cp2112":   func(h *host) adapter { return cpDriver{h} },
		"mcp2221":  func(h *host) adapter { return mcpDriver{h, false} },
	}
	for _, kind := range Kinds() {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, err := newDevice(kind, newTestBus(t, sim.Options{Timing: sim.TimingTypical}), "")
				if err != nil {
					t.Fatal(err)
				}
				k := plugIn(t, d)
				a := adapters[kind](&host{t, d, k})
				start := time.Now()
				a.write(0, 0)
				// A general call: 11 bits, and 9 more where the driver sends its data all the same.
				if got := time.Since(start); got < 110*time.Microsecond || got > time.Millisecond {
					t.Errorf("a general call took %v", got)
				}
				if _, failure := a.read(0x60, 4); failure == "" {
					t.Error("the chip answered before its wake delay was over")
				}
				time.Sleep(1500 * time.Microsecond)
				wantRead(t, a, wakeAnswer)
				wantOK(t, "command", a.write(0x60, append([]byte{wire.WordCommand}, unhex(t, infoFrame)...)...))
				if _, failure := a.read(0x60, 7); failure == "" {
					t.Error("the chip answered while it was busy")
				}
				time.Sleep(5 * time.Millisecond)
				wantRead(t, a, infoAnswer)
				k.unplug()
				k.wantEnd(nil)
			})
		})
	}
}

func TestEarlierOfTwoTimes(t *testing.T) {
	for _, tt := range [][3]time.Duration{{0, 0, 0}, {0, 5, 5}, {5, 0, 5}, {5, 3, 3}, {3, 5, 3}} {
		if got := earlier(tt[0], tt[1]); got != tt[2] {
			t.Errorf("earlier of %d and %d is %d, want %d", tt[0], tt[1], got, tt[2])
		}
	}
}
