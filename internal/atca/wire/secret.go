package wire

// SecretRequest says whether the command's data may hold a key or other secret
// in clear: such bytes are masked wherever frames are shown.
func (c Command) SecretRequest() bool {
	switch c.Op {
	case OpPrivWrite, OpAES:
		return true
	case OpWrite:
		return Zone(c.P1&ZoneMask) == ZoneData
	case OpNonce:
		// What goes to the alternate key buffer is a key. TempKey and the message
		// digest buffer take digests, as a rule.
		return c.P1&NonceTypeMask == NonceFixed && c.P1&NonceTargetMask == NonceAltKeyBuf
	}
	return false
}

// SecretResponse says whether a data answer to the command may hold a secret
// in clear.
func (c Command) SecretResponse() bool {
	switch c.Op {
	case OpRead:
		return Zone(c.P1&ZoneMask) == ZoneData
	case OpECDH, OpKDF, OpAES:
		return true
	}
	return false
}
