package conf

import (
	"slices"
	"time"
)

// Seconds is a length of time in seconds. In a limit zero is the default and
// a negative value is no limit.
type Seconds float64

// Duration returns s as a time.Duration; -1 ns when s is negative.
func (s Seconds) Duration() time.Duration {
	if s < 0 {
		return -1
	}
	if s > 1<<33 { // 272 years, what time.Duration can hold
		s = 1 << 33
	}
	return time.Duration(float64(s) * float64(time.Second))
}

// Config is what a configuration file says. The zero value is a file that
// says nothing: see [Config.Effective]. The toml tags name the keys, the
// comment tags document them; [Keys] lists both.
type Config struct {
	// SysInterval is the time between two updates of the $SYS topics. Zero is
	// the broker's default, a negative value is never.
	SysInterval Seconds `toml:"sys_interval,omitempty" range:"-1 65535" comment:"seconds between updates of the $SYS topics; -1 is never"`
	// LAN opens the broker to the whole network, for one user whose password is
	// made up at start.
	LAN bool `toml:"lan,omitempty" comment:"listen to the whole network, with a password that is made up and shown"`
	// TLSDev makes certificates for development and gives them to every
	// listener without its own.
	TLSDev bool `toml:"tls_dev,omitempty" comment:"make certificates for development"`
	// ReadyFile gets the URLs of the listeners once they accept. Empty: none.
	ReadyFile string `toml:"ready_file,omitempty" comment:"file for the URLs of the listeners, written when they accept"`
	// PIDFile gets the number of the process. Empty: none is written.
	PIDFile string `toml:"pid_file,omitempty" comment:"file for the process number"`
	// TCPNoDelay says whether small packets leave at once. Nil is the broker's
	// default.
	TCPNoDelay *bool `toml:"tcp_no_delay,omitempty" comment:"send small packets at once"`
	// ClientIDPrefix is what every client identifier must begin with. Empty
	// allows all.
	ClientIDPrefix string `toml:"client_id_prefix,omitempty" comment:"what client identifiers must begin with"`

	// Auth is who may connect through every listener without an Auth of its
	// own.
	Auth Auth `toml:"auth,omitempty"`
	// Persistence is what survives the process.
	Persistence Persistence `toml:"persistence,omitempty"`
	// Limits bounds what clients may ask for.
	Limits Limits `toml:"limits,omitempty"`
	// Log is what is logged, and where.
	Log Log `toml:"log,omitempty"`
	// Listeners are the addresses to listen at. None: the broker's default,
	// a loopback address.
	Listeners []Listener `toml:"listeners,omitempty"`
	// Bridges are connections to other brokers.
	Bridges []Bridge `toml:"bridges,omitempty"`
}

// Auth says who may connect and who may do what.
type Auth struct {
	// AllowAnonymous lets clients in that give no user name. [Load] sets it
	// when the file configures a listener: false unless the file says true.
	// Nil, which only Config.Auth can be after Load: the file configures no
	// listener and says nothing; then loopback listeners let them in.
	AllowAnonymous *bool `toml:"allow_anonymous,omitempty" comment:"let clients in that give no user name"`
	// PasswordFile and ACLFile are mosquitto's files. Empty: none.
	PasswordFile string `toml:"password_file,omitempty" comment:"users and the hashes of their passwords, as mosquitto_passwd writes them"`
	ACLFile      string `toml:"acl_file,omitempty" comment:"who may read and write which topics, in mosquitto's format"`
	// JWTKey is the file of the key that tokens in the password are checked
	// with. Empty: no tokens.
	JWTKey string `toml:"jwt_key,omitempty" comment:"file of the key that JSON web tokens are checked with"`
	// JWTIssuer and JWTAudience are what the claims iss and aud of a token must
	// name. Empty: anything.
	JWTIssuer   string `toml:"jwt_issuer,omitempty" comment:"issuer (iss) that tokens must name"`
	JWTAudience string `toml:"jwt_audience,omitempty" comment:"audience (aud) that tokens must name"`
	// AuthURL is the HTTP service that is asked. Empty: none. It may hold a
	// password.
	AuthURL string `toml:"auth_url,omitempty" url:"http https" comment:"HTTP service that decides who may do what"`
	// AuthTimeout is how long it may take to answer; no answer is no. Zero is 2.
	AuthTimeout Seconds `toml:"auth_timeout,omitempty" range:"0 60" comment:"seconds the HTTP service may take to answer (default 2)"`
	// AllowEmptyClientID lets clients in that leave their identifier to the
	// broker. Nil is true.
	AllowEmptyClientID *bool `toml:"allow_empty_client_id,omitempty" comment:"assign an identifier to clients that have none (default true)"`
	// AutoIDPrefix begins assigned identifiers, at most 50 bytes. Empty is the
	// broker's default.
	AutoIDPrefix string `toml:"auto_id_prefix,omitempty" bytes:"50" comment:"how assigned client identifiers begin"`
}

