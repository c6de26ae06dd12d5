package conf

import (
	"net"
	"net/url"
	"strconv"
)

// Listener is an address to listen at, and what holds for its clients.
type Listener struct {
	// URL is the address: mqtt, mqtts, ws, wss, http, https or any (which
	// tells them apart) with host and port, where an empty host is every
	// address of the machine and port 0 any free port, or unix with a path.
	URL string `toml:"url" url:"mqtt mqtts ws wss http https any unix" comment:"mqtt, mqtts, ws, wss, http, https or any://HOST:PORT, or unix:///PATH"`
	// Family is ipv4 or ipv6, empty for both.
	Family string `toml:"family,omitempty" oneof:"ipv4 ipv6" comment:"ipv4 or ipv6 only"`
	// MaxConnections is how many connections this listener has at most. Zero
	// is no limit.
	MaxConnections int `toml:"max_connections,omitempty" range:"0 2147483647" comment:"most open connections of this listener"`
	// MaxQoS is the highest QoS of its clients' messages. Nil is 2.
	MaxQoS *int `toml:"max_qos,omitempty" range:"0 2" comment:"highest QoS (default 2)"`
	// TopicAliasMaximum is how many topic aliases a client may define. Zero is
	// the limit of the broker, negative is none.
	TopicAliasMaximum int `toml:"topic_alias_maximum,omitempty" range:"-1 65535" comment:"most topic aliases of a connection; -1 is none"`
	// Versions are the protocol levels it accepts: 3 (MQTT 3.1), 4 (3.1.1) and
	// 5. Empty is all.
	Versions []int `toml:"versions,omitempty" range:"3 5" comment:"protocol levels: 3 is MQTT 3.1, 4 is 3.1.1, 5 is 5.0"`
	// UseUsernameAsClientID replaces the client identifier by the user name,
	// and refuses clients without one.
	UseUsernameAsClientID bool `toml:"use_username_as_client_id,omitempty" comment:"replace the client identifier by the user name"`
	// WSPath is the path that WebSocket clients must ask for; "*" is any. Empty
	// is the path of the URL, or /mqtt when it has none.
	WSPath string `toml:"ws_path,omitempty" comment:"path of WebSocket clients; * is any (default /mqtt)"`
	// Origins are the web pages whose WebSockets it accepts: values of the
	// Origin header such as https://example.com, hosts, or patterns of hosts
	// such as *.example.com. Empty is the listener's own host only. A
	// mosquitto.conf that says nothing accepts all, as mosquitto does.
	Origins []string `toml:"origins,omitempty" comment:"origins or hosts of web pages that may connect over WebSocket; * is all"`
	// HTTPDir is a directory that is served to HTTP clients. Empty: none.
	HTTPDir string `toml:"http_dir,omitempty" comment:"directory with files for HTTP clients"`
	// ProxyProtocol is the version of the PROXY protocol that connections
	// begin with: 1 or 2. Zero is none.
	ProxyProtocol int `toml:"proxy_protocol,omitempty" range:"0 2" comment:"version of the PROXY protocol: 1 or 2"`
	// ProxyTrusted are the addresses and networks it is believed from. Empty
	// is all, as it is with mosquitto.
	ProxyTrusted []string `toml:"proxy_trusted,omitempty" cidr:"yes" comment:"addresses and networks (10.0.0.0/8) of trusted proxies"`
	// TLS are its certificates.
	TLS TLS `toml:"tls,omitempty"`
	// Auth replaces Config.Auth as a whole for this listener. Nil: it does not.
	Auth *Auth `toml:"auth,omitempty"`
}

// TLS are the certificates of a listener. The files are PEM.
type TLS struct {
	Cert string `toml:"cert,omitempty" comment:"certificate chain"`
	Key  string `toml:"key,omitempty" comment:"its private key"`
	// CAFile and CAPath are the authorities of client certificates, in a file
	// and in a directory.
	CAFile string `toml:"ca,omitempty" comment:"authorities of client certificates"`
	CAPath string `toml:"ca_path,omitempty" comment:"directory of authorities of client certificates"`
	// CRLFile lists revoked client certificates.
	CRLFile string `toml:"crl,omitempty" comment:"revoked client certificates"`
	// RequireCertificate refuses clients without a valid certificate.
	RequireCertificate bool `toml:"require_client_cert,omitempty" comment:"refuse clients without a valid certificate"`
	// UseIdentityAsUsername takes the user name from the certificate's common
	// name, UseSubjectAsUsername from its whole subject; the former wins.
	UseIdentityAsUsername bool `toml:"use_identity_as_username,omitempty" comment:"the certificate's common name is the user name"`
	UseSubjectAsUsername  bool `toml:"use_subject_as_username,omitempty" comment:"the certificate's subject is the user name"`
	// MinVersion is 1.2 or 1.3. Empty is 1.2.
	MinVersion string `toml:"min_version,omitempty" oneof:"1.2 1.3" comment:"oldest version of TLS: 1.2 or 1.3"`
	// Ciphers are OpenSSL's names of cipher suites of TLS 1.2, separated by
	// colons. Empty is the default.
	Ciphers string `toml:"ciphers,omitempty" comment:"cipher suites of TLS 1.2, OpenSSL's names separated by colons"`
}

// Loopback reports whether only programs of this machine reach the listener:
// its host is localhost or a loopback address, or it is a Unix socket.
func (l Listener) Loopback() bool {
	u, err := url.Parse(l.URL)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "unix" || u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// endpoint is a listener while mosquitto.conf is read: its URL depends on
// several lines.
type endpoint struct {
	Listener
	host, protocol, path string
	port                 int
	at                   position
	auth                 Auth // with per_listener_settings; otherwise what only this listener has
}

// address returns the URL, which is only known once everything is read.
func (e *endpoint) address() (string, error) {
	schemes := map[string][2]string{"": {"mqtt", "mqtts"}, "mqtt": {"mqtt", "mqtts"}, "websockets": {"ws", "wss"}, "http_api": {"http", "https"}}
	scheme := schemes[e.protocol][0]
	if e.TLS.Cert != "" {
		scheme = schemes[e.protocol][1]
	}
	if e.path == "" {
		return (&url.URL{Scheme: scheme, Host: net.JoinHostPort(e.host, strconv.Itoa(e.port))}).String(), nil
	}
	if scheme != "mqtt" {
		return "", e.at.errorf("a Unix socket speaks plain MQTT only", "use a TCP port for TLS, websockets and http_api")
	}
	return (&url.URL{Scheme: "unix", Path: e.path}).String(), nil
}
