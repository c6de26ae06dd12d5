package conf

// Bridge is a connection to another broker that copies messages between the
// two.
type Bridge struct {
	// Name tells bridges apart and is part of the client identifier.
	Name string `toml:"name" comment:"tells bridges apart"`
	// Addresses are HOST:PORT; the first that answers is taken.
	Addresses []string `toml:"addresses" hostport:"yes" comment:"HOST:PORT of the other broker, and of its replacements"`
	// RoundRobin stays with the address that answered; otherwise the first is
	// tried again and again.
	RoundRobin bool `toml:"round_robin,omitempty" comment:"do not return to the first address"`
	// LocalAddress is the IP address to connect from. Empty is any.
	LocalAddress string `toml:"local_address,omitempty" comment:"IP address to connect from"`
	// Version is 3.1, 3.1.1 or 5. Empty is 3.1.1.
	Version string `toml:"version,omitempty" oneof:"3.1 3.1.1 5" comment:"MQTT version: 3.1, 3.1.1 or 5 (default 3.1.1)"`

	// RemoteClientID is empty for NAME.HOSTNAME, LocalClientID for local. and
	// that.
	RemoteClientID string `toml:"remote_client_id,omitempty" comment:"client identifier at the other broker"`
	RemoteUsername string `toml:"remote_username,omitempty" comment:"user name at the other broker"`
	RemotePassword string `toml:"remote_password,omitempty" secret:"yes" comment:"password at the other broker"`
	LocalClientID  string `toml:"local_client_id,omitempty" comment:"client identifier at this broker"`
	LocalUsername  string `toml:"local_username,omitempty" comment:"user name at this broker"`
	LocalPassword  string `toml:"local_password,omitempty" secret:"yes" comment:"password at this broker"`

	// CleanSession forgets at the other broker; LocalCleanSession at this one,
	// where nil is the value of CleanSession.
	CleanSession      bool  `toml:"clean_session,omitempty" comment:"forget the session at the other broker"`
	LocalCleanSession *bool `toml:"local_clean_session,omitempty" comment:"forget the session at this broker"`
	// SessionExpiry is for MQTT 5; zero is not to expire.
	SessionExpiry Seconds `toml:"session_expiry,omitempty" range:"0 4294967295" comment:"seconds the other broker keeps the session"`
	// KeepAlive is 60 when zero.
	KeepAlive Seconds `toml:"keep_alive,omitempty" range:"0 65535" comment:"keep alive in seconds (default 60)"`
	// StartType is automatic, lazy or once. Empty is automatic.
	StartType string `toml:"start_type,omitempty" oneof:"automatic lazy once" comment:"automatic, lazy or once"`
	// IdleTimeout ends a lazy bridge; zero is 60. Threshold is how many
	// messages start it; zero is 10.
	IdleTimeout Seconds `toml:"idle_timeout,omitempty" range:"0 2147483647" comment:"seconds after which a lazy bridge ends (default 60)"`
	Threshold   int     `toml:"threshold,omitempty" range:"0 2147483647" comment:"messages that start a lazy bridge (default 10)"`
	// RestartMin and RestartMax bound the random time before the next attempt;
	// equal, it is that time. Zero is 5 and 30. After StablePeriod a connection
	// counts as good.
	RestartMin   Seconds `toml:"restart_min,omitempty" range:"0 3600" comment:"least seconds to the next attempt (default 5)"`
	RestartMax   Seconds `toml:"restart_max,omitempty" range:"0 7200" comment:"most seconds to the next attempt (default 30)"`
	StablePeriod Seconds `toml:"stable_period,omitempty" range:"0 2147483647" comment:"seconds after which a connection counts as good"`

	// Notifications publishes whether the bridge is connected. Nil is true.
	Notifications          *bool  `toml:"notifications,omitempty" comment:"publish whether the bridge is connected (default true)"`
	NotificationsLocalOnly bool   `toml:"notifications_local_only,omitempty" comment:"only at this broker"`
	NotificationTopic      string `toml:"notification_topic,omitempty" comment:"where; the default is below $SYS/broker/connection"`
	// TryPrivate tells the other broker that this is a bridge, in mosquitto's
	// way. Nil is true.
	TryPrivate *bool `toml:"try_private,omitempty" comment:"tell the other broker that this is a bridge (default true)"`
	// Unsubscribe ends subscriptions for topics that only go out. Nil is true.
	Unsubscribe *bool `toml:"unsubscribe,omitempty" comment:"end old subscriptions for topics that only go out (default true)"`
	// OutgoingRetain keeps the retain flag of outgoing messages. Nil is true.
	OutgoingRetain *bool `toml:"outgoing_retain,omitempty" comment:"keep the retain flag of outgoing messages (default true)"`
	// Reload says when a changed configuration counts: lazy (at the next
	// connection) or immediate. Empty is lazy.
	Reload string `toml:"reload,omitempty" oneof:"lazy immediate" comment:"lazy or immediate: when a changed configuration counts"`
	// The limits are those of MQTT 5; zero is the default.
	MaxPacketSize     int `toml:"max_packet_size,omitempty" range:"0 2147483647" comment:"largest packet in bytes"`
	ReceiveMaximum    int `toml:"receive_maximum,omitempty" range:"0 65535" comment:"most messages the other broker may have open"`
	TopicAliasMaximum int `toml:"topic_alias_maximum,omitempty" range:"-1 65535" comment:"most topic aliases; -1 is none"`

	// TLS encrypts the connection when it is not the zero value.
	TLS BridgeTLS `toml:"tls,omitempty"`
	// Topics are what is copied.
	Topics []BridgeTopic `toml:"topics"`
}

