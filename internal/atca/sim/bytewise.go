package sim

import (
	"fmt"
	"time"
)

// Transaction is a transaction in progress, for a master that sees single
// bytes and their acknowledge bits: one that moves SDA and SCL itself. Others
// use Bus.Tx. The bus is not held between two bytes, because such a master may
// go away in the middle; it must be the only one.
type Transaction struct {
	bus   *Bus
	chips []*Chip // those that acknowledged their address
	read  bool
	word  []byte // word address of a write, once it has passed
}

// Begin sends START, or a repeated START when a transaction is in progress,
// and the address byte. It says whether a chip acknowledged.
func (b *Bus) Begin(addr uint16, read bool) (t *Transaction, ack bool, err error) {
	if addr > maxAddress {
		return nil, false, fmt.Errorf("0x%x is not a 7-bit address", addr)
	}
	defer b.take()()
	if b.closed {
		return nil, false, fmt.Errorf("bus %s is closed", b.name)
	}
	chips := b.address(addr, read)
	return &Transaction{bus: b, chips: chips, read: read}, len(chips) > 0, nil
}

// Put writes one byte and says whether a chip acknowledged it.
func (t *Transaction) Put(c byte) (ack bool) {
	defer t.bus.take()()
	t.bus.pass(bitsPerByte)
	if t.read {
		return false
	}
	// A chip takes a command in as many writes as the master likes, so each
	// byte is one, with the word address in front.
	w := append(t.word, c)
	for _, chip := range t.chips {
		ack = chip.write(w) == len(w) || ack
	}
	if len(t.word) == 0 {
		t.word = w
	}
	return ack
}

// Get reads one byte. Where several chips answer, a zero wins; where none
// does, SDA stays high.
func (t *Transaction) Get() byte {
	defer t.bus.take()()
	t.bus.pass(bitsPerByte)
	r := []byte{0xFF}
	if t.read {
		for _, chip := range t.chips {
			chip.read(r)
		}
	}
	return r[0]
}

// End ends the transaction with a STOP, or tells that a repeated START
// follows, which is for Begin to send.
func (t *Transaction) End(stop bool) error {
	defer t.bus.take()()
	if t.read {
		return nil
	}
	return t.bus.end(t.chips, stop)
}

// PullSDA tells the chips that SDA was low for d, while no transaction was in
// progress. The time itself has passed already.
func (b *Bus) PullSDA(d time.Duration) error {
	defer b.take()()
	if b.closed {
		return fmt.Errorf("bus %s is closed", b.name)
	}
	for _, c := range b.chips {
		c.sdaLow(d)
	}
	return nil
}
