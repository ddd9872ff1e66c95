package jwt

import (
	"testing"
	"time"
)

func TestSpanUsesTheUnitThatReads(t *testing.T) {
	for _, tt := range []struct {
		seconds int64
		want    string
	}{
		{0, "0 seconds"},
		{1, "1 second"},
		{119, "119 seconds"},
		{120, "2 minutes"},
		{7199, "119 minutes"},
		{7200, "2 hours"},
		{2*86400 - 1, "47 hours"},
		{2 * 86400, "2 days"},
		{999 * 86400, "999 days"},
		{1000 * 86400, "1,000 days"},
		{1_234_567 * 86400, "1,234,567 days"},
	} {
		from := time.Unix(1573899913, 0)
		if got := span(from, time.Unix(1573899913+tt.seconds, 0)); got != tt.want {
			t.Errorf("%d s is %q, want %q", tt.seconds, got, tt.want)
		}
	}
}
