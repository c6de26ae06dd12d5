package conf

import "math"

// kind is what the value of a key looks like, or what becomes of the key.
type kind byte

const (
	special kind = iota // apply reads it
	boolean
	number
	text
	ignored // a warning
	refused // an error: it protects, and without it the broker would be open
)

// scope is what a key belongs to, which is where its value is stored.
type scope byte

const (
	ofConfig       scope = iota
	ofAuth               // Config.Auth, with per_listener_settings the listener's own
	ofListener           // the current listener, or the default one
	ofOwnListener        // the current listener, which must exist
	ofListenerAuth       // its own Auth
	ofBridge             // the current bridge
)

// prefix returns the path of the scope in the TOML form.
func (s scope) prefix() string {
	return [...]string{"", "auth.", "listeners.", "listeners.", "listeners.auth.", "bridges."}[s]
}

// key is what is known about one key of mosquitto.conf.
type key struct {
	name  string
	where scope
	kind  kind
	// to is the key of the TOML form within the scope, which documents it.
	to string
	// min and max bound a number; max 0 is any of 32 bits. clamp raises a
	// number below min instead of refusing it. unlimited turns 0 into -1. The
	// max of a text is its length in bytes, 0 is 65535.
	min, max         int64
	clamp, unlimited bool
	// once refuses a second line; otherwise the last one counts, and lists grow.
	once  bool
	apply func(r *reader, value string) error
	// instead says what happens instead of an ignored key, or what to do
	// instead of a refused one.
	instead string
}

const anyCount = math.MaxInt32

