package jwt

import (
	"crypto"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"maps"

	gojwt "github.com/golang-jwt/jwt/v5"
)

// Spec is what is to be signed: the members of the header beside alg and typ,
// and the claims. Numbers are integers or json.Number, so that none becomes
// 1.7e+09 on the way.
type Spec struct {
	Header, Claims map[string]any
}

// Mint signs s and returns the compact token. The signature is verified with
// pub on the host first: a token that nobody accepts must not leave here. A nil
// pub means the signer's own public key.
func Mint(signer crypto.Signer, pub *ecdsa.PublicKey, s Spec) (string, error) {
	if signer == nil {
		return "", errors.New("no signer given")
	}
	pub, err := publicKey(signer, pub)
	if err != nil {
		return "", err
	}
	unsigned, err := newToken(s)
	if err != nil {
		return "", err
	}
	token, err := unsigned.SignedString(signer)
	if err != nil {
		return "", err
	}
	if err := checkMinted(token, pub); err != nil {
		return "", err
	}
	return token, nil
}

func publicKey(signer crypto.Signer, pub *ecdsa.PublicKey) (*ecdsa.PublicKey, error) {
	if pub != nil {
		return p256Key(pub)
	}
	return p256Key(signer.Public())
}

// newToken refuses a bad header before the chip has signed anything.
func newToken(s Spec) (*gojwt.Token, error) {
	if alg, ok := s.Header["alg"]; ok && alg != any(algorithm) {
		return nil, fmt.Errorf("alg in the header cannot be %.40q, the chip signs with %s only", fmt.Sprint(alg), algorithm)
	}
	if err := checkHeader(s.Header); err != nil {
		return nil, err
	}
	claims := gojwt.MapClaims{} // a nil map would be written as null
	maps.Copy(claims, s.Claims)
	token := gojwt.NewWithClaims(es256{}, claims)
	maps.Copy(token.Header, s.Header)
	if _, ok := token.Header["typ"].(string); !ok {
		return nil, errors.New("typ in the header is not a string")
	}
	return token, nil
}

// checkMinted reads the token as a stranger would.
func checkMinted(token string, pub *ecdsa.PublicKey) error {
	u, err := unpack(token)
	if err != nil {
		return err
	}
	if err := (es256{}).Verify(u.input, u.signature, pub); err != nil {
		return refuse(ErrSignature, "the new signature does not verify with the public key %s: "+
			"the slot holds another key than that, or the bus damaged data", Thumbprint(pub))
	}
	return nil
}
