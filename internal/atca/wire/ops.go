package wire

import (
	"fmt"
	"slices"
	"time"
)

// Opcode is the second byte of a command group.
type Opcode byte

// Opcodes of the ATECC508A and ATECC608.
const (
	OpPause       Opcode = 0x01
	OpRead        Opcode = 0x02
	OpMAC         Opcode = 0x08
	OpHMAC        Opcode = 0x11
	OpWrite       Opcode = 0x12
	OpGenDig      Opcode = 0x15
	OpNonce       Opcode = 0x16
	OpLock        Opcode = 0x17
	OpRandom      Opcode = 0x1B
	OpDeriveKey   Opcode = 0x1C
	OpUpdateExtra Opcode = 0x20
	OpCounter     Opcode = 0x24
	OpCheckMac    Opcode = 0x28
	OpInfo        Opcode = 0x30
	OpGenKey      Opcode = 0x40
	OpSign        Opcode = 0x41
	OpECDH        Opcode = 0x43
	OpVerify      Opcode = 0x45
	OpPrivWrite   Opcode = 0x46
	OpSHA         Opcode = 0x47
	OpAES         Opcode = 0x51
	OpKDF         Opcode = 0x56
	OpSelfTest    Opcode = 0x77
	OpSecureBoot  Opcode = 0x80
)

// String is the name of the command.
func (o Opcode) String() string {
	if op, ok := LookupOp(o); ok {
		return op.Name
	}
	return fmt.Sprintf("opcode 0x%02x", byte(o))
}

// Part is a set of members of the family.
type Part uint8

// Members of the family.
const (
	Part508 Part = 1 << iota
	Part608

	bothParts = Part508 | Part608
)

// Divider is the clock divider of ChipMode, which stretches computations.
type Divider int

// Clock dividers, fastest first.
const (
	DividerM0 Divider = iota
	DividerM1
	DividerM2
)

// Again says what may be done when the answer to a command was lost.
type Again uint8

const (
	// Resend is for a command that changes nothing that a second run would change again.
	Resend Again = iota
	// Replay is for a command that consumes or builds on volatile state (TempKey, the
	// message digest buffer, the SHA context). Only the whole sequence may be
	// run again, from its first command.
	Replay
	// Never is for a command whose second run could destroy a key, burn a use or hide a lock. The
	// state is read back, or the outcome stays unknown.
	Never
)

// Lengths are the possible lengths of a payload, as ranges in ascending order.
type Lengths []struct{ From, To int }

// Has says whether n is one of them.
func (l Lengths) Has(n int) bool {
	for _, r := range l {
		if r.From <= n && n <= r.To {
			return true
		}
	}
	return false
}

// Max is the greatest of them.
func (l Lengths) Max() int { return l[len(l)-1].To }

// Op is what the host must know of a command before it sends it.
type Op struct {
	Code  Opcode
	Name  string
	Parts Part
	// Typical is when an answer can be expected with divider M0. Microchip
	// publishes no typical times for the 608; these are what users measured
	// and, for the rest, the 508A's. Polling starts a little earlier.
	Typical time.Duration
	// Max is the published upper bound for dividers M0, M1 and M2.
	Max [3]time.Duration
	// DataByte is set where a payload of one byte is data, not a status.
	DataByte bool

	answer
	// modes are those whose answer is another than the row's. The first that
	// fits counts.
	modes []mode
}

// answer is what can come back, and what to do when it does not.
type answer struct {
	payload Lengths
	again   Again
}

// mode is the answer to commands whose param1 under Mask equals Value.
type mode struct {
	Mask, Value byte
	answer
}

func (o Op) in(p1 byte) answer {
	for _, m := range o.modes {
		if p1&m.Mask == m.Value {
			return m.answer
		}
	}
	return o.answer
}

// Again says how a command of this kind with the given param1 may be repeated.
func (o Op) Again(p1 byte) Again { return o.in(p1).again }

