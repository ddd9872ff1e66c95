package mcp2221

import (
	"fmt"
	"strings"
	"syscall"
)

// errNACK has the errno that the kernel's documentation asks for.
var errNACK = fmt.Errorf("nobody acknowledged: %w", syscall.ENXIO)

// fate is what a state of the engine means for a transfer.
type fate int

const (
	running  fate = iota
	finished      // well, or as far as was asked
	refused       // somebody did not acknowledge
	failed        // a line did not move
)

// state is the engine's own number for what it does.
type state byte

// States with a meaning of their own.
const (
	stateIdle     state = 0x00
	stateHeld     state = 0x45 // written, and no STOP sent, as asked
	statePartRead state = 0x54 // a report full of data waits, more is to come
	stateRead     state = 0x55 // the last data wait
	stateAddress  state = 0x21 // the address waits to go out, or for an answer
)

// states has those that say more than "at work". The upper half of the number
// is the step (START, address, data out, data in, STOP), the lower half what
// became of it; the times run out inside the bridge.
var states = map[state]struct {
	fate fate
	text string
}{
	stateIdle:     {finished, "idle"},
	stateHeld:     {finished, "holding the bus"},
	statePartRead: {finished, "holding data"},
	stateRead:     {finished, "holding data"},
	0x25:          {refused, "no acknowledgement"},
	0x12:          {failed, "no START within its time: SDA or SCL is held low"},
	0x17:          {failed, "no repeated START within its time: SDA or SCL is held low"},
	0x23:          {failed, "the address did not go out within its time: SCL is held low"},
	0x44:          {failed, "a byte did not go out within its time: SCL is held low"},
	0x52:          {failed, "no byte came in within its time: SCL is held low"},
	0x62:          {failed, "no STOP within its time: SDA or SCL is held low"},
}

// String is the state in words, with its number.
func (s state) String() string {
	row, ok := states[s]
	if !ok {
		row.text = "at work"
	}
	return fmt.Sprintf("%s (state 0x%02x)", row.text, byte(s))
}

// outcome says whether the state is the end of a transfer, and if it is a bad
// end, why.
func (s state) outcome() (done bool, err error) {
	switch states[s].fate {
	case running: // as is every state without a row
		return false, nil
	case refused:
		return false, errNACK
	case failed:
		return false, fmt.Errorf("the bus is stuck: %s", s)
	}
	return true, nil
}

// status is an answer to cmdStatus.
type status report

// status asks the bridge how it is.
func (b *Bus) status() (status, error) {
	answer, err := b.command(cmdStatus)
	return status(answer), err
}

func (s *status) state() state { return state(s[atStatusState]) }

// outcome is that of the last transfer. The flag outlives the state: after a
// refused byte the engine may be idle already.
func (s *status) outcome() (done bool, err error) {
	if s[atFlags]&flagNACK != 0 {
		return false, errNACK
	}
	return s.state().outcome()
}

// overdue is the error of a transfer that does not end. Some bridges stay at
// the address when nobody acknowledges it, and do not say so in another way.
func (s *status) overdue() error {
	if s.state() == stateAddress && s.lines() == nil {
		return errNACK
	}
	return s.stuck()
}

// stuck adds to the state what the lines are doing, because that is what the
// person with the wires can look at.
func (s *status) stuck() error {
	if err := s.lines(); err != nil {
		return fmt.Errorf("the transfer does not end: %s, %w", s.state(), err)
	}
	return fmt.Errorf("the transfer does not end: %s", s.state())
}

// lines reports a bus on which nothing can be sent. Both lines are high unless
// somebody pulls, or there is nothing that pulls them up.
func (s *status) lines() error {
	var low []string
	if s[atSCL] == 0 {
		low = append(low, "SCL")
	}
	if s[atSDA] == 0 {
		low = append(low, "SDA")
	}
	if len(low) == 0 {
		return nil
	}
	return fmt.Errorf("%s held low; the pull-up resistors are missing, or a chip pulls that has no power or stopped half-way through a read", strings.Join(low, " and "))
}
