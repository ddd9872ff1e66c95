// Package usbfs reaches USB devices by the files that Linux has for them: it
// lists them from sysfs and talks to them through /dev/bus/usb, with no C
// library. A device that a kernel driver holds is taken from that driver for
// the time of use, and given back.
//
// It has the few calls that a USB to I2C adapter needs. The layouts and numbers
// are those of the kernel's header linux/usbdevice_fs.h.
package usbfs
