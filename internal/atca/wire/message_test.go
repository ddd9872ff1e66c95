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

// The vectors of the commands below have these inputs.
var (
	vectorKey       = run32(0)
	vectorTempKey   = run32(0x40)
	vectorChallenge = run32(0x80)
)

func TestHashMACMatchesTheVectors(t *testing.T) {
	tests := []struct {
		name          string
		first, second [32]byte
		mode          byte
		want          string
	}{
		{"key and challenge", vectorKey, vectorChallenge, 0, "5fd4563dc6d38b4a6e2402582f45728a5a6845ea5346f1d423e647d1981d8797"},
		{"key and TempKey, serial number", vectorKey, vectorTempKey, MACChallengeTempKey | MACSerial, "cd892ad602599857aa9eae4b765e23cc1faf599e09ae79f2e7c133085e1e0873"},
		{"TempKey and challenge, serial number", vectorTempKey, vectorChallenge, MACKeyTempKey | MACFixed | MACSerial, "ff1803da50c7e579ccc580a49b9fbc56879a2bc5d7ad4e1dfe82c886a7148ed9"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := HashMAC(tt.first, tt.second, tt.mode, 4, vectorSerial)
			wantHex(t, got[:], tt.want)
		})
	}
}

// vectorOther is OtherData of a CheckMac whose client's MAC had mode 0, slot 4,
// and yet its whole serial number.
var vectorOther = [13]byte{0x08, 0, 4, 0, 0, 0, 0, 0x89, 0xAB, 0xCD, 0xEF, 0x45, 0x67}

func TestHashCheckMacMatchesTheVector(t *testing.T) {
	got := HashCheckMac(vectorKey, vectorTempKey, vectorOther, vectorSerial)
	wantHex(t, got[:], "3ba89d798dcffa18c7374e501d7ca3b8751f07ac89bda4bc48cf5c00a11f5f46")
}

func TestMACOtherDataSpeaksOfTheClient(t *testing.T) {
	tests := []struct {
		mode byte
		key  uint16
		want string
	}{
		{0, 4, "08000400" + "000000" + "00000000" + "0000"},
		{MACSerial, 0x1234, "08403412" + "000000" + "89abcdef" + "4567"},
	}
	for _, tt := range tests {
		got := MACOtherData(tt.mode, tt.key, vectorSerial)
		wantHex(t, got[:], tt.want)
	}
}

func TestCheckMacExpectsTheMACOfAChipWithAnotherSerialNumber(t *testing.T) {
	client, host := vectorSerial, vectorSerial
	host[3], host[5] = 0, 0 // the bytes that all chips share stay
	for _, mode := range []byte{0, MACSerial} {
		mac := HashMAC(vectorKey, vectorChallenge, mode, 4, client)
		if HashCheckMac(vectorKey, vectorChallenge, MACOtherData(mode, 4, client), host) != mac {
			t.Errorf("mode %02x: the host expects another MAC", mode)
		}
	}
}

func TestHashHMACMatchesTheVector(t *testing.T) {
	got := HashHMAC(vectorKey, vectorTempKey, 0, 4, vectorSerial)
	wantHex(t, got[:], "59bd92b9fb3ce95ce0ddc599a7b270ea0277c559e396a8d0d51be8992660a999")
}

func TestHashGenDigMatchesTheVectors(t *testing.T) {
	tests := []struct {
		name string
		got  [32]byte
		want string
	}{
		{"config block 0", HashGenDig(vectorTempKey, GenDigConfig, 0, vectorSerial, vectorKey), "83a1c45bc6063d45f5336db8f8f8da0ad2261ef1b7c2cf8f3561ebbd6e9407ff"},
		{"OTP block 1", HashGenDig(vectorTempKey, GenDigOTP, 1, vectorSerial, vectorKey), "7ad226682e4b501d2854605dc8a42c3c3ca945b8ed06ca9ea1e20359983b7f65"},
		{"slot 4", HashGenDig(vectorTempKey, GenDigData, 4, vectorSerial, vectorKey), "b2219c6943f468fd99bbcd3080074904f014e7115e808d4aaf7e63375a69a10a"},
		{"slot 4 with NoMac", HashGenDigOther(vectorTempKey, [4]byte{10, 11, 12, 13}, vectorSerial, vectorKey), "3eeea1c9647df02fd37c92732cd613fbbe41ddf3a9a0ef79d81bcede4caa675a"},
		{"data of the host", HashGenDigNonce(vectorTempKey, 5, vectorSerial, vectorChallenge), "a72e9c9a6c3d142badce29b81be8f0e9c8c24ee24514f31c8b2fd694cd5e82f1"},
		{"TempKey before the data", HashGenDigNonce(vectorTempKey, GenDigSwap|5, vectorSerial, vectorChallenge), "59e7c08155153c55d81dc2c56df10376d72269bf41ef0aad94fae59a4a5b4d63"},
		{"counter 1", HashGenDigCounter(vectorTempKey, 1, vectorSerial, 0x01020304), "613e93ea7a3a853ebd85185d96677445119113663ba58630ca173eee805e07cf"},
		{"configuration of slot 5", HashGenDigKeyConfig(vectorTempKey, 5, vectorSerial, [2]byte{0x87, 0x20}, [2]byte{0x33, 0}, true), "b54b840f56ec524579444c6d590c56214d3e087ef4ac84fa086382d02a995a13"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantHex(t, tt.got[:], tt.want) })
	}
}

