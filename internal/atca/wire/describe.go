package wire

import (
	"fmt"
	"strings"
)

// String says in words what the command asks for. It never shows the data,
// only how much there is: data may be a key.
func (c Command) String() string {
	if describe, ok := descriptions[c.Op]; ok {
		return strings.TrimSpace(c.Op.String() + " " + describe(c))
	}
	return c.Op.String() + " " + c.parameters()
}

// parameters is the description of what has no words of its own.
func (c Command) parameters() string {
	s := fmt.Sprintf("0x%02x 0x%04x", c.P1, c.P2)
	if len(c.Data) > 0 {
		s += fmt.Sprintf(", %d bytes", len(c.Data))
	}
	return s
}

// descriptions has the commands that are described in words. The others are
// rare in use, and their modes mean little without the data sheet at hand.
var descriptions = map[Opcode]func(Command) string{
	OpInfo:     describeInfo,
	OpRead:     describePlace,
	OpWrite:    describePlace,
	OpLock:     describeLock,
	OpRandom:   describeRandom,
	OpNonce:    describeNonce,
	OpGenKey:   describeGenKey,
	OpSign:     describeSign,
	OpVerify:   describeVerify,
	OpSHA:      describeSHA,
	OpSelfTest: describeSelfTest,
	OpCounter:  describeCounter,
}

// describeInfo covers the modes of both parts; the latch is the 608's.
func describeInfo(c Command) string {
	switch c.P1 {
	case InfoRevision:
		return "revision"
	case InfoKeyValid:
		return fmt.Sprintf("whether slot %d holds a valid key", c.P2)
	case InfoState:
		return "state of TempKey"
	case InfoGPIO:
		return "GPIO"
	case InfoLatch:
		return "persistent latch" + latchWords[c.P2]
	}
	return c.parameters()
}

var latchWords = map[uint16]string{
	InfoLatchClear: ", clear",
	InfoLatchSet:   ", set",
}

// describePlace serves Read and Write. A place outside its zone has no words:
// the chip will refuse it, and the numbers show why.
func describePlace(c Command) string {
	block := c.P1&Zone32 != 0
	l, err := ParseAddress(Zone(c.P1&ZoneMask), c.P2, block)
	if err != nil {
		return c.parameters()
	}
	s := l.Zone.String()
	if l.Zone == ZoneData {
		s = fmt.Sprintf("slot %d", l.Slot)
	}
	s += fmt.Sprintf(" block %d", l.Block)
	if !block {
		s += fmt.Sprintf(" word %d", l.Word)
	}
	if c.Op == OpWrite && c.P1&ZoneEncrypted != 0 {
		s += ", encrypted"
	}
	return s
}

// describeLock names what can never be undone, so it also says whether the
// chip was told to check what it locks. For a slot there is no such check.
func describeLock(c Command) string {
	if c.P1&LockTypeMask == LockSlot {
		return fmt.Sprintf("slot %d", c.P1>>2&0xF)
	}
	zone, ok := map[byte]string{LockZoneConfig: "config zone", LockZoneData: "data and OTP zones"}[c.P1&LockTypeMask]
	switch {
	case !ok:
		return c.parameters()
	case c.P1&LockNoCRC != 0:
		return zone + ", contents unchecked"
	}
	return fmt.Sprintf("%s, if the CRC is 0x%04x", zone, c.P2)
}

// describeRandom is empty for the one form that the 608 knows.
func describeRandom(c Command) string {
	if c.P1 == 0 && c.P2 == 0 {
		return ""
	}
	return c.parameters()
}

// targets is where Nonce and the end of SHA leave their result.
var targets = map[byte]string{
	NonceTempKey:   "TempKey",
	NonceMsgDigBuf: "message digest buffer",
	NonceAltKeyBuf: "alternate key buffer",
}

func describeNonce(c Command) string {
	target, ok := targets[c.P1&NonceTargetMask]
	switch {
	case ok && c.P1&NonceTypeMask == NonceFixed:
		return fmt.Sprintf("fixed, %d bytes into %s", len(c.Data), target)
	case c.P2 == NonceCalculate:
		return "calculated from TempKey"
	case c.P1 == NonceRandom:
		return "random into TempKey"
	case c.P1 == NonceRandomNoSeed:
		return "random into TempKey, seed not updated"
	}
	return c.parameters()
}

