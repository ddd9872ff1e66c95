package usb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
)

// pdu is a message as the kernel writes it.
func pdu(fields ...uint32) []byte {
	b := make([]byte, headerSize)
	for i, f := range fields {
		binary.BigEndian.PutUint32(b[4*i:], f)
	}
	return b
}

// The fields up to the eight bytes of the setup packet: command, number,
// device, direction, endpoint, flags, length, frame, packets, interval.
func submitPDU(seq, direction, endpoint, length uint32, setup [8]byte, data ...byte) []byte {
	b := pdu(cmdSubmit, seq, deviceID, direction, endpoint, 0x200, length, 0, 0xFFFFFFFF, 4)
	copy(b[40:], setup[:])
	return append(b, data...)
}

func TestCommandsOfTheKernelAreRead(t *testing.T) {
	setup := [8]byte{0x80, 6, 0, 1, 0, 0, 64, 0}
	stream := bytes.Join([][]byte{
		submitPDU(1, 1, 0, 64, setup),
		submitPDU(2, 0, 2, 3, [8]byte{}, 7, 8, 9),
		pdu(cmdUnlink, 3, deviceID, 0, 0, 1),
		pdu(cmdSubmit, 4, deviceID, 1, 3, 0, 512), // no packets: as older kernels say it
	}, nil)
	want := []message{
		{command: cmdSubmit, seq: 1, endpoint: 0x80, length: 64, setup: setup},
		{command: cmdSubmit, seq: 2, endpoint: 2, length: 3, data: []byte{7, 8, 9}},
		{command: cmdUnlink, seq: 3, victim: 1},
		{command: cmdSubmit, seq: 4, endpoint: 0x83, length: 512},
	}
	r := bytes.NewReader(stream)
	for _, w := range want {
		got, err := readMessage(r)
		if err != nil {
			t.Fatalf("message %d: %v", w.seq, err)
		}
		if got.command != w.command || got.seq != w.seq || got.endpoint != w.endpoint || got.length != w.length ||
			got.setup != w.setup || got.victim != w.victim || !bytes.Equal(got.data, w.data) {
			t.Errorf("message %+v, want %+v", got, w)
		}
	}
	if _, err := readMessage(r); !errors.Is(err, io.EOF) {
		t.Errorf("after the last message: %v, want EOF", err)
	}
}

func TestCommandsThatMakeNoSenseAreRefused(t *testing.T) {
	tests := []struct {
		name   string
		stream []byte
	}{
		{"a reply", pdu(retSubmit, 1)},
		{"no command", pdu(0, 1)},
		{"endpoint 16", submitPDU(1, 1, 16, 4, [8]byte{})},
		{"direction 2", submitPDU(1, 2, 1, 4, [8]byte{})},
		{"a length that would take all memory", submitPDU(1, 1, 1, 0x7FFFFFFF, [8]byte{})},
		{"a negative length", submitPDU(1, 0, 1, 0xFFFFFFFF, [8]byte{})},
		{"isochronous", pdu(cmdSubmit, 1, deviceID, 1, 1, 0, 64, 0, 8)},
		{"half a header", pdu(cmdSubmit, 1)[:20]},
		{"half the data", submitPDU(1, 0, 2, 8, [8]byte{}, 1, 2, 3)},
		{"no data", submitPDU(1, 0, 2, 8, [8]byte{})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := readMessage(bytes.NewReader(tt.stream))
			if err == nil || errors.Is(err, io.EOF) {
				t.Errorf("message %+v, error %v; want an error that is no clean end", m, err)
			}
		})
	}
}

func TestRepliesHaveTheLayoutOfTheProtocol(t *testing.T) {
	in := message{command: cmdSubmit, seq: 9, endpoint: 0x81, length: 64}
	out := message{command: cmdSubmit, seq: 10, endpoint: 0x02, length: 5}
	tests := []struct {
		name string
		got  []byte
		want []byte
	}{
		{"data to the host", submitted(in, statusOK, []byte{1, 2}), append(pdu(retSubmit, 9, 0, 0, 0, 0, 2), 1, 2)},
		{"nothing to the host", submitted(in, statusOK, []byte{}), pdu(retSubmit, 9)},
		{"a stall", submitted(in, statusStall, nil), pdu(retSubmit, 10-1, 0, 0, 0, 0xFFFFFFE0)},
		{"data taken", submitted(out, statusOK, nil), pdu(retSubmit, 10, 0, 0, 0, 0, 5)},
		{"data refused", submitted(out, statusStall, nil), pdu(retSubmit, 10, 0, 0, 0, 0xFFFFFFE0)},
		{"unlinked", unlinked(message{seq: 11}, statusUnlinked), pdu(retUnlink, 11, 0, 0, 0, 0xFFFFFF98)},
		{"too late to unlink", unlinked(message{seq: 12}, statusOK), pdu(retUnlink, 12)},
	}
	for _, tt := range tests {
		if !bytes.Equal(tt.got, tt.want) {
			t.Errorf("%s:\n%x, want\n%x", tt.name, tt.got, tt.want)
		}
	}
}

// FuzzReadMessage: what comes from the kernel is either a command that adds up
// or an error.
func FuzzReadMessage(f *testing.F) {
	f.Add(submitPDU(1, 1, 0, 64, [8]byte{0x80, 6, 0, 1, 0, 0, 64, 0}))
	f.Add(submitPDU(2, 0, 2, 3, [8]byte{}, 7, 8, 9))
	f.Add(pdu(cmdUnlink, 3, deviceID, 0, 0, 1))
	f.Fuzz(func(t *testing.T, stream []byte) {
		m, err := readMessage(bytes.NewReader(stream))
		if err != nil {
			return
		}
		if m.endpoint&0x70 != 0 || m.length < 0 || m.length > maxTransfer {
			t.Errorf("message %+v", m)
		}
		if m.endpoint&toHost == 0 && m.command == cmdSubmit && len(m.data) != m.length {
			t.Errorf("%d bytes of data, but the length is %d", len(m.data), m.length)
		}
	})
}
