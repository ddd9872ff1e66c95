package sim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"hash"

	"atecc/internal/atca/wire"
)

// shaContext is an open computation; the zero value is none. The 608 keeps it
// through other commands and through idle.
type shaContext struct {
	sum   hash.Hash
	keyed bool // an HMAC
}

const (
	shaBlock = 64
	// contextSize is a context without pending bytes: the length so far and
	// the eight words of SHA-256's state, each low byte first.
	contextSize = 4 + 8*4
)

// shaModes are the legal values of param1, with the lengths of their data.
var shaModes = map[byte]struct {
	parts         wire.Part
	shortest, max int
}{
	wire.SHAStart:     {bothParts, 0, 0},
	wire.SHAUpdate:    {bothParts, 1, shaBlock},
	wire.SHAEnd:       {bothParts, 0, shaBlock},
	wire.SHAPublic:    {bothParts, 0, 0},
	wire.SHAHMACStart: {bothParts, 0, 0},
	wire.SHAHMACEnd:   {wire.Part508, 0, shaBlock},

	wire.SHAEnd | wire.SHATargetMsgDigBuf: {wire.Part608, 0, shaBlock},
	wire.SHAEnd | wire.SHATargetOutput:    {wire.Part608, 0, shaBlock},

	wire.SHAReadContext:  {wire.Part608, 0, 0},
	wire.SHAWriteContext: {wire.Part608, contextSize, contextSize + shaBlock - 1},
}

// legalSHA: where there is data, param2 repeats its length; where there is
// none, it is a slot or zero.
func legalSHA(p wire.Part, c wire.Command) bool {
	mode, ok := shaModes[c.P1]
	if !ok || mode.parts&p == 0 || len(c.Data) < mode.shortest || len(c.Data) > mode.max {
		return false
	}
	switch c.P1 {
	case wire.SHAPublic:
		return slotNumber(c.P2)
	case wire.SHAHMACStart:
		return slotNumber(c.P2) || p == wire.Part608 && c.P2 == wire.KeyIDTempKey
	}
	return int(c.P2) == len(c.Data) && (p == wire.Part608 || legalLength508(c))
}

// legalLength508: that part takes whole blocks until the end, which is shorter.
func legalLength508(c wire.Command) bool {
	if c.P1 == wire.SHAUpdate {
		return len(c.Data) == shaBlock
	}
	return len(c.Data) < shaBlock
}

// cmdSHA works in every lock state as long as no slot is involved. A start
// drops what was open before.
func (c *Chip) cmdSHA(cmd wire.Command) ([]byte, error) {
	if c.part() == wire.Part508 {
		c.state.tempKey = tempKey{} // there the computation takes its place
	}
	ctx := &c.state.sha
	mode := cmd.P1 & wire.SHAModeMask
	switch mode {
	case wire.SHAStart:
		*ctx = shaContext{sum: sha256.New()}
		return nil, nil
	case wire.SHAHMACStart:
		return nil, c.startHMAC(cmd.P2)
	case wire.SHAWriteContext:
		return nil, ctx.restore(cmd.Data)
	}
	if ctx.sum == nil {
		return nil, wire.StatusExecution // nothing was started
	}
	switch mode {
	case wire.SHAUpdate:
		ctx.sum.Write(cmd.Data)
		return nil, nil
	case wire.SHAPublic:
		return nil, c.hashPublic(int(cmd.P2))
	case wire.SHAReadContext:
		return ctx.save()
	}
	return c.endSHA(cmd)
}

// endSHA returns the digest and leaves it where the mode says. The sources are
// silent on TempKey's flags after that: a digest of the host's counts as a
// fixed value here.
func (c *Chip) endSHA(cmd wire.Command) ([]byte, error) {
	ctx := c.state.sha
	if c.part() == wire.Part508 && ctx.keyed != (cmd.P1 == wire.SHAHMACEnd) {
		return nil, wire.StatusExecution
	}
	ctx.sum.Write(cmd.Data)
	digest := ctx.sum.Sum(nil)
	c.state.sha = shaContext{}
	switch cmd.P1 & wire.SHATargetMask {
	case wire.SHATargetTempKey:
		c.state.tempKey = digestTempKey([32]byte(digest), true)
	case wire.SHATargetMsgDigBuf:
		c.state.digest = digestBuffer{n: len(digest)}
		copy(c.state.digest.value[:], digest)
	}
	return digest, nil
}

