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

// rule gives a value for commands whose param1 under Mask equals Value. Of a
// list of rules the first that fits counts; the last fits always.
type rule[T any] struct {
	Mask, Value byte
	Then        T
}

func pick[T any](rules []rule[T], p1 byte) T {
	for _, r := range rules {
		if p1&r.Mask == r.Value {
			return r.Then
		}
	}
	panic("a list of rules without a last one")
}

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

	payloads []rule[[]int]
	again    []rule[Again]
}

// Again says how a command of this kind with the given param1 may be repeated.
func (o Op) Again(p1 byte) Again { return pick(o.again, p1) }

// Payloads are the possible lengths of a successful answer's payload, in
// ascending order. One means the status byte alone (or the data byte).
func (o Op) Payloads(p1 byte) []int { return pick(o.payloads, p1) }

const ms = time.Millisecond

// always gives the same for every param1.
func always[T any](v T) []rule[T] { return []rule[T]{{Then: v}} }

// onlyIf gives v where param1&mask == value, and otherwise for the rest.
func onlyIf[T any](mask, value byte, v, otherwise T) []rule[T] {
	return []rule[T]{{mask, value, v}, {Then: otherwise}}
}

// exactly gives lengths, the same for every param1.
func exactly(lengths ...int) []rule[[]int] { return always(lengths) }

// lengthIf gives one length where param1&mask == value, and another otherwise.
func lengthIf(mask, value byte, length, otherwise int) []rule[[]int] {
	return onlyIf(mask, value, []int{length}, []int{otherwise})
}

func same(d time.Duration) [3]time.Duration { return [3]time.Duration{d, d, d} }

// shaContext: 36 bytes, and up to 63 of a block that is not full yet.
var shaContext = func() (lengths []int) {
	for n := 36; n <= 99; n++ {
		lengths = append(lengths, n)
	}
	return lengths
}()

