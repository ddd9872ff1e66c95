package sim

import (
	"encoding/binary"
	"math/bits"

	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// The rules that SlotConfig and KeyConfig lay on any use of a key
// (docs/chip.md, "KeyConfig"). They bind once the data zone is locked; before
// that only Private and the slot's own lock do. All refusals are execution
// errors.

// counterMax is where the monotonic counters end.
const counterMax = 1<<21 - 1

// LastKeyUse of the 508A, and the slot whose uses it counts.
const (
	lastKeyUseOffset = 68
	lastKeyUseSize   = 16
	lastKeySlot      = 15
)

// limitStep: a limit for uses must be a multiple of this.
const limitStep = 32

// keyUse is one use of a slot's key by a command.
type keyUse struct {
	slot      config.Slot
	reqRandom bool // the command honours ReqRandom
	ready     bool // the command's own input is there
	uncounted bool // LimitedUse does not count this use
	noAuth    bool // AES and KDF: no authorisation opens a key with ReqAuth
	creates   bool // GenKey is about to replace the key: the latch does not matter
}

// use admits the use of a key, in the chip's order: the persistent latch, the
// authorisation (spent whether or not the use succeeds), the source of the
// nonce, the command's input, and last the use counter, which must not be
// spent on a command that fails before it computes.
func (c *Chip) use(u keyUse) error {
	if !c.mem.config.DataLocked() {
		// The chip is still with its maker: policies do not bind.
		return refuseUnless(u.ready)
	}
	key := u.slot.Key
	if c.disabled(key) && !u.creates {
		return wire.StatusExecution
	}
	if err := c.authorise(key); err != nil {
		return err
	}
	// A real 608B refused AES to a host that had authorised itself; nobody knows
	// why, and KDF is taken to be alike.
	if u.noAuth && key.ReqAuth() {
		return wire.StatusExecution
	}
	// Some commands ask for a nonce of the chip's own making even in modes that
	// do not take TempKey as input.
	nonce := c.state.tempKey
	if u.reqRandom && key.ReqRandom() && (!nonce.usable() || nonce.fixed) {
		return wire.StatusExecution
	}
	if !u.ready {
		return wire.StatusExecution
	}
	if u.slot.Config.LimitedUse() && !u.uncounted {
		return c.countUse(u.slot.Number)
	}
	return nil
}

// disabled says whether the persistent latch bars a key.
func (c *Chip) disabled(key config.KeyConfig) bool { return key.PersistentDisable() && !c.latch }

// authorise honours ReqAuth. Any use of such a key ends the authorisation.
func (c *Chip) authorise(key config.KeyConfig) error {
	if !key.ReqAuth() {
		return nil
	}
	by := c.state.auth
	c.state.auth = nil
	return refuseUnless(by != nil && *by == key.AuthKey())
}

// countUse spends one use of a limited key, or refuses when none is left.
func (c *Chip) countUse(slot int) error {
	if c.part() == wire.Part508 && slot == lastKeySlot {
		return c.clearUse()
	}
	v, ok := c.mem.config.Counter(0)
	if !ok || v >= c.useLimit() {
		return wire.StatusExecution
	}
	c.setCounter(0, v+1)
	return nil
}

// clearUse spends one of the 128 uses that LastKeyUse gives to slot 15 of a
// 508A: the first bit that is still set, high bits first.
func (c *Chip) clearUse() error {
	uses := c.mem.config[lastKeyUseOffset : lastKeyUseOffset+lastKeyUseSize]
	for i, left := range uses {
		if left != 0 {
			uses[i] = left &^ (1 << (bits.Len8(left) - 1))
			return nil
		}
	}
	return wire.StatusExecution
}

// useLimit is the count at which limited keys stop working: the counter's end,
// or what the CountMatch slot says, twice. A slot that holds no such limit
// (an unwritten one, say) allows no use; the public sources are silent there.
func (c *Chip) useLimit() uint32 {
	match := c.mem.config.CountMatch()
	if !match.Enabled() {
		return counterMax
	}
	b := c.mem.slot(match.Slot())
	limit := binary.LittleEndian.Uint32(b)
	if limit != binary.LittleEndian.Uint32(b[4:]) || limit%limitStep != 0 {
		return 0
	}
	return min(limit, counterMax)
}

// refuseUnless is the execution error, unless ok.
func refuseUnless(ok bool) error {
	if ok {
		return nil
	}
	return wire.StatusExecution
}
