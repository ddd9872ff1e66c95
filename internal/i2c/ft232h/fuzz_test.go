package ft232h

import (
	"errors"
	"slices"
	"syscall"
	"testing"
	"time"

	"atecc/internal/i2c"
)

// noise is a bridge that answers whatever it was given, and then nothing.
type noise struct {
	packets []byte
}

func (*noise) Close() error { return nil }

func (*noise) Control(byte, byte, uint16, uint16, []byte, time.Duration) (int, error) { return 0, nil }

func (n *noise) Transfer(endpoint byte, data []byte, _ time.Duration) (int, error) {
	if endpoint&0x80 == 0 {
		return len(data), nil
	}
	if len(n.packets) == 0 {
		return 0, syscall.ETIMEDOUT
	}
	sent := copy(data, n.packets)
	n.packets = n.packets[sent:]
	return sent, nil
}

// Whatever a bridge answers, a transfer is a success, a refusal or an error,
// and what it read is what came behind the status bytes.
func FuzzAnyAnswerIsASuccessARefusalOrAnError(f *testing.F) {
	f.Add(uint8(0), uint8(0), []byte{0x32, 0x60, 0x05, 0x00})
	f.Add(uint8(2), uint8(0), []byte{0x32, 0x60, 0x05, 0x00, 0x01, 0x00})
	f.Add(uint8(0), uint8(4), []byte{0x32, 0x60, 0x05, 0x00, 0x04, 0x11, 0x33, 0x43})
	f.Add(uint8(0), uint8(4), []byte{0x32, 0x60, 0xFA, 0x8A})
	f.Add(uint8(1), uint8(1), []byte{0x32})
	f.Fuzz(func(t *testing.T, write, read uint8, packets []byte) {
		b := newBus(part232, 0, 199)
		b.port.dev, b.ready = &noise{slices.Clone(packets)}, true
		r := make([]byte, read)
		err := b.Tx(chipAddr, make([]byte, write), r)
		if err == nil && len(packets) <= statusBytes {
			t.Error("a transfer without an answer succeeded")
		}
		if kept := err == nil || i2c.IsNACK(err); kept != b.ready {
			t.Errorf("ready %t after %v", b.ready, err)
		}
		if err != nil && !i2c.IsNACK(err) && errors.Is(err, syscall.ENXIO) {
			t.Errorf("%v is and is not a refusal", err)
		}
	})
}
