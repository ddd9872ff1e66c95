package usb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"syscall"
)

// USB/IP has four kinds of messages once a device is attached. All begin with
// a header of 48 bytes, big-endian (Documentation/usb/usbip_protocol.rst in
// the kernel's source).
const (
	cmdSubmit = 1 // do a transfer
	cmdUnlink = 2 // forget about one
	retSubmit = 3
	retUnlink = 4

	headerSize = 48

	// maxTransfer bounds what one message can make us allocate. No Linux
	// driver of a bridge comes near it.
	maxTransfer = 1 << 20

	toHost = 0x80 // direction bit of an endpoint address
)

// statusOK and others are the outcome of a transfer: a negative errno.
const (
	statusOK       = 0
	statusStall    = -int32(syscall.EPIPE)
	statusUnlinked = -int32(syscall.ECONNRESET)
)

// message is a command of the kernel.
type message struct {
	command  uint32
	seq      uint32
	endpoint byte    // with toHost
	length   int     // bytes that come, or that there is room for
	setup    [8]byte // of a control transfer
	data     []byte  // what comes
	victim   uint32  // seq of the transfer to forget
}

// readMessage reads the next command. The error is io.EOF when the kernel has
// let go between two of them.
func readMessage(r io.Reader) (message, error) {
	var h [headerSize]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return message{}, err
	}
	field := func(offset int) uint32 { return binary.BigEndian.Uint32(h[offset:]) }
	m := message{command: field(0), seq: field(4)}
	switch m.command {
	case cmdUnlink:
		m.victim = field(20)
		return m, nil
	case cmdSubmit:
		return readSubmit(r, m, h)
	}
	return message{}, fmt.Errorf("USB/IP command 0x%x is neither submit nor unlink", m.command)
}

// readSubmit reads what is particular to a transfer: flags, which do not matter
// here, the length, and fields for isochronous transfers. The setup packet is
// there for endpoint 0 only, and zero otherwise. Data follows the header when
// it goes to the device.
func readSubmit(r io.Reader, m message, h [headerSize]byte) (message, error) {
	field := func(offset int) uint32 { return binary.BigEndian.Uint32(h[offset:]) }
	direction, endpoint, length := field(12), field(16), field(24)
	if direction > 1 || endpoint > 0x0F {
		return message{}, fmt.Errorf("USB/IP transfer for endpoint %d in direction %d", endpoint, direction)
	}
	if length > maxTransfer {
		return message{}, fmt.Errorf("USB/IP transfer of %d bytes is longer than %d", length, maxTransfer)
	}
	// Isochronous transfers have more fields; they are told by this count.
	// Newer kernels say "none" with all bits set.
	if packets := field(32); packets != 0 && packets != 0xFFFFFFFF {
		return message{}, errors.New("USB/IP transfer is isochronous, but no bridge has such endpoints")
	}
	m.endpoint = byte(endpoint)
	m.length = int(length)
	m.setup = [8]byte(h[40:48])
	if direction == 1 {
		m.endpoint |= toHost
		return m, nil
	}
	m.data = make([]byte, length)
	if _, err := io.ReadFull(r, m.data); err != nil {
		return message{}, fmt.Errorf("USB/IP transfer ends early: %w", noEOF(err))
	}
	return m, nil
}

// noEOF is for an end in the middle of a message, which is no clean one.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// submitted is the reply to a transfer; data is what goes to the host. Where it
// went to the device, the length tells how much was taken, which is all of it:
// the host is not told in pieces. The kernel checks that the length is not more
// than it asked for, and counts packets only of isochronous transfers.
func submitted(m message, status int32, data []byte) []byte {
	actual := len(data)
	if m.endpoint&toHost == 0 && status == statusOK {
		actual, data = m.length, nil
	}
	b := reply(retSubmit, m.seq, status)
	binary.BigEndian.PutUint32(b[24:], uint32(actual))
	return append(b, data...)
}

// unlinked is the reply to an unlink. The status is statusUnlinked where the
// transfer was still waiting, and statusOK where its reply was sent before.
func unlinked(m message, status int32) []byte {
	return reply(retUnlink, m.seq, status)
}

func reply(command, seq uint32, status int32) []byte {
	b := make([]byte, headerSize)
	binary.BigEndian.PutUint32(b[0:], command)
	binary.BigEndian.PutUint32(b[4:], seq)
	binary.BigEndian.PutUint32(b[20:], uint32(status))
	return b
}