// startHMAC starts an HMAC with the first 32 bytes of a slot, or with TempKey.
func (c *Chip) startHMAC(p2 uint16) error {
	if p2 == wire.KeyIDTempKey {
		t := c.state.tempKey
		if !t.usable() || t.noMac {
			return wire.StatusExecution
		}
		c.state.sha = shaContext{hmac.New(sha256.New, t.value[:32]), true}
		return nil
	}
	z := c.mem.config
	slot := z.Slot(int(p2))
	if !z.ConfigLocked() || slot.Key.Private() || z.DataLocked() && slot.Config.NoMac() {
		return wire.StatusExecution
	}
	if err := c.use(keyUse{slot: slot, ready: true}); err != nil {
		return err
	}
	key := c.mem.secret(slot.Number)
	c.state.sha = shaContext{hmac.New(sha256.New, key[:]), true}
	return nil
}

// hashPublic appends a stored public key to the message. On the 508A it is part
// of a check of certificates that this chip does not do; whether the 608 still
// has it, the public sources leave open.
func (c *Chip) hashPublic(slot int) error {
	if !c.mem.config.ConfigLocked() || !publicKeySlot(c.mem.config.Slot(slot)) {
		return wire.StatusExecution
	}
	public := c.mem.storedPublic(slot)
	c.state.sha.sum.Write(public[:])
	return nil
}

// Layout in which the standard library saves a SHA-256 computation: a mark,
// the state and the pending block, and the length so far, high byte first. It
// promises only to read back what it wrote; a test with a context that was read
// from a real chip tells if the layout ever changes.
const (
	savedMark   = "sha\x03"
	savedState  = len(savedMark)
	savedBlock  = savedState + 8*4
	savedLength = savedBlock + shaBlock
	savedSize   = savedLength + 8
)

// save writes the context as the chip does: length, state, pending bytes.
// That of an HMAC stays inside.
func (s shaContext) save() ([]byte, error) {
	m, ok := s.sum.(encoding.BinaryMarshaler)
	if !ok || s.keyed {
		return nil, wire.StatusExecution
	}
	saved, err := m.MarshalBinary()
	if err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint64(saved[savedLength:])
	out := binary.LittleEndian.AppendUint32(nil, uint32(n))
	out = append(out, swapWords(saved[savedState:savedBlock])...)
	return append(out, saved[savedBlock:savedBlock+int(n%shaBlock)]...), nil
}

// restore continues a saved computation. As many bytes must be pending as the
// length leaves over.
func (s *shaContext) restore(context []byte) error {
	n, pending := binary.LittleEndian.Uint32(context), context[contextSize:]
	if int(n%shaBlock) != len(pending) {
		return wire.StatusParse
	}
	saved := make([]byte, savedSize)
	copy(saved, savedMark)
	copy(saved[savedState:], swapWords(context[4:contextSize]))
	copy(saved[savedBlock:], pending)
	binary.BigEndian.PutUint64(saved[savedLength:], uint64(n))
	sum := sha256.New()
	u, ok := sum.(encoding.BinaryUnmarshaler)
	if !ok {
		return wire.StatusExecution
	}
	if err := u.UnmarshalBinary(saved); err != nil {
		return err
	}
	*s = shaContext{sum: sum}
	return nil
}

// swapWords turns the byte order of each word around.
func swapWords(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for ; len(b) > 0; b = b[4:] {
		out = binary.LittleEndian.AppendUint32(out, binary.BigEndian.Uint32(b))
	}
	return out
}