// keyTable has every key of mosquitto 2.1.
var keyTable = [...]key{
	// The broker.
	{name: "sys_interval", kind: number, to: "sys_interval", max: 65535, unlimited: true},
	{name: "pid_file", kind: text, to: "pid_file", once: true},
	{name: "set_tcp_nodelay", kind: boolean, to: "tcp_no_delay"},
	{name: "clientid_prefixes", kind: text, to: "client_id_prefix"},
	{name: "include_dir", apply: (*reader).include},
	{name: "per_listener_settings", apply: (*reader).perListenerSettings},
	{name: "persistence", apply: (*reader).persistence},
	{name: "retained_persistence", apply: (*reader).persistence},
	{name: "persistence_location", to: "persistence.data", apply: (*reader).persistenceLocation},
	{name: "connection_messages", kind: boolean, to: "log.connections"},
	{name: "log_dest", to: "log.destinations", apply: (*reader).logDest},
	{name: "log_type", to: "log.level", apply: (*reader).logType},

	// Limits.
	{name: "global_max_connections", kind: number, to: "limits.max_connections", max: anyCount, clamp: true},
	{name: "max_inflight_messages", kind: number, to: "limits.max_inflight", max: 65535, clamp: true, unlimited: true},
	{name: "max_keepalive", kind: number, to: "limits.max_keep_alive", max: 65535},
	{name: "max_packet_size", kind: number, to: "limits.max_packet_size", min: 20, max: anyCount},
	{name: "max_queued_bytes", kind: number, to: "limits.max_queued_bytes", max: anyCount, clamp: true, unlimited: true},
	{name: "max_queued_messages", kind: number, to: "limits.max_queued_messages", max: anyCount, clamp: true, unlimited: true},
	{name: "memory_limit", kind: number, to: "limits.max_memory", max: 1 << 53},
	{name: "message_size_limit", kind: number, to: "limits.max_payload_size", max: 268435455},
	{name: "persistent_client_expiration", to: "limits.max_session_expiry", apply: (*reader).sessionExpiry},
	{name: "queue_qos0_messages", kind: boolean, to: "limits.queue_qos0"},
	{name: "retain_available", kind: boolean, to: "limits.retain_available"},
	{name: "upgrade_outgoing_qos", kind: boolean, to: "limits.upgrade_qos"},

	// Who may do what.
	{name: "allow_anonymous", where: ofAuth, kind: boolean, to: "allow_anonymous"},
	{name: "password_file", where: ofAuth, kind: text, to: "password_file"},
	{name: "acl_file", where: ofAuth, kind: text, to: "acl_file"},
	{name: "allow_zero_length_clientid", where: ofAuth, kind: boolean, to: "allow_empty_client_id"},
	{name: "auto_id_prefix", where: ofAuth, kind: text, to: "auto_id_prefix", max: 50, once: true},
	{name: "listener_allow_anonymous", where: ofListenerAuth, kind: boolean, to: "allow_anonymous"},
	{name: "listener_auto_id_prefix", where: ofListenerAuth, kind: text, to: "auto_id_prefix", max: 50, once: true},

	// Listeners.
	{name: "listener", apply: (*reader).newListener},
	{name: "port", apply: (*reader).port},
	{name: "bind_address", apply: (*reader).bindAddress},
	{name: "protocol", where: ofListener, to: "url", apply: (*reader).protocol},
	{name: "socket_domain", where: ofListener, to: "family", apply: (*reader).socketDomain},
	{name: "max_connections", where: ofListener, kind: number, to: "max_connections", max: anyCount, clamp: true},
	{name: "max_qos", where: ofListener, kind: number, to: "max_qos", max: 2},
	{name: "maximum_qos", where: ofListener, kind: number, to: "max_qos", max: 2},
	{name: "max_topic_alias", where: ofListener, kind: number, to: "topic_alias_maximum", max: 65535, unlimited: true},
	{name: "accept_protocol_versions", where: ofOwnListener, to: "versions", apply: (*reader).protocolVersions},
	{name: "use_username_as_clientid", where: ofListener, kind: boolean, to: "use_username_as_client_id"},
	{name: "websockets_origin", where: ofOwnListener, kind: text, to: "origins"},
	{name: "enable_proxy_protocol", where: ofOwnListener, kind: number, to: "proxy_protocol", min: 1, max: 2},
	{name: "http_dir", where: ofOwnListener, kind: text, to: "http_dir", once: true},
	{name: "certfile", where: ofListener, kind: text, to: "tls.cert"},
	{name: "keyfile", where: ofListener, kind: text, to: "tls.key"},
	{name: "cafile", where: ofListener, kind: text, to: "tls.ca"},
	{name: "capath", where: ofListener, kind: text, to: "tls.ca_path"},
	{name: "crlfile", where: ofListener, kind: text, to: "tls.crl"},
	{name: "require_certificate", where: ofListener, kind: boolean, to: "tls.require_client_cert"},
	{name: "use_identity_as_username", where: ofListener, kind: boolean, to: "tls.use_identity_as_username"},
	{name: "use_subject_as_username", where: ofListener, kind: boolean, to: "tls.use_subject_as_username"},
	{name: "tls_version", where: ofListener, to: "tls.min_version", apply: (*reader).tlsVersion},
	{name: "ciphers", where: ofListener, kind: text, to: "tls.ciphers"},

	// Bridges.
	{name: "connection", to: "bridges.name", apply: (*reader).connection},
	{name: "address", where: ofBridge, to: "addresses", apply: (*reader).addresses},
	{name: "addresses", where: ofBridge, to: "addresses", apply: (*reader).addresses},
	{name: "topic", where: ofBridge, to: "topics.pattern", apply: (*reader).topic},
	{name: "round_robin", where: ofBridge, kind: boolean, to: "round_robin"},
	{name: "remote_clientid", where: ofBridge, kind: text, to: "remote_client_id", once: true},
	{name: "clientid", where: ofBridge, kind: text, to: "remote_client_id", once: true},
	{name: "remote_username", where: ofBridge, kind: text, to: "remote_username", once: true},
	{name: "username", where: ofBridge, kind: text, to: "remote_username", once: true},
	{name: "remote_password", where: ofBridge, kind: text, to: "remote_password", once: true},
	{name: "password", where: ofBridge, kind: text, to: "remote_password", once: true},
	{name: "local_clientid", where: ofBridge, kind: text, to: "local_client_id", once: true},
	{name: "local_username", where: ofBridge, kind: text, to: "local_username", once: true},
	{name: "local_password", where: ofBridge, kind: text, to: "local_password", once: true},
	{name: "cleansession", where: ofBridge, kind: boolean, to: "clean_session"},
	{name: "local_cleansession", where: ofBridge, kind: boolean, to: "local_clean_session"},
	{name: "keepalive_interval", where: ofBridge, kind: number, to: "keep_alive", min: 5, max: 65535, clamp: true},
	{name: "idle_timeout", where: ofBridge, kind: number, to: "idle_timeout", min: 1, max: anyCount, clamp: true},
	{name: "threshold", where: ofBridge, kind: number, to: "threshold", min: 1, max: anyCount, clamp: true},
	{name: "start_type", where: ofBridge, to: "start_type", apply: (*reader).startType},
	{name: "restart_timeout", where: ofBridge, to: "restart_min", apply: (*reader).restartTimeout},
	{name: "notifications", where: ofBridge, kind: boolean, to: "notifications"},
	{name: "notifications_local_only", where: ofBridge, kind: boolean, to: "notifications_local_only"},
	{name: "notification_topic", where: ofBridge, kind: text, to: "notification_topic", once: true},
	{name: "try_private", where: ofBridge, kind: boolean, to: "try_private"},
	{name: "bridge_attempt_unsubscribe", where: ofBridge, kind: boolean, to: "unsubscribe"},
	{name: "bridge_bind_address", where: ofBridge, kind: text, to: "local_address", once: true},
	{name: "bridge_protocol_version", where: ofBridge, to: "version", apply: (*reader).bridgeVersion},
	{name: "bridge_outgoing_retain", where: ofBridge, kind: boolean, to: "outgoing_retain"},
	{name: "bridge_reload_type", where: ofBridge, to: "reload", apply: (*reader).reloadType},
	{name: "bridge_max_packet_size", where: ofBridge, kind: number, to: "max_packet_size", max: anyCount, clamp: true},
	{name: "bridge_max_topic_alias", where: ofBridge, kind: number, to: "topic_alias_maximum", max: 65535, unlimited: true},
	{name: "bridge_receive_maximum", where: ofBridge, kind: number, to: "receive_maximum", min: 1, max: 65535},
	{name: "bridge_session_expiry_interval", where: ofBridge, kind: number, to: "session_expiry", max: anyCount},
	{name: "bridge_cafile", where: ofBridge, kind: text, to: "tls.ca", once: true},
	{name: "bridge_capath", where: ofBridge, kind: text, to: "tls.ca_path", once: true},
	{name: "bridge_certfile", where: ofBridge, kind: text, to: "tls.cert", once: true},
	{name: "bridge_keyfile", where: ofBridge, kind: text, to: "tls.key"},
	{name: "bridge_insecure", where: ofBridge, kind: boolean, to: "tls.insecure"},
	{name: "bridge_alpn", where: ofBridge, kind: text, to: "tls.alpn", once: true},
	{name: "bridge_ciphers", where: ofBridge, kind: text, to: "tls.ciphers", once: true},
	{name: "bridge_tls_version", where: ofBridge, to: "tls.min_version", apply: (*reader).bridgeTLSVersion},
	{name: "bridge_tls_use_os_certs", where: ofBridge, kind: boolean, to: "tls.system_roots"},

	// What we do not do, and the broker is no less safe for it.
	{name: "allow_duplicate_messages", kind: ignored, instead: "overlapping subscriptions each get the message, which is mosquitto's default"},
	{name: "autosave_interval", kind: ignored, instead: "every change is written at once"},
	{name: "autosave_on_changes", kind: ignored, instead: "every change is written at once"},
	{name: "bridge_ciphers_tls1.3", kind: ignored, instead: "all cipher suites of TLS 1.3 are offered"},
	{name: "bridge_tcp_keepalive", kind: ignored, instead: "the keep alive of MQTT finds dead connections"},
	{name: "bridge_tcp_user_timeout", kind: ignored, instead: "the keep alive of MQTT finds dead connections"},
	{name: "check_retain_source", kind: ignored, instead: "the rights of the publisher are always checked"},
	{name: "ciphers_tls1.3", kind: ignored, instead: "all cipher suites of TLS 1.3 are accepted"},
	{name: "dhparamfile", kind: ignored, instead: "keys are agreed on with elliptic curves"},
	{name: "disable_client_cert_date_checks", kind: ignored, instead: "expired client certificates are refused"},
	{name: "enable_control_api", kind: ignored, instead: "there is an HTTP interface"},
	{name: "global_max_clients", kind: ignored, instead: "connections are limited, sessions are not"},
	{name: "log_facility", kind: ignored, instead: "the log goes to standard error"},
	{name: "log_timestamp", kind: ignored, instead: "every line of the log has its time"},
	{name: "log_timestamp_format", kind: ignored, instead: "times are in RFC 3339"},
	{name: "max_inflight_bytes", kind: ignored, instead: "messages in flight are limited by their number"},
	{name: "max_topic_alias_broker", kind: ignored, instead: "the limit of max_topic_alias holds in both directions"},
	{name: "packet_buffer_size", kind: ignored, instead: "buffers grow as needed"},
	{name: "persistence_file", kind: ignored, instead: "the files in persistence_location have their own names"},
	{name: "retain_expiry_interval", kind: ignored, instead: "retained messages stay until their own expiry"},
	{name: "retry_interval", kind: ignored, instead: "messages are sent again when the client reconnects"},
	{name: "tls_keyform", kind: ignored, instead: "private keys are PEM files"},
	{name: "user", kind: ignored, instead: "the process stays the user that started it"},
	{name: "websockets_headers_size", kind: ignored, instead: "the size of HTTP headers has a fixed limit"},
	{name: "websockets_log_level", kind: ignored, instead: "log_type decides"},

	// What we do not do, and the broker would be open without it.
	{name: "auth_plugin", kind: refused, instead: insteadOfPlugins},
	{name: "auth_plugin_deny_special_chars", kind: refused, instead: insteadOfPlugins},
	{name: "global_plugin", kind: refused, instead: insteadOfPlugins},
	{name: "plugin", kind: refused, instead: insteadOfPlugins},
	{name: "plugin_load", kind: refused, instead: insteadOfPlugins},
	{name: "plugin_use", kind: refused, instead: insteadOfPlugins},
	{name: "bind_interface", kind: refused, instead: "give the address of the interface: listener PORT ADDRESS"},
	{name: "bridge_identity", kind: refused, instead: "use certificates: bridge_cafile"},
	{name: "bridge_psk", kind: refused, instead: "use certificates: bridge_cafile"},
	{name: "bridge_require_ocsp", kind: refused, instead: "remove it, and check revocation elsewhere"},
	{name: "mount_point", kind: refused, instead: "keep clients apart with acl_file"},
	{name: "proxy_protocol_v2_require_tls", kind: refused, instead: "let the proxy require TLS, then remove it"},
	{name: "psk_file", kind: refused, instead: "use certificates: certfile and keyfile"},
	{name: "psk_hint", kind: refused, instead: "use certificates: certfile and keyfile"},
	{name: "tls_engine", kind: refused, instead: "use a private key in a PEM file: keyfile"},
	{name: "tls_engine_kpass_sha1", kind: refused, instead: "use a private key in a PEM file: keyfile"},
}

const insteadOfPlugins = "use password_file and acl_file; programs cannot be loaded"
