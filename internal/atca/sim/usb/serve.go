package usb

import (
	"context"
	"errors"
	"io"
	"slices"
	"syscall"
	"time"
)

// maxWaiting bounds the transfers to the host that wait for data.
const maxWaiting = 256

// link is the connection between the kernel and one device. Everything happens
// in the one goroutine of run, in the order in which the kernel asks, so that
// devices need no locks. A transfer that makes I2C traffic takes as long as the
// bits do, and what the kernel asks meanwhile waits, as on a part whose
// firmware does one thing at a time.
type link struct {
	device  *device
	kernel  io.Writer
	waiting []message // transfers to the host that the device has no data for
}

// serve answers the kernel until ctx ends or the kernel lets go, and closes
// the connection, which is to pull the plug. Both are a good end.
func serve(ctx context.Context, kernel io.ReadWriteCloser, d *device) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// A read that waits for the kernel is ended by closing the connection.
	closed := make(chan error, 1)
	context.AfterFunc(ctx, func() { closed <- kernel.Close() })

	messages := make(chan message)
	ended := make(chan error, 1)
	go func() { ended <- receive(ctx, kernel, messages) }()

	err := (&link{device: d, kernel: kernel}).run(ctx, messages, ended)
	unplugged := ctx.Err() != nil
	cancel()
	return errors.Join(d.err(), goodEnd(err, unplugged), <-closed)
}

// goodEnd leaves out the errors that only say that the connection is over.
func goodEnd(err error, unplugged bool) error {
	if unplugged || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}

// receive hands on what the kernel asks for.
func receive(ctx context.Context, kernel io.Reader, messages chan<- message) error {
	for {
		m, err := readMessage(kernel)
		if err != nil {
			return err
		}
		select {
		case messages <- m:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// run is the device's life.
func (l *link) run(ctx context.Context, messages <-chan message, ended <-chan error) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case m := <-messages:
			if err := l.handle(m); err != nil {
				return err
			}
		case <-timer.C:
		case err := <-ended:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
		again, err := l.deliver()
		if err != nil {
			return err
		}
		if again > 0 {
			timer.Reset(again)
		}
		if l.device.err() != nil {
			return nil // for serve to report
		}
	}
}

// handle does one command of the kernel.
func (l *link) handle(m message) error {
	switch {
	case m.command == cmdUnlink:
		return l.unlink(m)
	case m.endpoint&^toHost == 0:
		return l.control(m)
	case !l.device.has(m.endpoint):
		return l.send(submitted(m, statusStall, nil))
	case m.endpoint&toHost == 0:
		return l.out(m)
	case len(l.waiting) == maxWaiting: // no driver needs more than a few
		return errors.New("the kernel has too many transfers under way")
	}
	l.waiting = append(l.waiting, m)
	return nil
}

func (l *link) control(m message) error {
	s := parseSetup(m.setup)
	data, ok := l.device.control(s, m.data)
	if !ok {
		return l.send(submitted(m, statusStall, nil))
	}
	return l.send(submitted(m, statusOK, data[:min(len(data), int(s.length), m.length)]))
}

func (l *link) out(m message) error {
	if !l.device.out(m.endpoint, m.data) {
		return l.send(submitted(m, statusStall, nil))
	}
	return l.send(submitted(m, statusOK, nil))
}

// unlink drops a transfer that waits. It gets no reply of its own any more.
// The kernel does that when a driver's timeout is over, and when a driver or a
// program lets go of the device.
func (l *link) unlink(m message) error {
	i := slices.IndexFunc(l.waiting, func(w message) bool { return w.seq == m.victim })
	if i < 0 {
		return l.send(unlinked(m, statusOK))
	}
	l.waiting = slices.Delete(l.waiting, i, i+1)
	return l.send(unlinked(m, statusUnlinked))
}

// deliver gives the transfers that wait what the device has for them, in their
// order, and says when to try again.
func (l *link) deliver() (again time.Duration, err error) {
	var left []message
	empty := map[byte]bool{}
	for _, m := range l.waiting {
		if empty[m.endpoint] { // who came first is served first
			left = append(left, m)
			continue
		}
		data, soon := l.device.in(m.endpoint, m.length)
		if data == nil {
			empty[m.endpoint] = true
			left = append(left, m)
			again = earlier(again, soon)
			continue
		}
		if err := l.send(submitted(m, statusOK, data)); err != nil {
			return 0, err
		}
	}
	l.waiting = left
	return again, nil
}

// earlier is the shorter of two times, where 0 is never.
func earlier(a, b time.Duration) time.Duration {
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}

func (l *link) send(b []byte) error {
	_, err := l.kernel.Write(b)
	return err
}
