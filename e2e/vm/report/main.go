// Command report reads what the guest of the VM lane wrote and prints the
// table of transports and checks, then what failed. It exits with 1 when a
// check failed or the guest did not come to its end.
//
//	report [-coverage DIR] FILE
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	coverage := flag.String("coverage", "", "unpack the coverage into `DIR`")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: report [-coverage DIR] FILE")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), *coverage); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func run(file, coverage string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	r, err := read(f)
	if err != nil {
		return err
	}
	if coverage != "" && r.done {
		if err := unpack(r.coverage, coverage); err != nil {
			return err
		}
	}
	if err := r.print(os.Stdout); err != nil {
		return err
	}
	return r.verdict()
}
