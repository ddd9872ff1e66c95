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

// MAC. CheckMac has the same bits but the last; HMAC and DeriveKey have the bit
// for the source.
const (
	MACChallengeTempKey = 0x01 // TempKey instead of a challenge
	MACKeyTempKey       = 0x02 // TempKey instead of a slot's key
	MACFixed            = 0x04 // TempKey holds a fixed value, not one from the RNG
	MACSerial           = 0x40 // include the serial number
)

// GenDig.
const (
	GenDigConfig    = 0x00
	GenDigOTP       = 0x01
	GenDigData      = 0x02
	GenDigNonce     = 0x03 // the host's data
	GenDigCounter   = 0x04
	GenDigKeyConfig = 0x05

	GenDigTransport = 0x8000 // param2 of GenDigData: from here on Microchip's keys
	GenDigSwap      = 0x8000 // param2 of GenDigNonce: TempKey before the data
)

// PrivWrite.
const (
	PrivWriteClear     = 0x00
	PrivWriteEncrypted = 0x40
)

// UpdateExtra.
const (
	UpdateExtraByte    = 0x00 // UserExtra
	UpdateExtraAddress = 0x01 // UserExtraAdd; Selector of a 508A
	UpdateExtraUse     = 0x02 // spend one use of a limited key
)

// AES.
const (
	AESEncrypt  = 0x00
	AESDecrypt  = 0x01
	AESGFM      = 0x03 // multiply in the field of GCM
	AESModeMask = 0x07

	AESKeyBlockShift = 6 // bits 7:6 count the key's 16 bytes within its slot
)

// ECDH.
const (
	ECDHFromTempKey = 0x01 // the private key is the one that GenKey left there
	ECDHEncrypted   = 0x02
	ECDHCompatible  = 0x00 // the slot's configuration decides, as on the 508A
	ECDHToSlot      = 0x04
	ECDHToTempKey   = 0x08
	ECDHToOutput    = 0x0C
	ECDHTargetMask  = 0x0C
)

// KDF.
const (
	KDFFromTempKey      = 0x00
	KDFFromTempKeyUpper = 0x01
	KDFFromSlot         = 0x02
	KDFFromAltKeyBuf    = 0x03
	KDFSourceMask       = 0x03

	KDFToTempKey         = 0x00
	KDFToTempKeyUpper    = 0x04
	KDFToSlot            = 0x08
	KDFToAltKeyBuf       = 0x0C
	KDFToOutput          = 0x10
	KDFToOutputEncrypted = 0x14
	KDFTargetMask        = 0x1C

	KDFPRF           = 0x00
	KDFAES           = 0x20
	KDFHKDF          = 0x40
	KDFAlgorithmMask = 0x60
)

// The details of KDF, which come before its message as a little-endian number.
// What the bits mean depends on the algorithm.
const (
	KDFDetailsSize = 4

	KDFLengthShift = 24 // PRF, HKDF: length of the message

	KDFPRFKeyMask    = 0x003 // length of the key in units of 16 bytes, less one
	KDFPRFLong       = 0x100 // 64 bytes instead of 32
	KDFPRFAEADMask   = 0x600
	KDFPRFAEADOutput = 0x200 // the second half is answered in clear

	KDFAESKeyMask = 0x003 // which 16 bytes of the source are the key

	KDFHKDFFromSlot    = 0x000 // where the message is
	KDFHKDFFromTempKey = 0x001
	KDFHKDFFromInput   = 0x002
	KDFHKDFFromInputIV = 0x003 // in the input, and the chip looks for KdfIvStr in it
	KDFHKDFMessageMask = 0x003
	KDFHKDFZeroKey     = 0x004 // the key is 32 zeros instead of the source
	KDFHKDFSlotShift   = 8     // bits 11:8 are the slot of the message
	KDFHKDFSlotMask    = 0xF
)

// SecureBoot.
const (
	SecureBootFull      = 0x05
	SecureBootFullStore = 0x06 // check against what a copy has stored
	SecureBootFullCopy  = 0x07 // check, and store for later
	SecureBootModeMask  = 0x07
	SecureBootProhibit  = 0x40 // none after this one until power is lost
	SecureBootMAC       = 0x80 // the digest comes encrypted, the answer is a MAC
)
