package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Sizes of a group, the count byte and the CRC included.
const (
	MinResponse = 4   // count, one byte, CRC
	MinCommand  = 7   // count, opcode, param1, param2, CRC
	MaxFrame    = 155 // limit of the chip's input buffer

	crcSize    = 2
	headerSize = 5 // count, opcode, param1, param2
)

// Faults of a received group.
var (
	ErrCount = errors.New("impossible length")
	ErrCRC   = errors.New("CRC does not match")
)

// Command is one command group without its count and CRC.
type Command struct {
	Op   Opcode
	P1   byte
	P2   uint16
	Data []byte
}

// Frame is the group as it travels after the word address: count, opcode,
// param1, param2 (low byte first), data, CRC (low byte first).
func (c Command) Frame() ([]byte, error) {
	n := headerSize + len(c.Data) + crcSize
	if n > MaxFrame {
		return nil, fmt.Errorf("%s: %d data bytes make a group of %d, the limit is %d", c.Op, len(c.Data), n, MaxFrame)
	}
	f := make([]byte, 0, n)
	f = append(f, byte(n), byte(c.Op), c.P1)
	f = binary.LittleEndian.AppendUint16(f, c.P2)
	f = append(f, c.Data...)
	return binary.LittleEndian.AppendUint16(f, CRC16(f)), nil
}

// ParseCommand takes a command group apart. The group must be exactly as long
// as its count says. Data aliases frame.
func ParseCommand(frame []byte) (Command, error) {
	body, err := checked(frame, MinCommand)
	if err != nil {
		return Command{}, err
	}
	if len(body)+crcSize != len(frame) {
		return Command{}, fmt.Errorf("count says %d, group has %d bytes: %w", frame[0], len(frame), ErrCount)
	}
	return Command{
		Op:   Opcode(body[1]),
		P1:   body[2],
		P2:   binary.LittleEndian.Uint16(body[3:]),
		Data: body[headerSize:],
	}, nil
}

// Response frames a payload (a status byte or data) as the chip answers it.
func Response(payload []byte) []byte {
	n := 1 + len(payload) + crcSize
	f := make([]byte, 0, n)
	f = append(f, byte(n))
	f = append(f, payload...)
	return binary.LittleEndian.AppendUint16(f, CRC16(f))
}

// ParseResponse returns the payload of an answer. The chip pads a read beyond
// its answer with 0xFF, so buf may be longer than the group; it may not be
// shorter. The payload aliases buf.
func ParseResponse(buf []byte) ([]byte, error) {
	body, err := checked(buf, MinResponse)
	if err != nil {
		return nil, err
	}
	return body[1:], nil
}

// checked returns the group at the start of buf without its CRC, after
// checking count and CRC.
func checked(buf []byte, minimum int) ([]byte, error) {
	if len(buf) == 0 {
		return nil, fmt.Errorf("no bytes: %w", ErrCount)
	}
	n := int(buf[0])
	if n < minimum || n > MaxFrame || n > len(buf) {
		return nil, fmt.Errorf("count says %d, %d bytes are there: %w", n, len(buf), ErrCount)
	}
	body, sum := buf[:n-crcSize], binary.LittleEndian.Uint16(buf[n-crcSize:])
	if want := CRC16(body); sum != want {
		return nil, fmt.Errorf("got %04x, computed %04x: %w", sum, want, ErrCRC)
	}
	return body, nil
}