// BridgeTopic is one set of topics that a bridge copies.
type BridgeTopic struct {
	// Pattern is the topic filter without the prefixes. Empty: the prefixes
	// are whole topics.
	Pattern string `toml:"pattern" comment:"topic filter without the prefixes"`
	// Direction is out, in or both. Empty is out.
	Direction string `toml:"direction,omitempty" oneof:"out in both" comment:"out, in or both (default out)"`
	// QoS is the QoS of subscriptions and messages.
	QoS int `toml:"qos,omitempty" range:"0 2" comment:"QoS of the copies"`
	// The prefixes are exchanged for each other on the way.
	LocalPrefix  string `toml:"local_prefix,omitempty" comment:"what topics begin with at this broker"`
	RemotePrefix string `toml:"remote_prefix,omitempty" comment:"what topics begin with at the other broker"`
}

// BridgeTLS is how a bridge encrypts its connection.
type BridgeTLS struct {
	// CAFile, CAPath and SystemRoots are the trusted authorities; any of them
	// turns TLS on.
	CAFile      string `toml:"ca,omitempty" comment:"trusted authorities"`
	CAPath      string `toml:"ca_path,omitempty" comment:"directory of trusted authorities"`
	SystemRoots bool   `toml:"system_roots,omitempty" comment:"trust the authorities that the system trusts"`
	// Cert and Key are the client's certificate. Empty: none.
	Cert string `toml:"cert,omitempty" comment:"client certificate"`
	Key  string `toml:"key,omitempty" comment:"its private key"`
	// Insecure accepts a certificate for another name.
	Insecure bool `toml:"insecure,omitempty" comment:"accept a certificate for another host name"`
	// ALPN is the application protocol to ask for. Empty: none.
	ALPN string `toml:"alpn,omitempty" comment:"application protocol to ask for"`
	// MinVersion is 1.2 or 1.3. Empty is 1.2.
	MinVersion string `toml:"min_version,omitempty" oneof:"1.2 1.3" comment:"oldest version of TLS: 1.2 or 1.3"`
	// Ciphers are OpenSSL's names of cipher suites of TLS 1.2.
	Ciphers string `toml:"ciphers,omitempty" comment:"cipher suites of TLS 1.2, OpenSSL's names separated by colons"`
}
