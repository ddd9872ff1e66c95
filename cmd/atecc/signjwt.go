package main

import (
	"context"
	"crypto/ecdsa"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"atecc/internal/atca"
	"atecc/internal/atca/config"
	"atecc/internal/jwt"
)

type signJWTOpts struct {
	project   string
	ttl       time.Duration
	claims    []string
	header    []string
	slot      int
	pubkey    string
	noNewline bool
}

func newSignJWTCmd(a *app) *cobra.Command {
	o := signJWTOpts{}
	cmd := &cobra.Command{
		Use:   "sign-jwt --project ID",
		Short: "Make a JSON web token (ES256) signed by the chip",
		Long: `Makes the token that IoT Core, and what replaced it, takes as a password: aud is
the project, iat is now, exp is at most 24 h later. The token is verified on the
host before it is printed.

The fastest way, for scripts, is to name both slot and public key: then the chip
does nothing but sign.`,
		Example: `  atecc sign-jwt --device sim: --project my-project
  atecc sign-jwt --device i2c:1 --project my-project --ttl 12h --slot 0 --pubkey key.pem
  atecc sign-jwt --device sim: --project my-project --claim role=sensor`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return runSignJWT(cmd.Context(), a, o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.project, "project", "", "the cloud project, which becomes the audience")
	f.DurationVar(&o.ttl, "ttl", time.Hour, "lifetime of the token, at most 24h")
	f.StringArrayVar(&o.claims, "claim", nil, "another claim, `NAME=VALUE`; a value that is JSON is taken as JSON (repeatable)")
	f.StringArrayVar(&o.header, "header", nil, "another header member, `NAME=VALUE` (repeatable)")
	addSlotFlag(cmd, &o.slot, "the slot (default: the one that can sign, if there is just one)")
	f.StringVar(&o.pubkey, "pubkey", "", "verify with the public key in `FILE` instead of asking the chip for it")
	f.BoolVarP(&o.noNewline, "no-newline", "n", false, "print no newline after the token")
	return cmd
}

func runSignJWT(ctx context.Context, a *app, o signJWTOpts) error {
	now, err := a.now()
	if err != nil {
		return err
	}
	spec, err := o.spec(now)
	if err != nil {
		return asUsage(err)
	}
	pub, err := a.optionalKey(ctx, o.pubkey)
	if err != nil {
		return err
	}
	var token string
	err = a.withChip(ctx, func(_ *target, s *atca.Session) (err error) {
		token, err = mint(ctx, s, o.slot, pub, spec)
		return err
	})
	if err != nil {
		return err
	}
	return printToken(a, token, now.Add(o.ttl), o.noNewline)
}

// now is the time of the host's clock, unless that cannot be right.
func (a *app) now() (time.Time, error) {
	now := time.Now()
	if now.Before(a.clockFloor) {
		return now, fmt.Errorf("the clock of this host says %s, which is before this program was made (%s); a token dated so would be refused: set the clock, for example with NTP (timedatectl set-ntp true)",
			now.UTC().Format(time.RFC3339), a.clockFloor.Format(time.DateOnly))
	}
	return now, nil
}

// spec is what is to be signed.
func (o signJWTOpts) spec(now time.Time) (jwt.Spec, error) {
	if o.project == "" {
		return jwt.Spec{}, fmt.Errorf("which project? Say it with --project ID")
	}
	claims, err := jwt.ParsePairs(o.claims)
	if err != nil {
		return jwt.Spec{}, fmt.Errorf("--claim: %w", err)
	}
	header, err := jwt.ParsePairs(o.header)
	if err != nil {
		return jwt.Spec{}, fmt.Errorf("--header: %w", err)
	}
	return jwt.IoTCore{Project: o.project, TTL: o.ttl, IssuedAt: now, Claims: claims, Header: header}.Spec()
}

// mint signs the token with the key in the slot.
func mint(ctx context.Context, s *atca.Session, slot int, pub *ecdsa.PublicKey, spec jwt.Spec) (string, error) {
	slot, pub, err := signingKey(ctx, s, slot, pub)
	if err != nil {
		return "", err
	}
	token, err := jwt.Mint(s.Signer(ctx, slot, pub), pub, spec)
	return token, explain(ctx, s, slot, config.Zone.SigningRefusal, err)
}

func printToken(a *app, token string, expires time.Time, noNewline bool) error {
	if a.json {
		return a.printJSON(struct {
			Schema  int    `json:"schema"`
			Token   string `json:"token"`
			Expires string `json:"expires"`
		}{schema, token, expires.UTC().Format(time.RFC3339)})
	}
	if !noNewline {
		token += "\n"
	}
	_, err := fmt.Fprint(a.out, token)
	return err
}
