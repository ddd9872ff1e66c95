package sim

import (
	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// legalDeriveKey: the MAC comes where the slot demands it.
func legalDeriveKey(_ wire.Part, c wire.Command) bool {
	return c.P1&^wire.MACFixed == 0 && slotNumber(c.P2) && (len(c.Data) == 0 || len(c.Data) == macSize)
}

// Bits of WriteConfig as DeriveKey reads them, besides the one that lets it in.
const (
	deriveFromParent = 0x1
	deriveWithMAC    = 0x8
)

// derivation is what a slot's WriteConfig says of DeriveKey.
type derivation struct {
	target config.Slot
	source config.Slot // the target itself (roll), or its parent (create)
	parent config.Slot // slot WriteKey
	mac    bool        // the host has to know the parent's key
}

func (c *Chip) derivation(target int) derivation {
	z := c.mem.config
	s := z.Slot(target)
	mode := s.Config.WriteConfig()
	d := derivation{target: s, source: s, parent: z.Slot(s.Config.WriteKey()), mac: mode&deriveWithMAC != 0}
	if mode&deriveFromParent != 0 {
		d.source = d.parent
	}
	return d
}

// cmdDeriveKey replaces the key of a slot by a hash of a key and TempKey, which
// the host can repeat and nobody can go back from.
func (c *Chip) cmdDeriveKey(cmd wire.Command) ([]byte, error) {
	defer c.state.consume(fromTempKey)
	d := c.derivation(int(cmd.P2))
	if len(cmd.Data) != 0 && !d.mac {
		return nil, wire.StatusParse // a MAC where none is asked for
	}
	if !c.deriveAllowed(d) {
		return nil, wire.StatusExecution
	}
	if err := c.useForDerivation(d, cmd); err != nil {
		return nil, err
	}
	key := wire.HashDeriveKey(c.mem.secret(d.source.Number), cmd.P1, cmd.P2, c.mem.serial(), c.state.tempKey.low())
	c.mem.store(wire.Location{Zone: wire.ZoneData, Slot: d.target.Number}, key[:])
	return nil, nil
}

// deriveAllowed follows the slots' configuration. Private keys are no part of
// this, neither as target nor as source.
func (c *Chip) deriveAllowed(d derivation) bool {
	z := c.mem.config
	if !z.ConfigLocked() || d.target.Locked || z.DataLocked() && !d.target.Config.CanGenKey() {
		return false
	}
	if d.mac && d.parent.Key.Private() {
		return false
	}
	return !d.target.Key.Private() && !d.source.Key.Private()
}

// useForDerivation admits the use of the keys. The source says whether the nonce
// must be random; authorisation and count are those of the parent, where it has
// a part. A key that only rolls does not use itself up.
func (c *Chip) useForDerivation(d derivation, cmd wire.Command) error {
	rolls := d.source.Number == d.target.Number
	u := keyUse{slot: d.parent, ready: c.deriveReady(d, cmd)}
	if rolls && !d.mac {
		u.slot, u.uncounted = d.target, true
	}
	return c.use(u)
}

// deriveReady says whether TempKey and the MAC are as they must be. Before the
// data lock a MAC is not demanded, but checked if it comes.
func (c *Chip) deriveReady(d derivation, cmd wire.Command) bool {
	t, bound := c.state.tempKey, c.mem.config.DataLocked()
	if !t.from(cmd.P1) || bound && (c.disabled(d.source.Key) || d.source.Key.ReqRandom() && t.fixed) {
		return false
	}
	if len(cmd.Data) == 0 {
		return !bound || !d.mac
	}
	mac := wire.HashDeriveKeyMAC(c.mem.secret(d.parent.Number), cmd.P1, cmd.P2, c.mem.serial())
	return equalMAC(mac, cmd.Data)
}
