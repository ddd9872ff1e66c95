package atca_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"strings"
	"testing"
	"testing/synctest"

	"atecc/internal/atca"
	"atecc/internal/atca/config"
	"atecc/internal/atca/sim"
	"atecc/internal/atca/wire"
)

// blank is a chip as it leaves the factory.
func blank() sim.Options { return sim.Options{Image: "factory-608B"} }

func TestRandomRefusesThePatternOfABlankChip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, blank())
		err := b.Do(t.Context(), func(s *atca.Session) error {
			_, err := s.Random(t.Context())
			return err
		})
		if !errors.Is(err, atca.ErrNotRandom) {
			t.Errorf("error %v", err)
		}
	})
}

func TestRandomBytesDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sim.Options{})
		b.do(t, func(s *atca.Session) error {
			first, err := s.Random(t.Context())
			if err != nil {
				return err
			}
			second, err := s.Random(t.Context())
			if first == second {
				t.Errorf("twice %x", first)
			}
			return err
		})
	})
}

// TestABlankChipIsLockedWithACheck takes a chip from the factory to service.
func TestABlankChipIsLockedWithACheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		b := newBench(t, blank())
		b.do(t, func(s *atca.Session) error {
			word := wire.Location{Zone: wire.ZoneConfig, Block: 2, Word: 6} // SlotLocked, ChipOptions
			if err := s.Write(ctx, word, []byte{0xFF, 0xFF, 0x0E, 0x60}); err != nil {
				return err
			}
			zone, err := s.ReadConfig(ctx)
			if err != nil {
				return err
			}
			if !bytes.Equal(zone[88:92], []byte{0xFF, 0xFF, 0x0E, 0x60}) {
				t.Errorf("written, but reads %x", zone[88:92])
			}
			wrong := zone
			wrong[20] ^= 1
			if err := s.LockConfig(ctx, wrong); !errors.Is(err, wire.StatusExecution) {
				t.Errorf("locked a zone that holds something else: %v", err)
			}
			if err := s.LockConfig(ctx, zone); err != nil {
				return err
			}
			if zone, err = s.ReadConfig(ctx); err != nil || !zone.ConfigLocked() || zone.DataLocked() {
				t.Errorf("after the lock: config %t, data %t, %v", zone.ConfigLocked(), zone.DataLocked(), err)
			}
			if err := s.Write(ctx, word, zone[88:92]); !errors.Is(err, wire.StatusExecution) {
				t.Errorf("a locked zone was written: %v", err)
			}
			block := bytes.Repeat([]byte{0xA5}, 32)
			if err := s.Write(ctx, wire.Location{Zone: wire.ZoneData, Slot: 8}, block); err != nil {
				return err
			}
			return s.LockData(ctx, dataSum(zone, block))
		})
	})
}

// dataSum is the CRC over a data zone whose slot 8 begins with block, and which
// is otherwise as from the factory.
func dataSum(zone config.Zone, block []byte) uint16 {
	var memory []byte
	for n := range wire.Slots {
		if zone.Slot(n).Key.Private() {
			continue
		}
		slot := bytes.Repeat([]byte{0xFF}, wire.SlotSize(n))
		if n == 8 {
			copy(slot, block)
		}
		memory = append(memory, slot...)
	}
	return wire.CRC16(append(memory, bytes.Repeat([]byte{0xFF}, wire.OTPSize)...))
}

func TestDataIsReadBackAsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		b := newBench(t, sim.Options{})
		b.do(t, func(s *atca.Session) error {
			for block := range 13 {
				l := wire.Location{Zone: wire.ZoneData, Slot: 8, Block: block}
				want := bytes.Repeat([]byte{byte(block)}, 32)
				if err := s.Write(ctx, l, want); err != nil {
					return err
				}
				if got, err := s.Read(ctx, l, 32); err != nil || !bytes.Equal(got, want) {
					t.Errorf("block %d: %x, %v", block, got, err)
				}
				l.Word = 5
				if got, err := s.Read(ctx, l, 4); err != nil || !bytes.Equal(got, want[:4]) {
					t.Errorf("block %d word 5: %x, %v", block, got, err)
				}
			}
			return nil
		})
	})
}

func TestOnlyWordsAndBlocksAreRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sim.Options{})
		b.do(t, func(s *atca.Session) error {
			for _, size := range []int{0, 3, 5, 31, 33, 64} {
				l := wire.Location{Zone: wire.ZoneData, Slot: 8}
				if _, err := s.Read(t.Context(), l, size); err == nil {
					t.Errorf("%d bytes were read", size)
				}
				if err := s.Write(t.Context(), l, make([]byte, size)); err == nil {
					t.Errorf("%d bytes were written", size)
				}
			}
			return nil
		})
		wantOps(t, b.bus.sent())
	})
}

// TestTheChipHashesAsTheHost covers each way a message can end.
func TestTheChipHashesAsTheHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sim.Options{})
		for _, n := range []int{0, 1, 55, 56, 63, 64, 65, 127, 128, 129, 200} {
			message := bytes.Repeat([]byte{'m'}, n)
			b.do(t, func(s *atca.Session) error {
				got, err := s.SHA256(t.Context(), message)
				if want := sha256.Sum256(message); err == nil && got != want {
					t.Errorf("%d bytes: %x, want %x", n, got, want)
				}
				return err
			})
		}
	})
}

// TestSignaturesVerifyOnBothSides uses the 608's message digest buffer, and the
// 508A's TempKey.
func TestSignaturesVerifyOnBothSides(t *testing.T) {
	for _, image := range []string{"jwt", "gcp-iot-core-508"} {
		t.Run(image, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sim.Options{Image: image})
				b.do(t, func(s *atca.Session) error { return provisionIfBlank(t, s) })
				b.do(t, func(s *atca.Session) error {
					ctx := t.Context()
					pub, err := s.PublicKey(ctx, 0)
					if err != nil {
						return err
					}
					signature, err := s.SignDigest(ctx, 0, digest)
					if err != nil {
						return err
					}
					r, v := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
					if !ecdsa.Verify(pub, digest[:], r, v) {
						t.Error("the host does not accept the signature")
					}
					if err := s.VerifyDigest(ctx, pub, digest, signature); err != nil {
						t.Errorf("the chip does not accept it: %v", err)
					}
					signature[40] ^= 1
					if err := s.VerifyDigest(ctx, pub, digest, signature); !errors.Is(err, wire.StatusMiscompare) {
						t.Errorf("the chip on a damaged signature: %v", err)
					}
					return nil
				})
			})
		})
	}
}

// provisionIfBlank locks the configuration zone of a chip that has it open, and
// makes a key.
func provisionIfBlank(t *testing.T, s *atca.Session) error {
	zone, err := s.ReadConfig(t.Context())
	if err != nil || zone.ConfigLocked() {
		return err
	}
	if err := s.LockConfig(t.Context(), zone); err != nil {
		return err
	}
	_, err = s.CreateKey(t.Context(), 0)
	return err
}

// TestAStoredKeyVerifies has a public key in slot 9.
func TestAStoredKeyVerifies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		image, _ := config.LookupImage("jwt")
		zone := [128]byte(image.Zone)
		zone[86] = 0x55                      // data zone not locked
		zone[96+2*9], zone[97+2*9] = 0x10, 0 // slot 9: public key
		zone[20+2*9], zone[21+2*9] = 0x0F, 0x0F
		b := newBench(t, sim.Options{Config: &zone})
		b.do(t, func(s *atca.Session) error {
			pub, err := s.CreateKey(ctx, 0)
			if err != nil {
				return err
			}
			if err := writePublicKey(t, s, 9, pub); err != nil {
				return err
			}
			signature, err := s.SignDigest(ctx, 0, digest)
			if err != nil {
				return err
			}
			if err := s.VerifyStored(ctx, 9, digest, signature); err != nil {
				return err
			}
			other := sha256.Sum256([]byte("another message"))
			if err := s.VerifyStored(ctx, 9, other, signature); !errors.Is(err, wire.StatusMiscompare) {
				t.Errorf("another message: %v", err)
			}
			return nil
		})
	})
}

// writePublicKey writes a key in the chip's own form: four zero bytes before
// each coordinate.
func writePublicKey(t *testing.T, s *atca.Session, slot int, pub *ecdsa.PublicKey) error {
	t.Helper()
	point, err := pub.Bytes()
	if err != nil {
		return err
	}
	memory := make([]byte, 96)
	copy(memory[4:], point[1:33])
	copy(memory[40:], point[33:])
	for block := range 3 {
		l := wire.Location{Zone: wire.ZoneData, Slot: slot, Block: block}
		if err := s.Write(t.Context(), l, memory[32*block:][:32]); err != nil {
			return err
		}
	}
	return nil
}

func TestSmallQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		image, _ := config.LookupImage("eyc-608B")
		zone := [128]byte(image.Zone)
		b := newBench(t, sim.Options{Config: &zone})
		b.do(t, func(s *atca.Session) error {
			if n, err := s.Counter(ctx, 0); err != nil || n != 1026 {
				t.Errorf("counter 0: %d, %v", n, err)
			}
			if n, err := s.Counter(ctx, 1); err != nil || n != 1000 {
				t.Errorf("counter 1: %d, %v", n, err)
			}
			if _, err := s.Counter(ctx, 2); !errors.Is(err, wire.StatusParse) {
				t.Errorf("counter 2: %v", err)
			}
			if failed, err := s.SelfTest(ctx, wire.SelfTestAll); err != nil || failed != 0 {
				t.Errorf("self-test: %06b, %v", failed, err)
			}
			if r, err := s.Revision(ctx); err != nil || r.Name() != "ATECC608B" {
				t.Errorf("revision: %s, %v", r, err)
			}
			return nil
		})
	})
}

func TestKeyValidTellsEmptySlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		b := newBench(t, sim.Options{})
		b.do(t, func(s *atca.Session) error {
			for slot, want := range []bool{true, false} {
				if got, err := s.KeyValid(ctx, slot); err != nil || got != want {
					t.Errorf("slot %d: %t, %v", slot, got, err)
				}
			}
			if _, err := s.CreateKey(ctx, 1); err != nil {
				return err
			}
			if got, err := s.KeyValid(ctx, 1); err != nil || !got {
				t.Errorf("slot 1 with a key: %t, %v", got, err)
			}
			return nil
		})
	})
}

// TestTheHostCanComputeTheNonce: both sides know TempKey.
func TestTheHostCanComputeTheNonce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, blank())
		numIn := [20]byte{}
		for i := range numIn {
			numIn[i] = 0xC0 + byte(i)
		}
		b.do(t, func(s *atca.Session) error {
			drawn, err := s.RandomNonce(t.Context(), numIn)
			tempKey := wire.HashNonce(drawn, numIn[:], wire.NonceRandom)
			want := unhex(t, "ccdb1550c1f20122917b810302e556ec1c24590a0b79e89beafb5322892ef6c4")
			if !bytes.Equal(tempKey[:], want) {
				t.Errorf("TempKey %x, want %x", tempKey, want)
			}
			return err
		})
	})
}

// TestTheSignerServesTheStandardLibrary makes a certificate with it.
func TestTheSignerServesTheStandardLibrary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sim.Options{})
		b.do(t, func(s *atca.Session) error {
			pub, err := s.PublicKey(t.Context(), 0)
			if err != nil {
				return err
			}
			signer := s.Signer(t.Context(), 0, pub)
			template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "chip"}}
			der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
			if err != nil {
				return err
			}
			certificate, err := x509.ParseCertificate(der)
			if err != nil {
				return err
			}
			return certificate.CheckSignature(certificate.SignatureAlgorithm, certificate.RawTBSCertificate, certificate.Signature)
		})
	})
}

func TestTheSignerRefusesWhatTheChipCannotSign(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sim.Options{})
		b.do(t, func(s *atca.Session) error {
			signer := s.Signer(t.Context(), 0, nil)
			for _, tt := range []struct {
				digest []byte
				opts   crypto.SignerOpts
				word   string
			}{
				{make([]byte, 32), nil, "SHA-256"},
				{make([]byte, 32), crypto.SHA512, "SHA-256"},
				{make([]byte, 31), crypto.SHA256, "31"},
				{nil, crypto.SHA256, "0"},
			} {
				if _, err := signer.Sign(nil, tt.digest, tt.opts); err == nil || !strings.Contains(err.Error(), tt.word) {
					t.Errorf("%d bytes, %v: error %v", len(tt.digest), tt.opts, err)
				}
			}
			return nil
		})
		wantOps(t, b.bus.sent())
	})
}

// TestAPublicKeyThatIsNoPointIsRefused has an undamaged frame with nonsense.
func TestAPublicKeyThatIsNoPointIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sim.Options{})
		b.bus.filter = onAnswer(wire.OpGenKey, 1, answerWith(bytes.Repeat([]byte{7}, 64)...))
		err := b.Do(t.Context(), func(s *atca.Session) error {
			_, err := s.PublicKey(t.Context(), 0)
			return err
		})
		if !errors.Is(err, atca.ErrNoPoint) {
			t.Errorf("error %v", err)
		}
	})
}
