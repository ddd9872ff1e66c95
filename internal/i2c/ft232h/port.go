package ft232h

import (
	"bytes"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// device is what is needed of a *usbfs.Device.
type device interface {
	Control(requestType, request byte, value, index uint16, data []byte, timeout time.Duration) (int, error)
	Transfer(endpoint byte, data []byte, timeout time.Duration) (int, error)
	Close() error
}

// Vendor requests to the bridge, and their values.
const (
	vendorOut = 0x40

	requestReset   = 0x00
	requestLatency = 0x09
	requestMode    = 0x0B

	resetAll     = 0
	dropToSend   = 1
	dropReceived = 2

	modeSerial = 0x00 << 8
	modeMPSSE  = 0x02 << 8

	// After this many milliseconds the bridge sends what it has. Every order
	// list ends in opAnswerNow; this is for what that does not cover.
	shortLatency   = 1
	defaultLatency = 16
)

const (
	// patience is how long a bridge may take for a list: the longest there is
	// takes half a second on the slowest bus.
	patience = 2 * time.Second

	syncAttempts = 5
	syncPatience = 100 * time.Millisecond

	// statusBytes begin each packet from the bridge: the modem lines of the
	// serial port that it also is.
	statusBytes = 2
)

// port is one channel of a bridge.
type port struct {
	dev     device
	channel int
	packet  int // size of a USB packet from the bridge
}

func (p *port) control(request byte, value uint16) error {
	// Here channels count from one.
	if _, err := p.dev.Control(vendorOut, request, value, uint16(p.channel+1), nil, patience); err != nil {
		return usbError(err)
	}
	return nil
}

// enter starts the engine, whatever the bridge did before, and makes sure that
// it and we begin with the same order.
func (p *port) enter() error {
	for _, r := range []struct {
		request byte
		value   uint16
	}{
		{requestReset, resetAll},
		{requestLatency, shortLatency},
		{requestMode, modeSerial},
		{requestReset, dropToSend},
		{requestReset, dropReceived},
		{requestMode, modeMPSSE},
	} {
		if err := p.control(r.request, r.value); err != nil {
			return err
		}
	}
	return p.synchronise()
}

// leave makes it a serial port again, as its driver expects to find it.
func (p *port) leave() error {
	return errors.Join(
		p.control(requestMode, modeSerial),
		p.control(requestLatency, defaultLatency),
	)
}

// synchronise asks what is no order until the engine says so. By that it also
// proves to have an engine. Asking once is not always enough: the engine may
// take the question for data of an order that was cut short.
func (p *port) synchronise() error {
	echo := []byte{answerBad, opUnknown}
	for range syncAttempts {
		if err := p.send([]byte{opUnknown}); err != nil {
			return err
		}
		got, err := p.collect(syncPatience, func(got []byte) bool { return bytes.HasSuffix(got, echo) })
		if err != nil || bytes.HasSuffix(got, echo) {
			return err
		}
	}
	return errors.New("its serial engine (MPSSE) does not answer: the bridge hangs, or its EEPROM gives it another function")
}

// exchange sends orders and returns their n bytes of answer. The answer is not
// there before the bits have passed on the wire; who asks earlier gets an empty
// packet a millisecond, each a round trip of its own.
func (p *port) exchange(orders []byte, n int, wire time.Duration) ([]byte, error) {
	if n > 0 {
		orders = append(orders, opAnswerNow)
	}
	if err := p.send(orders); err != nil || n == 0 {
		return nil, err
	}
	if wire > shortLatency*time.Millisecond {
		time.Sleep(wire)
	}
	got, err := p.collect(patience, func(got []byte) bool { return len(got) >= n })
	switch {
	case err != nil:
		return nil, err
	case len(got) > n && got[0] == answerBad:
		return nil, fmt.Errorf("its serial engine does not know order 0x%02x: it is not one of the H series", got[1])
	case len(got) != n:
		return nil, fmt.Errorf("its serial engine answered %d bytes where %d were due", len(got), n)
	}
	return got, nil
}

func (p *port) send(orders []byte) error {
	n, err := p.dev.Transfer(byte(2*p.channel+2), orders, patience)
	if err != nil {
		return usbError(err)
	}
	if n != len(orders) {
		return fmt.Errorf("usb: the bridge took %d bytes of %d", n, len(orders))
	}
	return nil
}

// collect reads packets until done or until the time is up. The bridge sends
// empty ones while it has nothing to say.
func (p *port) collect(limit time.Duration, done func([]byte) bool) ([]byte, error) {
	// More than a packet would wait for a second one when the first is full, and
	// less would be an error of USB.
	buf := make([]byte, p.packet)
	var got []byte
	deadline := time.Now().Add(limit)
	for left := limit; left > 0 && !done(got); left = time.Until(deadline) {
		n, err := p.dev.Transfer(byte(0x80|(2*p.channel+1)), buf, left)
		if errors.Is(err, syscall.ETIMEDOUT) {
			break
		}
		if err != nil {
			return nil, usbError(err)
		}
		got = append(got, buf[min(statusBytes, n):n]...)
	}
	return got, nil
}
