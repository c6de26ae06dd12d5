package cmd

import (
	"errors"
	"strings"

	"github.com/spf13/pflag"

	"mqt/internal/compat/conf"
)

// keyFlags are flags that set keys of a section of the configuration.
type keyFlags []*keyFlag

// keyFlag is a flag that sets one key, once or, when the key is a list, once
// for each member. It is a pflag.Value.
type keyFlag struct {
	key   string
	given []string
	check func(value string) error
}

// keyGroup defines flags for keys of one section.
type keyGroup struct {
	f       *pflag.FlagSet
	to      *keyFlags
	section any // a pointer to a zero one, to try values on
}

func (o *serveOptions) keys(f *pflag.FlagSet) keyGroup {
	return keyGroup{f, &o.config, &conf.Config{}}
}

func (o *serveOptions) listenerKeys(f *pflag.FlagSet) keyGroup {
	return keyGroup{f, &o.listener, &conf.Listener{}}
}

// add defines a flag for a key.
func (g keyGroup) add(key, name, usage string) *pflag.Flag {
	v := &keyFlag{key: key, check: func(s string) error { return conf.Set(g.section, key, s) }}
	*g.to = append(*g.to, v)
	return g.f.VarPF(v, name, "", usage)
}

// addSwitch is add for a key that is true or false.
func (g keyGroup) addSwitch(key, name, usage string) { g.add(key, name, usage).NoOptDefVal = "true" }

// apply sets the keys that were given in a section.
func (k keyFlags) apply(section any) error {
	for _, v := range k {
		for _, text := range v.given {
			if err := conf.Set(section, v.key, text); err != nil {
				return err // was checked when it was given
			}
		}
	}
	return nil
}

func (k keyFlags) given() bool {
	for _, v := range k {
		if len(v.given) > 0 {
			return true
		}
	}
	return false
}

// Set checks and keeps a value.
func (k *keyFlag) Set(s string) error {
	if err := k.check(s); err != nil {
		return err
	}
	k.given = append(k.given, s)
	return nil
}

// String returns what was given, empty for the default.
func (k *keyFlag) String() string { return strings.Join(k.given, ",") }

// Type names the value in help texts where they do not.
func (k *keyFlag) Type() string { return "value" }

func (o *serveOptions) bindListeners(f *pflag.FlagSet) {
	f.StringArrayVar(&o.Listen, "listen", nil, "listen at `URL`; may be repeated; the schemes are mqtt, mqtts, ws, wss, unix, http, https, and any, which tells them apart on one port; port 0 is any free one (default any://127.0.0.1:1883)")
	f.IntVarP(&o.Port, "port", "p", 0, "listen at this `port` of 127.0.0.1")
	c, l := o.keys(f), o.listenerKeys(f)
	c.add("ready_file", "ready-file", "when all listeners accept, write their URLs to `file`, one a line")
	l.add("ws_path", "ws-path", "`path` of WebSocket clients; * is any (default /mqtt)")
	l.add("origins", "ws-origin", "let web pages of this `host` or origin connect over WebSocket; may be repeated; *.example.com and * are patterns (default the listener's own host)")
	l.add("proxy_trusted", "proxy-from", "expect the PROXY protocol from this `address` or network, and nobody else; may be repeated")
	l.add("http_dir", "http-dir", "serve the files in `directory` over HTTP")
	c.add("sys_interval", "sys-interval", "publish the $SYS topics every so many `seconds` (default 10); -1 is never")
}

func (o *serveOptions) bindTLS(f *pflag.FlagSet) {
	c, l := o.keys(f), o.listenerKeys(f)
	l.add("tls.cert", "cert", "certificate chain for mqtts, wss, https and any, a PEM `file`; read again when it changes")
	l.add("tls.key", "key", "its private key, a PEM `file`")
	c.addSwitch("tls_dev", "tls-dev", "make a certificate authority and a certificate for development, keep them, and say how clients use them")
	l.add("tls.ca", "cafile", "authorities of client certificates, a PEM `file`")
	l.addSwitch("tls.require_client_cert", "require-client-cert", "refuse clients without a certificate of these authorities")
	l.addSwitch("tls.use_identity_as_username", "use-identity-as-username", "the common name of a client's certificate is its user name, and no password is asked")
	l.addSwitch("tls.use_subject_as_username", "use-subject-as-username", "the same with the whole subject")
	l.add("tls.crl", "crlfile", "revoked client certificates, a PEM `file`")
	l.add("tls.min_version", "tls-min", "oldest `version` of TLS: 1.2 (default) or 1.3")
}

