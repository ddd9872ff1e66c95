package main

import (
	"context"
	"crypto/ecdsa"
	"fmt"

	"github.com/spf13/cobra"

	"atecc/internal/atca"
	"atecc/internal/atca/config"
	"atecc/internal/jwt"
)

type genKeyOpts struct {
	slot    int
	replace bool
}

func newGenKeyCmd(a *app) *cobra.Command {
	o := genKeyOpts{}
	cmd := &cobra.Command{
		Use:   "genkey --slot N",
		Short: "Make a new private key in a slot",
		Long: `Lets the chip make a new P-256 private key in a slot and prints its public key.
The private key never leaves the chip.

A slot that holds a key is left alone unless --replace is given: the old key
would be gone for ever.`,
		Example: `  atecc genkey --slot 1 --device sim:
  atecc genkey --slot 0 --replace --device sim:`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return runGenKey(cmd.Context(), a, o) },
	}
	addSlotFlag(cmd, &o.slot, "the slot, 0 to 15")
	cmd.Flags().BoolVar(&o.replace, "replace", false, "destroy the key that the slot holds")
	return cmd
}

func runGenKey(ctx context.Context, a *app, o genKeyOpts) error {
	if o.slot == noSlot {
		return usagef("which slot? Say it with --slot N; atecc info lists them")
	}
	var made *ecdsa.PublicKey
	var old string
	err := a.withChip(ctx, func(_ *target, s *atca.Session) (err error) {
		zone, err := s.ReadConfig(ctx)
		if err != nil {
			return err
		}
		if old, err = clearForKey(ctx, s, zone, o); err != nil {
			return err
		}
		made, err = s.CreateKey(ctx, o.slot)
		return err
	})
	if err != nil {
		return err
	}
	return printMade(a, o.slot, made, old)
}

// clearForKey makes sure that a key may be made in the slot. It returns the
// thumbprint of the key that will be lost, if there is one.
func clearForKey(ctx context.Context, s *atca.Session, zone config.Zone, o genKeyOpts) (old string, err error) {
	if reason := zone.GenKeyRefusal(o.slot); reason != "" {
		return "", &refusalError{reason: fmt.Sprintf("no key can be made in slot %d: %s", o.slot, reason)}
	}
	valid, err := s.KeyValid(ctx, o.slot)
	if err != nil || !valid {
		return "", err
	}
	old = "of unknown thumbprint"
	if zone.PublicKeyRefusal(o.slot) == "" {
		pub, err := s.PublicKey(ctx, o.slot)
		if err != nil {
			return "", err
		}
		old = jwt.Thumbprint(pub)
	}
	if !o.replace {
		return "", usagef("slot %d holds the key %s, which would be destroyed; --replace does that", o.slot, old)
	}
	return old, nil
}

func printMade(a *app, slot int, made *ecdsa.PublicKey, old string) error {
	text, err := encodePEM(made)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(struct {
			Schema     int     `json:"schema"`
			Slot       int     `json:"slot"`
			Thumbprint string  `json:"thumbprint"`
			Replaced   string  `json:"replaced,omitempty"`
			JWK        jwt.JWK `json:"jwk"`
			PEM        string  `json:"pem"`
		}{schema, slot, jwt.Thumbprint(made), old, jwt.PublicJWK(made), string(text)})
	}
	if old != "" {
		a.note("destroyed the key %s", old)
	}
	a.note("made the key %s in slot %d", jwt.Thumbprint(made), slot)
	_, err = a.out.Write(text)
	return err
}
