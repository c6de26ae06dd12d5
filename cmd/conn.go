package cmd

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mqt/internal/client"
	"mqt/internal/mqtt"
	"mqt/internal/transport"
)

// connOptions are the flags of every command that connects to a broker.
type connOptions struct {
	Host string // -h
	Port int    // -p; 0: the scheme's
	SRV  bool   // -S
	URL  string // -L
	Unix string // --unix; or -h, with -p 0
	WS   bool   // --ws

	ID             string  // -i
	IDPrefix       string  // -I
	Persistent     bool    // -c
	SessionExpiry  expiry  // -x
	KeepAlive      int     // -k, in seconds; 0 is off
	Version        version // -V
	ConnectTimeout seconds
	RetryConnect   bool
	Inflight       int // -M; 0: the default

	Username        string // -u
	Password        string // -P
	PasswordFile    string
	PasswordCommand string
	AuthMethod      string // one of authMethods; empty: the password goes into CONNECT

	Props properties // -D
	Will  willOptions
	TLS   tlsOptions

	WSPath   string
	WSHeader []string
	Bind     string // -A
	Proxy    string
	NoDelay  bool

	Quiet   bool
	Debug   bool   // -d
	Verbose bool   // read by settle
	Profile string // read by settle

	// Filled from the flag set once it is parsed.
	HasPassword bool     // -P was given, if only with an empty value
	NeedV5      []string // flags given that need MQTT 5
}

// willOptions are the flags of the will message.
type willOptions struct {
	Topic   string
	Payload string
	QoS     qos
	Retain  bool
}

// bind defines the flags on c. packets are those -D may add properties to,
// besides connect, disconnect and will.
func (o *connOptions) bind(c *cobra.Command, packets ...string) {
	o.Props.packets = append([]string{"connect", "disconnect", "will"}, packets...)
	addGroup(c, "Connection", func(f *pflag.FlagSet) {
		o.bindConnection(f)
		f.StringVar(&o.Profile, "profile", "", "connect as the profile `name` says (see mqt profile); '' is none, not even the default")
		if c.Flags().Lookup("verbose") == nil { // mosquitto's has another meaning
			f.BoolVar(&o.Verbose, "verbose", false, "tell on standard error where the connection's settings come from")
		}
	}, settable)
	addGroup(c, "Will message", o.bindWill, settable)
	addGroup(c, "TLS", o.TLS.bind, settable)
	o.TLS.bindMissing(c.Flags())
	addGroup(c, "Transport", o.bindTransport, settable)
	markV5(c.Flags(), "property", "session-expiry-interval", "auth-method")
}

func (o *connOptions) bindConnection(f *pflag.FlagSet) {
	f.StringVarP(&o.Host, "host", "h", "localhost", "broker's `host` name or address")
	f.IntVarP(&o.Port, "port", "p", 0, "broker's `port` (default 1883, with TLS 8883); 0: -h is the path of a Unix socket")
	f.BoolVarP(&o.SRV, "srv", "S", false, "the host is a domain, whose SRV records _mqtt._tcp (with TLS _secure-mqtt._tcp) name brokers and ports")
	f.StringVarP(&o.URL, "url", "L", "", "broker as a `URL` instead of -h -p -u -P: "+
		strings.Join(transport.Schemes(), ", ")+" (mqtt://user:password@host:port/topic)")
	f.StringVarP(&o.Username, "username", "u", "", "user `name`")
	f.StringVarP(&o.Password, "pw", "P", "", "`password`; --password-file keeps it out of the process list; - asks for it on a terminal")
	f.StringVar(&o.PasswordFile, "password-file", "", "`file` whose first line is the password")
	f.StringVar(&o.PasswordCommand, "password-command", "", "shell `command` whose first line of output is the password")
	f.Var(oneOf{&o.AuthMethod, authMethods()}, "auth-method", "prove with `method` that user and password are known, without sending the password (MQTT 5): "+
		strings.Join(authMethods(), ", "))
	f.StringVarP(&o.ID, "id", "i", "", "client `identifier` (default: the broker chooses one)")
	f.StringVarP(&o.IDPrefix, "id-prefix", "I", "", "client identifier is this `prefix` and the process number")
	f.BoolVarP(&o.Persistent, "disable-clean-session", "c", false, "continue the session of the last connection and keep it for the next")
	f.VarP(&o.SessionExpiry, "session-expiry-interval", "x", "keep the session for so many `seconds` after the connection; -1 is for ever")
	f.IntVarP(&o.KeepAlive, "keepalive", "k", 60, "longest silence in `seconds` before the connection counts as dead; 0 is off")
	f.VarP(&o.Version, "protocol-version", "V", "MQTT `version`: 5, 311, 31; auto is 5, then 3.1.1 when the broker refuses it")
	f.IntVarP(&o.Inflight, "max-inflight", "M", 0, "at most `n` QoS 1 and 2 messages sent and not acknowledged (default "+strconv.Itoa(client.DefaultInflight)+")")
	f.VarP(&o.Props, "property", "D", "add a property to a packet (MQTT 5): `packet property value`, or packet user-property key value; packets: "+
		strings.Join(o.Props.packets, ", "))
	o.bindConnectTimeout(f)
	f.BoolVar(&o.RetryConnect, "retry-connect", false, "retry the first connection too")
	f.BoolVar(&o.Quiet, "quiet", false, "no notes on standard error, errors excepted")
	f.BoolVarP(&o.Debug, "debug", "d", false, "tell on standard error what the connection does, and where its settings come from")
}

