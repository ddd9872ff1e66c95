package jwt

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	gojwt "github.com/golang-jwt/jwt/v5"
)

// MaxTokenSize is the longest token that is looked at. Real ones have a few
// hundred bytes; the password field of MQTT ends here, too.
const MaxTokenSize = 64 << 10

// unpacked is a token taken apart, its signature not yet checked.
type unpacked struct {
	input          string // header and payload as they were signed
	header, claims map[string]any
	signature      []byte
}

// unpack reads the three parts of a token and refuses everything that is not
// plain ES256.
func unpack(token string) (*unpacked, error) {
	if len(token) > MaxTokenSize {
		return nil, refuse(ErrMalformed, "the token has %d bytes, more than %d", len(token), MaxTokenSize)
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, refuse(ErrMalformed, "a signed token has 3 parts between dots, this text has %d", len(parts))
	}
	u := &unpacked{input: parts[0] + "." + parts[1]}
	var err error
	if u.header, err = unpackObject("header", parts[0]); err != nil {
		return nil, err
	}
	if err := checkAlgorithm(u.header); err != nil {
		return nil, err
	}
	if err := checkHeader(u.header); err != nil {
		return nil, refuse(ErrMalformed, "%w", err)
	}
	if u.claims, err = unpackObject("payload", parts[1]); err != nil {
		return nil, err
	}
	if u.signature, err = unpackSignature(parts[2]); err != nil {
		return nil, err
	}
	return u, nil
}

// unpackObject decodes the header or the payload.
func unpackObject(what, segment string) (map[string]any, error) {
	data, err := decodeSegment(segment)
	if err != nil {
		return nil, refuse(ErrMalformed, "the %s is not base64url: %w", what, err)
	}
	object, err := parseObject(data)
	if err != nil {
		return nil, refuse(ErrMalformed, "the %s does not hold: %w", what, err)
	}
	return object, nil
}

// unpackSignature decodes the signature. DER in its place is the classical
// mistake of a signer, so that is said.
func unpackSignature(segment string) ([]byte, error) {
	sig, err := decodeSegment(segment)
	if err != nil {
		return nil, refuse(ErrMalformed, "the signature is not base64url: %w", err)
	}
	if len(sig) == 2*scalarSize {
		return sig, nil
	}
	hint := ""
	if _, err := RawSignature(sig); err == nil {
		hint = " (it is DER; a token carries r and s of 32 bytes each)"
	}
	return nil, refuse(ErrSignature, "the signature has %d bytes, ES256 has %d%s", len(sig), 2*scalarSize, hint)
}

// checkAlgorithm is what stands between a verifier and alg "none".
func checkAlgorithm(header map[string]any) error {
	alg, ok := header["alg"].(string)
	if !ok {
		return refuse(ErrAlgorithm, "the header names no algorithm, only %s is accepted", algorithm)
	}
	if alg != algorithm {
		return refuse(ErrAlgorithm, "algorithm %.40q is not accepted, only %s is", alg, algorithm)
	}
	return nil
}

// checkHeader looks at the other members that change what a token means, read
// or about to be made.
func checkHeader(header map[string]any) error {
	// RFC 7515, 4.1.11: an extension that is not understood voids the token.
	if _, ok := header["crit"]; ok {
		return errors.New("the header demands extensions (crit), none is known here")
	}
	if kid, ok := header["kid"]; ok {
		if _, ok := kid.(string); !ok {
			return errors.New("kid in the header is not a string")
		}
	}
	return nil
}

// decodeSegment decodes canonical base64url without padding. Go's decoder,
// strict or not, skips line ends.
func decodeSegment(segment string) ([]byte, error) {
	if i := strings.IndexAny(segment, "\r\n"); i >= 0 {
		return nil, base64.CorruptInputError(i)
	}
	return gojwt.NewParser(gojwt.WithStrictDecoding()).DecodeSegment(segment)
}

// parseObject reads one JSON object and nothing more. Numbers keep their text.
func parseObject(data []byte) (map[string]any, error) {
	value, err := parseJSON(data)
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("it is no JSON object")
	}
	return object, nil
}

// parseJSON reads one JSON value in which no object names a member twice:
// encoding/json would keep the last one, others keep the first.
func parseJSON(data []byte) (any, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("it is not UTF-8")
	}
	// This pass finds syntax errors, trailing data and too deep nesting, so
	// that the walk below meets none of them.
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		return nil, fmt.Errorf("it is not JSON: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(whole))
	dec.UseNumber()
	return readValue(dec)
}

func readValue(dec *json.Decoder) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return readObject(dec)
	case json.Delim('['):
		return readArray(dec)
	}
	return token, nil
}

func readObject(dec *json.Decoder) (map[string]any, error) {
	object := map[string]any{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		key := name.(string) // the decoder lets nothing else stand here
		if _, ok := object[key]; ok {
			return nil, fmt.Errorf("it names %.40q twice", key)
		}
		if object[key], err = readValue(dec); err != nil {
			return nil, err
		}
	}
	_, err := dec.Token() // the closing brace
	return object, err
}

func readArray(dec *json.Decoder) ([]any, error) {
	array := []any{}
	for dec.More() {
		value, err := readValue(dec)
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	_, err := dec.Token() // the closing bracket
	return array, err
}
