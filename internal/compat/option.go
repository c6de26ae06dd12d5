package compat

import (
	"time"

	"mqt/internal/mqtt"
)

// option is one option of the command line.
type option struct {
	names string  // the short and the long one, or either
	of    Program // the programs that have it
	// lacks is the error when no word follows; empty: it takes no value.
	lacks string
	// before, when not nil, is asked before the value is looked for.
	before func(*parser) error
	set    func(p *parser, value string) error
}

const every = Pub | Sub | RR

// turnOn makes the set of an option that only turns something on.
func turnOn(field func(*Options) *bool) func(*parser, string) error {
	return func(p *parser, _ string) error { *field(p.o) = true; return nil }
}

// keep makes the set of an option that keeps its value as it is.
func keep(field func(*Options) *string) func(*parser, string) error {
	return func(p *parser, value string) error { *field(p.o) = value; return nil }
}

func setPort(p *parser, value string) error {
	n := atoi(value)
	if n < 0 || n > 65535 {
		return mistake("Invalid port given: %d", n)
	}
	p.o.Port, p.o.HasPort = n, true
	return nil
}

func setUnix(p *parser, value string) error {
	p.o.Host, p.o.Port, p.o.HasPort = value, 0, true
	return nil
}

func setID(p *parser, value string) error {
	if value == "" {
		return mistakeGap("Invalid id.")
	}
	p.o.ID, p.o.HasID = value, true
	return nil
}

func setIDPrefix(p *parser, value string) error {
	p.o.IDPrefix, p.o.HasIDPrefix = value, true
	return nil
}

func notWithPrefix(p *parser) error {
	if p.o.HasIDPrefix {
		return mistakeGap("-i and -I argument cannot be used together.")
	}
	return nil
}

func notWithID(p *parser) error {
	if p.o.HasID {
		return mistakeGap("-i and -I argument cannot be used together.")
	}
	return nil
}

func setExpiry(p *parser, value string) error {
	if value == "∞" {
		value = "-1"
	}
	n, ok := strtoll(value)
	switch {
	case !ok:
		return mistakeGap("session-expiry-interval not a number.")
	case n < -1 || n > NeverExpires:
		return mistakeGap("session-expiry-interval out of range.")
	case n == -1:
		n = NeverExpires
	}
	p.expiry, p.o.Version = n, mqtt.V5
	return nil
}

func setKeepAlive(p *parser, value string) error {
	n := atoi(value)
	if n < 5 || n > 65535 {
		return mistakeGap("Invalid keepalive given, it must be between 5 and 65535 inclusive.")
	}
	p.o.KeepAlive = time.Duration(n) * time.Second
	return nil
}

func setVersion(p *parser, value string) error {
	switch value {
	case "mqttv31", "31":
		p.o.Version = mqtt.V31
	case "mqttv311", "311":
		p.o.Version = mqtt.V311
	case "mqttv5", "5":
		p.o.Version = mqtt.V5
	default:
		return mistakeGap("Invalid protocol version argument given.")
	}
	return nil
}

func setInflight(p *parser, value string) error {
	n := atoi(value)
	if n < 1 {
		return mistakeGap("Maximum inflight messages must be greater than 0.")
	}
	p.o.Inflight = n
	return nil
}

func setQoS(p *parser, value string) error {
	n := atoi(value)
	if n < 0 || n > 2 {
		return mistake("Invalid QoS given: %d", n)
	}
	p.o.QoS = mqtt.QoS(n)
	return nil
}

func setWillQoS(p *parser, value string) error {
	n := atoi(value)
	if n < 0 || n > 2 {
		return mistakeGap("Invalid will QoS %d.", n)
	}
	p.o.WillQoS = mqtt.QoS(n)
	return nil
}

func setUsername(p *parser, value string) error {
	p.o.Username, p.o.HasUsername = value, true
	return nil
}

func setPassword(p *parser, value string) error {
	p.o.Password, p.o.HasPassword = value, true
	return nil
}

func setWillPayload(p *parser, value string) error {
	p.o.WillPayload, p.o.HasWillPayload = value, true
	return nil
}

