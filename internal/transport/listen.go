package transport

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

const (
	defaultTimeout    = 10 * time.Second
	defaultMaxPending = 1024
)

// ListenOptions says how to listen. The zero value serves mqtt, ws, unix, and
// any without TLS and HTTP.
type ListenOptions struct {
	// TLS is needed by mqtts, wss and https, with at least one certificate.
	// With it any serves TLS too. See TLSFiles for one that follows its files.
	TLS *tls.Config
	// Network is tcp4 or tcp6 for one family of addresses only; empty is both.
	Network string
	// WSPath is where ws, wss and any accept upgrades; empty means the URL's
	// path, or DefaultPath when it has none, and AnyPath everywhere.
	WSPath string
	// Origins lists the host patterns, such as "*.example.com", whose web
	// pages may connect. An empty list admits requests without an Origin
	// header and those from the server's own host.
	Origins []string
	// MaxMessage limits one WebSocket message, in bytes; 0 means no limit. It
	// has nothing to do with the size of MQTT packets, which may span messages.
	MaxMessage int
	// Handler answers the HTTP requests that are no WebSocket upgrades: all of
	// http and https, which need it, and the others of any, ws and wss, where
	// nil answers 404. Request headers are limited in size and time; bodies,
	// and what takes the handler long, are the handler's to limit.
	Handler http.Handler
	// ProxyFrom are the addresses of proxies that speak the PROXY protocol,
	// version 1 or 2, on TCP listeners. The header is then required, and every
	// other address is refused: one port never serves both, as the protocol
	// asks. Empty means no PROXY protocol. Unix sockets ignore it.
	ProxyFrom []netip.Prefix
	// Timeout is how long a connection may take to send its PROXY header, its
	// first byte, its TLS handshake on an any listener, or the headers of an
	// HTTP request. 0 means 10 s.
	Timeout time.Duration
	// MaxPending is how many connections of one listener may be in that state;
	// 0 means 1024. One more closes the one that has waited longest.
	MaxPending int
	// Refused is told of connections that were closed before Accept or Handler
	// saw them, and why: silent, speaking something else, not trusted. It is
	// called from many goroutines and must not block. Errors that wrap io.EOF
	// are clients that left of their own accord, such as port checks. nil does
	// nothing.
	Refused func(remote net.Addr, err error)
}

func (o *ListenOptions) timeout() time.Duration {
	if o.Timeout <= 0 {
		return defaultTimeout
	}
	return o.Timeout
}

func (o *ListenOptions) maxPending() int {
	if o.MaxPending <= 0 {
		return defaultMaxPending
	}
	return o.MaxPending
}

func (o *ListenOptions) refuse(remote net.Addr, err error) {
	if o.Refused != nil {
		o.Refused(remote, err)
	}
}

// Listen listens at u, which comes from ParseListen or ParseURL; port 0 picks
// a free one. A unix socket file that nobody serves any more is replaced; one
// that is in use is an error. What it returns is described at Wrap.
func Listen(ctx context.Context, u *url.URL, o ListenOptions) (net.Listener, error) {
	if err := checkListen(u, o); err != nil {
		return nil, err
	}
	if u.Scheme == "unix" {
		return listenUnix(ctx, u.Path)
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, cmp.Or(o.Network, "tcp"), u.Host)
	if err != nil {
		return nil, err
	}
	return Wrap(ln, u, o)
}

// Wrap makes a listener for the scheme (and the path) of u out of one that
// listens already, such as a socket that systemd has opened. It owns ln from
// then on, unless it returns an error. What Accept returns depends on the scheme:
//
//   - mqtt and unix: ln itself, as long as there is no ProxyFrom.
//   - mqtts: a *tls.Conn, which performs its handshake at the first Read.
//   - ws and wss: the upgraded connections.
//   - any: MQTT connections of all kinds, told apart by what the client sends
//     first: MQTT, TLS (where there is a certificate) and in it MQTT or HTTP,
//     or HTTP, which is a WebSocket upgrade or for Handler. On Linux an MQTT
//     connection without TLS is a bare *net.TCPConn (or *net.UnixConn) from
//     which nothing was read.
//   - http and https: nothing ever; Accept blocks until Close.
//
// With ProxyFrom, what would be a *net.TCPConn is a *ProxiedConn, unless the
// proxy speaks for itself. Connections over TLS have a method ConnectionState.
// Closing the listener also ends the connections that are undecided and, but
// for those that Accept has returned, all of HTTP; requests in Handler are not
// waited for.
func Wrap(ln net.Listener, u *url.URL, o ListenOptions) (net.Listener, error) {
	if err := checkListen(u, o); err != nil {
		return nil, err
	}
	sc, _ := findScheme(u.Scheme)
	if sc.any {
		return listenAny(ln, wsPath(u, o), o), nil
	}
	if len(o.ProxyFrom) > 0 && ln.Addr().Network() != "unix" {
		ln = newLobby(ln, o, func(nc net.Conn) (net.Conn, error) { return unproxy(nc, o.ProxyFrom) })
	}
	if sc.tls {
		ln = tls.NewListener(ln, o.TLS)
	}
	switch {
	case sc.ws:
		return listenWS(ln, wsPath(u, o), o), nil
	case sc.http:
		return listenWS(ln, "", o), nil
	}
	return ln, nil
}

// checkListen reports what is missing.
func checkListen(u *url.URL, o ListenOptions) error {
	sc, ok := findScheme(u.Scheme)
	switch {
	case !ok:
		return fmt.Errorf("unknown scheme %q", u.Scheme)
	case sc.tls && !hasCertificate(o.TLS):
		return fmt.Errorf("%s needs a certificate and its key", sc.name)
	case sc.http && o.Handler == nil:
		return fmt.Errorf("%s has nothing to serve", sc.name)
	}
	return nil
}

// wsPath returns the path of WebSocket upgrades.
func wsPath(u *url.URL, o ListenOptions) string {
	switch {
	case o.WSPath != "":
		return o.WSPath
	case u.Path != "" && u.Scheme != "unix":
		return u.Path
	}
	return DefaultPath
}

func hasCertificate(c *tls.Config) bool {
	return c != nil && (len(c.Certificates) > 0 || c.GetCertificate != nil || c.GetConfigForClient != nil)
}

// errInUse says that somebody serves the socket already.
var errInUse = errors.New("already in use")
