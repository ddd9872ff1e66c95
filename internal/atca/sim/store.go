package sim

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"atecc/internal/atca/wire"
)

// ErrInUse says that another process works with the state file.
var ErrInUse = errors.New("the chip is in use")

const (
	stateSchema = 1
	stateMode   = 0o600 // the file holds private keys
)

// stateFile is a chip on disk. All memory is hexadecimal digits, slot by slot,
// for people to look at and to edit. What the chip forgets without power is not
// in it: opening a file is switching the chip on.
type stateFile struct {
	Schema int         `json:"schema"`
	Origin stateOrigin `json:"origin"`
	Config string      `json:"config"`
	OTP    string      `json:"otp"`
	Slots  []string    `json:"slots"`
}

type stateOrigin struct {
	Image      string `json:"image,omitempty"`
	Seed       string `json:"seed,omitempty"`
	SeededKeys []int  `json:"seeded_keys,omitempty"`
}

// store is an open state file. The lock is on a file of its own beside it:
// saving replaces the state file, and a lock would stay with the old one. The
// lock file remains; to remove it would let two processes lock two of them.
type store struct {
	path string
	lock *os.File
}

// Open opens the chip in a state file, or makes one where there is no file. A
// chip that is there keeps its seed; an image may be named only if it is the
// one that it was made from.
func Open(path string, o Options) (*Chip, error) {
	st, err := openStore(path)
	if err != nil {
		return nil, err
	}
	mem, origin, err := st.loadOrMake(o)
	if err != nil {
		return nil, errors.Join(err, st.close())
	}
	return powerUp(mem, origin, st, o), nil
}

func openStore(path string) (*store, error) {
	// Where path is a link, the file that it leads to gets replaced and locked.
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("state file %s is a directory", path)
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, fmt.Errorf("state file %s: %w", path, err)
	}
	return &store{path, lock}, nil
}

// lockFile takes the lock and leaves the number of this process in it for
// those who come second.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, stateMode)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = inUse(f)
	}
	if err == nil {
		err = writeOwner(f)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// inUse names the process that holds the lock, if the lock file does.
func inUse(f *os.File) error {
	b, err := io.ReadAll(io.LimitReader(f, 20))
	pid, convErr := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || convErr != nil {
		return fmt.Errorf("another process has it open: %w", ErrInUse)
	}
	return fmt.Errorf("process %d has it open: %w", pid, ErrInUse)
}

// writeOwner is for people: the lock itself is the kernel's, and ends with the
// process however that ends.
func writeOwner(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := fmt.Fprintln(f, os.Getpid())
	return err
}

// close releases the lock; a second call does nothing.
func (s *store) close() error {
	if s.lock == nil {
		return nil
	}
	err := s.lock.Close()
	s.lock = nil
	return err
}

// loadOrMake saves a new chip at once. Its serial number and keys are settled
// from then on, whatever seed is named later.
func (s *store) loadOrMake(o Options) (eeprom, Origin, error) {
	b, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		mem, origin, err := manufacture(o)
		if err != nil {
			return eeprom{}, Origin{}, err
		}
		return mem, origin, s.save(mem, origin)
	}
	if err != nil {
		return eeprom{}, Origin{}, err
	}
	mem, origin, err := parseState(b)
	if err != nil {
		return eeprom{}, Origin{}, fmt.Errorf("state file %s is damaged and was left alone: %w", s.path, err)
	}
	if o.Config != nil || o.Image != "" && o.Image != origin.Image {
		return eeprom{}, Origin{}, fmt.Errorf("state file %s holds a chip made from %s already; name no other image, or another file", s.path, origin.name())
	}
	return mem, origin, nil
}

// name is what the chip was made from, in words.
func (o Origin) name() string {
	if o.Image == "" {
		return "a blank part"
	}
	return fmt.Sprintf("image %q", o.Image)
}

// parseState reads a state file, strictly: a chip that lost a lock or a key to
// a typing error is no longer the chip that was saved. No error shows content,
// which may be a key.
func parseState(b []byte) (eeprom, Origin, error) {
	var f stateFile
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return eeprom{}, Origin{}, fmt.Errorf("it is no state file, or cut short: %w", err)
	}
	if d.More() {
		return eeprom{}, Origin{}, errors.New("something follows after its end")
	}
	if f.Schema != stateSchema {
		return eeprom{}, Origin{}, fmt.Errorf("schema %d is not known here, only %d", f.Schema, stateSchema)
	}
	for _, slot := range f.Origin.SeededKeys {
		if slot < 0 || slot >= wire.Slots {
			return eeprom{}, Origin{}, fmt.Errorf("seeded_keys names slot %d", slot)
		}
	}
	mem, err := f.memory()
	return mem, Origin(f.Origin), err
}

// memory decodes the memory. All bytes must be there: zeros in place of those
// that are missing would be an open lock, or a key.
func (f stateFile) memory() (eeprom, error) {
	var m eeprom
	if len(f.Slots) != wire.Slots {
		return m, fmt.Errorf("there are %d slots and not %d", len(f.Slots), wire.Slots)
	}
	if err := fill(m.config[:], f.Config, "config"); err != nil {
		return m, err
	}
	if err := fill(m.otp[:], f.OTP, "otp"); err != nil {
		return m, err
	}
	for n, digits := range f.Slots {
		if err := fill(m.slot(n), digits, fmt.Sprintf("slot %d", n)); err != nil {
			return m, err
		}
	}
	return m, nil
}

// fill decodes one memory. The error names the place and never the digits.
func fill(dst []byte, digits, what string) error {
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) != len(dst) {
		return fmt.Errorf("%s is not %d bytes in hexadecimal", what, len(dst))
	}
	copy(dst, b)
	return nil
}

// encodeState is the inverse of parseState.
func encodeState(m eeprom, o Origin) ([]byte, error) {
	f := stateFile{
		Schema: stateSchema,
		Origin: stateOrigin(o),
		Config: hex.EncodeToString(m.config[:]),
		OTP:    hex.EncodeToString(m.otp[:]),
	}
	for n := range wire.Slots {
		f.Slots = append(f.Slots, hex.EncodeToString(m.slot(n)))
	}
	b, err := json.MarshalIndent(f, "", "  ")
	return append(b, '\n'), err
}

// save replaces the file as a whole, so that a crash leaves the old state or
// the new one.
func (s *store) save(m eeprom, o Origin) error {
	if s.lock == nil {
		return fmt.Errorf("the chip's state could not be saved: state file %s is closed", s.path)
	}
	b, err := encodeState(m, o)
	if err != nil {
		return err
	}
	if err := replaceFile(s.path, b); err != nil {
		return fmt.Errorf("the chip's state could not be saved: %w", err)
	}
	return nil
}

// replaceFile writes beside the file and then renames: readers see all of the
// old content or all of the new.
func replaceFile(path string, b []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*") // for its owner only
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(dir)
}

// syncDir makes the new name last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