func (o *connOptions) bindConnectTimeout(f *pflag.FlagSet) {
	o.ConnectTimeout = seconds(10 * time.Second)
	f.Var(&o.ConnectTimeout, "connect-timeout", "give up one attempt to connect after `seconds`")
}

func (o *connOptions) bindProxy(f *pflag.FlagSet) {
	f.StringVar(&o.Proxy, "proxy", "", "connect through the SOCKS5 proxy `URL`: socks5h://[user:password@]host[:port]")
}

func (o *connOptions) bindWill(f *pflag.FlagSet) {
	f.StringVar(&o.Will.Topic, "will-topic", "", "`topic` of the message the broker sends when this client vanishes")
	f.StringVar(&o.Will.Payload, "will-payload", "", "its `payload`")
	f.Var(&o.Will.QoS, "will-qos", "its quality of service `level`: 0, 1 or 2")
	f.BoolVar(&o.Will.Retain, "will-retain", false, "retain it")
}

func (o *connOptions) bindTransport(f *pflag.FlagSet) {
	f.BoolVar(&o.WS, "ws", false, "use WebSocket")
	f.StringVar(&o.WSPath, "ws-path", "", "WebSocket `path` (default: the URL's, else "+transport.DefaultPath+")")
	f.StringArrayVar(&o.WSHeader, "ws-header", nil, "add a `\"Name: value\"` to the WebSocket request")
	f.StringVar(&o.Unix, "unix", "", "connect to the Unix socket `path`")
	f.StringVarP(&o.Bind, "bind", "A", "", "connect from this local `address`, or the host name of one")
	o.bindProxy(f)
	f.BoolVar(&o.NoDelay, "nodelay", false, "disable Nagle's algorithm (always so here)")
}

// finish reads from the flag set what the struct cannot know and refuses
// combinations that make no sense.
func (o *connOptions) finish(c *cobra.Command) error {
	f := c.Flags()
	o.HasPassword = f.Changed("pw")
	o.NeedV5 = changedV5(f)
	err := checkPairs(f)
	if err == nil {
		err = o.socketByPort(f)
	}
	if err == nil {
		err = o.checkWill(f)
	}
	if err == nil {
		err = o.check(f)
	}
	f.VisitAll(func(flag *pflag.Flag) {
		if setElsewhere(flag) != "" {
			err = hint(err, "-d shows where each setting comes from")
		}
	})
	return err
}

// checkPairs refuses flags that say the same in different ways.
func checkPairs(f *pflag.FlagSet) error {
	for _, pair := range [][2]string{{"id", "id-prefix"}, {"pw", "password-file"}, {"pw", "password-command"},
		{"password-file", "password-command"}, {"url", "host"}, {"url", "port"}, {"url", "unix"}, {"url", "ws"},
		{"unix", "host"}, {"unix", "port"}, {"unix", "ws"}, {"srv", "port"}, {"srv", "unix"}, {"srv", "ws"}} {
		a, b := f.Lookup(pair[0]), f.Lookup(pair[1])
		if a == nil || b == nil || !a.Changed || !b.Changed {
			continue
		}
		if b.Name == "port" && layer(a) != layer(b) {
			continue // a flag for a part of what a profile says
		}
		return usagef("%s and %s cannot be used together", flagName(a), flagName(b))
	}
	return nil
}

func (o *connOptions) checkWill(f *pflag.FlagSet) error {
	if !f.Changed("will-topic") {
		for _, name := range []string{"will-payload", "will-qos", "will-retain"} {
			if f.Changed(name) {
				return usagef("--%s is given, but no --will-topic", name)
			}
		}
		if len(o.Props.Will) > 0 {
			return usagef("-D will is given, but no --will-topic")
		}
		return nil
	}
	if err := mqtt.CheckTopic(o.Will.Topic); err != nil {
		return hint(usagef("--will-topic %q %w", shorten(o.Will.Topic, 80), err), topicHint(err))
	}
	if len(o.Will.Payload) > 65535 {
		return usagef("--will-payload is longer than 65535 bytes")
	}
	return nil
}

