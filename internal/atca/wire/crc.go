package wire

// polynomial of the chip's CRC-16.
const polynomial = 0x8005

// CRC16 is the chip's checksum over a group, a configuration zone or the data
// zone. Bits of each byte enter least significant first, the register shifts
// left from zero, and the result travels low byte first. It is none of the
// catalogue's CRC-16 variants; see docs/chip.md, "Frames".
func CRC16(b []byte) uint16 {
	var crc uint16
	for _, c := range b {
		for bit := range 8 {
			feedback := uint16(c>>bit)&1 != crc>>15
			crc <<= 1
			if feedback {
				crc ^= polynomial
			}
		}
	}
	return crc
}
