package config

// ChipMode is byte 19. The chip samples it when it wakes.
type ChipMode byte

// ChipMode returns byte 19.
func (z Zone) ChipMode() ChipMode { return ChipMode(z[offChipMode]) }

// clockDividers are the values of the divider field, M0 to M2.
var clockDividers = [...]byte{0x00, 0x05, 0x0D}

// Divider is the index of the clock divider, 0 to 2 for M0 to M2. A pattern
// that no public source names counts as M0.
func (m ChipMode) Divider() int {
	for i, v := range clockDividers {
		if byte(m>>3) == v {
			return i
		}
	}
	return 0
}

// LongWatchdog says that the watchdog bites after ten seconds and more instead
// of 1.3.
func (m ChipMode) LongWatchdog() bool { return m>>2&1 != 0 }

// TTL is the TTLenable bit: input levels follow the supply.
func (m ChipMode) TTL() bool { return m>>1&1 != 0 }

// AddressFromUserExtra says, on a 608, that UserExtraAdd is the address once it
// is not zero.
func (m ChipMode) AddressFromUserExtra() bool { return m&1 != 0 }

// CountMatch is byte 18 of a 608: an upper limit for Counter[0], kept in a slot.
type CountMatch byte

// CountMatch returns byte 18, or zero on a 508A, which uses it otherwise.
func (z Zone) CountMatch() CountMatch { return CountMatch(z.only608(offCountMatch)) }

// Enabled says whether the limit is in force.
func (c CountMatch) Enabled() bool { return c&1 != 0 }

// Slot holds the limit.
func (c CountMatch) Slot() int { return int(c >> 4) }

// UseLock is byte 68 of a 608, the transport lock. Public sources name it and
// do not say how it is opened.
type UseLock byte

// UseLock returns byte 68, or zero on a 508A.
func (z Zone) UseLock() UseLock { return UseLock(z.only608(offUseLock)) }

// Enabled says whether the transport lock is on: one nibble of sixteen.
func (u UseLock) Enabled() bool { return u&0xF == 0xA }

// Slot holds the key that opens the lock.
func (u UseLock) Slot() int { return int(u >> 4) }

// VolatileKeyPermission is byte 69 of a 608: who may set the persistent latch.
type VolatileKeyPermission byte

// VolatileKeyPermission returns byte 69, or zero on a 508A.
func (z Zone) VolatileKeyPermission() VolatileKeyPermission {
	return VolatileKeyPermission(z.only608(offVolatileKey))
}

// Enabled says whether Info may set and clear the latch.
func (v VolatileKeyPermission) Enabled() bool { return v>>7 != 0 }

// Slot holds the key that must have been proven first.
func (v VolatileKeyPermission) Slot() int { return int(v & 0xF) }

// SecureBoot is the word at 70 of a 608.
type SecureBoot uint16

// SecureBoot returns the word at 70, or zero on a 508A.
func (z Zone) SecureBoot() SecureBoot { return SecureBoot(z.only608Word(offSecureBoot)) }

// Mode is 0 for off, 1 FullBoth, 2 FullSig, 3 FullDig.
func (s SecureBoot) Mode() int { return int(s & 3) }

// PersistentEnable says whether a successful SecureBoot sets the latch. Public
// sources disagree whether bit 2 or 3 means it, so either does.
func (s SecureBoot) PersistentEnable() bool { return s>>2&3 != 0 }

// RandNonce says whether the nonce must come from the chip.
func (s SecureBoot) RandNonce() bool { return s>>4&1 != 0 }

// DigestSlot receives the digest or the signature.
func (s SecureBoot) DigestSlot() int { return int(s >> 8 & 0xF) }

// PublicKeySlot holds the key that signs boot images.
func (s SecureBoot) PublicKeySlot() int { return int(s >> 12) }

// ChipOptions is the word at 90 of a 608.
type ChipOptions uint16

// ChipOptions returns the word at 90, or zero on a 508A.
func (z Zone) ChipOptions() ChipOptions { return ChipOptions(z.only608Word(offChipOptions)) }

// PowerOnSelfTest makes the chip test itself at each wake.
func (o ChipOptions) PowerOnSelfTest() bool { return o&1 != 0 }

// IOProtection says whether there is an IO protection key.
func (o ChipOptions) IOProtection() bool { return o>>1&1 != 0 }

// KDFAES lets KDF use AES.
func (o ChipOptions) KDFAES() bool { return o>>2&1 != 0 }

// AutoClear makes a failure of the generator's health test clear itself after
// the command that met it.
func (o ChipOptions) AutoClear() bool { return o>>3&1 != 0 }

// ECDHProtection says where the secret of ECDH may go: 0 out in clear, 1 out
// encrypted, 2 into TempKey or a slot only, 3 nowhere.
func (o ChipOptions) ECDHProtection() int { return int(o >> 8 & 3) }

// KDFProtection is to KDF what ECDHProtection is to ECDH.
func (o ChipOptions) KDFProtection() int { return int(o >> 10 & 3) }

// IOProtectionKey is the slot of the IO protection key.
func (o ChipOptions) IOProtectionKey() int { return int(o >> 12) }

// only608 is a byte that means something else on a 508A.
func (z Zone) only608(offset int) byte {
	if z.Part() == Part508 {
		return 0
	}
	return z[offset]
}

// only608Word is a word that means something else on a 508A.
func (z Zone) only608Word(offset int) uint16 {
	if z.Part() == Part508 {
		return 0
	}
	return z.word(offset)
}
