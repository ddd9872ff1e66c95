package jwt

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ParsePairs reads "name=value" arguments as ParsePair does and refuses a name
// that comes twice.
func ParsePairs(args []string) (map[string]any, error) {
	pairs := map[string]any{}
	for _, arg := range args {
		name, value, err := ParsePair(arg)
		if err != nil {
			return nil, err
		}
		if _, ok := pairs[name]; ok {
			return nil, fmt.Errorf("%.40q is given twice", name)
		}
		pairs[name] = value
	}
	return pairs, nil
}

// ParsePair reads one "name=value". A value that is JSON is taken as that (7,
// true, null, {...}, [...], "quoted"), any other as a string. To have the
// string 7, write "7" in quotes.
func ParsePair(arg string) (name string, value any, err error) {
	name, text, ok := strings.Cut(arg, "=")
	if !ok || name == "" {
		return "", nil, fmt.Errorf("%.80q is not of the form name=value", arg)
	}
	if !utf8.ValidString(arg) {
		return "", nil, fmt.Errorf("%.80q is not UTF-8", arg)
	}
	if !json.Valid([]byte(text)) {
		return name, text, nil
	}
	value, err = parseJSON([]byte(text))
	if err != nil {
		return "", nil, fmt.Errorf("the value of %.40q does not hold: %w", name, err)
	}
	return name, value, nil
}
