package jwt

import (
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"
)

func recordedKeys(t testing.TB) []Key {
	t.Helper()
	keys, err := ParseKeys([]byte(readRecording(t).PublicKey.SPKI))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestRecordedTokenHeldOnItsDay(t *testing.T) {
	keys := recordedKeys(t)
	token, err := Verify(readRecording(t).JWT.Token, keys, VerifyOptions{At: at(t, "2019-11-16T12:00:00Z")})
	if err != nil {
		t.Fatal(err)
	}
	if got := stamp(token.IssuedAt); got != "2019-11-16T10:25:13Z" {
		t.Errorf("issued at %s", got)
	}
	if got := stamp(token.Expires); got != "2019-11-16T22:25:13Z" {
		t.Errorf("expires at %s", got)
	}
	if token.Claims["aud"] != "stoked-axle-258910" || token.Claims["exp"] != json.Number("1573943113") {
		t.Errorf("claims %v", token.Claims)
	}
	if token.Header["typ"] != "JWT" || !token.Key.Public.Equal(keys[0].Public) {
		t.Errorf("header %v, key %v", token.Header, token.Key)
	}
}

func TestRecordedTokenHasExpired(t *testing.T) {
	token, err := Verify(readRecording(t).JWT.Token, recordedKeys(t), VerifyOptions{At: at(t, "2026-11-25T12:00:00Z")})
	wantError(t, err, "expired at 2019-11-16T22:25:13Z, 2,565 days ago")
	if !errors.Is(err, ErrExpired) || token != nil {
		t.Errorf("token %v, error %v", token, err)
	}
}

func TestRecordedTokenDoesNotHoldWithOneBitChanged(t *testing.T) {
	token := readRecording(t).JWT.Token
	signature := strings.LastIndexByte(token, '.') + 1
	raw := []byte(decode(t, token[signature:]))
	for bit := range len(raw) * 8 {
		raw[bit/8] ^= 1 << (bit % 8)
		changed := token[:signature] + base64.RawURLEncoding.EncodeToString(raw)
		_, err := Verify(changed, recordedKeys(t)[:1], VerifyOptions{At: at(t, "2019-11-16T12:00:00Z")})
		if !errors.Is(err, ErrSignature) {
			t.Fatalf("bit %d: %v", bit, err)
		}
		raw[bit/8] ^= 1 << (bit % 8)
	}
}

const (
	goodHeader  = `{"alg":"ES256","typ":"JWT"}`
	goodPayload = `{"aud":"p","iat":1000,"exp":2000}`
)

// instant is in the life of goodPayload.
func instant() VerifyOptions { return VerifyOptions{At: time.Unix(1500, 0)} }

func TestVerifyRefusesTheToken(t *testing.T) {
	k := p256(t, 1)
	good := sign(t, k, goodHeader, goodPayload)
	parts := strings.Split(good, ".")
	for _, tt := range []struct {
		name, token string
		kind        error
		says        string
	}{
		{"empty", "", ErrMalformed, "this text has 1"},
		{"two parts", parts[0] + "." + parts[1], ErrMalformed, "this text has 2"},
		{"five parts, as an encrypted one", good + "..", ErrMalformed, "this text has 5"},
		{"line end behind", good + "\n", ErrMalformed, "the signature is not base64url"},
		{"line end in the header", parts[0][:4] + "\n" + good[4:], ErrMalformed, "the header is not base64url"},
		{"space before", " " + good, ErrMalformed, "the header is not base64url"},
		{"padding", good + "==", ErrMalformed, "the signature is not base64url"},
		{"letters of the other alphabet", parts[0] + "." + parts[1] + "." + strings.Repeat("+/", 43), ErrMalformed, "not base64url"},
		{"bits behind the signature", looseEnd(good), ErrMalformed, "the signature is not base64url"},
		{"too long", strings.Repeat("a", MaxTokenSize+1), ErrMalformed, "65537 bytes"},
		{"no signature", parts[0] + "." + parts[1] + ".", ErrSignature, "has 0 bytes, ES256 has 64"},
		{"short signature", parts[0] + "." + parts[1] + "." + strings.Repeat("A", 84), ErrSignature, "has 63 bytes"},
		{"payload of another token", parts[0] + "." + encode(`{"exp":9999}`) + "." + parts[2], ErrSignature, "does not match"},
		{"signature of zeros", parts[0] + "." + parts[1] + "." + strings.Repeat("A", 86), ErrSignature, "does not match"},
		{"another key", sign(t, p256(t, 2), goodHeader, goodPayload), ErrSignature, Thumbprint(&k.PublicKey)},

		{"header is no JSON", sign(t, k, `{"alg":"ES256"`, goodPayload), ErrMalformed, "the header does not hold: it is not JSON"},
		{"header is a list", sign(t, k, `["ES256"]`, goodPayload), ErrMalformed, "it is no JSON object"},
		{"alg twice", sign(t, k, `{"alg":"none","alg":"ES256"}`, goodPayload), ErrMalformed, `names "alg" twice`},
		{"alg twice, once in disguise", sign(t, k, `{"\u0061lg":"none","alg":"ES256"}`, goodPayload), ErrMalformed, "twice"},
		{"more behind the header", sign(t, k, goodHeader+"{}", goodPayload), ErrMalformed, "the header does not hold"},
		{"no alg", sign(t, k, `{"typ":"JWT"}`, goodPayload), ErrAlgorithm, "names no algorithm"},
		{"alg in other letters", sign(t, k, `{"ALG":"ES256"}`, goodPayload), ErrAlgorithm, "names no algorithm"},
		{"alg a number", sign(t, k, `{"alg":256}`, goodPayload), ErrAlgorithm, "names no algorithm"},
		{"alg none", sign(t, k, `{"alg":"none"}`, goodPayload), ErrAlgorithm, `"none" is not accepted`},
		{"alg none and no signature", encode(`{"alg":"none"}`) + "." + parts[1] + ".", ErrAlgorithm, `"none"`},
		{"alg in lower case", sign(t, k, `{"alg":"es256"}`, goodPayload), ErrAlgorithm, `"es256"`},
		{"alg RS256", sign(t, k, `{"alg":"RS256"}`, goodPayload), ErrAlgorithm, `"RS256"`},
		{"crit", sign(t, k, `{"alg":"ES256","crit":["b64"],"b64":false}`, goodPayload), ErrMalformed, "crit"},
		{"kid a number", sign(t, k, `{"alg":"ES256","kid":1}`, goodPayload), ErrMalformed, "kid in the header is not a string"},

		{"payload is no JSON", sign(t, k, goodHeader, "hello"), ErrMalformed, "the payload does not hold"},
		{"payload is empty", sign(t, k, goodHeader, ""), ErrMalformed, "the payload does not hold"},
		{"payload is null", sign(t, k, goodHeader, "null"), ErrMalformed, "it is no JSON object"},
		{"payload is not UTF-8", sign(t, k, goodHeader, `{"exp":2000,"a":"`+"\xff"+`"}`), ErrMalformed, "not UTF-8"},
		{"exp twice", sign(t, k, goodHeader, `{"exp":1,"exp":2000}`), ErrMalformed, `names "exp" twice`},
		{"member twice deep inside", sign(t, k, goodHeader, `{"exp":2000,"a":[{"b":{"c":1,"c":2}}]}`), ErrMalformed, `names "c" twice`},
		{"nested without end", sign(t, k, goodHeader, `{"a":`+strings.Repeat("[", 20000)), ErrMalformed, "not JSON"},

		{"no exp", sign(t, k, goodHeader, `{"iat":1000}`), ErrNoExpiry, "valid for ever"},
		{"exp a string", sign(t, k, goodHeader, `{"exp":"2000"}`), ErrMalformed, "exp is not a number"},
		{"exp null", sign(t, k, goodHeader, `{"exp":null}`), ErrMalformed, "exp is not a number"},
		{"exp negative", sign(t, k, goodHeader, `{"exp":-1}`), ErrMalformed, "exp is -1"},
		{"exp far too large", sign(t, k, goodHeader, `{"exp":1e300}`), ErrMalformed, "exp is 1e300"},
		{"exp beyond floating point", sign(t, k, goodHeader, `{"exp":1e999999999}`), ErrMalformed, "exp is 1e999999999"},
		{"iat a string", sign(t, k, goodHeader, `{"exp":2000,"iat":"1"}`), ErrMalformed, "iat is not a number"},
		{"nbf a list", sign(t, k, goodHeader, `{"exp":2000,"nbf":[1]}`), ErrMalformed, "nbf is not a number"},
		{"exp passed", sign(t, k, goodHeader, `{"exp":1499}`), ErrExpired, "expired at 1970-01-01T00:24:59Z, 1 second ago"},
		{"exp now", sign(t, k, goodHeader, `{"exp":1500}`), ErrExpired, "0 seconds ago"},
		{"iat to come", sign(t, k, goodHeader, `{"exp":2000,"iat":1501}`), ErrNotYetValid, "issued at 1970-01-01T00:25:01Z, 1 second in the future"},
		{"nbf to come", sign(t, k, goodHeader, `{"exp":2000,"nbf":1740}`), ErrNotYetValid, "not valid before 1970-01-01T00:29:00Z, 4 minutes in the future"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			token, err := Verify(tt.token, []Key{{Public: &k.PublicKey}}, instant())
			wantError(t, err, tt.says)
			if !errors.Is(err, tt.kind) {
				t.Errorf("error %v is not of the kind %v", err, tt.kind)
			}
			if refusal := (*VerifyError)(nil); !errors.As(err, &refusal) {
				t.Errorf("error %v is a %T", err, err)
			}
			if token != nil {
				t.Errorf("token %v beside the error", token)
			}
		})
	}
}