// Payload is the possible lengths of a successful answer's payload. One means
// the status byte alone (or the data byte).
func (o Op) Payload(p1 byte) Lengths { return o.in(p1).payload }

const ms = time.Millisecond

func same(d time.Duration) [3]time.Duration { return [3]time.Duration{d, d, d} }

// Payloads that many commands have.
var (
	status  = Lengths{{1, 1}}
	bytes4  = Lengths{{4, 4}}
	bytes16 = Lengths{{16, 16}}
	bytes32 = Lengths{{32, 32}}
	bytes64 = Lengths{{64, 64}}
	context = Lengths{{36, 99}} // of SHA: 36 bytes, and up to 63 of a block that is not full yet
)

// ops is the table of commands, in order of opcode. A slow clock divider
// stretches only what the elliptic-curve engine and the hash do.
var ops = []Op{
	{
		Code: OpPause, Name: "Pause", Parts: Part508, Typical: ms / 10, Max: same(3 * ms),
		answer: answer{status, Resend},
	},
	{
		Code: OpRead, Name: "Read", Parts: bothParts, Typical: ms * 8 / 10, Max: same(5 * ms),
		answer: answer{bytes4, Resend},
		modes:  []mode{{Zone32, Zone32, answer{bytes32, Resend}}},
	},
	{
		Code: OpMAC, Name: "MAC", Parts: bothParts, Typical: 5 * ms, Max: same(55 * ms),
		answer: answer{bytes32, Replay},
	},
	{
		Code: OpHMAC, Name: "HMAC", Parts: Part508, Typical: 13 * ms, Max: same(23 * ms),
		answer: answer{bytes32, Replay},
	},
	{
		Code: OpWrite, Name: "Write", Parts: bothParts, Typical: 8 * ms, Max: same(45 * ms),
		answer: answer{status, Never},
	},
	{
		Code: OpGenDig, Name: "GenDig", Parts: bothParts, Typical: 5 * ms, Max: [3]time.Duration{25 * ms, 35 * ms, 35 * ms},
		answer: answer{status, Replay},
	},
	{
		Code: OpNonce, Name: "Nonce", Parts: bothParts, Typical: 7 * ms, Max: same(20 * ms),
		answer: answer{bytes32, Resend},
		modes:  []mode{{NonceTypeMask, NonceFixed, answer{status, Resend}}},
	},
	{
		Code: OpLock, Name: "Lock", Parts: bothParts, Typical: 19 * ms, Max: same(35 * ms),
		answer: answer{status, Never},
	},
	{
		Code: OpRandom, Name: "Random", Parts: bothParts, Typical: 15 * ms, Max: same(23 * ms),
		answer: answer{bytes32, Resend},
	},
	{
		Code: OpDeriveKey, Name: "DeriveKey", Parts: bothParts, Typical: 2 * ms, Max: same(50 * ms),
		answer: answer{status, Never},
	},
	{
		Code: OpUpdateExtra, Name: "UpdateExtra", Parts: bothParts, Typical: 8 * ms, Max: same(10 * ms),
		answer: answer{status, Never},
	},
	{
		Code: OpCounter, Name: "Counter", Parts: bothParts, Typical: 5 * ms, Max: same(25 * ms),
		answer: answer{bytes4, Never},
		modes:  []mode{{0xFF, CounterRead, answer{bytes4, Resend}}},
	},
	{
		Code: OpCheckMac, Name: "CheckMac", Parts: bothParts, Typical: 5 * ms, Max: same(40 * ms),
		answer: answer{status, Replay},
	},
	{
		Code: OpInfo, Name: "Info", Parts: bothParts, Typical: ms / 2, Max: same(5 * ms),
		answer: answer{bytes4, Resend},
	},
	{
		Code: OpGenKey, Name: "GenKey", Parts: bothParts, Typical: 59 * ms, Max: [3]time.Duration{115 * ms, 215 * ms, 653 * ms},
		answer: answer{bytes64, Resend},
		modes: []mode{
			{GenKeyPublicDigest, GenKeyPublicDigest, answer{status, Replay}}, // bits 2 and 3 mean nothing here
			{GenKeyCreate, GenKeyCreate, answer{bytes64, Never}},
			{GenKeyDigest, GenKeyDigest, answer{bytes64, Replay}},
		},
	},
	{
		Code: OpSign, Name: "Sign", Parts: bothParts, Typical: 62 * ms, Max: [3]time.Duration{115 * ms, 220 * ms, 665 * ms},
		answer: answer{bytes64, Replay},
	},
	{
		Code: OpECDH, Name: "ECDH", Parts: bothParts, Typical: 28 * ms, Max: [3]time.Duration{75 * ms, 172 * ms, 531 * ms},
		answer: answer{Lengths{{1, 1}, {32, 32}, {64, 64}}, Replay},
		modes: []mode{
			{ECDHTargetMask, ECDHToSlot, answer{status, Never}},
			{ECDHTargetMask, ECDHToTempKey, answer{status, Replay}},
			// The slot's configuration may send the secret to a slot.
			{ECDHTargetMask, ECDHCompatible, answer{Lengths{{1, 1}, {32, 32}, {64, 64}}, Never}},
		},
	},
	{
		Code: OpVerify, Name: "Verify", Parts: bothParts, Typical: 38 * ms, Max: [3]time.Duration{105 * ms, 295 * ms, 1085 * ms},
		answer: answer{status, Replay},
		modes: []mode{
			{VerifyValidate, VerifyValidate, answer{status, Never}}, // and invalidate
			{VerifyMAC, VerifyMAC, answer{bytes32, Replay}},
		},
	},
	{
		Code: OpPrivWrite, Name: "PrivWrite", Parts: bothParts, Typical: 8 * ms, Max: same(50 * ms),
		answer: answer{status, Never},
	},
	{
		Code: OpSHA, Name: "SHA", Parts: bothParts, Typical: 7 * ms, Max: [3]time.Duration{36 * ms, 42 * ms, 75 * ms},
		answer: answer{status, Replay},
		modes: []mode{
			{0xFF, SHAStart, answer{status, Resend}},
			{SHAModeMask, SHAEnd, answer{bytes32, Replay}},
			{SHAModeMask, SHAHMACEnd, answer{bytes32, Replay}},
			{SHAModeMask, SHAReadContext, answer{context, Replay}},
		},
	},
	{
		Code: OpAES, Name: "AES", Parts: Part608, Typical: 5 * ms, Max: same(27 * ms),
		answer: answer{bytes16, Replay},
	},
	{
		Code: OpKDF, Name: "KDF", Parts: Part608, Typical: 33 * ms, Max: same(165 * ms),
		answer: answer{Lengths{{1, 1}, {32, 32}, {64, 64}, {96, 96}}, Replay},
		modes: []mode{
			// A PRF may answer its second half, also when the first goes to a slot.
			{KDFTargetMask, KDFToSlot, answer{Lengths{{1, 1}, {32, 32}}, Never}},
		},
	},
	{
		Code: OpSelfTest, Name: "SelfTest", Parts: Part608, Typical: 100 * ms, Max: [3]time.Duration{250 * ms, 625 * ms, 2324 * ms},
		answer:   answer{status, Resend},
		DataByte: true,
	},
	{
		Code: OpSecureBoot, Name: "SecureBoot", Parts: Part608, Typical: 38 * ms, Max: [3]time.Duration{80 * ms, 160 * ms, 480 * ms},
		answer: answer{status, Replay},
		modes: []mode{
			{0x87, 0x87, answer{bytes32, Never}}, // a copy, with a MAC
			{0x07, 0x07, answer{status, Never}},
			{0x80, 0x80, answer{bytes32, Replay}},
		},
	},
}

// LookupOp returns the row of a command.
func LookupOp(code Opcode) (Op, bool) {
	for _, op := range ops {
		if op.Code == code {
			return op, true
		}
	}
	return Op{}, false
}

// Ops returns the table, in order of opcode.
func Ops() []Op { return slices.Clone(ops) }
