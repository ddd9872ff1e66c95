// Command atecc works with ATECC608 security chips, real and virtual.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// The signals are caught for as long as the process lives.
	ctx, _ := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	os.Exit(newApp(os.Stdin, os.Stdout, os.Stderr, os.Getenv).run(ctx, os.Args[1:]))
}
