package sim

import (
	"errors"
	"time"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// command is one row of the table: what the chip knows of a command before it
// runs it.
type command struct {
	parts wire.Part
	// legal says whether lengths and parameters make sense at all, whatever
	// the state of the chip; if not, the answer is a parse error.
	legal func(p wire.Part, c wire.Command) bool
	// run carries the command out and returns the payload of the answer, nil
	// for success without data, or an error: a wire.Status is the chip's
	// answer, anything else breaks the transaction.
	run func(*Chip, wire.Command) ([]byte, error)
	// keepsDigest: the message digest buffer survives. It is good for one use
	// and for "most other commands" it is cleared; the sources do not list
	// them, so it is kept only where they say so.
	keepsDigest bool
	// replaces says whether the command is to leave a new value in TempKey. If
	// it fails, illegal parameters included, the old one is gone as well. Nil
	// for never.
	replaces func(c wire.Command) bool
	// keepsTempKey508: on a 508A, TempKey survives, unless the command fails.
	keepsTempKey508 bool
}

const bothParts = wire.Part508 | wire.Part608

// commands is the table of what this chip can do. Any other opcode is unknown
// to it and answers a parse error.
var commands = map[wire.Opcode]command{
	wire.OpRead:        {parts: bothParts, legal: legalRead, run: (*Chip).cmdRead},
	wire.OpWrite:       {parts: bothParts, legal: legalWrite, run: (*Chip).cmdWrite},
	wire.OpNonce:       {parts: bothParts, legal: legalNonce, run: (*Chip).cmdNonce, keepsDigest: true, replaces: always, keepsTempKey508: true},
	wire.OpLock:        {parts: bothParts, legal: legalLock, run: (*Chip).cmdLock},
	wire.OpRandom:      {parts: bothParts, legal: legalRandom, run: (*Chip).cmdRandom},
	wire.OpCounter:     {parts: bothParts, legal: legalCounter, run: (*Chip).cmdCounter},
	wire.OpInfo:        {parts: bothParts, legal: legalInfo, run: (*Chip).cmdInfo, keepsDigest: true, keepsTempKey508: true},
	wire.OpGenKey:      {parts: bothParts, legal: legalGenKey, run: (*Chip).cmdGenKey, replaces: digestsKey, keepsTempKey508: true},
	wire.OpSign:        {parts: bothParts, legal: legalSign, run: (*Chip).cmdSign},
	wire.OpVerify:      {parts: bothParts, legal: legalVerify, run: (*Chip).cmdVerify},
	wire.OpSHA:         {parts: bothParts, legal: legalSHA, run: (*Chip).cmdSHA, keepsDigest: true, keepsTempKey508: true},
	wire.OpPause:       {parts: wire.Part508, legal: legalPause, run: (*Chip).cmdPause, keepsTempKey508: true},
	wire.OpMAC:         {parts: bothParts, legal: legalMAC, run: (*Chip).cmdMAC},
	wire.OpHMAC:        {parts: wire.Part508, legal: legalHMAC, run: (*Chip).cmdHMAC},
	wire.OpGenDig:      {parts: bothParts, legal: legalGenDig, run: (*Chip).cmdGenDig, replaces: always, keepsTempKey508: true},
	wire.OpDeriveKey:   {parts: bothParts, legal: legalDeriveKey, run: (*Chip).cmdDeriveKey},
	wire.OpUpdateExtra: {parts: bothParts, legal: legalUpdateExtra, run: (*Chip).cmdUpdateExtra},
	wire.OpCheckMac:    {parts: bothParts, legal: legalCheckMac, run: (*Chip).cmdCheckMac, keepsTempKey508: true},
	wire.OpPrivWrite:   {parts: bothParts, legal: legalPrivWrite, run: (*Chip).cmdPrivWrite},
	wire.OpAES:         {parts: wire.Part608, legal: legalAES, run: (*Chip).cmdAES},
	wire.OpECDH:        {parts: bothParts, legal: legalECDH, run: (*Chip).cmdECDH},
	wire.OpKDF:         {parts: wire.Part608, legal: legalKDF, run: (*Chip).cmdKDF},
	wire.OpSecureBoot:  {parts: wire.Part608, legal: legalSecureBoot, run: (*Chip).cmdSecureBoot},
	wire.OpSelfTest:    {parts: wire.Part608, legal: legalSelfTest, run: (*Chip).cmdSelfTest},
}

// always is for a command that replaces TempKey in all its modes.
func always(wire.Command) bool { return true }

// execute runs a received group, saves what it wrote, and lays its answer out.
// Where saving fails the write is taken back and the transaction fails: a
// state file that silently lags behind would bring a spent counter back.
func (c *Chip) execute(group []byte) error {
	before := c.mem
	payload, took, err := c.run(group)
	if err == nil && c.mem != before {
		err = c.save()
	}
	if err != nil {
		c.mem = before
		c.port.out, c.port.next = nil, 0
		return err
	}
	// The answer lies there at once, but nobody can read it before the chip
	// acknowledges its address again.
	c.port.out, c.port.next = wire.Response(payload), 0
	c.port.ready = c.now().Add(took)
	return nil
}

// run returns the payload of the answer and how long the command takes. The
// order of the checks is the chip's best known one; the data sheet promises
// only that a damaged group comes first.
func (c *Chip) run(group []byte) (payload []byte, took time.Duration, err error) {
	payload, err = c.dispatch(group)
	var status wire.Status
	if errors.As(err, &status) {
		payload, err = []byte{byte(status)}, nil
	}
	if payload == nil {
		payload = []byte{byte(wire.StatusSuccess)}
	}
	l := refusal
	if answered(status) {
		l = latencies[wire.Opcode(group[1])]
	}
	return payload, c.clock.take(l, c.port.divider), err
}

// answered says whether the command ran to its end: success, or a comparison
// that came out negative.
func answered(s wire.Status) bool {
	return s == wire.StatusSuccess || s == wire.StatusMiscompare
}

// dispatch checks a group, finds its command and runs it.
func (c *Chip) dispatch(group []byte) ([]byte, error) {
	cmd, err := wire.ParseCommand(group)
	if err != nil {
		return nil, groupFault(group)
	}
	row, known := commands[cmd.Op]
	if !known || row.parts&c.part() == 0 || !row.legal(c.part(), cmd) {
		c.settleTempKey(row, cmd, wire.StatusParse)
		return nil, wire.StatusParse
	}
	// What might not fit before the watchdog is not even begun. The sources name
	// no margin; the published maximum is the honest one.
	if c.port.expires.Sub(c.now()) < latencies[cmd.Op].max[c.port.divider] {
		return nil, wire.StatusWatchdog
	}
	if c.state.failed != 0 && !worksAfterFailure(cmd) {
		return nil, wire.StatusSelfTest
	}
	payload, err := row.run(c, cmd)
	if !row.keepsDigest {
		c.state.digest = digestBuffer{}
	}
	c.settleTempKey(row, cmd, err)
	return payload, err
}

// groupFault tells a group that is too short for any command, but arrived
// whole, from a damaged one: only the latter is worth sending again.
func groupFault(group []byte) wire.Status {
	// Count and CRC stand in the same places as in an answer, which may be shorter.
	if _, err := wire.ParseResponse(group); err == nil {
		return wire.StatusParse
	}
	return wire.StatusCRC
}

// worksAfterFailure lists what a chip still does after a failed self test.
func worksAfterFailure(cmd wire.Command) bool {
	return cmd.Op == wire.OpSelfTest ||
		cmd.Op == wire.OpRead && wire.Zone(cmd.P1&wire.ZoneMask) == wire.ZoneConfig
}

// settleTempKey clears what a command does not leave behind. On a 508A nearly
// everything clears TempKey and ends an open SHA computation.
func (c *Chip) settleTempKey(row command, cmd wire.Command, err error) {
	if errors.Is(err, wire.StatusECCFault) {
		return
	}
	clears := err != nil && row.replaces != nil && row.replaces(cmd)
	if c.part() == wire.Part508 {
		clears = !row.keepsTempKey508 || err != nil && cmd.Op != wire.OpInfo
		if cmd.Op != wire.OpSHA || err != nil {
			c.state.sha = shaContext{}
		}
	}
	if clears {
		c.state.tempKey = tempKey{}
	}
}

// part is the member of the family that the chip is.
func (c *Chip) part() wire.Part {
	if c.mem.config.Part() == config.Part508 {
		return wire.Part508
	}
	return wire.Part608
}

// slotNumber says whether param2 names a slot.
func slotNumber(p2 uint16) bool { return p2 < wire.Slots }
