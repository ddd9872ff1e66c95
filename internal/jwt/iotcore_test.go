package jwt

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// profile is a good one, for tests to spoil.
func profile() IoTCore {
	return IoTCore{
		Project:  "stoked-axle-258910",
		TTL:      12 * time.Hour,
		IssuedAt: time.Unix(1573899913, 999_999_999),
	}
}

func mintProfile(t *testing.T, p IoTCore) (header, payload string) {
	t.Helper()
	s, err := p.Spec()
	if err != nil {
		t.Fatal(err)
	}
	token, err := Mint(&chip{key: p256(t, 1)}, nil, s)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(token, ".")
	return decode(t, parts[0]), decode(t, parts[1])
}

func TestIoTCoreTokenHasAudAsStringAndIntegerTimes(t *testing.T) {
	header, payload := mintProfile(t, profile())
	if want := `{"alg":"ES256","typ":"JWT"}`; header != want {
		t.Errorf("header %s, want %s", header, want)
	}
	if want := `{"aud":"stoked-axle-258910","exp":1573943113,"iat":1573899913}`; payload != want {
		t.Errorf("payload %s, want %s", payload, want)
	}
}

func TestIoTCoreTokenSaysWhatTheRecordedOneSays(t *testing.T) {
	_, payload := mintProfile(t, profile())
	recorded := decode(t, strings.Split(readRecording(t).JWT.Token, ".")[1])
	got, err := parseObject([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	want, err := parseObject([]byte(recorded))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"aud", "iat", "exp"} {
		if got[name] != want[name] {
			t.Errorf("%s is %v, the recorded one %v", name, got[name], want[name])
		}
	}
}

func TestIoTCoreTokenCarriesExtras(t *testing.T) {
	p := profile()
	p.Claims = map[string]any{"nbf": json.Number("1573899913"), "x": []any{true, nil}}
	p.Header = map[string]any{"cty": "x"}
	header, payload := mintProfile(t, p)
	if want := `{"alg":"ES256","cty":"x","typ":"JWT"}`; header != want {
		t.Errorf("header %s, want %s", header, want)
	}
	want := `{"aud":"stoked-axle-258910","exp":1573943113,"iat":1573899913,"nbf":1573899913,"x":[true,null]}`
	if payload != want {
		t.Errorf("payload %s, want %s", payload, want)
	}
}

func TestIoTCoreLifetimeGoesFromASecondToADay(t *testing.T) {
	for _, tt := range []struct {
		ttl  time.Duration
		want int64 // exp - iat, 0: refused
	}{
		{-time.Hour, 0},
		{0, 0},
		{time.Second - 1, 0},
		{time.Second, 1},
		{2500 * time.Millisecond, 2},
		{24 * time.Hour, 86400},
		{24*time.Hour + 1, 0},
		{48 * time.Hour, 0},
	} {
		t.Run(tt.ttl.String(), func(t *testing.T) {
			p := profile()
			p.TTL = tt.ttl
			s, err := p.Spec()
			if tt.want == 0 {
				wantError(t, err, tt.ttl.String(), "24h")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Claims["exp"].(int64) - s.Claims["iat"].(int64); got != tt.want {
				t.Errorf("lives %d s, want %d", got, tt.want)
			}
		})
	}
}

func TestIoTCoreRefusesABadProfile(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(*IoTCore)
		says  string
	}{
		{"no project", func(p *IoTCore) { p.Project = "" }, "no project"},
		{"project with a space", func(p *IoTCore) { p.Project = "my project" }, `"my project"`},
		{"project with a path", func(p *IoTCore) { p.Project = "projects/a" }, "no slashes"},
		{"project with a line end", func(p *IoTCore) { p.Project = "a\n" }, "is no project ID"},
		{"project with a control byte", func(p *IoTCore) { p.Project = "a\x00" }, "is no project ID"},
		{"project in Latin-1", func(p *IoTCore) { p.Project = "gr\xfcn" }, "is no project ID"},
		{"no time", func(p *IoTCore) { p.IssuedAt = time.Time{} }, "no time of signing"},
		{"aud", func(p *IoTCore) { p.Claims = map[string]any{"aud": "x"} }, "claim aud cannot be given"},
		{"iat", func(p *IoTCore) { p.Claims = map[string]any{"iat": 1} }, "claim iat cannot be given"},
		{"exp", func(p *IoTCore) { p.Claims = map[string]any{"exp": 1} }, "claim exp cannot be given"},
		{"alg", func(p *IoTCore) { p.Header = map[string]any{"alg": "none"} }, "header alg cannot be given"},
		{"alg as it is", func(p *IoTCore) { p.Header = map[string]any{"alg": "ES256"} }, "ES256 only"},
		{"typ", func(p *IoTCore) { p.Header = map[string]any{"typ": "at+jwt"} }, "always JWT"},
		{"kid", func(p *IoTCore) { p.Header = map[string]any{"kid": "1"} }, "tries each key of the device"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := profile()
			tt.spoil(&p)
			s, err := p.Spec()
			wantError(t, err, tt.says)
			if s.Claims != nil {
				t.Errorf("claims %v beside the error", s.Claims)
			}
		})
	}
}

func TestIoTCoreTakesTheProjectIDsOfOtherBridges(t *testing.T) {
	for _, project := range []string{"my-project", "example.com:my-project", "123456789"} {
		p := profile()
		p.Project = project
		if _, err := p.Spec(); err != nil {
			t.Errorf("%s: %v", project, err)
		}
	}
}
