package jwt

import (
	"errors"
	"fmt"
)

// Kinds of refusal, for errors.Is. The sentence that a person reads is the
// message of the *VerifyError around it.
var (
	// ErrMalformed: the text is no signed token, or could be read in two ways.
	ErrMalformed = errors.New("malformed token")
	// ErrAlgorithm: the token is not signed with ES256.
	ErrAlgorithm = errors.New("algorithm not accepted")
	// ErrSignature: no key in question made the signature.
	ErrSignature = errors.New("signature does not verify")
	// ErrNoExpiry: the token would be valid for ever.
	ErrNoExpiry = errors.New("no expiry")
	// ErrExpired: exp lies in the past.
	ErrExpired = errors.New("expired")
	// ErrNotYetValid: iat or nbf lies in the future.
	ErrNotYetValid = errors.New("not yet valid")
)

// VerifyError says why a token does not hold, as opposed to a check that could
// not be made.
type VerifyError struct {
	Kind error // one of the sentinels above
	Err  error // what was found, in one sentence
}

// Error implements error.
func (e *VerifyError) Error() string { return e.Err.Error() }

// Unwrap makes both the kind and the cause visible to errors.Is.
func (e *VerifyError) Unwrap() []error { return []error{e.Kind, e.Err} }

// refuse builds a VerifyError; the format takes %w.
func refuse(kind error, format string, args ...any) error {
	return &VerifyError{Kind: kind, Err: fmt.Errorf(format, args...)}
}