// looseEnd sets the bits of the last letter that stand for nothing: the same
// signature, another text.
func looseEnd(token string) string {
	last := token[len(token)-1]
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return token[:len(token)-1] + string(alphabet[strings.IndexByte(alphabet, last)|1])
}

func TestVerifyAcceptsTheToken(t *testing.T) {
	k := p256(t, 1)
	for _, tt := range []struct{ name, header, payload string }{
		{"plain", goodHeader, goodPayload},
		{"spaces in the JSON", ` { "alg" : "ES256" } `, " {\n\"exp\" : 2000 }\n"},
		{"no typ, no iat", `{"alg":"ES256"}`, `{"exp":1501}`},
		{"fraction of a second", goodHeader, `{"exp":1500.5}`},
		{"exponent", goodHeader, `{"exp":2e3}`},
		{"issued this second", goodHeader, `{"exp":2000,"iat":1500,"nbf":1500}`},
		{"same name on two levels", goodHeader, `{"exp":2000,"a":{"exp":1},"b":[{"a":1},{"a":2}]}`},
		{"last second of the year 9999", goodHeader, `{"exp":253402300799}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Verify(sign(t, k, tt.header, tt.payload), []Key{{Public: &k.PublicKey}}, instant()); err != nil {
				t.Error(err)
			}
		})
	}
}

// The public key is no secret, so whoever has it can compute this HMAC.
func TestVerifyRefusesThePublicKeyAsASecret(t *testing.T) {
	k := p256(t, 1)
	public := pemOf(t, &k.PublicKey)
	token, err := gojwt.NewWithClaims(gojwt.SigningMethodHS256, gojwt.MapClaims{"exp": 2000}).SignedString(public)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ParseKeys(public)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Verify(token, keys, instant())
	if !errors.Is(err, ErrAlgorithm) {
		t.Errorf("got %v", err)
	}
}

func TestVerifyRefusesOtherCurves(t *testing.T) {
	k := key(t, elliptic.P384(), 1)
	token, err := gojwt.NewWithClaims(gojwt.SigningMethodES384, gojwt.MapClaims{"exp": 2000}).SignedString(k)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Verify(token, []Key{{Public: &p256(t, 1).PublicKey}}, instant())
	if !errors.Is(err, ErrAlgorithm) {
		t.Errorf("with a P-256 key: %v", err)
	}
	_, err = Verify(token, []Key{{Public: &k.PublicKey}}, instant())
	wantError(t, err, "P-384")
}

func TestVerifySaysThatTheSignatureIsDER(t *testing.T) {
	input := encode(goodHeader) + "." + encode(goodPayload)
	k := p256(t, 1)
	raw, err := es256{}.Sign(input, k)
	if err != nil {
		t.Fatal(err)
	}
	der, err := DERSignature([64]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Verify(input+"."+encode(string(der)), []Key{{Public: &k.PublicKey}}, instant())
	wantError(t, err, "it is DER")
}

func TestLeewayWidensTheTimesByItsLength(t *testing.T) {
	k := p256(t, 1)
	token := sign(t, k, goodHeader, `{"iat":1000,"nbf":1000,"exp":2000}`)
	for _, tt := range []struct {
		at, leeway int64
		kind       error
	}{
		{990, 9, ErrNotYetValid},
		{990, 10, nil},
		{2009, 9, ErrExpired},
		{2009, 10, nil},
		{2010, 10, ErrExpired},
	} {
		o := VerifyOptions{At: time.Unix(tt.at, 0), Leeway: time.Duration(tt.leeway) * time.Second}
		if _, err := Verify(token, []Key{{Public: &k.PublicKey}}, o); !errors.Is(err, tt.kind) {
			t.Errorf("at %d with leeway %d: %v, want %v", tt.at, tt.leeway, err, tt.kind)
		}
	}
}

func TestKidSelectsTheKey(t *testing.T) {
	a, b := p256(t, 1), p256(t, 2)
	set := []Key{{ID: "a", Public: &a.PublicKey}, {ID: "b", Public: &b.PublicKey}}
	twins := []Key{{ID: "a", Public: &b.PublicKey}, {ID: "a", Public: &a.PublicKey}}
	unnamed := []Key{{Public: &b.PublicKey}, {Public: &a.PublicKey}}
	for _, tt := range []struct {
		name, header string
		keys         []Key
		holds        bool
	}{
		{"none in the token: each is tried", `{"alg":"ES256"}`, set, true},
		{"its own", `{"alg":"ES256","kid":"a"}`, set, true},
		{"that of another key", `{"alg":"ES256","kid":"b"}`, set, false},
		{"unknown: each is tried", `{"alg":"ES256","kid":"c"}`, set, true},
		{"shared by two keys: both are tried", `{"alg":"ES256","kid":"a"}`, twins, true},
		{"keys without name: each is tried", `{"alg":"ES256","kid":"a"}`, unnamed, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			token, err := Verify(sign(t, a, tt.header, goodPayload), tt.keys, instant())
			if !tt.holds {
				if !errors.Is(err, ErrSignature) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !token.Key.Public.Equal(&a.PublicKey) {
				t.Errorf("says that %v signed", token.Key)
			}
		})
	}
}

func TestVerifySaysHowManyKeysDidNotMatch(t *testing.T) {
	token := sign(t, p256(t, 1), goodHeader, goodPayload)
	keys := []Key{{Public: &p256(t, 2).PublicKey}, {Public: &p256(t, 3).PublicKey}}
	_, err := Verify(token, keys, instant())
	wantError(t, err, "none of the 2 keys")
}

func TestVerifyWithoutTheMeansIsNoRefusal(t *testing.T) {
	k := p256(t, 1)
	good := []Key{{Public: &k.PublicKey}}
	for _, tt := range []struct {
		name string
		keys []Key
		o    VerifyOptions
		says string
	}{
		{"no time", good, VerifyOptions{}, "no time given"},
		{"negative leeway", good, VerifyOptions{At: time.Unix(1500, 0), Leeway: -time.Second}, "leeway -1s is negative"},
		{"no key", nil, instant(), "no public key given"},
		{"a nil key", []Key{{}}, instant(), "this is none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Verify(sign(t, k, goodHeader, goodPayload), tt.keys, tt.o)
			wantError(t, err, tt.says)
			if refusal := (*VerifyError)(nil); errors.As(err, &refusal) {
				t.Errorf("%v blames the token", err)
			}
		})
	}
}
