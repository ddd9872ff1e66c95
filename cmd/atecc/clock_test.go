package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestNoTokenIsDatedBeforeTheRelease(t *testing.T) {
	// The bubble's clock shows the year 2000, as that of a board without a
	// battery does.
	synctest.Test(t, func(t *testing.T) {
		a := testApp("")
		code, token, talk := runApp(t, a, "sign-jwt", "--device", "sim:", "--project", "p")
		if code != exitFailed || token != "" {
			t.Errorf("exit code %d, token %q", code, token)
		}
		if want := "the clock of this host says 2000-01-01T00:00:00Z, which is before this program was made (" + releaseDate.Format(time.DateOnly) + ")"; !strings.Contains(talk, want) || !strings.Contains(talk, "NTP") {
			t.Errorf("said %q, want %q", talk, want)
		}
		if err := checkTalk(talk); err != nil {
			t.Error(err)
		}
	})
}

func TestTokenIsDatedFromTheReleaseOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(releaseDate))
		code, token, talk := runApp(t, testApp(""), "sign-jwt", "--device", "sim:", "--project", "p")
		if code != exitDone || strings.Count(token, ".") != 2 {
			t.Errorf("exit code %d, token %q, said %q", code, token, talk)
		}
	})
}

func TestTokenHoldsForItsLifetime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(releaseDate))
		_, token, _ := runApp(t, testApp(""), "sign-jwt", "--device", "sim:", "--project", "p", "--ttl", "10m")
		for _, tt := range []struct {
			wait time.Duration
			code int
		}{{0, exitDone}, {10*time.Minute - time.Second, exitDone}, {2 * time.Second, exitNegative}} {
			time.Sleep(tt.wait)
			if code, _, talk := runApp(t, testApp(token), "verify-jwt", "--device", "sim:"); code != tt.code {
				t.Errorf("at %s: exit code %d, want %d; said %q", time.Now(), code, tt.code, talk)
			}
		}
	})
}
