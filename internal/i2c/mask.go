package i2c

import "atecc/internal/atca/wire"

// masker follows the exchange with one chip and says which bytes of each
// transfer may be shown. Keys and other secrets travel in clear in some
// commands and answers; what a trace shows ends up in bug reports. Whatever
// the masker does not understand it hides.
type masker struct {
	group  []byte // the command group so far
	pieces int    // the writes it came in
	clear  bool   // an answer, if there is one now, holds no secret
}

// headerEnd is where the data of a group starts: count, opcode, param1 and
// param2 are never secret.
const headerEnd = 5

// written is what the masker says of a write to the chip.
type written struct {
	shown  int    // how many bytes at its start may be shown
	group  []byte // the command group that it completes, or nil
	pieces int    // in how many writes that came
}

// request takes a write to the chip.
func (m *masker) request(w []byte, failed bool) written {
	if len(w) == 0 {
		return written{}
	}
	if w[0] != wire.WordCommand {
		m.drop() // each of the other word addresses empties the input
		return written{shown: 1}
	}
	start := len(m.group)
	m.group = append(m.group, w[1:]...)
	m.pieces++
	complete := len(m.group) > 0 && len(m.group) >= int(m.group[0])
	r := written{shown: 1 + max(0, min(m.visible(complete), len(m.group))-start)}
	if complete {
		r.group, r.pieces = m.group, m.pieces
	}
	if complete || failed {
		m.settle(complete && !failed)
	}
	return r
}

// visible is how much of the group so far may be shown.
func (m *masker) visible(complete bool) int {
	if len(m.group) < headerEnd {
		return 1
	}
	head := wire.Command{Op: wire.Opcode(m.group[1]), P1: m.group[2]}
	_, known := wire.LookupOp(head.Op)
	_, err := wire.ParseCommand(m.group)
	count := int(m.group[0])
	switch {
	case !known && err != nil:
		return 1 // nothing says that these bytes are a header
	case !known || head.SecretRequest() || complete && err != nil:
		return min(headerEnd, count)
	}
	return count
}

// settle ends a group. One that the bus reported as refused may yet have
// arrived, or the chip may still offer the answer before it: then the answer
// is clear only if it would be either way.
func (m *masker) settle(arrived bool) {
	c, err := wire.ParseCommand(m.group)
	_, known := wire.LookupOp(c.Op)
	harmless := err == nil && known && !c.SecretResponse()
	m.clear = harmless && (arrived || m.clear)
	m.drop()
}

func (m *masker) drop() { m.group, m.pieces = nil, 0 }

// answer returns how many bytes at the start of a read may be shown. A status
// is shown always: it is what people look for.
func (m *masker) answer(r []byte) int {
	if m.clear || allOnes(r) || isStatus(r) {
		return len(r)
	}
	return 0
}

// isStatus says whether r is a four-byte group and the padding behind it. No
// command answers with a secret that short.
func isStatus(r []byte) bool {
	payload, err := wire.ParseResponse(r)
	return err == nil && len(payload) == 1 && allOnes(r[wire.MinResponse:])
}