func (o *connOptions) check(f *pflag.FlagSet) error {
	if o.Port < 0 || o.Port > 65535 {
		return usagef("-p %d: a port is a number from 1 to 65535", o.Port)
	}
	if o.KeepAlive < 0 || o.KeepAlive > 65535 {
		return usagef("-k %d: the keep alive is 0 to 65535 seconds", o.KeepAlive)
	}
	if f.Changed("max-inflight") && (o.Inflight < 1 || o.Inflight > 65535) {
		return usagef("-M %d: from 1 to 65535 messages can be in flight", o.Inflight)
	}
	hasID := o.ID != "" || o.IDPrefix != ""
	if f.Changed("id") && o.ID == "" {
		return usagef("-i: the client identifier is empty")
	}
	if o.Persistent && !hasID {
		return usagef("-c needs a client identifier\nhint: name the session with -i ID")
	}
	if o.SessionExpiry.Given && o.Props.Connect.Has(mqtt.PropSessionExpiry) {
		return usagef("-x and -D connect session-expiry-interval say the same thing twice")
	}
	if o.Version.Number != 0 && o.Version.Number != mqtt.V5 {
		if len(o.NeedV5) > 0 {
			return usagef("%s needs MQTT 5, but -V asks for %v", o.NeedV5[0], o.Version.Number)
		}
		if o.Version.Number == mqtt.V31 && hasID && len(o.ID) > 23 {
			return usagef("-i %q: MQTT 3.1 allows at most 23 bytes", o.ID)
		}
		if (o.HasPassword || o.PasswordFile != "" || o.PasswordCommand != "") && o.Username == "" && o.URL == "" {
			return usagef("-P without -u needs MQTT 5, but -V asks for %v", o.Version.Number)
		}
	}
	if err := o.checkAuthMethod(); err != nil {
		return err
	}
	if err := o.checkTransport(f); err != nil {
		return err
	}
	return o.TLS.check()
}

// version is a flag value: an MQTT version. The zero value is auto.
type version struct{ Number mqtt.Version }

// String returns the value as it is typed.
func (v *version) String() string {
	switch v.Number {
	case mqtt.V5:
		return "5"
	case mqtt.V311:
		return "311"
	case mqtt.V31:
		return "31"
	}
	return "auto"
}

// Type names the value in help texts.
func (v *version) Type() string { return "version" }

// Set parses a value.
func (v *version) Set(s string) error {
	switch strings.ToLower(s) {
	case "auto":
		v.Number = 0
	case "5", "5.0", "mqttv5", "mqttv50":
		v.Number = mqtt.V5
	case "311", "3.1.1", "mqttv311":
		v.Number = mqtt.V311
	case "31", "3.1", "mqttv31":
		v.Number = mqtt.V31
	default:
		return errors.New("is none of auto, 5, 311, 31")
	}
	return nil
}

// qos is a flag value: a quality of service level.
type qos mqtt.QoS

// String returns the level's digit.
func (q *qos) String() string { return strconv.Itoa(int(*q)) }

// Type names the value in help texts.
func (q *qos) Type() string { return "level" }

// Set parses a value.
func (q *qos) Set(s string) error {
	if len(s) != 1 || s[0] < '0' || s[0] > '2' {
		return errors.New("is none of 0, 1, 2")
	}
	*q = qos(s[0] - '0')
	return nil
}

// expiry is a flag value: a session expiry interval in seconds.
type expiry struct {
	Seconds uint32 // 0xFFFFFFFF is never
	Given   bool
}

const neverExpires = 1<<32 - 1

// String returns the seconds, empty when none are set.
func (e *expiry) String() string {
	if !e.Given {
		return ""
	}
	return strconv.FormatUint(uint64(e.Seconds), 10)
}

// Type names the value in help texts.
func (e *expiry) Type() string { return "seconds" }

// Set parses a value.
func (e *expiry) Set(s string) error {
	if s == "-1" || s == "∞" {
		*e = expiry{neverExpires, true}
		return nil
	}
	n, err := strconv.ParseUint(s, 0, 32)
	if err != nil {
		return fmt.Errorf("is not a number of seconds from 0 to %d", uint32(neverExpires))
	}
	*e = expiry{uint32(n), true}
	return nil
}