// describeGenKey must not confuse the mode that replaces a key with the one
// that only computes its public half.
func describeGenKey(c Command) string {
	words, ok := map[byte]string{
		GenKeyPublic:                "public key",
		GenKeyPublic | GenKeyDigest: "public key and its digest",
		GenKeyCreate:                "new key",
		GenKeyCreate | GenKeyDigest: "new key and its digest",
		GenKeyPublicDigest:          "digest of stored public key",
	}[c.P1]
	if !ok {
		return c.parameters()
	}
	return keyPlace(c.P2) + ", " + words
}

// keyPlace is param2 where it names a key.
func keyPlace(id uint16) string {
	if id == KeyIDTempKey {
		return "TempKey"
	}
	return fmt.Sprintf("slot %d", id)
}

// describeSign and describeVerify also name where the message comes from.
func describeSign(c Command) string {
	s := keyPlace(c.P2)
	if c.P1&SignExternal == 0 {
		s += ", internal"
	} else {
		s += ", external, " + messageSource(c.P1)
	}
	if c.P1&SignSerial != 0 {
		s += ", with serial number"
	}
	if c.P1&(SignExternal|SignInvalidate) == SignInvalidate {
		s += ", to invalidate a key"
	}
	return s
}

func describeVerify(c Command) string {
	words, ok := map[byte]string{
		VerifyStored:           "with key of slot %d",
		VerifyValidateExternal: "certificate with key of slot %d",
		VerifyExternal:         "external key",
		VerifyValidate:         "and validate slot %d",
		VerifyInvalidate:       "and invalidate slot %d",
	}[c.P1&VerifyModeMask]
	if !ok {
		return c.parameters()
	}
	if strings.Contains(words, "%d") {
		words = fmt.Sprintf(words, c.P2)
	}
	words += ", " + messageSource(c.P1)
	if c.P1&VerifyMAC != 0 {
		words += ", answer with MAC"
	}
	return words
}

// messageSource is bit 5 of Sign and Verify, which means the same in both.
func messageSource(mode byte) string {
	if mode&SignMsgDigBuf != 0 {
		return "message digest buffer"
	}
	return "TempKey"
}

// describeSHA gives the bytes that are there, not the count in param2: where
// the two differ, the chip refuses.
func describeSHA(c Command) string {
	switch c.P1 & SHAModeMask {
	case SHAStart:
		return "start"
	case SHAUpdate:
		return fmt.Sprintf("update, %d bytes", len(c.Data))
	case SHAEnd:
		s := fmt.Sprintf("end, %d bytes", len(c.Data))
		if target, ok := targets[c.P1&SHATargetMask]; ok {
			s += ", into " + target
		}
		return s
	case SHAPublic:
		return fmt.Sprintf("public key of slot %d", c.P2)
	case SHAHMACStart:
		return "HMAC start, key of " + keyPlace(c.P2)
	case SHAHMACEnd:
		return fmt.Sprintf("HMAC end, %d bytes", len(c.Data))
	case SHAReadContext:
		return "read context"
	}
	return fmt.Sprintf("write context, %d bytes", len(c.Data))
}

// selfTests is in the order of the bits. The ECDSA test has had two.
var selfTests = []struct {
	bits byte
	name string
}{
	{SelfTestRNG, "RNG"},
	{SelfTestECDSA | SelfTestSign, "ECDSA"},
	{SelfTestECDH, "ECDH"},
	{SelfTestAES, "AES"},
	{SelfTestSHA, "SHA"},
}

func describeSelfTest(c Command) string {
	var names []string
	for _, t := range selfTests {
		if c.P1&t.bits != 0 {
			names = append(names, t.name)
		}
	}
	if names == nil {
		return "result only"
	}
	return strings.Join(names, ", ")
}

func describeCounter(c Command) string {
	switch c.P1 {
	case CounterRead:
		return fmt.Sprintf("%d, read", c.P2)
	case CounterIncrement:
		return fmt.Sprintf("%d, increment", c.P2)
	}
	return c.parameters()
}
