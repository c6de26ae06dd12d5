package cmd

import (
	"net/netip"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mqt/internal/mqtt"
	"mqt/internal/transport"
)

// benchBroker says which broker is loaded, and how it is reached.
type benchBroker struct {
	Conn     connOptions // its flags that make sense for many clients
	SSL      bool        // -S
	Sources  []string    // --ifaddr
	Embedded bool
	PID      int
}

func (o *benchBroker) bind(f *pflag.FlagSet) {
	c := &o.Conn
	f.StringVarP(&c.Host, "host", "h", "localhost", "broker's `host` name or address; clients take several, a,b,c, in turn")
	f.IntVarP(&c.Port, "port", "p", 0, "broker's `port` (default 1883, with TLS 8883)")
	f.StringVar(&c.URL, "url", "", "broker as a `URL` instead of -h -p -u -P, or several with commas: "+strings.Join(transport.Schemes(), ", "))
	f.VarP(benchVersion{&c.Version}, "protocol-version", "V", "MQTT `version`: 5, 4 (3.1.1), 3 (3.1)")
	f.StringVarP(&c.Username, "username", "u", "", "user `name`; %i is the client's number")
	f.StringVarP(&c.Password, "pw", "P", "", "`password`; %i is the client's number; --password-file keeps it out of the process list")
	f.StringVar(&c.PasswordFile, "password-file", "", "`file` whose first line is the password")
	f.StringVar(&c.PasswordCommand, "password-command", "", "shell `command` whose first line of output is the password")
	c.bindConnectTimeout(f)
	f.StringVar(&c.Profile, "profile", "", "connect as the profile `name` says (see mqt profile); '' is none, not even the default")
	f.BoolVar(&c.Verbose, "verbose", false, "tell on standard error where the connection's settings come from")
}

func (o *benchBroker) bindMachine(f *pflag.FlagSet) {
	f.BoolVar(&o.Embedded, "embedded", false, "start the broker of mqt serve in a process of its own, on a free port, and load it")
	f.StringSliceVar(&o.Sources, "ifaddr", nil, "connect from these local `addresses`, a,b,c, in turn: each has ports of its own")
	f.IntVar(&o.PID, "pid", 0, "process `number` of the broker on this machine: the report tells its CPU and memory")
}

// bindLetters defines the flags about TLS that emqtt_bench has.
func (o *benchBroker) bindLetters(f *pflag.FlagSet) {
	t := &o.Conn.TLS
	f.BoolVarP(&o.SSL, "ssl", "S", false, "use TLS; without --cafile, the system's certificate authorities are trusted")
	f.StringVar(&t.CAFile, "cacertfile", "", "is --cafile `file`, as emqtt_bench has it")
	f.StringVar(&t.Cert, "certfile", "", "is --cert `file`, as emqtt_bench has it")
	f.StringVar(&t.Key, "keyfile", "", "is --key `file`, as emqtt_bench has it")
}

func (o *benchBroker) bindTransport(f *pflag.FlagSet) {
	c := &o.Conn
	f.BoolVar(&c.WS, "ws", false, "use WebSocket")
	f.StringVar(&c.WSPath, "ws-path", "", "WebSocket `path` (default: the URL's, else "+transport.DefaultPath+")")
	f.StringArrayVar(&c.WSHeader, "ws-header", nil, "add a `\"Name: value\"` to the WebSocket request")
	f.StringVar(&c.Unix, "unix", "", "connect to the Unix socket `path`")
	f.BoolVar(&c.SRV, "srv", false, "") // a profile may have it
	f.Lookup("srv").Hidden = true
	c.bindProxy(f)
}

// ignored are flags of emqtt_bench that have no meaning here, and why.
func ignored() map[string]string {
	return map[string]string{
		"dist":       "one process uses all processors",
		"lowmem":     "clients are small always",
		"log_to":     "errors go to standard error",
		"prometheus": "give --restapi PORT for the metrics",
	}
}

func (o *benchBroker) bindIgnored(c *cobra.Command) {
	f := c.Flags()
	f.Bool("dist", false, "")
	f.BoolP("lowmem", "l", false, "")
	f.String("log_to", "", "`console` or null")
	f.Bool("prometheus", false, "")
	for name := range ignored() {
		f.Lookup(name).Hidden = true
	}
}

func (o *benchBroker) noteIgnored(env *Env, f *pflag.FlagSet) {
	for _, name := range []string{"dist", "lowmem", "log_to", "prometheus"} {
		if f.Changed(name) && !(name == "prometheus" && f.Changed("restapi")) {
			env.notef("bench: --%s has no effect: %s", name, ignored()[name])
		}
	}
}

// elsewhere are the flags that lead to a broker other than the embedded one.
func elsewhere() []string { return []string{"url", "host", "port", "unix", "ws", "proxy"} }

// forget lets the environment and a profile say nothing when the broker is the
// embedded one: they are about another, and its user's password is not for it.
func (o *benchBroker) forget(f *pflag.FlagSet) {
	f.VisitAll(func(flag *pflag.Flag) {
		if !o.Embedded || setElsewhere(flag) == "" {
			return
		}
		if list, ok := flag.Value.(pflag.SliceValue); ok {
			_ = list.Replace(nil) // never fails for texts
		} else {
			_ = flag.Value.Set(flag.DefValue) // fails for one of several words, all of which are about TLS
		}
		flag.Changed = false
	})
}

func (o *benchBroker) finish(f *pflag.FlagSet) error {
	c := &o.Conn
	c.HasPassword = f.Changed("pw")
	err := checkPairs(f)
	if err == nil {
		err = c.checkConnectTimeout(f)
	}
	if err != nil {
		return err
	}
	if o.SSL && !c.TLS.wanted() {
		c.TLS.UseOS = true
	}
	switch {
	case f.Changed("port") && (c.Port < 1 || c.Port > 65535):
		return usagef("bench: -p %d: a port is a number from 1 to 65535", c.Port)
	case f.Changed("pid") && o.PID < 1:
		return usagef("bench: --pid %d: a process number is above 0", o.PID)
	case c.SRV && !o.Embedded:
		return hint(usagef("bench: %s: a load is for one broker, not for those of a domain", flagName(f.Lookup("srv"))),
			"name the broker with --url or -h; --profile '' does without the profile")
	case o.Embedded && o.PID != 0:
		return usagef("bench: --embedded and --pid cannot be used together: the process is known")
	case o.Embedded && c.TLS.wanted():
		return usagef("bench: --embedded is without TLS\nhint: start \"mqt serve --tls-dev\" yourself and give --url")
	}
	for _, name := range elsewhere() {
		if o.Embedded && f.Changed(name) {
			return usagef("bench: --embedded and %s cannot be used together", flagName(f.Lookup(name)))
		}
	}
	for _, text := range o.Sources {
		if _, err := netip.ParseAddr(text); err != nil {
			return usagef("bench: --ifaddr %q is not an IP address", text)
		}
	}
	return c.TLS.check()
}

// benchVersion is a flag value: an MQTT version, by emqtt_bench's numbers too.
type benchVersion struct{ *version }

// String returns the value as it is typed.
func (v benchVersion) String() string {
	switch v.Number {
	case mqtt.V31:
		return "3"
	case mqtt.V311:
		return "4"
	}
	return "5"
}

// Set parses a value.
func (v benchVersion) Set(s string) error {
	switch s {
	case "3":
		v.Number = mqtt.V31
	case "4":
		v.Number = mqtt.V311
	default:
		return v.version.Set(s)
	}
	return nil
}
