package ft232h

import "errors"

// script returns an empty list.
func (b *Bus) script() *script {
	return &script{driveZero: b.driveZero, repeat: holds(b.divisor)}
}

// scriptFromRest returns a list that begins on a bus at rest, and that proves
// it: looking at the lines in the same list costs no time.
func (b *Bus) scriptFromRest() *script {
	s := b.script()
	s.levels()
	s.fromRest = true
	return s
}

// run sends the list and returns what it answers, without the levels at rest.
func (b *Bus) run(s *script) ([]byte, error) {
	got, err := b.port.exchange(s.out, s.answers, b.wireTime(s.answers))
	if err != nil || !s.fromRest {
		return got, err
	}
	if err := atRest(got[0]); err != nil {
		return nil, err
	}
	return got[1:], nil
}

// prepare brings engine and lines in order, if they are not. Whatever was going
// on before, in this program or in one that was killed, may have left a device
// in the middle of a byte, with SDA low.
func (b *Bus) prepare() error {
	if b.ready {
		return nil
	}
	if err := b.port.enter(); err != nil {
		return err
	}
	err := b.setUp()
	var line *LineError
	if errors.As(err, &line) && !line.SCL {
		err = b.freeSDA()
	}
	if err == nil {
		err = b.checkWiring()
	}
	b.ready = err == nil
	return err
}

// setUp configures the engine and lets go of both lines.
func (b *Bus) setUp() error {
	s := b.script()
	s.out = append(s.out, opFullClock, opAdaptiveOff, opThreePhase, opLoopbackOff)
	s.clock(b.divisor)
	if s.driveZero {
		s.out = append(s.out, opDriveZero, pinSCL|pinSDA, 0)
	}
	return b.rest(s)
}

// rest ends a list with a bus at rest and checks that it is.
func (b *Bus) rest(s *script) error {
	s.hold(high, high)
	s.levels()
	got, err := b.run(s)
	if err != nil {
		return err
	}
	return atRest(got[len(got)-1])
}

// freeSDA makes a device that was interrupted finish its byte: nine clocks with
// SDA let go, of which one is an acknowledge bit that nobody gives. The chip's
// data sheet and the I2C specification describe it.
func (b *Bus) freeSDA() error {
	s := b.script()
	s.read(true)
	s.stop()
	return b.rest(s)
}

// checkWiring pulls SDA low with one pin and looks with the other.
func (b *Bus) checkWiring() error {
	s := b.scriptFromRest()
	s.hold(high, low)
	s.levels()
	s.hold(high, high)
	got, err := b.run(s)
	if err != nil {
		return err
	}
	if got[0]&pinSDAIn != 0 {
		return errNotJoined
	}
	return nil
}
