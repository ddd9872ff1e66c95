package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"atecc/internal/atca"
	"atecc/internal/jwt"
)

type verifyJWTOpts struct {
	token  string
	key    string
	slot   int
	at     string
	leeway time.Duration
}

func newVerifyJWTCmd(a *app) *cobra.Command {
	o := verifyJWTOpts{}
	cmd := &cobra.Command{
		Use:   "verify-jwt [TOKEN|-]",
		Short: "Check a JSON web token (ES256); exit code 5 when it does not hold",
		Long: `Checks signature and times of a token, strictly, and prints what it says. The
key comes from a file (PEM, JWK or JWKS), or from a slot of the chip. The exit
code is 5 when the token does not hold.`,
		Example: `  atecc verify-jwt "$TOKEN" --key key.pem
  atecc sign-jwt --device sim: --project p | atecc verify-jwt --device sim:
  atecc verify-jwt - --key jwks.json --at 2019-11-16T12:00:00Z < token`,
		Args: usage(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := exclusive(cmd, "key", "slot"); err != nil {
				return err
			}
			o.token = inputArg(args)
			return runVerifyJWT(cmd.Context(), a, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.key, "key", "", "the `FILE` with the public key or keys (PEM, JWK or JWKS)")
	addSlotFlag(cmd, &o.slot, "the slot of the key (default: the one that can sign, if there is just one)")
	f.StringVar(&o.at, "at", "", "check as if it were this `TIME` (RFC 3339), not now")
	f.DurationVar(&o.leeway, "leeway", 0, "how far the clocks of both sides may differ")
	return cmd
}

func runVerifyJWT(ctx context.Context, a *app, o verifyJWTOpts) error {
	options, err := o.times()
	if err != nil {
		return err
	}
	if err := oneStdin(o.token, o.key); err != nil {
		return err
	}
	token, err := a.readToken(ctx, o.token)
	if err != nil {
		return err
	}
	keys, err := a.verifyingKeys(ctx, o)
	if err != nil {
		return err
	}
	verified, err := jwt.Verify(token, keys, options)
	if err != nil {
		return fmt.Errorf("the token does not hold: %w", err)
	}
	return printVerified(a, verified)
}

// times is when the token must hold.
func (o verifyJWTOpts) times() (jwt.VerifyOptions, error) {
	options := jwt.VerifyOptions{At: time.Now(), Leeway: o.leeway}
	if o.leeway < 0 {
		return options, usagef("--leeway %s is negative", o.leeway)
	}
	if o.at == "" {
		return options, nil
	}
	at, err := time.Parse(time.RFC3339, o.at)
	if err != nil {
		return options, usagef("--at %q is no time; write it as 2019-11-16T12:00:00Z", o.at)
	}
	options.At = at
	return options, nil
}

// readToken is the token on the command line, or the one on stdin.
func (a *app) readToken(ctx context.Context, arg string) (string, error) {
	if arg != "-" {
		return arg, nil
	}
	b, err := a.readInput(ctx, arg, 1<<16)
	return strings.TrimSpace(string(b)), err
}

// verifyingKeys are those of the file, or the one of the chip.
func (a *app) verifyingKeys(ctx context.Context, o verifyJWTOpts) (keys []jwt.Key, err error) {
	if o.key != "" {
		return a.readKeys(ctx, o.key)
	}
	err = a.withChip(ctx, func(_ *target, s *atca.Session) error {
		_, pub, err := signingKey(ctx, s, o.slot, nil)
		keys = []jwt.Key{{Public: pub}}
		return err
	})
	return keys, err
}

func printVerified(a *app, t *jwt.Token) error {
	return a.printJSON(struct {
		Schema     int            `json:"schema"`
		Header     map[string]any `json:"header"`
		Claims     map[string]any `json:"claims"`
		Expires    string         `json:"expires"`
		Thumbprint string         `json:"thumbprint"`
	}{schema, t.Header, t.Claims, t.Expires.Format(time.RFC3339), jwt.Thumbprint(t.Key.Public)})
}
