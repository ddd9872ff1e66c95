package jwt

import (
	"strconv"
	"time"
)

// units of a span, the largest first; each is used from twice its size on, so
// that what is cut off never matters.
var units = []struct {
	name    string
	seconds int64
}{
	{"days", 24 * 60 * 60},
	{"hours", 60 * 60},
	{"minutes", 60},
}

// span is the time from a to b in words, as "2,565 days". It counts in seconds
// because a time.Duration ends at 292 years.
func span(a, b time.Time) string {
	n := b.Unix() - a.Unix()
	for _, u := range units {
		if n >= 2*u.seconds {
			return group(n/u.seconds) + " " + u.name
		}
	}
	if n == 1 {
		return "1 second"
	}
	return group(n) + " seconds"
}

// group writes n with a comma before each three digits.
func group(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
