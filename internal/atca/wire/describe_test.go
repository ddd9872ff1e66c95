package wire

import (
	"strings"
	"testing"
)

func TestCommandsReadAsWords(t *testing.T) {
	digest := make([]byte, 32)
	tests := []struct {
		c    Command
		want string
	}{
		{Command{Op: OpInfo}, "Info revision"},
		{Command{Op: OpInfo, P1: InfoKeyValid, P2: 3}, "Info whether slot 3 holds a valid key"},
		{Command{Op: OpInfo, P1: InfoState}, "Info state of TempKey"},
		{Command{Op: OpInfo, P1: InfoGPIO}, "Info GPIO"},
		{Command{Op: OpInfo, P1: InfoLatch}, "Info persistent latch"},
		{Command{Op: OpInfo, P1: InfoLatch, P2: InfoLatchSet}, "Info persistent latch, set"},
		{Command{Op: OpInfo, P1: 9, P2: 1}, "Info 0x09 0x0001"},
		{Command{Op: OpRead, P1: Zone32, P2: 0x08}, "Read config block 1"},
		{Command{Op: OpRead, P2: 0x15}, "Read config block 2 word 5"},
		{Command{Op: OpRead, P1: byte(ZoneOTP) | Zone32, P2: 0x08}, "Read OTP block 1"},
		{Command{Op: OpRead, P1: byte(ZoneData), P2: 0x0141}, "Read slot 8 block 1 word 1"},
		{Command{Op: OpRead, P1: byte(ZoneData), P2: 0xFF41}, "Read 0x02 0xff41"},
		{Command{Op: OpWrite, P1: byte(ZoneData) | Zone32, P2: 0x48, Data: digest}, "Write slot 9 block 0"},
		{Command{Op: OpWrite, P1: byte(ZoneData) | Zone32 | ZoneEncrypted, P2: 0x48, Data: digest}, "Write slot 9 block 0, encrypted"},
		{Command{Op: OpWrite, P1: 0x03, Data: digest}, "Write 0x03 0x0000, 32 bytes"},
		{Command{Op: OpLock, P2: 0xABCD}, "Lock config zone, if the CRC is 0xabcd"},
		{Command{Op: OpLock, P1: LockZoneData | LockNoCRC}, "Lock data and OTP zones, contents unchecked"},
		{Command{Op: OpLock, P1: LockSlot | 5<<2}, "Lock slot 5"},
		{Command{Op: OpLock, P1: 3}, "Lock 0x03 0x0000"},
		{Command{Op: OpRandom}, "Random"},
		{Command{Op: OpRandom, P1: 1}, "Random 0x01 0x0000"},
		{Command{Op: OpNonce, P1: NonceFixed, Data: digest}, "Nonce fixed, 32 bytes into TempKey"},
		{Command{Op: OpNonce, P1: NonceFixed | NonceMsgDigBuf, Data: digest}, "Nonce fixed, 32 bytes into message digest buffer"},
		{Command{Op: OpNonce, P1: NonceFixed | NonceAltKeyBuf, Data: digest}, "Nonce fixed, 32 bytes into alternate key buffer"},
		{Command{Op: OpNonce, P1: NonceFixed | 0xC0, Data: digest}, "Nonce 0xc3 0x0000, 32 bytes"},
		{Command{Op: OpNonce, Data: digest[:20]}, "Nonce random into TempKey"},
		{Command{Op: OpNonce, P1: NonceRandomNoSeed, Data: digest[:20]}, "Nonce random into TempKey, seed not updated"},
		{Command{Op: OpNonce, P2: NonceCalculate, Data: digest[:20]}, "Nonce calculated from TempKey"},
		{Command{Op: OpNonce, P1: 2}, "Nonce 0x02 0x0000"},
		{Command{Op: OpGenKey, P2: 2}, "GenKey slot 2, public key"},
		{Command{Op: OpGenKey, P1: GenKeyCreate}, "GenKey slot 0, new key"},
		{Command{Op: OpGenKey, P1: GenKeyCreate, P2: KeyIDTempKey}, "GenKey TempKey, new key"},
		{Command{Op: OpGenKey, P1: GenKeyPublicDigest, P2: 9, Data: digest[:3]}, "GenKey slot 9, digest of stored public key"},
		{Command{Op: OpGenKey, P1: 0x80}, "GenKey 0x80 0x0000"},
		{Command{Op: OpSign, P1: SignExternal}, "Sign slot 0, external, TempKey"},
		{Command{Op: OpSign, P1: SignExternal | SignMsgDigBuf, P2: 1}, "Sign slot 1, external, message digest buffer"},
		{Command{Op: OpSign, P1: SignInvalidate | SignSerial}, "Sign slot 0, internal, with serial number, to invalidate a key"},
		{Command{Op: OpVerify, P1: VerifyExternal, P2: KeyIDP256}, "Verify external key, TempKey"},
		{Command{Op: OpVerify, P1: VerifyStored | VerifyMsgDigBuf | VerifyMAC, P2: 9}, "Verify with key of slot 9, message digest buffer, answer with MAC"},
		{Command{Op: OpVerify, P1: VerifyInvalidate, P2: 9}, "Verify and invalidate slot 9, TempKey"},
		{Command{Op: OpVerify, P1: 4, Data: digest}, "Verify 0x04 0x0000, 32 bytes"},
		{Command{Op: OpSHA}, "SHA start"},
		{Command{Op: OpSHA, P1: SHAUpdate, P2: 32, Data: digest}, "SHA update, 32 bytes"},
		{Command{Op: OpSHA, P1: SHAEnd | SHATargetMsgDigBuf}, "SHA end, 0 bytes, into message digest buffer"},
		{Command{Op: OpSHA, P1: SHAEnd | SHATargetOutput}, "SHA end, 0 bytes"},
		{Command{Op: OpSHA, P1: SHAPublic, P2: 9}, "SHA public key of slot 9"},
		{Command{Op: OpSHA, P1: SHAHMACStart, P2: KeyIDTempKey}, "SHA HMAC start, key of TempKey"},
		{Command{Op: OpSHA, P1: SHAHMACEnd}, "SHA HMAC end, 0 bytes"},
		{Command{Op: OpSHA, P1: SHAReadContext}, "SHA read context"},
		{Command{Op: OpSHA, P1: SHAWriteContext, Data: digest}, "SHA write context, 32 bytes"},
		{Command{Op: OpSelfTest, P1: SelfTestAll}, "SelfTest RNG, ECDSA, ECDH, AES, SHA"},
		{Command{Op: OpSelfTest, P1: SelfTestSign}, "SelfTest ECDSA"},
		{Command{Op: OpSelfTest}, "SelfTest result only"},
		{Command{Op: OpCounter, P2: 1}, "Counter 1, read"},
		{Command{Op: OpCounter, P1: CounterIncrement}, "Counter 0, increment"},
		{Command{Op: OpCounter, P1: 7}, "Counter 0x07 0x0000"},
		{Command{Op: OpECDH, P1: 0x0C, P2: 2, Data: make([]byte, 64)}, "ECDH 0x0c 0x0002, 64 bytes"},
		{Command{Op: 0x99, P2: 0x1234}, "opcode 0x99 0x00 0x1234"},
	}
	for _, tt := range tests {
		if got := tt.c.String(); got != tt.want {
			t.Errorf("got  %q\nwant %q", got, tt.want)
		}
	}
}

func TestEveryCommandIsDescribedByNameAndWithoutItsData(t *testing.T) {
	data := []byte("\xDE\xAD\xBE\xEFsecret")
	for _, op := range Ops() {
		for p1 := range 256 {
			for _, p2 := range []uint16{0, 9, NonceCalculate, 0xFFFF} {
				s := Command{Op: op.Code, P1: byte(p1), P2: p2, Data: data}.String()
				if !strings.HasPrefix(s, op.Name) || strings.TrimSpace(s) != s {
					t.Errorf("%s 0x%02x 0x%04x is described as %q", op.Name, p1, p2, s)
				}
				for _, leak := range []string{"dead", "DEAD", "beef", "secret", "222 173", "%!"} {
					if strings.Contains(s, leak) {
						t.Errorf("%q shows the data, or a bad format", s)
					}
				}
			}
		}
	}
}
