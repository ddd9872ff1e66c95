package main

import (
	"context"
	"crypto/ecdsa"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"

	"github.com/spf13/cobra"

	"atecc/internal/atca"
	"atecc/internal/atca/config"
)

type signOpts struct {
	input  string
	slot   int
	digest bool
	format string
	pubkey string
}

func newSignCmd(a *app) *cobra.Command {
	o := signOpts{}
	cmd := &cobra.Command{
		Use:   "sign [FILE|-]",
		Short: "Sign a message (ECDSA P-256, SHA-256)",
		Long: `Signs a file, or stdin, with the key in a slot. The message is hashed on the
host; with --digest the input is the SHA-256 digest itself (32 bytes, or 64 hex
digits). Each signature is verified on the host before it is printed.`,
		Example: `  echo hello | atecc sign --device sim:
  atecc sign firmware.bin --format der --device sim: > firmware.sig`,
		Args: usage(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.input = inputArg(args)
			return runSign(cmd.Context(), a, o)
		},
	}
	f := cmd.Flags()
	addSlotFlag(cmd, &o.slot, "the slot (default: the one that can sign, if there is just one)")
	f.BoolVar(&o.digest, "digest", false, "the input is a SHA-256 digest")
	f.StringVar(&o.format, "format", "base64url", "raw (r and s), der (as openssl) or base64url (as in a JWT)")
	f.StringVar(&o.pubkey, "pubkey", "", "verify with the public key in `FILE` instead of asking the chip for it")
	return cmd
}

// inputArg is the input that the arguments name, stdin when they name none.
func inputArg(args []string) string {
	if len(args) == 0 {
		return "-"
	}
	return args[0]
}

func runSign(ctx context.Context, a *app, o signOpts) error {
	format, err := findSignatureFormat(o.format)
	if err != nil {
		return err
	}
	if err := oneStdin(o.input, o.pubkey); err != nil {
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
	var signature [64]byte
	err = a.withChip(ctx, func(_ *target, s *atca.Session) (err error) {
		if o.slot, pub, err = signingKey(ctx, s, o.slot, pub); err != nil {
			return err
		}
		signature, err = s.SignDigest(ctx, o.slot, digest)
		return explain(ctx, s, o.slot, config.Zone.SigningRefusal, err)
	})
	if err != nil {
		return err
	}
	if !holds(pub, digest, signature) {
		return negativeError{errors.New("the signature that came back does not verify: the slot holds another key than the given one, or the bus damaged data")}
	}
	return printSignature(a, o.slot, signature, format)
}

// optionalKey reads the key in a file, if one was named.
func (a *app) optionalKey(ctx context.Context, name string) (*ecdsa.PublicKey, error) {
	if name == "" {
		return nil, nil
	}
	return a.readKey(ctx, name)
}

// signingKey finds what the user left open: the slot, and the public key that
// the signature is verified with.
func signingKey(ctx context.Context, s *atca.Session, slot int, pub *ecdsa.PublicKey) (int, *ecdsa.PublicKey, error) {
	slot, err := chooseSlot(ctx, s, slot)
	if err != nil || pub != nil {
		return slot, pub, err
	}
	pub, err = slotPublicKey(ctx, s, slot)
	return slot, pub, err
}

// holds verifies a signature on the host.
func holds(pub *ecdsa.PublicKey, digest [32]byte, raw [64]byte) bool {
	r, s := new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])
	return ecdsa.Verify(pub, digest[:], r, s)
}

func printSignature(a *app, slot int, signature [64]byte, format signatureFormat) error {
	if a.json {
		return a.printJSON(struct {
			Schema    int    `json:"schema"`
			Slot      int    `json:"slot"`
			Signature string `json:"signature"`
		}{schema, slot, base64.RawURLEncoding.EncodeToString(signature[:])})
	}
	text, err := format.encode(signature)
	if err != nil {
		return fmt.Errorf("the signature cannot be written as %s: %w", format.name, err)
	}
	if format.binary {
		return a.printBinary(text, format.name)
	}
	_, err = a.out.Write(text)
	return err
}