func TestHashGenDigTellsALockedSlotFromAnUnlockedOne(t *testing.T) {
	var slotConfig, keyConfig [2]byte
	if HashGenDigKeyConfig(vectorTempKey, 5, vectorSerial, slotConfig, keyConfig, true) ==
		HashGenDigKeyConfig(vectorTempKey, 5, vectorSerial, slotConfig, keyConfig, false) {
		t.Error("both give the same digest")
	}
}

func TestHashDeriveKeyMatchesTheVectors(t *testing.T) {
	key := HashDeriveKey(vectorKey, 0, 3, vectorSerial, vectorTempKey)
	wantHex(t, key[:], "09c9d09d31904b5c4068123b9944cedec1bf6459072a1e805075de247d7c8525")
	mac := HashDeriveKeyMAC(vectorKey, 0, 3, vectorSerial)
	wantHex(t, mac[:], "7efaeadbc6b70b843d72d49c695dd4781590ea46d06368486820a6af67f57845")
}

func TestHashWriteMACMatchesTheVector(t *testing.T) {
	got := HashWriteMAC(vectorTempKey, byte(ZoneData)|Zone32|ZoneEncrypted, 0x0018, vectorSerial, vectorChallenge)
	wantHex(t, got[:], "f97c6c49816b782957bb392422306672cda7d4d503c4b30e711054324c0e6d3c")
}

// vectorPrivate is the private key of the PrivWrite vectors.
func vectorPrivate() (b [PrivateKeySize]byte) {
	d := run32(0x11)
	copy(b[4:], d[:])
	return b
}

func TestPrivWriteMatchesTheVectors(t *testing.T) {
	cipher := CipherPrivWrite(vectorTempKey, vectorPrivate())
	wantHex(t, cipher[:], "40414243555755535d5f5d53555755534d4f4d73757775737d7f7d7375777573e70460d7")
	mac := HashPrivWriteMAC(vectorTempKey, PrivWriteEncrypted, 2, vectorSerial, vectorPrivate())
	wantHex(t, mac[:], "98f02d3bbb2c6b006e1e377419fac15d1738af4bbda9d9b201dbade294e1c4ef")
}

func TestCipherPrivWriteTwiceIsTheKeyAgain(t *testing.T) {
	if got := CipherPrivWrite(vectorTempKey, CipherPrivWrite(vectorTempKey, vectorPrivate())); got != vectorPrivate() {
		t.Errorf("got %x", got)
	}
}

// TestEveryMessageDependsOnEachOfItsInputs changes one input at a time.
func TestEveryMessageDependsOnEachOfItsInputs(t *testing.T) {
	other := vectorSerial
	other[8] ^= 1
	tests := map[string][][32]byte{
		"GenDig": {
			HashGenDig(vectorTempKey, GenDigData, 4, vectorSerial, vectorKey),
			HashGenDig(vectorChallenge, GenDigData, 4, vectorSerial, vectorKey),
			HashGenDig(vectorTempKey, GenDigConfig, 4, vectorSerial, vectorKey),
			HashGenDig(vectorTempKey, GenDigData, 5, vectorSerial, vectorKey),
			HashGenDig(vectorTempKey, GenDigData, 4, other, vectorKey),
			HashGenDig(vectorTempKey, GenDigData, 4, vectorSerial, vectorChallenge),
		},
		"counter": {
			HashGenDigCounter(vectorTempKey, 0, vectorSerial, 1),
			HashGenDigCounter(vectorTempKey, 1, vectorSerial, 1),
			HashGenDigCounter(vectorTempKey, 0, vectorSerial, 2),
			HashGenDigCounter(vectorTempKey, 0, other, 1),
		},
		"DeriveKey": {
			HashDeriveKey(vectorKey, 0, 3, vectorSerial, vectorTempKey),
			HashDeriveKey(vectorChallenge, 0, 3, vectorSerial, vectorTempKey),
			HashDeriveKey(vectorKey, 4, 3, vectorSerial, vectorTempKey),
			HashDeriveKey(vectorKey, 0, 0x0103, vectorSerial, vectorTempKey),
			HashDeriveKey(vectorKey, 0, 3, other, vectorTempKey),
			HashDeriveKey(vectorKey, 0, 3, vectorSerial, vectorChallenge),
		},
		"MAC of Write": {
			HashWriteMAC(vectorTempKey, 0xC2, 0x18, vectorSerial, vectorKey),
			HashWriteMAC(vectorTempKey, 0x82, 0x18, vectorSerial, vectorKey),
			HashWriteMAC(vectorTempKey, 0xC2, 0x0118, vectorSerial, vectorKey),
			HashWriteMAC(vectorTempKey, 0xC2, 0x18, other, vectorKey),
		},
	}
	for name, digests := range tests {
		t.Run(name, func(t *testing.T) {
			seen := map[[32]byte]int{}
			for i, d := range digests {
				if j, twice := seen[d]; twice {
					t.Errorf("digests %d and %d are the same", j, i)
				}
				seen[d] = i
			}
		})
	}
}
