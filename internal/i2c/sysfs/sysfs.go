// Package sysfs opens the I2C buses of the Linux kernel, /dev/i2c-N, and lists
// them. The transfers themselves are made by periph's package of that name.
package sysfs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"periph.io/x/conn/v3"
	pi2c "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/host/v3/sysfs"

	"atecc/internal/i2c"
)

// Bus is an open bus. Its errors hold the kernel's errno.
type Bus struct {
	dev    pi2c.BusCloser
	root   string
	number int
	bridge bridge // the zero value for an adapter with nothing special
}

var (
	_ pi2c.BusCloser = (*Bus)(nil)
	_ conn.Limits    = (*Bus)(nil)
)

// Open opens a bus by the path of its node or by its number alone. root is the
// directory that holds dev and sys, which is "/" except in tests. A bus that
// cannot be opened gives an *i2c.BusError in PhaseOpen, a path that names no bus
// a plain error.
func Open(root, path string) (*Bus, error) {
	n, err := busNumber(path)
	if err != nil {
		return nil, err
	}
	node := nodePath(root, n)
	// periph's error for a node that cannot be opened has lost the errno, and
	// names a group that is not the one; so the node is tried here first.
	f, err := os.OpenFile(node, os.O_RDWR, 0)
	if err != nil {
		return nil, i2c.OpenError(node, explain(node, err))
	}
	if err := f.Close(); err != nil {
		return nil, i2c.OpenError(node, err)
	}
	dev, err := sysfs.NewI2C(n)
	if err != nil {
		return nil, i2c.OpenError(node, withErrno(err))
	}
	return newBus(dev, root, n), nil
}

func newBus(dev pi2c.BusCloser, root string, n int) *Bus {
	return &Bus{dev: dev, root: root, number: n, bridge: bridgeOf(adapterName(root, n))}
}

// nodePrefix starts the path of every bus that the module i2c-dev offers.
const nodePrefix = "/dev/i2c-"

func nodePath(root string, n int) string {
	return filepath.Join(root, nodePrefix+strconv.Itoa(n))
}

// busNumber also takes a node's path, as that is what users have seen in /dev.
func busNumber(path string) (int, error) {
	n, err := strconv.ParseUint(strings.TrimPrefix(path, nodePrefix), 10, 16)
	if err != nil {
		return 0, fmt.Errorf("%q is neither a bus number nor a path such as /dev/i2c-1", path)
	}
	return int(n), nil
}

// explain says of a node that may not be opened who may.
func explain(node string, err error) error {
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("%w; %s", cause(err), owner(node))
	}
	return cause(err)
}

// cause strips the path from an error, because the message has it already.
func cause(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// groupMayUse is what a mode must have for the group to read and write.
const groupMayUse = 0o060

// owner says who may open the node.
func owner(node string) string {
	info, err := os.Stat(node)
	if err != nil {
		return "its owner is not known"
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Sprintf("its mode is %04o", info.Mode().Perm())
	}
	group := strconv.FormatUint(uint64(stat.Gid), 10)
	if g, err := user.LookupGroupId(group); err == nil {
		group = g.Name
	}
	mode := info.Mode().Perm()
	if mode&groupMayUse != groupMayUse {
		return fmt.Sprintf("its mode is %04o and its group %s, so even that group may not", mode, group)
	}
	return fmt.Sprintf("its mode is %04o and its group %s, so the user must be in that group", mode, group)
}

// String is the path of the bus's node.
func (b *Bus) String() string { return nodePrefix + strconv.Itoa(b.number) }

// Tx does one transfer, or a write and a read with a repeated START.
func (b *Bus) Tx(addr uint16, w, r []byte) error {
	err := withErrno(b.dev.Tx(addr, w, r))
	if err != nil && b.bridge.remedy != nil {
		return fmt.Errorf("%w (%w)", err, b.bridge.remedy)
	}
	return err
}

// SetSpeed fails: the kernel lets no program change the clock of a bus.
func (b *Bus) SetSpeed(f physic.Frequency) error { return withErrno(b.dev.SetSpeed(f)) }

// Close closes the bus.
func (b *Bus) Close() error { return withErrno(b.dev.Close()) }

// Clock is the clock of the bus where its driver, the device tree, or the
// bridge itself says it. Other buses do not tell how fast they are.
func (b *Bus) Clock() (physic.Frequency, bool) {
	if b.bridge.clock != 0 {
		return b.bridge.clock, true
	}
	dir := adapterDir(b.root, b.number)
	if b.bridge.tells {
		return kilohertzIn(filepath.Join(dir, "device", "clock"))
	}
	cells, err := os.ReadFile(filepath.Join(dir, "of_node", "clock-frequency"))
	if err != nil || len(cells) != 4 {
		return 0, false
	}
	return physic.Frequency(binary.BigEndian.Uint32(cells)) * physic.Hertz, true
}

// MaxTxSize is the longest write that the adapter takes, 0 when there is no
// limit that matters here.
func (b *Bus) MaxTxSize() int { return b.bridge.maxTx }

// errnoError gives an error its errno back.
type errnoError struct {
	error
	errno syscall.Errno
}

func (e errnoError) Unwrap() error { return e.errno }

// periphPrefix is what periph puts before the text of an errno.
const periphPrefix = "sysfs-i2c: "

// lastErrno is the highest errno that Linux drivers return.
const lastErrno = 133

// withErrno finds the errno of a failed transfer. periph formats it with %v,
// so that only its text is left; which errno it was decides between a chip
// that is asleep and an adapter that is broken.
func withErrno(err error) error {
	var errno syscall.Errno
	if err == nil || errors.As(err, &errno) {
		return err
	}
	text, ok := strings.CutPrefix(err.Error(), periphPrefix)
	if !ok {
		return err
	}
	for e := syscall.Errno(1); e <= lastErrno; e++ {
		if text == e.Error() {
			return errnoError{err, e}
		}
	}
	return err
}
