// Package usb plugs a virtual USB-to-I2C bridge into a Linux kernel, with a
// virtual bus behind it. The kernel's own drivers, and any program that talks
// USB, see it as they see a real bridge with a real chip.
//
// The way in is vhci-hcd, the kernel's virtual USB host: it takes one end of a
// socket pair and speaks the USB/IP protocol on it. No network and no usbip
// tools are involved. usbip.go has the protocol, attach.go the way in, serve.go
// the order of transfers, and device.go what all USB devices have in common.
// Then there is one file per bridge. They work the bus byte by byte through
// master.go; the FT232H, which has no I2C engine, moves SDA and SCL instead,
// and lines.go listens to them.
//
// What the bridges answer comes from public documents: AN_108 of FTDI for the
// FT232H, DS20005565 of Microchip for the MCP2221A, AN495 of Silicon Labs for
// the CP2112. The other three follow what their Linux drivers expect, and so
// does whatever the documents leave open, such as the odd states of the
// MCP2221A. None of it was compared with hardware.
package usb
