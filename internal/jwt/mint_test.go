package jwt

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/asn1"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"

	gojwt "github.com/golang-jwt/jwt/v5"
)

func TestMintedTokenIsAcceptedByAnotherReader(t *testing.T) {
	signer := &chip{key: p256(t, 1)}
	token, err := Mint(signer, nil, Spec{Claims: map[string]any{"sub": "a", "exp": int64(32503680000)}})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := gojwt.Parse(token, func(*gojwt.Token) (any, error) { return signer.Public(), nil },
		gojwt.WithValidMethods([]string{"ES256"}), gojwt.WithStrictDecoding(), gojwt.WithExpirationRequired())
	if err != nil {
		t.Fatal(err)
	}
	if parsed.Header["typ"] != "JWT" || parsed.Header["alg"] != "ES256" || len(parsed.Header) != 2 {
		t.Errorf("header %v, want alg and typ only", parsed.Header)
	}
	if signer.calls != 1 {
		t.Errorf("the chip signed %d times", signer.calls)
	}
}

func TestMintLeavesTheGlobalRegistryAlone(t *testing.T) {
	if _, err := Mint(&chip{key: p256(t, 1)}, nil, Spec{}); err != nil {
		t.Fatal(err)
	}
	if got := gojwt.GetSigningMethod("ES256"); got != gojwt.SigningMethod(gojwt.SigningMethodES256) {
		t.Errorf("ES256 is now %T", got)
	}
}

func TestMintLeavesTheSpecAlone(t *testing.T) {
	s := Spec{Header: map[string]any{"x": "y"}, Claims: map[string]any{"a": 1}}
	if _, err := Mint(&chip{key: p256(t, 1)}, nil, s); err != nil {
		t.Fatal(err)
	}
	if len(s.Header) != 1 || len(s.Claims) != 1 {
		t.Errorf("the spec became %v", s)
	}
}

func TestMintWritesEmptyClaimsAsAnObject(t *testing.T) {
	token, err := Mint(&chip{key: p256(t, 1)}, nil, Spec{})
	if err != nil {
		t.Fatal(err)
	}
	if got := decode(t, strings.Split(token, ".")[1]); got != "{}" {
		t.Errorf("payload %s", got)
	}
}

func TestMintKeepsNumbersAsTheyWereGiven(t *testing.T) {
	claims := map[string]any{"big": json.Number("12345678901234567890"), "iat": int64(1573899913)}
	token, err := Mint(&chip{key: p256(t, 1)}, nil, Spec{Claims: claims})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"big":12345678901234567890,"iat":1573899913}`
	if got := decode(t, strings.Split(token, ".")[1]); got != want {
		t.Errorf("payload %s, want %s", got, want)
	}
}

func TestMintTakesOtherHeaderMembers(t *testing.T) {
	s := Spec{Header: map[string]any{"alg": "ES256", "typ": "dpop+jwt", "kid": "7"}}
	token, err := Mint(&chip{key: p256(t, 1)}, nil, s)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"alg":"ES256","kid":"7","typ":"dpop+jwt"}`
	if got := decode(t, strings.Split(token, ".")[0]); got != want {
		t.Errorf("header %s, want %s", got, want)
	}
}

func TestMintRefusesAHeaderBeforeTheChipSigns(t *testing.T) {
	for _, tt := range []struct {
		name   string
		header map[string]any
		says   string
	}{
		{"alg none", map[string]any{"alg": "none"}, `alg in the header cannot be "none"`},
		{"alg HS256", map[string]any{"alg": "HS256"}, "signs with ES256 only"},
		{"alg in lower case", map[string]any{"alg": "es256"}, `cannot be "es256"`},
		{"alg null", map[string]any{"alg": nil}, "signs with ES256 only"},
		{"alg a list", map[string]any{"alg": []any{"ES256"}}, "signs with ES256 only"},
		{"typ a number", map[string]any{"typ": json.Number("1")}, "typ in the header is not a string"},
		{"kid a number", map[string]any{"kid": json.Number("1")}, "kid in the header is not a string"},
		{"crit", map[string]any{"crit": []any{"b64"}}, "extensions"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			signer := &chip{key: p256(t, 1)}
			token, err := Mint(signer, nil, Spec{Header: tt.header})
			wantError(t, err, tt.says)
			if refusal := (*VerifyError)(nil); errors.As(err, &refusal) {
				t.Errorf("%v is a VerifyError, but no token was verified", err)
			}
			if token != "" || signer.calls != 0 {
				t.Errorf("token %q after %d signatures", token, signer.calls)
			}
		})
	}
}

func TestMintRefusesASignatureThatDoesNotVerify(t *testing.T) {
	k, other := p256(t, 1), p256(t, 2)
	wellFormed, err := asn1.Marshal(signature{big.NewInt(1), big.NewInt(1)})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		signer brokenChip
		pub    *ecdsa.PublicKey
	}{
		{"numbers of nobody", brokenChip{key: k, der: wellFormed}, nil},
		{"numbers of nobody, key given", brokenChip{key: k, der: wellFormed}, &k.PublicKey},
	} {
		t.Run(tt.name, func(t *testing.T) {
			token, err := Mint(tt.signer, tt.pub, Spec{})
			wantError(t, err, "does not verify", Thumbprint(&k.PublicKey), "another key", "the bus damaged data")
			if !errors.Is(err, ErrSignature) || token != "" {
				t.Errorf("token %q, error %v", token, err)
			}
		})
	}
	t.Run("the slot holds another key", func(t *testing.T) {
		token, err := Mint(&chip{key: k}, &other.PublicKey, Spec{})
		wantError(t, err, Thumbprint(&other.PublicKey))
		if !errors.Is(err, ErrSignature) || token != "" {
			t.Errorf("token %q, error %v", token, err)
		}
	})
}

func TestMintRefusesASignerThatFails(t *testing.T) {
	k := p256(t, 1)
	failure := errors.New("no chip answered")
	if _, err := Mint(brokenChip{key: k, err: failure}, nil, Spec{}); !errors.Is(err, failure) {
		t.Errorf("error %v does not carry the signer's", err)
	}
	_, err := Mint(brokenChip{key: k, der: []byte("garbage")}, nil, Spec{})
	wantError(t, err, "not DER")
	_, err = Mint(nil, nil, Spec{})
	wantError(t, err, "no signer")
	_, err = Mint(key(t, elliptic.P384(), 1), nil, Spec{})
	wantError(t, err, "this is one on P-384")
}

func TestMintRefusesWhatJSONCannotSay(t *testing.T) {
	signer := &chip{key: p256(t, 1)}
	_, err := Mint(signer, nil, Spec{Claims: map[string]any{"f": func() {}}})
	wantError(t, err, "unsupported type")
	if signer.calls != 0 {
		t.Errorf("the chip signed %d times", signer.calls)
	}
}

func TestMintRefusesATokenTooLongToBeRead(t *testing.T) {
	_, err := Mint(&chip{key: p256(t, 1)}, nil, Spec{Claims: map[string]any{"a": strings.Repeat("a", MaxTokenSize)}})
	if !errors.Is(err, ErrMalformed) {
		t.Errorf("got %v", err)
	}
}