// Persistence is what survives the process.
type Persistence struct {
	// Location is the directory of sessions and messages. Empty keeps them in
	// memory only.
	Location string `toml:"data,omitempty" comment:"directory that keeps sessions and messages"`
	// Sync says when what is acknowledged is on disk: always, os, or
	// interval=TIME. Empty is always.
	Sync string `toml:"sync,omitempty" comment:"always, os, or interval=100ms: when what is acknowledged is on disk"`
}

// Limits bounds what clients may ask for. Zero is the broker's default and a
// negative value no limit; sizes are in bytes. The fields with the names of
// the broker's own limits mean the same.
type Limits struct {
	ConnectTimeout           Seconds `toml:"connect_timeout,omitempty" range:"-1 86400" comment:"seconds a connection may take to send CONNECT"`
	StallTimeout             Seconds `toml:"stall_timeout,omitempty" range:"-1 86400" comment:"seconds a client may take nothing of what waits for it"`
	MaxKeepAlive             Seconds `toml:"max_keep_alive,omitempty" range:"-1 65535" comment:"longest keep alive in seconds"`
	MaxSessionExpiry         Seconds `toml:"max_session_expiry,omitempty" range:"-1 100000000000" comment:"longest life of a session without connection in seconds"`
	MaxConnections           int     `toml:"max_connections,omitempty" range:"-1 2147483647" comment:"most open connections"`
	MaxConnectionsPerAddress int     `toml:"max_connections_per_address,omitempty" range:"-1 2147483647" comment:"most open connections of one address"`
	MaxConnectSize           int     `toml:"max_connect_size,omitempty" range:"-1 268435460" comment:"largest CONNECT packet in bytes"`
	MaxPacketSize            int     `toml:"max_packet_size,omitempty" range:"-1 2147483647" comment:"largest packet in bytes, 20 or more"`
	MaxPropertiesSize        int     `toml:"max_properties_size,omitempty" range:"-1 268435460" comment:"largest property list of a message in bytes"`
	MaxTopicLevels           int     `toml:"max_topic_levels,omitempty" range:"-1 65536" comment:"most levels of a topic"`
	ReceiveMaximum           int     `toml:"receive_maximum,omitempty" range:"-1 65535" comment:"most QoS 2 messages a client may have open"`
	TopicAliasMaximum        int     `toml:"topic_alias_maximum,omitempty" range:"-1 65535" comment:"most topic aliases of a connection; -1 is none"`
	MaxInflight              int     `toml:"max_inflight,omitempty" range:"-1 65535" comment:"most QoS 1 and 2 messages a client has not acknowledged"`
	MaxQueuedMessages        int     `toml:"max_queued_messages,omitempty" range:"-1 2147483647" comment:"most messages that wait for a session"`
	MaxQueuedBytes           int     `toml:"max_queued_bytes,omitempty" range:"-1 9007199254740992" comment:"most bytes that wait for a session"`
	MaxRetained              int     `toml:"max_retained,omitempty" range:"-1 2147483647" comment:"most retained messages"`
	MaxRetainedBytes         int     `toml:"max_retained_bytes,omitempty" range:"-1 9007199254740992" comment:"most bytes of retained messages"`
	// MaxPayloadSize is the largest payload of a message; unlike a packet that
	// is too large it is refused without ending the connection.
	MaxPayloadSize int `toml:"max_payload_size,omitempty" range:"-1 268435455" comment:"largest payload of a message in bytes"`
	// MaxMemory is how much memory the process may use before it refuses.
	MaxMemory int `toml:"max_memory,omitempty" range:"-1 9007199254740992" comment:"bytes of memory beyond which clients are refused"`
	// QueueQoS0 keeps messages of QoS 0 for sessions without connection too.
	QueueQoS0 bool `toml:"queue_qos0,omitempty" comment:"keep QoS 0 messages for sessions without connection"`
	// UpgradeQoS delivers with the QoS of the subscription, also where the
	// message has a lower one, against [MQTT-3.8.4-8].
	UpgradeQoS bool `toml:"upgrade_qos,omitempty" comment:"deliver with the QoS of the subscription, even if it is higher"`
	// RetainAvailable allows retained messages. Nil is true.
	RetainAvailable *bool `toml:"retain_available,omitempty" comment:"allow retained messages (default true)"`
}

