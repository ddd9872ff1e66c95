package wire

// Modes: the values and bits of param1, and of param2 where it is not a slot.
// docs/chip.md, "Commands", says what each does.

// Read and Write.
const (
	ZoneConfig Zone = 0x00
	ZoneOTP    Zone = 0x01
	ZoneData   Zone = 0x02

	ZoneMask      = 0x03
	ZoneEncrypted = 0x40 // Write: the data is encrypted and a MAC follows
	Zone32        = 0x80 // 32 bytes instead of 4
)

// Counter.
const (
	CounterRead      = 0x00
	CounterIncrement = 0x01
)

// GenKey.
const (
	GenKeyPublic       = 0x00
	GenKeyCreate       = 0x04
	GenKeyDigest       = 0x08
	GenKeyPublicDigest = 0x10

	// KeyIDTempKey in param2 means TempKey instead of a slot.
	KeyIDTempKey = 0xFFFF
)

// Info.
const (
	InfoRevision = 0x00
	InfoKeyValid = 0x01
	InfoState    = 0x02
	InfoGPIO     = 0x03
	InfoLatch    = 0x04

	InfoLatchRead  = 0x0000
	InfoLatchClear = 0x0002
	InfoLatchSet   = 0x0003
)

// Lock.
const (
	LockZoneConfig = 0x00
	LockZoneData   = 0x01
	LockSlot       = 0x02 // the slot number stands in bits 5:2
	LockTypeMask   = 0x03
	LockNoCRC      = 0x80
)

// Nonce.
const (
	NonceRandom       = 0x00
	NonceRandomNoSeed = 0x01
	NonceFixed        = 0x03
	NonceTypeMask     = 0x03
	Nonce64           = 0x20
	NonceTempKey      = 0x00
	NonceMsgDigBuf    = 0x40
	NonceAltKeyBuf    = 0x80
	NonceTargetMask   = 0xC0

	NonceCalculate = 0x8000 // param2: combine with TempKey instead of the RNG
)

// SHA.
const (
	SHAStart        = 0x00
	SHAUpdate       = 0x01
	SHAEnd          = 0x02
	SHAPublic       = 0x03
	SHAHMACStart    = 0x04
	SHAHMACEnd      = 0x05 // 508A only
	SHAReadContext  = 0x06
	SHAWriteContext = 0x07
	SHAModeMask     = 0x07

	SHATargetTempKey   = 0x00
	SHATargetMsgDigBuf = 0x40
	SHATargetOutput    = 0xC0
	SHATargetMask      = 0xC0
)

// Sign.
const (
	SignInternal   = 0x00
	SignInvalidate = 0x01
	SignMsgDigBuf  = 0x20
	SignSerial     = 0x40 // include the serial number in the internal message
	SignExternal   = 0x80
)

// Verify.
const (
	VerifyStored           = 0x00
	VerifyValidateExternal = 0x01
	VerifyExternal         = 0x02
	VerifyValidate         = 0x03
	VerifyInvalidate       = 0x07
	VerifyModeMask         = 0x07
	VerifyMsgDigBuf        = 0x20
	VerifyMAC              = 0x80

	KeyIDP256 = 0x0004 // param2 of an external Verify: the curve
)

// SelfTest.
const (
	SelfTestRNG   = 0x01
	SelfTestECDSA = 0x02
	SelfTestSign  = 0x04
	SelfTestECDH  = 0x08
	SelfTestAES   = 0x10
	SelfTestSHA   = 0x20
	SelfTestAll   = 0x3B // what every library sends
	SelfTestMask  = 0x3F
)
