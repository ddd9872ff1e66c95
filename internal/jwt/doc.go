// Package jwt makes and checks JSON Web Tokens (RFC 7519) that are signed with
// ES256: ECDSA on P-256 over SHA-256, which is what the chip computes.
//
// The private key is a crypto.Signer and never seen here. Reading is strict:
// one algorithm, canonical base64url, no member named twice, nothing after the
// JSON. What two readers could understand differently is refused.
package jwt
