package sim

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"atecc/internal/atca/wire"
)

// recording is what was recorded of a real ATECC608A while it signed a token.
// The answers were not recorded; those that follow from the printed values are
// given.
type recording struct {
	Config struct {
		Hex string `json:"hex"`
	} `json:"config_zone"`
	Packets []struct {
		Hex     string `json:"hex"`
		Command string `json:"command"`
		Answer  string `json:"derived_response_hex"`
	} `json:"packets"`
}

func loadRecording(t *testing.T) recording {
	t.Helper()
	b, err := os.ReadFile("../../../testdata/seed_trace.json")
	if err != nil {
		t.Fatal(err)
	}
	var r recording
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Packets) != 14 {
		t.Fatalf("%d packets, want 14", len(r.Packets))
	}
	return r
}

// TestRecordedChipAnswersAsRecorded replays the packets into a chip with the
// recorded configuration. It has other keys, so that what they decide can only
// have the right shape, and hold together.
func TestRecordedChipAnswersAsRecorded(t *testing.T) {
	r := loadRecording(t)
	zone := [128]byte(unhex(r.Config.Hex))
	m := newMaster(t, Options{Config: &zone})
	if m.chip.Address() != 0x60 {
		t.Fatalf("address 0x%02x", m.chip.Address())
	}
	var digest, public, rs []byte
	for i, p := range r.Packets {
		answer := m.send(unhex(p.Hex))
		payload, err := wire.ParseResponse(answer)
		if err != nil {
			t.Fatalf("packet %d, %s: %v", i, p.Command, err)
		}
		switch p.Command {
		case "GenKey":
			if public != nil && !bytes.Equal(public, payload) {
				t.Errorf("packet %d: another public key", i)
			}
			public = payload
		case "Sign":
			rs = payload
		default:
			if got := hex.EncodeToString(answer[:answer[0]]); got != p.Answer {
				t.Errorf("packet %d, %s: answer %s, want %s", i, p.Command, got, p.Answer)
			}
		}
		if p.Command == "SHA" {
			digest = payload // the last one is the digest
		}
	}
	if len(public) != 64 || len(rs) != 64 {
		t.Fatalf("key of %d bytes, signature of %d", len(public), len(rs))
	}
	if !verifiesOnHost(t, public, digest, rs) {
		t.Error("the signature does not verify under the chip's key")
	}
}
