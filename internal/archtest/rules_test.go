package archtest

// A rule says what one package may import besides the standard library.
// A path of our own is meant exactly, or with "/..." the whole tree under it;
// a path from outside is the root of a module or of a part of it.
type rule struct {
	pkg   string
	allow []string
	why   string
}

const (
	periphConn = "periph.io/x/conn/v3"
	periphHost = "periph.io/x/host/v3"
	sys        = "golang.org/x/sys"
)

// rules is the architecture, one row a package. A package that has no row
// fails the test, and so does a row whose package is gone.
var rules = []rule{
	{
		pkg: "internal/atca/wire",
		why: "constants and layouts that both ends of the wire share",
	},
	{
		pkg: "internal/atca/config",
		why: "the configuration zone, shared by both ends as well",
	},
	{
		pkg:   "internal/i2c",
		allow: []string{"internal/atca/wire", periphConn},
		why:   "framing over any periph bus; it must not know what the frames mean",
	},
	{
		pkg:   "internal/i2c/sysfs",
		allow: []string{"internal/i2c", periphConn, periphHost},
		why:   "the one way to reach a chip that needs periph's host drivers",
	},
	{
		pkg:   "internal/i2c/usbfs",
		allow: []string{sys},
		why:   "the kernel's USB calls, for the buses that bring their own driver",
	},
	{
		pkg:   "internal/i2c/ft232h",
		allow: []string{"internal/i2c", "internal/i2c/usbfs", periphConn},
		why:   "a periph bus made of an FTDI bridge",
	},
	{
		pkg:   "internal/i2c/mcp2221",
		allow: []string{"internal/i2c", "internal/i2c/usbfs", periphConn},
		why:   "a periph bus made of a Microchip bridge that the kernel runs too fast",
	},
	{
		pkg:   "internal/atca",
		allow: []string{"internal/i2c", "internal/atca/wire", "internal/atca/config"},
		why:   "the engine sees a Link, never the bus or the virtual chip behind it",
	},
	{
		pkg:   "internal/atca/sim",
		allow: []string{"internal/atca/wire", "internal/atca/config", periphConn, sys},
		why:   "the other end of the wire: with code of the engine in it, it would prove nothing",
	},
	{
		pkg:   "internal/atca/sim/usb",
		allow: []string{"internal/atca/sim", periphConn, sys},
		why:   "the other end of USB: it may share nothing with the transports that it is there to prove",
	},
	{
		pkg:   "internal/jwt",
		allow: []string{"github.com/golang-jwt/jwt/v5"},
		why:   "tokens over any crypto.Signer; nobody else sees the JWT library",
	},
	{
		pkg: "cmd/atecc",
		allow: []string{
			"internal/...", "github.com/spf13/cobra", "github.com/spf13/pflag",
			sys, "golang.org/x/term", "golang.org/x/crypto", periphConn,
		},
		why: "the only place that joins the rooms; it opens buses, so it names periph's types",
	},
}

// A ban forbids names of the standard library in the files that scope picks.
// A name that ends in a dot stands for the whole package.
type ban struct {
	names []string
	scope func(dir, file string) bool
	why   string
}

var bans = []ban{
	{
		names: []string{"os.Exit", "syscall.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln"},
		scope: func(dir, file string) bool { return dir != "cmd/atecc" || file != "main.go" },
		why:   "only main ends the process",
	},
	{
		names: []string{
			"fmt.Print", "fmt.Printf", "fmt.Println", "print", "println", "log.",
			"os.Stdin", "os.Stdout", "os.Stderr",
		},
		scope: belowCmd,
		why:   "streams belong to cmd",
	},
	{
		names: []string{
			"os.Getenv", "os.LookupEnv", "os.Environ", "os.ExpandEnv", "os.Setenv",
			"os.Unsetenv", "os.Clearenv", "syscall.Getenv", "syscall.Environ",
		},
		scope: belowCmd,
		why:   "the environment belongs to cmd",
	},
	{
		names: []string{"time.Now", "time.Since", "time.Until"},
		scope: func(dir, _ string) bool {
			return dir == "internal/atca/wire" || dir == "internal/atca/config"
		},
		why: "layouts do not depend on the clock",
	},
}

func belowCmd(dir, _ string) bool { return !under(dir, "cmd") }
