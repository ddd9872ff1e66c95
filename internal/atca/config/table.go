package config

import (
	"fmt"
	"slices"
)

// layout is the whole zone of a part, in the order of its bytes
// (docs/chip.md, "Configuration zone").
func layout(p Part) []Field {
	if p == Part508 {
		return slices.Concat(
			identity(), aes508(), interfaces(), otpMode508(), chipMode508(), slotConfigs(), counters(),
			lastKeyUse(), extra508(), locks(), slotLocks(), reserved508(), x509Formats(), keyConfigs(keyBits508()))
	}
	return slices.Concat(
		identity(), aes608(), interfaces(), countMatch608(), chipMode608(), slotConfigs(), counters(),
		keyControl608(), extra608(), locks(), slotLocks(), chipOptions608(), x509Formats(), keyConfigs(keyBits608()))
}

// identity is fixed in the factory.
func identity() []Field {
	return []Field{
		whole("SN[0:3]", offSerialHigh, 4, AccessFactory, "first four bytes of the serial number", textSerial),
		whole("RevNum", offRevision, 4, AccessFactory, "part and revision", textRevision),
		whole("SN[4:8]", offSerialLow, 5, AccessFactory, "last five bytes of the serial number", textFamily),
	}
}

// aes608: real parts carry 01, 61 and C1 here, so only the lowest bit means
// anything.
func aes608() []Field {
	return []Field{
		bit("AES_Enable", offAESEnable, 0, "the AES engine is there", either("AES engine present", "no AES engine")).factory(),
		number("AES_Enable.Reserved", offAESEnable, 1, 7, "varies from part to part", quiet).factory(),
	}
}

// aes508: the 508A has no AES, and its byte (C0 is common) nothing to say.
func aes508() []Field {
	return []Field{
		whole("Reserved13", offAESEnable, 1, AccessFactory, "varies from part to part", quiet),
	}
}

// interfaces: the upper bits of I2C_Enable differ from part to part too, and
// have no public meaning.
func interfaces() []Field {
	return []Field{
		bit("I2C_Enable", offI2CEnable, 0, "I2C part, not single-wire", either("I2C part", "single-wire part, never answers on I2C")).factory(),
		number("I2C_Enable.Reserved", offI2CEnable, 1, 7, "varies from part to part", quiet).factory(),
		whole("Reserved15", 15, 1, AccessFactory, "reserved", textReserved),
		whole("I2C_Address", offI2CAddress, 1, AccessConfig, "I2C address shifted left by one; GPIO control of a single-wire part", textAddress),
		whole("Reserved17", 17, 1, AccessConfig, "reserved", textReserved),
	}
}

// countMatch608 took the place of OTPmode. A configuration made for the 508A and
// written to a 608 sets a limit here that nobody meant.
func countMatch608() []Field {
	return []Field{
		bit("CountMatch.Enable", offCountMatch, 0, "Counter[0] stops at the limit in CountMatch.Key", either("Counter[0] stops at the limit in a slot", "off")),
		number("CountMatch.Reserved", offCountMatch, 1, 3, "reserved", textReserved),
		number("CountMatch.Key", offCountMatch, 4, 4, "slot of the limit", slotIf("limit", func(z Zone) bool { return z.CountMatch().Enabled() })),
	}
}

// otpMode508 is a value, not bits: anything but AA and 55 is reserved.
func otpMode508() []Field {
	return []Field{
		whole("OTPmode", offCountMatch, 1, AccessConfig, "how the OTP zone may be used after the lock", textOTPMode),
	}
}

// chipMode608 is what the chip reads anew at each wake.
func chipMode608() []Field {
	return []Field{
		bit("ChipMode.UserExtraAdd", offChipMode, 0, "UserExtraAdd is the I2C address unless it is zero", either("UserExtraAdd is the I2C address unless it is zero", "I2C_Address is the I2C address")),
		bit("ChipMode.TTLenable", offChipMode, 1, "input levels follow the supply", either("input levels follow VCC", "fixed input levels")),
		bit("ChipMode.Watchdog", offChipMode, 2, "long watchdog", either("watchdog of 10 s and more", "watchdog of 1.3 s")),
		number("ChipMode.ClockDivider", offChipMode, 3, 5, "clock divider: 0 M0, 5 M1, 13 M2", textDivider),
	}
}

