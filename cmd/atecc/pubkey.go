package main

import (
	"context"
	"crypto/ecdsa"

	"github.com/spf13/cobra"

	"atecc/internal/atca"
	"atecc/internal/atca/config"
	"atecc/internal/jwt"
)

type pubKeyOpts struct {
	slot   int
	format string
}

func newPubKeyCmd(a *app) *cobra.Command {
	o := pubKeyOpts{}
	cmd := &cobra.Command{
		Use:   "pubkey",
		Short: "Print the public key of a slot",
		Example: `  atecc pubkey --device sim:
  atecc pubkey --slot 0 --format jwk --device sim:
  atecc pubkey --format ssh --device sim: >> authorized_keys`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return runPubKey(cmd.Context(), a, o) },
	}
	addSlotFlag(cmd, &o.slot, "the slot (default: the one that can sign a JWT, if there is just one)")
	cmd.Flags().StringVar(&o.format, "format", "pem", "pem, der, jwk, ssh, raw (X and Y) or thumbprint (RFC 7638)")
	return cmd
}

func runPubKey(ctx context.Context, a *app, o pubKeyOpts) error {
	format, err := findKeyFormat(o.format)
	if err != nil {
		return err
	}
	var pub *ecdsa.PublicKey
	err = a.withChip(ctx, func(_ *target, s *atca.Session) (err error) {
		if o.slot, err = chooseSlot(ctx, s, o.slot); err != nil {
			return err
		}
		pub, err = slotPublicKey(ctx, s, o.slot)
		return err
	})
	if err != nil {
		return err
	}
	return printKey(a, o.slot, pub, format)
}

// slotPublicKey asks the chip for the public key of a slot.
func slotPublicKey(ctx context.Context, s *atca.Session, slot int) (*ecdsa.PublicKey, error) {
	pub, err := s.PublicKey(ctx, slot)
	return pub, explain(ctx, s, slot, config.Zone.PublicKeyRefusal, err)
}

func printKey(a *app, slot int, pub *ecdsa.PublicKey, format keyFormat) error {
	text, err := format.encode(pub)
	if err != nil {
		return err
	}
	if a.json {
		text, err := encodePEM(pub)
		if err != nil {
			return err
		}
		return a.printJSON(struct {
			Schema     int     `json:"schema"`
			Slot       int     `json:"slot"`
			Thumbprint string  `json:"thumbprint"`
			JWK        jwt.JWK `json:"jwk"`
			PEM        string  `json:"pem"`
		}{schema, slot, jwt.Thumbprint(pub), jwt.PublicJWK(pub), string(text)})
	}
	if format.binary {
		return a.printBinary(text, format.name)
	}
	_, err = a.out.Write(text)
	return err
}
