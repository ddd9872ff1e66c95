package atca_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"periph.io/x/conn/v3/physic"

	"atecc/internal/atca"
	"atecc/internal/atca/wire"
	"atecc/internal/i2c"
)

// recording is testdata/seed_trace.json: what a program sent to a real
// ATECC608A in 2019, and the answers that its printed values imply.
type recording struct {
	PublicKey struct {
		Raw string `json:"raw_hex"`
	} `json:"public_key"`
	Packets []struct {
		Command  string `json:"command"`
		Request  string `json:"hex"`
		Response string `json:"derived_response_hex"`
	} `json:"packets"`
	JWT struct {
		Token string `json:"token"`
	} `json:"jwt"`
	Config struct {
		Hex string `json:"hex"`
	} `json:"config_zone"`
}

func loadRecording(t *testing.T) recording {
	t.Helper()
	b, err := os.ReadFile("../../testdata/seed_trace.json")
	if err != nil {
		t.Fatal(err)
	}
	var r recording
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// playback is a bus with the recorded chip on it. It answers the recorded
// requests, in their order, and refuses anything else.
type playback struct {
	t      *testing.T
	rest   recording
	answer []byte
}

func (p *playback) String() string                  { return "playback" }
func (p *playback) Close() error                    { return nil }
func (p *playback) SetSpeed(physic.Frequency) error { return nil }
func (p *playback) Clock() (physic.Frequency, bool) { return 100 * physic.KiloHertz, true }
func (p *playback) Tx(addr uint16, w, r []byte) error {
	switch {
	case addr == 0:
		p.answer = wire.WakeOK[:]
		return errors.New("nobody answers a general call")
	case len(r) > 0:
		n := copy(r, p.answer)
		copy(r[n:], bytes.Repeat([]byte{0xFF}, len(r)-n))
	case w[0] == wire.WordCommand:
		if len(p.rest.Packets) == 0 {
			p.t.Fatalf("a command too many: %x", w[1:])
		}
		next := p.rest.Packets[0]
		if want := unhex(p.t, next.Request); !bytes.Equal(w[1:], want) {
			p.t.Fatalf("%s: sent %x, recorded %x", next.Command, w[1:], want)
		}
		p.answer, p.rest.Packets = unhex(p.t, next.Response), p.rest.Packets[1:]
	}
	return nil
}

// TestTheRecordedPacketsAreWhatTheEngineSends makes the calls of the recorded
// program and compares each byte that goes to the chip.
func TestTheRecordedPacketsAreWhatTheEngineSends(t *testing.T) {
	r := loadRecording(t)
	if len(r.Packets) != 14 {
		t.Fatalf("the recording has %d packets, want 14", len(r.Packets))
	}
	bus := &playback{t: t, rest: r}
	dev := atca.New(i2c.NewConn(bus, 0x60, i2c.Options{}), atca.Options{})

	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append([]byte{4}, unhex(t, r.PublicKey.Raw)...))
	if err != nil {
		t.Fatal(err)
	}
	input := r.JWT.Token[:strings.LastIndex(r.JWT.Token, ".")]
	const slot = 2

	err = dev.Do(t.Context(), func(s *atca.Session) error {
		ctx := t.Context()
		revision, err := s.Revision(ctx)
		if err != nil || revision.Name() != "ATECC608A" {
			t.Errorf("Info: %v, %v", revision, err)
		}
		zone, err := s.ReadConfig(ctx)
		if err != nil || hex.EncodeToString(zone[:]) != r.Config.Hex {
			t.Errorf("configuration zone %x, %v", zone, err)
		}
		before, err := s.PublicKey(ctx, slot)
		if err != nil || !before.Equal(public) {
			t.Errorf("public key: %v", err)
		}
		digest, err := s.SHA256(ctx, []byte(input))
		if err != nil || digest != sha256.Sum256([]byte(input)) {
			t.Errorf("digest %x, %v", digest, err)
		}
		signature, err := s.SignDigest(ctx, slot, digest)
		if err != nil {
			return err
		}
		after, err := s.PublicKey(ctx, slot)
		if err != nil || !after.Equal(public) {
			t.Errorf("public key, second time: %v", err)
		}
		return s.VerifyDigest(ctx, after, digest, signature)
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(bus.rest.Packets); n != 0 {
		t.Errorf("%d recorded packets were not sent", n)
	}
}