// chipMode508: the 508A has one clock, and its lowest bit guards Selector.
func chipMode508() []Field {
	return []Field{
		bit("ChipMode.SelectorMode", offChipMode, 0, "Selector can be written only while it is zero", either("Selector can be written once", "Selector can always be written")),
		bit("ChipMode.TTLenable", offChipMode, 1, "input levels follow the supply", either("input levels follow VCC", "fixed input levels")),
		bit("ChipMode.Watchdog", offChipMode, 2, "long watchdog", either("watchdog of 10 s", "watchdog of 1.3 s")),
		number("ChipMode.Reserved", offChipMode, 3, 5, "reserved", textReserved),
	}
}

// counters may be preset before the lock, to leave fewer uses; after it only
// commands move them, and only up.
func counters() []Field {
	return []Field{
		whole("Counter[0]", offCounter, 8, AccessBoth, "counts uses of limited keys; at will by Counter", textCounter),
		whole("Counter[1]", offCounter+8, 8, AccessBoth, "counts at will by Counter", textCounter),
	}
}

// keyControl608 replaces LastKeyUse of the 508A. SecureBoot has two rows for
// one meaning, because public sources disagree on the bit.
func keyControl608() []Field {
	return []Field{
		number("UseLock.Enable", offUseLock, 0, 4, "10 turns the transport lock on, any other value off", textUseLock),
		number("UseLock.Key", offUseLock, 4, 4, "slot of the transport key", slotIf("key", func(z Zone) bool { return z.UseLock().Enabled() })),
		number("VolatileKeyPermission.Key", offVolatileKey, 0, 4, "slot of the key that permits", slotIf("permitted by the key", func(z Zone) bool { return z.VolatileKeyPermission().Enabled() })),
		number("VolatileKeyPermission.Reserved", offVolatileKey, 4, 3, "reserved", textReserved),
		bit("VolatileKeyPermission.Enable", offVolatileKey, 7, "Info may set and clear the persistent latch", either("the persistent latch can be set and cleared", "off")),
		number("SecureBoot.Mode", offSecureBoot, 0, 2, "0 off, 1 FullBoth, 2 FullSig, 3 FullDig", oneOf("off", "FullBoth: signature checked each time", "FullSig: signature stored", "FullDig: digest stored")),
		bit("SecureBoot.PersistentEnable2", offSecureBoot, 2, "success sets the persistent latch, where DS40002138 puts the bit", either("success sets the persistent latch (bit 2)", "")),
		bit("SecureBoot.PersistentEnable", offSecureBoot, 3, "success sets the persistent latch, where public headers put the bit", either("success sets the persistent latch (bit 3)", "")),
		bit("SecureBoot.RandNonce", offSecureBoot, 4, "the nonce must come from the chip", either("needs a random nonce", "")),
		number("SecureBoot.Reserved", offSecureBoot, 5, 3, "reserved", textReserved),
		number("SecureBoot.SigDig", offSecureBoot, 8, 4, "slot of the stored signature or digest", slotIf("stored", func(z Zone) bool { return z.SecureBoot().Mode() >= 2 })),
		number("SecureBoot.PubKey", offSecureBoot, 12, 4, "slot of the public key", slotIf("public key", func(z Zone) bool { return z.SecureBoot().Mode() != 0 })),
		whole("KdfIvLoc", 72, 1, AccessConfig, "place of the IV in an HKDF message", textKdfIvLoc),
		whole("KdfIvStr", 73, 2, AccessConfig, "the two bytes that must stand there", textQuoted),
		whole("Reserved75", 75, 4, AccessConfig, "reserved", textReserved),
		whole("Reserved79", 79, 5, AccessConfig, "reserved", textReserved),
	}
}

