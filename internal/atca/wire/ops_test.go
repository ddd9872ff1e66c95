package wire

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

// names608 are the commands of the ATECC608.
var names608 = []string{
	"AES", "CheckMac", "Counter", "DeriveKey", "ECDH", "GenDig", "GenKey", "Info", "KDF", "Lock", "MAC",
	"Nonce", "PrivWrite", "Random", "Read", "SHA", "SecureBoot", "SelfTest", "Sign", "UpdateExtra", "Verify", "Write",
}

func TestTheTableHasEveryCommandOnce(t *testing.T) {
	var got []string
	seen := map[Opcode]bool{}
	for _, op := range Ops() {
		if seen[op.Code] {
			t.Errorf("%s: opcode 0x%02x stands twice", op.Name, byte(op.Code))
		}
		seen[op.Code] = true
		if op.Parts&Part608 != 0 {
			got = append(got, op.Name)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, names608) {
		t.Errorf("commands of the 608: %v, want %v", got, names608)
	}
	for _, name := range []Opcode{OpHMAC, OpPause} {
		if op, ok := LookupOp(name); !ok || op.Parts != Part508 {
			t.Errorf("%s must be a command of the 508A alone", name)
		}
	}
}

func TestRowsOfTheTableMakeSense(t *testing.T) {
	for _, op := range Ops() {
		if op.Typical <= 0 || op.Typical > op.Max[DividerM0] {
			t.Errorf("%s: typical %s, at most %s", op.Name, op.Typical, op.Max[DividerM0])
		}
		if op.Max[DividerM0] > op.Max[DividerM1] || op.Max[DividerM1] > op.Max[DividerM2] {
			t.Errorf("%s: a slower clock makes it faster: %v", op.Name, op.Max)
		}
		for p1 := range 256 {
			lengths := op.Payload(byte(p1))
			for i, r := range lengths {
				if r.From < 1 || r.To < r.From || i > 0 && r.From <= lengths[i-1].To {
					t.Errorf("%s with param1 0x%02x: payloads %v", op.Name, p1, lengths)
				}
			}
			if lengths.Max() > MaxFrame-MinResponse+1 || op.DataByte && lengths.Max() > 1 {
				t.Errorf("%s with param1 0x%02x: payloads up to %d", op.Name, p1, lengths.Max())
			}
		}
	}
	if _, ok := LookupOp(0x99); ok {
		t.Error("opcode 0x99 exists")
	}
	if got := Opcode(0x99).String(); got != "opcode 0x99" {
		t.Errorf("name of an unknown opcode: %q", got)
	}
}

// TestWhatMayBeSentAgain states the retry class of every command whose second
// run would hurt, and of the ones that are sent most.
func TestWhatMayBeSentAgain(t *testing.T) {
	for _, tt := range []struct {
		op   Opcode
		p1   byte
		want Again
	}{
		{OpInfo, InfoRevision, Resend},
		{OpRead, Zone32, Resend},
		{OpRandom, 0, Resend},
		{OpNonce, NonceFixed | NonceMsgDigBuf, Resend},
		{OpCounter, CounterRead, Resend},
		{OpCounter, CounterIncrement, Never},
		{OpGenKey, GenKeyPublic, Resend},
		{OpGenKey, GenKeyDigest, Replay},
		{OpGenKey, GenKeyPublicDigest, Replay},
		{OpGenKey, GenKeyCreate, Never},
		{OpGenKey, GenKeyCreate | GenKeyDigest, Never},
		{OpSign, SignExternal, Replay},
		{OpVerify, VerifyExternal, Replay},
		{OpVerify, VerifyStored | VerifyMsgDigBuf, Replay},
		{OpVerify, VerifyValidate, Never},
		{OpVerify, VerifyInvalidate, Never},
		{OpSHA, SHAStart, Resend},
		{OpSHA, SHAUpdate, Replay},
		{OpWrite, byte(ZoneData) | Zone32, Never},
		{OpLock, LockZoneConfig, Never},
		{OpLock, LockSlot, Never},
		{OpUpdateExtra, 0, Never},
		{OpECDH, ECDHToOutput, Replay},
		{OpECDH, ECDHToTempKey | ECDHFromTempKey, Replay},
		{OpECDH, ECDHToSlot | ECDHFromTempKey, Never},
		{OpECDH, ECDHCompatible, Never},
		{OpKDF, KDFHKDF | KDFToOutput, Replay},
		{OpKDF, KDFPRF | KDFToSlot, Never},
		{OpPrivWrite, 0, Never},
		{OpDeriveKey, 0, Never},
	} {
		op, _ := LookupOp(tt.op)
		if got := op.Again(tt.p1); got != tt.want {
			t.Errorf("%s with param1 0x%02x: class %d, want %d", tt.op, tt.p1, got, tt.want)
		}
	}
}

// TestHowLongAnAnswerCanBe: a read of more bytes than that costs 90 us each.
func TestHowLongAnAnswerCanBe(t *testing.T) {
	for _, tt := range []struct {
		op   Opcode
		p1   byte
		want Lengths
	}{
		{OpRead, 0, Lengths{{4, 4}}},
		{OpRead, Zone32 | byte(ZoneData), Lengths{{32, 32}}},
		{OpNonce, NonceRandom, Lengths{{32, 32}}},
		{OpNonce, NonceFixed | NonceMsgDigBuf, Lengths{{1, 1}}},
		{OpGenKey, GenKeyCreate, Lengths{{64, 64}}},
		{OpGenKey, GenKeyPublicDigest, Lengths{{1, 1}}},
		{OpVerify, VerifyExternal, Lengths{{1, 1}}},
		{OpVerify, VerifyExternal | VerifyMAC, Lengths{{32, 32}}},
		{OpSHA, SHAUpdate, Lengths{{1, 1}}},
		{OpSHA, SHAEnd | SHATargetMsgDigBuf, Lengths{{32, 32}}},
		{OpECDH, 0, Lengths{{1, 1}, {32, 32}, {64, 64}}},
	} {
		op, _ := LookupOp(tt.op)
		if got := op.Payload(tt.p1); !slices.Equal(got, tt.want) {
			t.Errorf("%s with param1 0x%02x: payloads %v, want %v", tt.op, tt.p1, got, tt.want)
		}
	}
	sha, _ := LookupOp(OpSHA)
	context := sha.Payload(SHAReadContext)
	for n := range 128 {
		if got, want := context.Has(n), n >= 36 && n <= 99; got != want {
			t.Errorf("a SHA context of %d bytes: %t", n, got)
		}
	}
	if context.Max() != 99 {
		t.Errorf("a SHA context has up to %d bytes", context.Max())
	}
}

func TestStatusesAreErrorsThatCanBeTold(t *testing.T) {
	err := fmt.Errorf("sign: %w", StatusExecution)
	if !errors.Is(err, StatusExecution) || errors.Is(err, StatusParse) {
		t.Error("a wrapped status is not found by errors.Is")
	}
	if got := Status(0x42).Error(); got != "unknown status 0x42" {
		t.Errorf("unknown status: %q", got)
	}
	if Status(0x42).Name() != "unknown status" || StatusParse.Name() != "parse error" {
		t.Error("names of statuses")
	}
}

func TestRevisionsNameTheirPart(t *testing.T) {
	for _, tt := range []struct {
		revision Revision
		name     string
		part     Part
	}{
		{Revision{0, 0, 0x50, 0}, "ATECC508A", Part508},
		{Revision{0, 0, 0x60, 1}, "ATECC608A", Part608},
		{Revision{0, 0, 0x60, 2}, "ATECC608A", Part608},
		{Revision{0, 0, 0x60, 3}, "ATECC608B", Part608},
		{Revision{0, 0, 0x60, 4}, "ATECC608C", Part608},
		{Revision{0, 2, 0, 9}, "unknown part (revision 00020009)", 0},
	} {
		if got := tt.revision.Name(); got != tt.name || tt.revision.Part() != tt.part {
			t.Errorf("%s: %q, part %d", tt.revision, got, tt.revision.Part())
		}
	}
}
