package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"atecc/internal/atca"
	"atecc/internal/atca/sim"
)

func newInfoCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "info",
		Short: "Show part, serial number, locks and which slots can sign a JWT",
		Example: `  atecc info --device sim:
  atecc info --device i2c:1 --json`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return runInfo(cmd.Context(), a) },
	}
}

// chipInfo is what info found out.
type chipInfo struct {
	Schema       int          `json:"schema"`
	Device       string       `json:"device"`
	Part         string       `json:"part"`
	Revision     string       `json:"revision"`
	Serial       string       `json:"serial"`
	Address      string       `json:"address"`
	Address8Bit  string       `json:"address_8bit"`
	ConfigLocked bool         `json:"config_locked"`
	DataLocked   bool         `json:"data_locked"`
	Virtual      *virtualInfo `json:"virtual"`
	Slots        []slotUse    `json:"slots"`

	addressText string
}

// virtualInfo says where a virtual chip came from.
type virtualInfo struct {
	Image      string `json:"image"`
	Seed       string `json:"seed"`
	SeededKeys []int  `json:"seeded_keys"`
}

func runInfo(ctx context.Context, a *app) error {
	var info chipInfo
	err := a.withChip(ctx, func(t *target, s *atca.Session) error {
		id, err := identify(ctx, s)
		if err != nil {
			return err
		}
		info = newChipInfo(t, id)
		info.Slots, err = slotUses(ctx, s, id.zone)
		return err
	})
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(info)
	}
	_, err = fmt.Fprint(a.out, info)
	return err
}

func newChipInfo(t *target, id identity) chipInfo {
	info := chipInfo{
		Schema: schema, Device: t.uri.String(),
		Part: id.revision.Name(), Revision: id.revision.String(), Serial: id.zone.SerialString(),
		Address: fmt.Sprintf("0x%02x", t.address.Bits7), Address8Bit: fmt.Sprintf("0x%02x", t.address.Bits7<<1),
		ConfigLocked: id.zone.ConfigLocked(), DataLocked: id.zone.DataLocked(),
		addressText: t.address.String(),
	}
	if t.virtual != nil {
		info.Virtual = newVirtualInfo(t.virtual.Origin())
	}
	return info
}

func newVirtualInfo(o sim.Origin) *virtualInfo {
	return &virtualInfo{Image: o.Image, Seed: o.Seed, SeededKeys: append([]int{}, o.SeededKeys...)}
}

// String is the info for people.
func (i chipInfo) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "part      %s (revision %s)\n", i.Part, i.Revision)
	fmt.Fprintf(&b, "serial    %s\n", i.Serial)
	fmt.Fprintf(&b, "device    %s\n", i.Device)
	fmt.Fprintf(&b, "address   %s\n", i.addressText)
	fmt.Fprintf(&b, "config    %s\n", lockWord(i.ConfigLocked))
	fmt.Fprintf(&b, "data      %s\n", lockWord(i.DataLocked))
	if i.Virtual != nil {
		fmt.Fprintf(&b, "virtual   %s\n", i.Virtual)
	}
	label := "JWT"
	for _, u := range i.Slots {
		if u.Private {
			fmt.Fprintf(&b, "%-9s slot %d: %s\n", label, u.Slot, u.words())
			label = ""
		}
	}
	if label != "" {
		fmt.Fprintf(&b, "JWT       no slot is meant for a private key\n")
	}
	return b.String()
}

// words is the slot's use for people.
func (u slotUse) words() string {
	if u.Ready {
		return "can sign"
	}
	if u.Reason == emptySlot {
		return fmt.Sprintf("%s (atecc genkey --slot %d)", u.Reason, u.Slot)
	}
	return "cannot sign: " + u.Reason
}

func (v *virtualInfo) String() string {
	text := "blank from the factory"
	if v.Image != "" {
		text = "from image " + v.Image
	}
	if len(v.SeededKeys) > 0 {
		text += fmt.Sprintf(", with keys from the seed in slots: %s", joinInts(v.SeededKeys))
	}
	return text
}

func joinInts(numbers []int) string {
	var texts []string
	for _, n := range numbers {
		texts = append(texts, fmt.Sprint(n))
	}
	return strings.Join(texts, ", ")
}
