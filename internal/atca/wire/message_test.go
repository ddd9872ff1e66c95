package wire

import (
	"encoding/hex"
	"testing"
)

// The vectors share these inputs: a serial number, and runs of bytes that each
// start at a value of their own.
var vectorSerial = Serial{0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0xEE}

// run32 is start, start+1, and so on.
func run32(start byte) (b [32]byte) {
	for i := range b {
		b[i] = start + byte(i)
	}
	return b
}

func wantHex(t *testing.T, got []byte, want string) {
	t.Helper()
	if g := hex.EncodeToString(got); g != want {
		t.Errorf("got  %s\nwant %s", g, want)
	}
}

// genKeyPublic is the public key of the GenKey vectors: byte i is 3i.
func genKeyPublic() (b [64]byte) {
	for i := range b {
		b[i] = byte(3 * i)
	}
	return b
}

func TestHashNonceOverThePatternOfAnUnlockedChip(t *testing.T) {
	var pattern [32]byte
	for i := range pattern {
		if i%4 < 2 {
			pattern[i] = 0xFF
		}
	}
	numIn := run32(0xC0)
	got := HashNonce(pattern, numIn[:20], NonceRandom)
	wantHex(t, got[:], "ccdb1550c1f20122917b810302e556ec1c24590a0b79e89beafb5322892ef6c4")
}

func TestHashNonceDependsOnTheMode(t *testing.T) {
	numIn := make([]byte, 20)
	if HashNonce(run32(0), numIn, NonceRandom) == HashNonce(run32(0), numIn, NonceRandomNoSeed) {
		t.Error("modes 0 and 1 give the same nonce")
	}
}

func TestHashGenKeyMatchesTheVectors(t *testing.T) {
	tests := []struct {
		name   string
		header [3]byte
		want   string
	}{
		{"digest of slot 2", [3]byte{GenKeyDigest, 2, 0}, "21085afbcb5103eb70f93faa7c78b7ea95bae942ec9b70b32cac7863392723f6"},
		{"public key with other data", [3]byte{0x55, 0x66, 0x77}, "e9389cc4efa28638fb3b0fffcb68f53c6e2fe7678df84f4632c634f211c508d4"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := HashGenKey(run32(0x40), tt.header, vectorSerial, genKeyPublic())
			wantHex(t, got[:], tt.want)
		})
	}
}

// vectorState is what an internal signature says in the vector: signer in slot
// 1, TempKey from GenKey of slot 2, serial number included.
var vectorState = SlotState{
	SignMode:     SignInternal | SignSerial,
	SignKey:      1,
	SlotConfig:   [2]byte{0x87, 0x20},
	KeyConfig:    [2]byte{0x33, 0x00},
	TempKeyFlags: 0x42,
	Serial47:     [4]byte{0x89, 0xAB, 0xCD, 0xEF},
	Serial23:     [2]byte{0x45, 0x67},
	SlotUnlocked: true,
}

func TestInternalMessageMatchesTheVector(t *testing.T) {
	got := InternalMessage(run32(0x40), vectorState.OtherData(), vectorSerial)
	wantHex(t, got, "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"+
		"41"+"40"+"0100"+"8720"+"3300"+"42"+"0000"+"ee"+"89abcdef"+"0123"+"4567"+"01"+"00"+"00")
}

func TestOtherDataCarriesTheStateInVerifysOrder(t *testing.T) {
	s := vectorState
	s.PublicKeyValid = true
	got := s.OtherData()
	wantHex(t, got[:], "40"+"0100"+"8720"+"3300"+"42"+"0000"+"89abcdef"+"4567"+"01"+"01"+"00")
}

func TestHashVerifyMACMatchesTheVector(t *testing.T) {
	var sig [64]byte
	for i := range sig {
		sig[i] = 0xFF - byte(i)
	}
	mode := byte(VerifyExternal | VerifyMsgDigBuf | VerifyMAC)
	got := HashVerifyMAC(run32(0), run32(0x80), run32(0x40), sig, mode, KeyIDP256)
	wantHex(t, got[:], "677112c921bbfaae562a3a5df1ddec6fe35afd547f8d78a451cc5f340a8e8d5d")
}

func TestMessagesLeaveTheirInputsAlone(t *testing.T) {
	tempKey := run32(0x40)
	HashGenKey(tempKey, [3]byte{}, vectorSerial, genKeyPublic())
	InternalMessage(tempKey, vectorState.OtherData(), vectorSerial)
	if tempKey != run32(0x40) {
		t.Error("TempKey was changed")
	}
}
