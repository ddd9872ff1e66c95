package mcp2221

import (
	"crypto/ecdsa"
	"errors"
	"math/big"
	"testing"
	"testing/synctest"

	"periph.io/x/conn/v3/physic"

	"atecc/internal/atca"
	"atecc/internal/atca/sim"
	"atecc/internal/i2c"
)

// fakeDevice joins a chip to a fake bridge.
func fakeDevice(t *testing.T, clock physic.Frequency) (*atca.Device, *fakeBridge) {
	t.Helper()
	chip, err := sim.New(sim.Options{Image: "jwt", Timing: sim.TimingTypical})
	if err != nil {
		t.Fatal(err)
	}
	f := newFake(sim.NewBus("wires", 400*physic.KiloHertz, chip))
	link := i2c.NewConn(openFake(t, f, clock), chip.Address(), i2c.Options{WakeDelay: i2c.DefaultWakeDelay})
	return atca.New(link, atca.Options{Times: atca.PublishedTimes()}), f
}

func TestAChipBehindTheBridgeSigns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev, f := fakeDevice(t, DefaultClock)
		digest := [32]byte{1, 2, 3}
		err := dev.Do(t.Context(), func(s *atca.Session) error {
			public, err := s.PublicKey(t.Context(), 0)
			if err != nil {
				return err
			}
			signature, err := s.SignDigest(t.Context(), 0, digest)
			if err != nil {
				return err
			}
			r, z := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
			if !ecdsa.Verify(public, digest[:], r, z) {
				t.Error("the signature does not fit the key")
			}
			// The longest command: 136 bytes go out in three reports.
			return s.VerifyDigest(t.Context(), public, digest, signature)
		})
		if err != nil {
			t.Error(err)
		}
		if err := dev.Close(); err != nil || f.closed != 1 {
			t.Errorf("closed %d times (%v)", f.closed, err)
		}
		f.check(t)
	})
}

func TestAChipDoesNotWakeAt400Kilohertz(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev, f := fakeDevice(t, 400*physic.KiloHertz)
		err := dev.Do(t.Context(), func(*atca.Session) error { return nil })
		var wake *atca.WakeError
		if !errors.As(err, &wake) || !wake.TooFast {
			t.Errorf("got %v", err)
		}
		f.check(t)
	})
}