// extra608 are bytes that a locked chip still lets its user set, once.
func extra608() []Field {
	return []Field{
		whole("UserExtra", 84, 1, AccessCommand, "free for the user, written once by UpdateExtra", textFree),
		whole("UserExtraAdd", offUserExtraAdd, 1, AccessCommand, "second I2C address shifted left by one, written once by UpdateExtra", textUserExtraAdd),
	}
}

// extra508: Selector may be written again, unless ChipMode says otherwise.
func extra508() []Field {
	return []Field{
		whole("UserExtra", 84, 1, AccessCommand, "free for the user, written once by UpdateExtra", textFree),
		whole("Selector", offUserExtraAdd, 1, AccessCommand, "which chip stays awake after Pause", textFree),
	}
}

// locks are shown as bytes: 55 is open, the chip writes 00, and any other value
// found there is a lock as well.
func locks() []Field {
	return []Field{
		whole("LockValue", offLockValue, 1, AccessCommand, "lock of the data and OTP zones: 55 until Lock", textLock("data and OTP zones")),
		whole("LockConfig", offLockConfig, 1, AccessCommand, "lock of the configuration zone: 55 until Lock", textLock("configuration zone")),
	}
}

// chipOptions608: the two protections say what leaves the chip when ECDH and KDF
// have made a secret.
func chipOptions608() []Field {
	return []Field{
		bit("ChipOptions.PowerOnSelfTest", offChipOptions, 0, "self-test at each wake, which then takes up to 20 ms", either("self-test at wake", "no self-test at wake")),
		bit("ChipOptions.IoProtectionKeyEnable", offChipOptions, 1, "there is an IO protection key", either("IO protection key in use", "no IO protection key")),
		bit("ChipOptions.KdfAesEnable", offChipOptions, 2, "KDF may use AES", either("KDF may use AES", "KDF without AES")),
		bit("ChipOptions.AutoClearFirstFail", offChipOptions, 3, "a failed health test clears itself", either("a failed health test clears itself", "a failed health test stays until sleep")),
		number("ChipOptions.Reserved", offChipOptions, 4, 4, "reserved", textReserved),
		number("ChipOptions.EcdhProt", offChipOptions, 8, 2, "0 clear, 1 encrypted, 2 kept in the chip, 3 none", protection("ECDH")),
		number("ChipOptions.KdfProt", offChipOptions, 10, 2, "0 clear, 1 encrypted, 2 kept in the chip, 3 none", protection("KDF")),
		number("ChipOptions.IoProtectionKey", offChipOptions, 12, 4, "slot of the IO protection key", slotIf("IO protection key", func(z Zone) bool { return z.ChipOptions().IOProtection() })),
	}
}

// reserved508 stands where the 608 has ChipOptions.
func reserved508() []Field {
	return []Field{
		whole("Reserved90", offChipOptions, 2, AccessConfig, "reserved", textReserved),
	}
}

// slotBits are the parts of each SlotConfig word. ReadKey stays one number even
// for private keys, whose permissions are a view of its bits.
func slotBits() []Field {
	return []Field{
		number("ReadKey", 0, 0, 4, "slot of the key that encrypts reads; of a private key: permissions", nil),
		bit("NoMac", 0, 4, "no MAC or HMAC with this key", nil),
		bit("LimitedUse", 0, 5, "each use counts", nil),
		bit("EncryptRead", 0, 6, "reads are encrypted", nil),
		bit("IsSecret", 0, 7, "no reads in clear", nil),
		number("WriteKey", 0, 8, 4, "slot of the key that encrypts writes", nil),
		number("WriteConfig", 0, 12, 4, "how Write, GenKey, PrivWrite and DeriveKey may change it", nil),
	}
}