func (o *serveOptions) bindAuth(f *pflag.FlagSet) {
	c := o.keys(f)
	c.add("auth.password_file", "password-file", "users and passwords, a `file` as mqt passwd and mosquitto_passwd write it")
	c.add("auth.acl_file", "acl-file", "who may read and write which topics, a `file` in mosquitto's format")
	c.add("auth.jwt_key", "jwt-key", "accept JSON Web Tokens as passwords that the key in `file` verifies (PEM, JWK or a secret)")
	c.add("auth.jwt_issuer", "jwt-issuer", "only accept tokens of this `issuer` (the claim iss)")
	c.add("auth.jwt_audience", "jwt-audience", "only accept tokens for this `audience` (the claim aud)")
	c.add("auth.auth_url", "auth-url", "ask the program at `URL` about connections and topics; no answer means no")
	c.add("auth.auth_timeout", "auth-timeout", "`seconds` that program may take to answer (default 2)")
	c.addSwitch("auth.allow_anonymous", "allow-anonymous", "let clients in that give no user name")
	c.addSwitch("lan", "lan", "listen to the whole network at port 1883, with a password that is made up and shown")
}

func (o *serveOptions) bindStore(f *pflag.FlagSet) {
	c := o.keys(f)
	c.add("persistence.data", "data", "keep retained messages, sessions and their messages in `directory`; without it they are in memory")
	v := &keyFlag{key: "persistence.sync", check: checkSync}
	o.config = append(o.config, v)
	f.Var(v, "sync", "what an acknowledged message survives: always (a power failure; the default), os (the end of the process), interval=`duration` (a power failure takes at most that)")
	f.BoolVar(&o.Salvage, "salvage", false, "start although the disk has damaged the store, with what can be read of it")
}

func checkSync(s string) error {
	if (&conf.Config{Persistence: conf.Persistence{Sync: s}}).Check() != nil {
		return errors.New("is not always, os, or interval= and a time such as 100ms")
	}
	return nil
}

func (o *serveOptions) bindConfig(f *pflag.FlagSet) {
	c := o.keys(f)
	f.StringVarP(&o.File, "config", "c", "", "read the configuration in `file`: mosquitto.conf, or our own in TOML; flags count more")
	f.BoolVar(&o.Strict, "strict", false, "do not start with a configuration of which something is not supported")
	f.BoolVar(&o.PrintConfig, "print-config", false, "print the configuration that flags and file make together, and end")
	f.BoolVar(&o.CheckConfig, "check-config", false, "say whether the configuration is good, and end")
	f.CountVarP(&o.Verbose, "verbose", "v", "log connections; twice: packets too")
	c.add("log.level", "log-level", "least important `level` that is logged: none, error, warn (default), info or debug")
	c.add("log.format", "log-format", "`format` of the log: text (default) or json")
	c.add("log.file", "log-file", "append the log to `file` instead of standard error; SIGHUP opens it anew")
	c.add("log.trace_clients", "trace-client", "print each packet from and to the client with this `id` to standard error; may be repeated; * is every client; passwords are not shown, payloads are")
	c.add("pid_file", "pid-file", "write the number of the process to `file`")
}

// bindLimits defines a flag for each limit.
func (o *serveOptions) bindLimits(f *pflag.FlagSet) {
	c := o.keys(f)
	for _, l := range []struct{ key, usage string }{
		{"connect_timeout", "`seconds` a connection may take to send CONNECT (default 10)"},
		{"stall_timeout", "`seconds` a client may take nothing of what waits for it (default 10)"},
		{"max_keep_alive", "longest keep alive in `seconds` (default no limit)"},
		{"max_session_expiry", "longest life of a session without connection in `seconds` (default no limit)"},
		{"max_connections", "most open connections `n` (default no limit)"},
		{"max_connections_per_address", "most open connections of one address `n` (default no limit)"},
		{"max_connect_size", "largest CONNECT packet in `bytes` (default 65536)"},
		{"max_packet_size", "largest packet in `bytes` (default 2097152)"},
		{"max_properties_size", "largest property list of a message in `bytes` (default 65536)"},
		{"max_topic_levels", "most levels of a topic `n` (default 200)"},
		{"receive_maximum", "most QoS 2 messages a client may have open `n` (default 1000)"},
		{"topic_alias_maximum", "most topic aliases of a connection `n` (default 64); -1 is none"},
		{"max_inflight", "most QoS 1 and 2 messages a client has not acknowledged `n` (default 20; MQTT 5: 65535)"},
		{"max_queued_messages", "most messages that wait for a session `n` (default 1000)"},
		{"max_queued_bytes", "most `bytes` that wait for a session (default 16777216)"},
		{"max_retained", "most retained messages `n` (default 1000000)"},
		{"max_retained_bytes", "most `bytes` of retained messages (default 1073741824)"},
		{"max_payload_size", "largest payload of a message in `bytes` (default no limit but the packet's)"},
		{"max_memory", "`bytes` of memory, such as 512M, beyond which clients and messages are refused (default no limit)"},
	} {
		c.add("limits."+l.key, strings.ReplaceAll(l.key, "_", "-"), l.usage)
	}
}