// ops is the table of commands, in order of opcode. A slow clock divider
// stretches only what the elliptic-curve engine and the hash do.
var ops = []Op{
	{Code: OpPause, Name: "Pause", Parts: Part508, Typical: ms / 10, Max: same(3 * ms), payloads: exactly(1), again: always(Resend)},
	{Code: OpRead, Name: "Read", Parts: bothParts, Typical: ms * 8 / 10, Max: same(5 * ms), payloads: lengthIf(Zone32, Zone32, 32, 4), again: always(Resend)},
	{Code: OpMAC, Name: "MAC", Parts: bothParts, Typical: 5 * ms, Max: same(55 * ms), payloads: exactly(32), again: always(Replay)},
	{Code: OpHMAC, Name: "HMAC", Parts: Part508, Typical: 13 * ms, Max: same(23 * ms), payloads: exactly(32), again: always(Replay)},
	{Code: OpWrite, Name: "Write", Parts: bothParts, Typical: 8 * ms, Max: same(45 * ms), payloads: exactly(1), again: always(Never)},
	{Code: OpGenDig, Name: "GenDig", Parts: bothParts, Typical: 5 * ms, Max: [3]time.Duration{25 * ms, 35 * ms, 35 * ms}, payloads: exactly(1), again: always(Replay)},
	{Code: OpNonce, Name: "Nonce", Parts: bothParts, Typical: 7 * ms, Max: same(20 * ms), payloads: lengthIf(NonceTypeMask, NonceFixed, 1, 32), again: always(Resend)},
	{Code: OpLock, Name: "Lock", Parts: bothParts, Typical: 19 * ms, Max: same(35 * ms), payloads: exactly(1), again: always(Never)},
	{Code: OpRandom, Name: "Random", Parts: bothParts, Typical: 15 * ms, Max: same(23 * ms), payloads: exactly(32), again: always(Resend)},
	{Code: OpDeriveKey, Name: "DeriveKey", Parts: bothParts, Typical: 2 * ms, Max: same(50 * ms), payloads: exactly(1), again: always(Never)},
	{Code: OpUpdateExtra, Name: "UpdateExtra", Parts: bothParts, Typical: 8 * ms, Max: same(10 * ms), payloads: exactly(1), again: always(Never)},
	{Code: OpCounter, Name: "Counter", Parts: bothParts, Typical: 5 * ms, Max: same(25 * ms), payloads: exactly(4), again: onlyIf(0xFF, CounterRead, Resend, Never)},
	{Code: OpCheckMac, Name: "CheckMac", Parts: bothParts, Typical: 5 * ms, Max: same(40 * ms), payloads: exactly(1), again: always(Replay)},
	{Code: OpInfo, Name: "Info", Parts: bothParts, Typical: ms / 2, Max: same(5 * ms), payloads: exactly(4), again: always(Resend)},
	{Code: OpGenKey, Name: "GenKey", Parts: bothParts, Typical: 59 * ms, Max: [3]time.Duration{115 * ms, 215 * ms, 653 * ms}, payloads: lengthIf(GenKeyPublicDigest, GenKeyPublicDigest, 1, 64), again: []rule[Again]{
		{GenKeyPublicDigest, GenKeyPublicDigest, Replay}, // bits 2 and 3 mean nothing here
		{GenKeyCreate, GenKeyCreate, Never},
		{GenKeyDigest, GenKeyDigest, Replay},
		{Then: Resend},
	}},
	{Code: OpSign, Name: "Sign", Parts: bothParts, Typical: 62 * ms, Max: [3]time.Duration{115 * ms, 220 * ms, 665 * ms}, payloads: exactly(64), again: always(Replay)},
	{Code: OpECDH, Name: "ECDH", Parts: bothParts, Typical: 28 * ms, Max: [3]time.Duration{75 * ms, 172 * ms, 531 * ms}, payloads: exactly(1, 32, 64), again: onlyIf(0x0C, 0x04, Never, Replay)},
	{Code: OpVerify, Name: "Verify", Parts: bothParts, Typical: 38 * ms, Max: [3]time.Duration{105 * ms, 295 * ms, 1085 * ms}, payloads: lengthIf(VerifyMAC, VerifyMAC, 32, 1), again: onlyIf(VerifyValidate, VerifyValidate, Never, Replay)},
	{Code: OpPrivWrite, Name: "PrivWrite", Parts: bothParts, Typical: 8 * ms, Max: same(50 * ms), payloads: exactly(1), again: always(Never)},
	{Code: OpSHA, Name: "SHA", Parts: bothParts, Typical: 7 * ms, Max: [3]time.Duration{36 * ms, 42 * ms, 75 * ms}, payloads: []rule[[]int]{
		{SHAModeMask, SHAEnd, []int{32}},
		{SHAModeMask, SHAHMACEnd, []int{32}},
		{SHAModeMask, SHAReadContext, shaContext},
		{Then: []int{1}},
	}, again: onlyIf(0xFF, SHAStart, Resend, Replay)},
	{Code: OpAES, Name: "AES", Parts: Part608, Typical: 5 * ms, Max: same(27 * ms), payloads: exactly(16), again: always(Replay)},
	{Code: OpKDF, Name: "KDF", Parts: Part608, Typical: 33 * ms, Max: same(165 * ms), payloads: exactly(1, 32, 64, 96), again: onlyIf(0x1C, 0x08, Never, Replay)},
	{Code: OpSelfTest, Name: "SelfTest", Parts: Part608, Typical: 100 * ms, Max: [3]time.Duration{250 * ms, 625 * ms, 2324 * ms}, payloads: exactly(1), DataByte: true, again: always(Resend)},
	{Code: OpSecureBoot, Name: "SecureBoot", Parts: Part608, Typical: 38 * ms, Max: [3]time.Duration{80 * ms, 160 * ms, 480 * ms}, payloads: lengthIf(0x80, 0x80, 32, 1), again: onlyIf(0x07, 0x07, Never, Replay)},
}

// byCode finds a row by its opcode.
var byCode = func() (t [256]*Op) {
	for i := range ops {
		t[ops[i].Code] = &ops[i]
	}
	return t
}()

// LookupOp returns the row of a command.
func LookupOp(code Opcode) (Op, bool) {
	if op := byCode[code]; op != nil {
		return *op, true
	}
	return Op{}, false
}

// Ops returns the table, in order of opcode.
func Ops() []Op { return slices.Clone(ops) }
