package usbfs

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The arguments of the ioctls, laid out as C does: Go aligns these fields in
// the same way, on machines of 32 and of 64 bits.
type (
	controlTransfer struct {
		requestType, request byte
		value, index, length uint16
		timeout              uint32 // in milliseconds, 0 for ever
		data                 unsafe.Pointer
	}
	bulkTransfer struct {
		endpoint, length, timeout uint32
		data                      unsafe.Pointer
	}
	getDriver struct {
		number uint32
		driver [maxDriverName]byte
	}
	disconnectClaim struct {
		number, flags uint32
		driver        [maxDriverName]byte
	}
	interfaceIoctl struct {
		number, code int32
		data         unsafe.Pointer
	}
)

// maxDriverName is the room for the name of a driver, with the zero at its end.
const maxDriverName = 256

// exceptDriver is a flag of disconnectClaim: take the interface, but not from
// the driver of this name.
const exceptDriver = 2

// The parts of an ioctl's number, the same on all machines that this program
// is built for. (MIPS and PowerPC have others.)
const (
	toKernel   = 1 << 30
	fromKernel = 2 << 30
	bothWays   = toKernel | fromKernel
	usbType    = 'U' << 8
	sizeShift  = 16
)

// The ioctls. The size of the argument is a part of the number, by which the
// kernel tells a program of 32 bits from one of 64.
const (
	ioctlControl         = bothWays | unsafe.Sizeof(controlTransfer{})<<sizeShift | usbType // and number 0
	ioctlBulk            = bothWays | unsafe.Sizeof(bulkTransfer{})<<sizeShift | usbType | 2
	ioctlGetDriver       = toKernel | unsafe.Sizeof(getDriver{})<<sizeShift | usbType | 8
	ioctlRelease         = fromKernel | unsafe.Sizeof(uint32(0))<<sizeShift | usbType | 16
	ioctlInterface       = bothWays | unsafe.Sizeof(interfaceIoctl{})<<sizeShift | usbType | 18
	ioctlConnect         = usbType | 23 // wrapped in ioctlInterface
	ioctlDisconnectClaim = fromKernel | unsafe.Sizeof(disconnectClaim{})<<sizeShift | usbType | 27
)

// node is an open device. The tests put a fake kernel here.
type node interface {
	ioctl(request uintptr, arg unsafe.Pointer) (int, error)
	Close() error
}

// fileNode is a node in /dev/bus/usb.
type fileNode struct {
	*os.File
}

// ioctl returns what the kernel does: a count, or an errno.
func (f fileNode) ioctl(request uintptr, arg unsafe.Pointer) (n int, err error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	var errno unix.Errno
	if err := conn.Control(func(fd uintptr) {
		var r uintptr
		r, _, errno = unix.Syscall(unix.SYS_IOCTL, fd, request, uintptr(arg))
		n = int(r)
	}); err != nil {
		return 0, err
	}
	if errno != 0 {
		return 0, errno
	}
	return n, nil
}