// keyBits are the parts of each KeyConfig word, with the part's own name of the
// bit that a latch overrules.
func keyBits(latch Field) []Field {
	return []Field{
		bit("Private", 0, 0, "P-256 private key", nil),
		bit("PubInfo", 0, 1, "private: public key readable; public: to be validated; else: KDF may write it", nil),
		number("KeyType", 0, 2, 3, "4 P-256, 6 AES, 7 data and other keys", nil),
		bit("Lockable", 0, 5, "can be locked by itself", nil),
		bit("ReqRandom", 0, 6, "needs a random nonce", nil),
		bit("ReqAuth", 0, 7, "needs authorisation by AuthKey", nil),
		number("AuthKey", 0, 8, 4, "slot of the key that authorises", nil),
		latch,
		number("Reserved", 0, 13, 1, "reserved", nil),
		number("X509id", 0, 14, 2, "which X509format holds for it", nil),
	}
}

func keyBits608() []Field {
	return keyBits(bit("PersistentDisable", 0, 12, "unusable while the persistent latch is 0", nil))
}

func keyBits508() []Field {
	return keyBits(bit("IntrusionDisable", 0, 12, "unusable while the intrusion latch is 0", nil))
}

// x509Bits are the parts of each X509format byte.
func x509Bits() []Field {
	return []Field{
		number("PublicPosition", 0, 0, 4, "block of the message that is the public key", textX509("public key in block %d", "")),
		number("TemplateLength", 0, 4, 4, "length of the message in blocks", textX509("%d blocks", "no format")),
	}
}

func slotConfigs() []Field { return perSlot("SlotConfig", offSlotConfig, slotBits()) }

func keyConfigs(sub []Field) []Field { return perSlot("KeyConfig", offKeyConfig, sub) }

// perSlot repeats the parts of a two-byte word for each slot.
func perSlot(name string, offset int, sub []Field) []Field {
	var all []Field
	for slot := range Slots {
		for _, f := range sub {
			f.Name, f.Slot = fmt.Sprintf("%s[%d].%s", name, slot, f.Key), slot
			f.Offset = offset + 2*slot
			all = append(all, f)
		}
	}
	return all
}

// slotLocks are the bits that Lock clears slot by slot.
func slotLocks() []Field {
	var all []Field
	for slot := range Slots {
		f := bit(fmt.Sprintf("SlotLocked[%d]", slot), offSlotLocked, slot, "locked by itself: the bit is 0", nil)
		f.Key, f.Slot, f.ActiveLow, f.Access = "SlotLocked", slot, true, AccessBoth
		all = append(all, f)
	}
	return all
}

func x509Formats() []Field {
	var all []Field
	for n := range 4 {
		for _, f := range x509Bits() {
			f.Name = fmt.Sprintf("X509format[%d].%s", n, f.Key)
			f.Key, f.Offset = f.Name, offX509Format+n
			all = append(all, f)
		}
	}
	return all
}

// lastKeyUse are the 128 uses of slot 15 of a 508A, a bit each. The first row
// speaks for all.
func lastKeyUse() []Field {
	var all []Field
	for n := range 16 {
		words := quiet
		if n == 0 {
			words = textUses
		}
		all = append(all, whole(fmt.Sprintf("LastKeyUse.%d", n), offUseLock+n, 1, AccessBoth, "uses left of slot 15, a bit each", words))
	}
	return all
}

// whole is a row for whole bytes. They are shown in the order of the zone, as
// data sheets print them.
func whole(name string, offset, n int, a Access, meaning string, words func(Zone, uint64) string) Field {
	return Field{Name: name, Key: name, Slot: NoSlot, Offset: offset, Width: 8 * n, Kind: KindBytes, Access: a, Meaning: meaning, words: words}
}

// number is a row for some bits.
func number(name string, offset, bit, width int, meaning string, words func(Zone, uint64) string) Field {
	return Field{Name: name, Key: name, Slot: NoSlot, Offset: offset, Bit: bit, Width: width, Kind: KindNumber, Access: AccessConfig, Meaning: meaning, words: words}
}

// bit is a row for one bit, shown as true or false.
func bit(name string, offset, n int, meaning string, words func(Zone, uint64) string) Field {
	f := number(name, offset, n, 1, meaning, words)
	f.Kind = KindFlag
	return f
}

// factory marks a row as fixed in the factory.
func (f Field) factory() Field {
	f.Access = AccessFactory
	return f
}
