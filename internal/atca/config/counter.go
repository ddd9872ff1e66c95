package config

import (
	"encoding/binary"
	"math/bits"
)

// MaxCount is where a counter stops for good.
const MaxCount = 1<<21 - 1

// EncodeCounter writes a count as the chip stores it: two linear words, whose
// bits are cleared one by one, and two binary words. The two pairs take turns
// every 16 counts, so that a power cut spoils at most the pair being written
// (docs/chip.md, "Counters"). A count beyond MaxCount becomes MaxCount.
func EncodeCounter(v uint32) [8]byte {
	v = min(v, MaxCount)
	linB, binB := uint16(0xFFFF), uint16(0)
	if v >= 16 {
		linB, binB = 0xFFFF>>((v-16)%32), uint16((v-16)/32)
	}
	var b [8]byte
	binary.BigEndian.PutUint16(b[0:], 0xFFFF>>(v%32))
	binary.BigEndian.PutUint16(b[2:], linB)
	binary.BigEndian.PutUint16(b[4:], uint16(v/32))
	binary.BigEndian.PutUint16(b[6:], binB)
	return b
}

// DecodeCounter reads a count. It is false for a pattern that no count has.
func DecodeCounter(b [8]byte) (uint32, bool) {
	linA, linB := binary.BigEndian.Uint16(b[0:]), binary.BigEndian.Uint16(b[2:])
	v := 32*uint32(binary.BigEndian.Uint16(b[4:])) + cleared(linA)
	if linA == 0 {
		v = 32*uint32(binary.BigEndian.Uint16(b[6:])) + 16 + cleared(linB)
	}
	return v, EncodeCounter(v) == b
}

// cleared is how far a linear word has been counted down.
func cleared(word uint16) uint32 { return uint32(16 - bits.OnesCount16(word)) }
