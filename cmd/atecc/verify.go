package main

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"atecc/internal/atca"
	"atecc/internal/atca/wire"
)

type verifyOpts struct {
	input     string
	signature string
	format    string
	digest    bool
	slot      int
	pubkey    string
	onChip    bool
}

func newVerifyCmd(a *app) *cobra.Command {
	o := verifyOpts{}
	cmd := &cobra.Command{
		Use:   "verify [FILE|-] --signature FILE",
		Short: "Check a signature; exit code 5 when it does not hold",
		Long: `Checks a signature of a file, or stdin, with the public key in a file, or with
that of a slot. The check is made on the host; with --on-chip the chip makes it.
Without --pubkey the chip is asked for the key. The exit code is 5 when the
signature does not hold.`,
		Example: `  atecc verify firmware.bin --signature firmware.sig --format der --device sim:
  atecc verify firmware.bin --signature firmware.sig --format der --pubkey key.pem`,
		Args: usage(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := exclusive(cmd, "slot", "pubkey"); err != nil {
				return err
			}
			o.input = inputArg(args)
			return runVerify(cmd.Context(), a, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.signature, "signature", "", "the `FILE` with the signature")
	f.StringVar(&o.format, "format", "base64url", "how the signature is written: raw, der or base64url")
	f.BoolVar(&o.digest, "digest", false, "the input is a SHA-256 digest")
	addSlotFlag(cmd, &o.slot, "the slot of the key (default: the one that can sign, if there is just one)")
	f.StringVar(&o.pubkey, "pubkey", "", "the `FILE` with the public key (PEM, JWK or JWKS)")
	f.BoolVar(&o.onChip, "on-chip", false, "let the chip make the check")
	return cmd
}

func runVerify(ctx context.Context, a *app, o verifyOpts) error {
	if err := oneStdin(o.input, o.signature, o.pubkey); err != nil {
		return err
	}
	signature, err := a.readSignature(ctx, o)
	if err != nil {
		return err
	}
	digest, err := a.readDigest(ctx, o.input, o.digest)
	if err != nil {
		return err
	}
	pub, err := a.optionalKey(ctx, o.pubkey)
	if err != nil {
		return err
	}
	valid := false
	if pub != nil && !o.onChip {
		valid = holds(pub, digest, signature)
	} else {
		valid, err = a.verifyWithChip(ctx, o, pub, digest, signature)
	}
	if err != nil {
		return err
	}
	return printValid(a, valid)
}

// readSignature reads the signature that is to be checked.
func (a *app) readSignature(ctx context.Context, o verifyOpts) ([64]byte, error) {
	format, err := findSignatureFormat(o.format)
	if err != nil {
		return [64]byte{}, err
	}
	if o.signature == "" {
		return [64]byte{}, usagef("where is the signature? Say it with --signature FILE")
	}
	b, err := a.readInput(ctx, o.signature, 1024)
	if err != nil {
		return [64]byte{}, err
	}
	signature, err := format.decode(b)
	if err != nil {
		return signature, fmt.Errorf("%s holds no signature in format %s: %w", inputName(o.signature), o.format, err)
	}
	return signature, nil
}

// verifyWithChip gets from the chip what the user left to it: the key, the
// check, or both.
func (a *app) verifyWithChip(ctx context.Context, o verifyOpts, pub *ecdsa.PublicKey, digest [32]byte, signature [64]byte) (valid bool, err error) {
	err = a.withChip(ctx, func(_ *target, s *atca.Session) error {
		if pub == nil {
			if _, pub, err = signingKey(ctx, s, o.slot, nil); err != nil {
				return err
			}
		}
		if !o.onChip {
			valid = holds(pub, digest, signature)
			return nil
		}
		err := s.VerifyDigest(ctx, pub, digest, signature)
		valid = err == nil
		if errors.Is(err, wire.StatusMiscompare) {
			return nil
		}
		return err
	})
	return valid, err
}

func printValid(a *app, valid bool) error {
	if !valid {
		return negativeError{errors.New("the signature does not hold")}
	}
	if a.json {
		return a.printJSON(struct {
			Schema int  `json:"schema"`
			Valid  bool `json:"valid"`
		}{schema, valid})
	}
	_, err := fmt.Fprintln(a.out, "the signature holds")
	return err
}
