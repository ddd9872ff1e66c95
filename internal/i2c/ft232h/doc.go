// Package ft232h is an I2C bus made of an FTDI bridge: FT232H, FT2232H or
// FT4232H. Its serial engine (MPSSE) takes lists of small orders for pins and
// shift register; this package writes those lists, and sends them by usbfs.
//
// The wiring is that of FTDI's application note AN_255: AD0 is SCL, and AD1
// and AD2 joined are SDA, since the engine writes on one pin and reads on
// another. Both lines need pull-up resistors.
//
// The orders are described in AN_108 and AN_135, their use for I2C in AN_113.
// USB costs more time than the wire, so a transfer is one list and one answer,
// with all acknowledge bits in it, wherever that does no harm.
package ft232h
