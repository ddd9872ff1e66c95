package wire

// Word address: the first byte of every write to the chip's own address.
const (
	WordReset   = 0x00 // the read pointer returns to the start of the answer; a partial command is dropped
	WordSleep   = 0x01 // sleep, all volatile state is cleared
	WordIdle    = 0x02 // idle, TempKey and its companions are kept
	WordCommand = 0x03 // a command group (or a piece of one) follows
)

// WakeOK and WakeSelfTest are the answers that wait to be read after a wake.
var (
	WakeOK       = [4]byte{0x04, 0x11, 0x33, 0x43}
	WakeSelfTest = [4]byte{0x04, 0x07, 0x40, 0xC2}
)
