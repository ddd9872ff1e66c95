package sim

import "atecc/internal/atca/wire"

// numInSize is the length of what the host adds to a random nonce.
const numInSize = 20

// nonceModes are the legal values of param1, with the data they take.
var nonceModes = map[byte]struct {
	parts wire.Part
	data  int
}{
	wire.NonceRandom:                                     {bothParts, numInSize},
	wire.NonceRandomNoSeed:                               {bothParts, numInSize},
	wire.NonceFixed:                                      {bothParts, 32},
	wire.NonceFixed | wire.Nonce64:                       {wire.Part608, 64},
	wire.NonceFixed | wire.NonceMsgDigBuf:                {wire.Part608, 32},
	wire.NonceFixed | wire.NonceMsgDigBuf | wire.Nonce64: {wire.Part608, 64},
	wire.NonceFixed | wire.NonceAltKeyBuf:                {wire.Part608, 32},
}

// legalNonce: only a nonce that the chip makes can be a calculated one.
func legalNonce(p wire.Part, c wire.Command) bool {
	mode, ok := nonceModes[c.P1]
	calculates := c.P2 == wire.NonceCalculate && c.P1&wire.NonceTypeMask != wire.NonceFixed
	return ok && mode.parts&p != 0 && len(c.Data) == mode.data && (c.P2 == 0 || calculates)
}

// cmdNonce shows a random number to the host but keeps its hash with the host's
// own number: neither end decides alone what TempKey holds.
func (c *Chip) cmdNonce(cmd wire.Command) ([]byte, error) {
	switch {
	case cmd.P1&wire.NonceTypeMask == wire.NonceFixed:
		c.loadNonce(cmd)
		return nil, nil
	case cmd.P2 == wire.NonceCalculate:
		return c.calculateNonce(cmd)
	}
	out, err := c.random()
	if err != nil {
		return nil, err
	}
	c.state.tempKey = digestTempKey(wire.HashNonce(out, cmd.Data, cmd.P1), false)
	return out[:], nil
}

// loadNonce takes a value as it is. One for the message digest buffer or the
// alternate key buffer leaves TempKey as it was: Verify with a MAC needs both.
func (c *Chip) loadNonce(cmd wire.Command) {
	switch cmd.P1 & wire.NonceTargetMask {
	case wire.NonceMsgDigBuf:
		c.state.digest = digestBuffer{n: len(cmd.Data)}
		copy(c.state.digest.value[:], cmd.Data)
	case wire.NonceAltKeyBuf:
		key := [32]byte(cmd.Data)
		c.state.altKey = &key
	default:
		t := tempKey{valid: true, fixed: true, upper: len(cmd.Data) == 64}
		copy(t.value[:], cmd.Data)
		c.state.tempKey = t
	}
}

// calculateNonce hashes TempKey where a random nonce has a random number, so
// that a host and a chip can make the same nonce. The flags stay as they were;
// of the two sources that mention them, that is the complete one.
func (c *Chip) calculateNonce(cmd wire.Command) ([]byte, error) {
	if !c.state.tempKey.usable() {
		return nil, wire.StatusExecution
	}
	out := wire.HashNonce(c.state.tempKey.low(), cmd.Data, cmd.P1)
	c.state.tempKey.setLow(out)
	return out[:], nil
}
