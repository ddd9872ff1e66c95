// Command init is the first process of the guest of the VM lane. It loads the
// kernel's USB and I2C drivers, plugs in one virtual bridge after the other,
// runs atecc over each, and writes what came of it to the port that the kernel
// command line names with results=.
//
// The guest has this program, atecc, kernel modules, and nothing else.
package main

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

func main() {
	if err := prepare(); err != nil {
		fmt.Println("init:", err)
		powerOff()
	}
	out, err := openReporter(os.Getenv("results"))
	if err != nil {
		fmt.Println("init:", err)
		powerOff()
	}
	runAll(out)
	out.coverage(coverDir)
	out.done()
	powerOff()
}

// runAll plugs in each bridge in turn and makes all checks on it. The kernel
// command line can leave out a kind of bridge with without=, and all that is no
// command of the main path with brief=.
func runAll(out *reporter) {
	for _, t := range transports {
		if t.kind == os.Getenv("without") {
			continue
		}
		if os.Getenv("brief") != "" {
			t.checks = brief(t.checks)
		}
		b := &bench{transport: &t, out: out}
		b.run()
	}
}

// prepare makes the machine usable: file systems, modules, a directory for
// what the programs write.
func prepare() error {
	if err := mountAll(); err != nil {
		return err
	}
	if err := loadModules("/modules"); err != nil {
		return err
	}
	if err := os.MkdirAll(coverDir, 0o777); err != nil {
		return err
	}
	if err := os.Chmod(coverDir, 0o777); err != nil { // a check runs without root's rights
		return err
	}
	return watchTransfers()
}

// powerOff ends the virtual machine. The pause lets the serial port's buffer
// run empty, for which there is no call that all drivers keep.
func powerOff() {
	syscall.Sync()
	time.Sleep(200 * time.Millisecond)
	_ = syscall.Reboot(syscall.LINUX_REBOOT_CMD_POWER_OFF)
	select {} // a first process that returns makes the kernel panic
}