// connectionOptions are those of every client, TLS apart.
func connectionOptions() []option {
	return []option{
		{names: "--help", of: every, set: func(*parser, string) error { return ErrHelp }},
		{names: "--version", of: every, set: func(*parser, string) error { return ErrVersion }},
		{names: "-h --host", of: every, lacks: "-h argument given but no host specified.", set: keep(func(o *Options) *string { return &o.Host })},
		{names: "-p --port", of: every, lacks: "-p argument given but no port specified.", set: setPort},
		{names: "--unix", of: every, lacks: "--unix argument given but no socket path specified.", set: setUnix},
		{names: "-L --url", of: every, lacks: "-L argument given but no URL specified.", set: (*parser).setURL},
		{names: "-A", of: every, lacks: "-A argument given but no address specified.", set: keep(func(o *Options) *string { return &o.Bind })},
		{names: "--nodelay", of: every, set: turnOn(func(o *Options) *bool { return &o.NoDelay })},
		{names: "--ws", of: every, set: turnOn(func(o *Options) *bool { return &o.WS })},
		{names: "--proxy", of: every, lacks: "--proxy argument given but no proxy url specified.", set: (*parser).setProxy},
		{names: "-i --id", of: every, before: notWithPrefix, lacks: "-i argument given but no id specified.", set: setID},
		{names: "-I --id-prefix", of: every, before: notWithID, lacks: "-I argument given but no id prefix specified.", set: setIDPrefix},
		{names: "-c --disable-clean-session", of: every, set: func(p *parser, _ string) error { p.o.Clean = false; return nil }},
		{names: "-x", of: every, lacks: "-x argument given but no session expiry interval specified.", set: setExpiry},
		{names: "-k --keepalive", of: every, lacks: "-k argument given but no keepalive specified.", set: setKeepAlive},
		{names: "-V --protocol-version", of: every, lacks: "--protocol-version argument given but no version specified.", set: setVersion},
		{names: "-u --username", of: every, lacks: "-u argument given but no username specified.", set: setUsername},
		{names: "-P --pw", of: every, lacks: "-P argument given but no password specified.", set: setPassword},
		{names: "-M", of: every, lacks: "-M argument given but max_inflight not specified.", set: setInflight},
		{names: "-D --property", of: every, lacks: fewWords, set: (*parser).property},
		{names: "-q --qos", of: every, lacks: "-q argument given but no QoS specified.", set: setQoS},
		{names: "-o", of: every, lacks: "-o argument given but no options file specified.", set: func(*parser, string) error { return nil }}, // read before
		{names: "-d --debug", of: every, set: turnOn(func(o *Options) *bool { return &o.Debug })},
		{names: "--quiet", of: every, set: turnOn(func(o *Options) *bool { return &o.Quiet })},
		{names: "--will-topic", of: every, lacks: "--will-topic argument given but no will topic specified.", set: (*parser).setWillTopic},
		{names: "--will-payload", of: every, lacks: "--will-payload argument given but no will payload specified.", set: setWillPayload},
		{names: "--will-qos", of: every, lacks: "--will-qos argument given but no will QoS specified.", set: setWillQoS},
		{names: "--will-retain", of: every, set: turnOn(func(o *Options) *bool { return &o.WillRetain })},
	}
}

// securityOptions are those about TLS.
func securityOptions() []option {
	return []option{
		{names: "--cafile", of: every, lacks: "--cafile argument given but no file specified.", set: keep(func(o *Options) *string { return &o.CAFile })},
		{names: "--capath", of: every, lacks: "--capath argument given but no directory specified.", set: keep(func(o *Options) *string { return &o.CAPath })},
		{names: "--tls-use-os-certs", of: every, set: turnOn(func(o *Options) *bool { return &o.OSCerts })},
		{names: "--cert", of: every, lacks: "--cert argument given but no file specified.", set: keep(func(o *Options) *string { return &o.Cert })},
		{names: "--key", of: every, lacks: "--key argument given but no file specified.", set: keep(func(o *Options) *string { return &o.Key })},
		{names: "--keyform", of: every, lacks: "--keyform argument given but no keyform specified.", set: keep(func(o *Options) *string { return &o.Keyform })},
		{names: "--tls-engine", of: every, lacks: "--tls-engine argument given but no engine_id specified.", set: keep(func(o *Options) *string { return &o.Engine })},
		{names: "--tls-engine-kpass-sha1", of: every, lacks: "--tls-engine-kpass-sha1 argument given but no kpass sha1 specified.", set: keep(func(o *Options) *string { return &o.EngineKeySHA1 })},
		{names: "--insecure", of: every, set: turnOn(func(o *Options) *bool { return &o.Insecure })},
		{names: "--tls-version", of: every, lacks: "--tls-version argument given but no version specified.", set: keep(func(o *Options) *string { return &o.TLSVersion })},
		{names: "--ciphers", of: every, lacks: "--ciphers argument given but no ciphers specified.", set: keep(func(o *Options) *string { return &o.Ciphers })},
		{names: "--tls-alpn", of: every, lacks: "--tls-alpn argument given but no protocol specified.", set: keep(func(o *Options) *string { return &o.ALPN })},
		{names: "--tls-keylog", of: every, lacks: "--tls-keylog argument given but no file specified.", set: keep(func(o *Options) *string { return &o.KeyLog })},
		{names: "--psk", of: every, lacks: "--psk argument given but no key specified.", set: keep(func(o *Options) *string { return &o.PSK })},
		{names: "--psk-identity", of: every, lacks: "--psk-identity argument given but no identity specified.", set: keep(func(o *Options) *string { return &o.PSKIdentity })},
		{names: "--no-tls", of: every, set: turnOn(func(o *Options) *bool { return &o.NoTLS })},
	}
}