// Log is what is logged, and where.
type Log struct {
	// Destinations are any of stderr, stdout, file, topic ($SYS/broker/log)
	// and none, which stands alone. Empty is stderr.
	Destinations []string `toml:"destinations,omitempty" oneof:"stderr stdout file topic none" comment:"stderr, stdout, file, topic, none"`
	// File is where the destination file is.
	File string `toml:"file,omitempty" comment:"path of the log for the destination file"`
	// Level is the least important that is logged: none, error, warn, info or
	// debug. Empty is the broker's default.
	Level string `toml:"level,omitempty" oneof:"none error warn info debug" comment:"none, error, warn, info or debug"`
	// Format is text or json. Empty is text.
	Format string `toml:"format,omitempty" oneof:"text json" comment:"text or json"`
	// TraceClients are the identifiers of clients whose packets are logged;
	// "*" is all of them.
	TraceClients []string `toml:"trace_clients,omitempty" comment:"client identifiers whose packets are printed; * is all"`
	// Connections logs clients that come and go. Nil is true.
	Connections *bool `toml:"connections,omitempty" comment:"log clients that come and go (default true)"`
}

// DefaultURL is where a broker listens for which no listener is configured:
// every protocol on MQTT's port, for programs of this machine.
const DefaultURL = "any://127.0.0.1:1883"

// Effective returns a copy in which the defaults that depend on each other
// are written out: without a listener the one at [DefaultURL], which lets
// anonymous clients in unless the file says otherwise.
func (c Config) Effective() Config {
	c.Listeners = slices.Clone(c.Listeners)
	if len(c.Listeners) == 0 {
		c.Listeners = []Listener{{URL: DefaultURL}}
		if c.Auth.AllowAnonymous == nil {
			c.Auth.AllowAnonymous = new(true)
		}
	}
	return c.finish()
}

// finish denies anonymous clients where a listener is configured and nothing
// is said.
func (c Config) finish() Config {
	if len(c.Listeners) == 0 {
		return c
	}
	if c.Auth.AllowAnonymous == nil {
		c.Auth.AllowAnonymous = new(bool)
	}
	for i, l := range c.Listeners {
		if l.Auth != nil && l.Auth.AllowAnonymous == nil {
			own := *l.Auth
			own.AllowAnonymous = new(bool)
			c.Listeners[i].Auth = &own
		}
	}
	return c
}
