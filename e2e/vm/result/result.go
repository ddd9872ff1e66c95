// Package result is what the guest of the VM lane tells the host: JSON, one
// Line a line, through the second serial port.
package result

// Line is one line. One of its members is set.
type Line struct {
	Cell     *Cell    `json:"cell,omitempty"`
	Latency  *Latency `json:"latency,omitempty"`
	Coverage []byte   `json:"coverage,omitempty"` // the directory GOCOVERDIR as a .tar.gz
	Fatal    string   `json:"fatal,omitempty"`    // why the guest gave up
	Done     bool     `json:"done,omitempty"`     // the last line: nothing is missing
}

// Cell is one field of the table of transports and checks.
type Cell struct {
	Transport string `json:"transport"`
	Check     string `json:"check"`
	Millis    int64  `json:"ms"`
	Failure   string `json:"failure,omitempty"` // "" where the check held
	Evidence  string `json:"evidence,omitempty"`
}

// Latency is what a transport costs. Times are microseconds.
type Latency struct {
	Transport    string `json:"transport"`
	WakeInfo     int64  `json:"wake_info_us"`      // from the wake pulse to the answer of Info
	WakeInfoWire int64  `json:"wake_info_wire_us"` // what the wire alone needs for that, tWHI included
	NonceSign    int64  `json:"nonce_sign_us"`     // from Nonce to the signature
	NonceWire    int64  `json:"nonce_sign_wire_us"`
	Transactions int    `json:"transactions"`  // on the I2C bus, in a long run
	Transfers    int    `json:"usb_transfers"` // USB requests that they took
}
