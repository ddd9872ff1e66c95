package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"atecc/internal/atca"
	"atecc/internal/atca/config"
	"atecc/internal/atca/wire"
)

// noSlot is the value of --slot when it was not given.
const noSlot = -1

// slotUse says whether a slot's key can sign a JWT, and if not, why.
type slotUse struct {
	Slot    int    `json:"slot"`
	Ready   bool   `json:"ready"`
	Reason  string `json:"reason,omitempty"`
	Private bool   `json:"private"`
}

const emptySlot = "holds no key yet"

// slotUses asks about all slots. Only where the policy allows a signature does
// the chip have to say whether there is a key.
func slotUses(ctx context.Context, s *atca.Session, zone config.Zone) ([]slotUse, error) {
	var uses []slotUse
	for n := range wire.Slots {
		u := slotUse{Slot: n, Reason: zone.SigningRefusal(n), Private: zone.Slot(n).PrivateKey()}
		if u.Reason == "" {
			valid, err := s.KeyValid(ctx, n)
			if err != nil {
				return nil, err
			}
			u.Ready = valid
			if !valid {
				u.Reason = emptySlot
			}
		}
		uses = append(uses, u)
	}
	return uses, nil
}

// slotValue is the value of a --slot flag. It takes the numbers that a chip
// has, so that noSlot cannot be written.
type slotValue struct{ slot *int }

// addSlotFlag adds --slot to a command.
func addSlotFlag(cmd *cobra.Command, slot *int, usage string) {
	*slot = noSlot
	cmd.Flags().Var(slotValue{slot}, "slot", usage)
}

// Set implements pflag.Value.
func (v slotValue) Set(text string) error {
	n, err := strconv.ParseUint(text, 10, 8)
	if err != nil || n >= wire.Slots {
		return fmt.Errorf("slots are 0 to %d", wire.Slots-1)
	}
	*v.slot = int(n)
	return nil
}

// String implements pflag.Value. Help shows no default where it is "".
func (v slotValue) String() string {
	if v.slot == nil || *v.slot == noSlot {
		return ""
	}
	return strconv.Itoa(*v.slot)
}

// Type implements pflag.Value.
func (v slotValue) Type() string { return "N" }

// chooseSlot is the slot that the user named, or the only one that can sign.
func chooseSlot(ctx context.Context, s *atca.Session, slot int) (int, error) {
	if slot != noSlot {
		return slot, nil
	}
	zone, err := s.ReadConfig(ctx)
	if err != nil {
		return 0, err
	}
	uses, err := slotUses(ctx, s, zone)
	if err != nil {
		return 0, err
	}
	var ready []string
	for _, u := range uses {
		if u.Ready {
			slot = u.Slot
			ready = append(ready, fmt.Sprint(u.Slot))
		}
	}
	switch len(ready) {
	case 0:
		return 0, &refusalError{reason: "no slot can sign: " + whyNone(zone, uses)}
	case 1:
		return slot, nil
	}
	return 0, usagef("slots %s can sign; say which with --slot", strings.Join(ready, ", "))
}

// whyNone is the reason that says most when no slot can sign.
func whyNone(zone config.Zone, uses []slotUse) string {
	if !zone.ConfigLocked() {
		return "the configuration zone is not locked, the chip is not provisioned yet"
	}
	for _, u := range uses {
		if u.Private {
			return fmt.Sprintf("slot %d %s", u.Slot, asClause(u.Reason))
		}
	}
	return "none is meant for a private key"
}

// asClause makes a reason follow "slot N".
func asClause(reason string) string {
	if reason == emptySlot {
		return reason
	}
	return "cannot be used, " + reason
}

// explain turns the chip's bare refusal into a reason, by looking at the
// configuration. refusal is what the configuration says of the slot.
func explain(ctx context.Context, s *atca.Session, slot int, refusal func(config.Zone, int) string, err error) error {
	if err == nil || !errors.Is(err, wire.StatusExecution) && !errors.Is(err, wire.StatusParse) {
		return err
	}
	zone, zerr := s.ReadConfig(ctx)
	if zerr != nil {
		return err
	}
	if reason := refusal(zone, slot); reason != "" {
		return &refusalError{reason: fmt.Sprintf("slot %d: %s", slot, reason), err: err}
	}
	if valid, verr := s.KeyValid(ctx, slot); verr == nil && !valid && zone.Slot(slot).PrivateKey() {
		return &refusalError{reason: fmt.Sprintf("slot %d %s", slot, emptySlot), err: err, hint: fmt.Sprintf("make one with: atecc genkey --slot %d", slot)}
	}
	return err
}
