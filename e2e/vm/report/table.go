package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// print writes the tables, and then what failed with the evidence.
func (r *report) print(w io.Writer) error {
	if err := r.printChecks(w); err != nil {
		return err
	}
	if err := r.printLatencies(w); err != nil {
		return err
	}
	for _, c := range r.failed() {
		if _, err := fmt.Fprintf(w, "\n%s: %s: %s\n%s\n", c.Transport, c.Check, c.Failure, indent(c.Evidence)); err != nil {
			return err
		}
	}
	return nil
}

// printChecks writes a row for each check and a column for each transport:
// there are more checks than fit on a line.
func (r *report) printChecks(w io.Writer) error {
	transports, checks := r.names()
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "check\t%s\n", strings.Join(transports, "\t"))
	for _, check := range checks {
		row := []string{check}
		for _, transport := range transports {
			row = append(row, r.word(transport, check))
		}
		fmt.Fprintf(t, "%s\n", strings.Join(row, "\t"))
	}
	return t.Flush()
}

// names are the transports and the checks, in the order they were made.
func (r *report) names() (transports, checks []string) {
	for _, c := range r.cells {
		if !slices.Contains(transports, c.Transport) {
			transports = append(transports, c.Transport)
		}
		if !slices.Contains(checks, c.Check) {
			checks = append(checks, c.Check)
		}
	}
	return transports, checks
}

// word is what stands in the table; "-" for what does not apply.
func (r *report) word(transport, check string) string {
	for _, c := range r.cells {
		if c.Transport != transport || c.Check != check {
			continue
		}
		if c.Failure != "" {
			return "FAILED"
		}
		return fmt.Sprintf("%d ms", c.Millis)
	}
	return "-"
}

// printLatencies has times in milliseconds. The ratio is to what the wire
// needs at 100 kHz, tWHI included; the chip's own time is in it as well.
func (r *report) printLatencies(w io.Writer) error {
	if len(r.latencies) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\nlatency, ms\twake+Info\twire alone\tratio\tNonce+Sign\twire alone\tratio\tUSB requests a transaction\n")
	for _, l := range r.latencies {
		fmt.Fprintf(t, "%s\t%s\t%s\t%.1f\n", l.Transport,
			spent(l.WakeInfo, l.WakeInfoWire), spent(l.NonceSign, l.NonceWire),
			float64(l.Transfers)/float64(max(l.Transactions, 1)))
	}
	return t.Flush()
}

// spent is three columns: a time, what the wire needs of it, and the ratio.
func spent(took, wire int64) string {
	return fmt.Sprintf("%.1f\t%.1f\t%.1f", float64(took)/1000, float64(wire)/1000, float64(took)/float64(max(wire, 1)))
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")
}
