package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// DefaultPath is the path of WebSocket URLs that have none.
const DefaultPath = "/mqtt"

// Subprotocol is the WebSocket subprotocol of MQTT. [MQTT-6.0.0-3]
const Subprotocol = "mqtt"

// Options says how to dial. The zero value dials directly, verifies
// certificates against the system's roots and sends no extra headers.
type Options struct {
	// TLS configures mqtts and wss; nil means the defaults. ServerName is
	// taken from the URL when it is empty.
	TLS *tls.Config
	// Proxy is a SOCKS5 proxy, socks5h (the proxy resolves names) or socks5
	// (names are resolved here), with user and password when it wants them;
	// nil dials directly. Unix sockets ignore it.
	Proxy *url.URL
	// LocalAddr is the address to dial from, an IP address or a host name, also
	// with :port; empty lets the system choose. Of the addresses of a name the
	// first is taken from which the broker can be reached.
	LocalAddr string
	// SRV looks up the SRV records of the URL's host, for mqtt and mqtts, and
	// dials the brokers they name, in turn. Hosts that are tried share the time
	// the context gives. The URL's port has no meaning then.
	SRV bool
	// Resolver looks up names; nil is net.DefaultResolver.
	Resolver *net.Resolver
	// NoDelay asks for TCP_NODELAY. Go sets it on every connection and this
	// package leaves it so, even when the field is false: the client gathers
	// small packets itself, and Nagle's algorithm would only add latency.
	NoDelay bool
	// WSPath replaces the URL's path in ws and wss; empty keeps it, and
	// DefaultPath stands in for a URL without one.
	WSPath string
	// WSHeader is sent with the WebSocket upgrade request.
	WSHeader http.Header
}

// Dial connects to the broker at u, which comes from ParseURL. The context
// bounds all of it: name resolution, proxy, TLS handshake and WebSocket
// upgrade. Errors are those of package net, crypto/tls and the WebSocket
// library, without a prefix; with SRV in an SRVError.
func Dial(ctx context.Context, u *url.URL, o Options) (net.Conn, error) {
	sc, ok := findScheme(u.Scheme)
	switch {
	case !ok || sc.listenOnly():
		return nil, fmt.Errorf("unknown scheme %q", u.Scheme)
	case sc.name == "unix":
		var d net.Dialer
		return d.DialContext(ctx, "unix", u.Path)
	case sc.ws:
		return dialWS(ctx, u, o)
	case o.SRV:
		return dialSRV(ctx, u, sc, o)
	}
	return dialPeer(ctx, peer{u.Host, u.Hostname(), sc.tls}, o)
}

// peer is a broker without WebSocket.
type peer struct {
	addr string // host:port
	name string // its certificate must be for this one
	tls  bool
}

func dialPeer(ctx context.Context, p peer, o Options) (net.Conn, error) {
	nc, err := dialTCP(ctx, p.addr, o)
	if err != nil || !p.tls {
		return nc, err
	}
	return handshake(ctx, nc, p.name, o.TLS)
}

// dialTCP connects to addr, through the proxy if there is one.
func dialTCP(ctx context.Context, addr string, o Options) (net.Conn, error) {
	if o.LocalAddr == "" {
		return dialFrom(ctx, addr, nil, o)
	}
	locals, err := localAddrs(ctx, o)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, local := range locals {
		nc, err := dialFrom(ctx, addr, local, o)
		if err == nil || ctx.Err() != nil {
			return nc, err
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// dialFrom is dialTCP from one local address; nil is any.
func dialFrom(ctx context.Context, addr string, local net.Addr, o Options) (net.Conn, error) {
	d := net.Dialer{KeepAlive: 15 * time.Second, Resolver: o.Resolver, LocalAddr: local}
	if o.Proxy != nil {
		return dialProxy(ctx, addr, o.Proxy, &d)
	}
	nc, err := dialHost(ctx, addr, &d)
	if err != nil {
		return nil, err
	}
	if tc, ok := nc.(*net.TCPConn); ok && o.NoDelay {
		err = tc.SetNoDelay(true)
	}
	if err != nil {
		return nil, errors.Join(err, nc.Close())
	}
	return nc, nil
}

// dialHost is d.DialContext, but that localhost is always this machine, as RFC
// 6761, section 6.3, wants it: to look it up reads three files, which takes as
// long as everything else between the call and the connection. The address
// that brokers listen on by default comes first.
func dialHost(ctx context.Context, addr string, d *net.Dialer) (net.Conn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || !strings.EqualFold(host, "localhost") {
		return d.DialContext(ctx, "tcp", addr)
	}
	four, six := net.JoinHostPort("127.0.0.1", port), net.JoinHostPort("::1", port)
	if local, ok := d.LocalAddr.(*net.TCPAddr); ok && local.IP.To4() == nil {
		return d.DialContext(ctx, "tcp", six)
	}
	nc, err := d.DialContext(ctx, "tcp", four)
	if err != nil && ctx.Err() == nil {
		if nc, second := d.DialContext(ctx, "tcp", six); second == nil {
			return nc, nil
		}
	}
	return nc, err
}

// handshake performs the TLS handshake under ctx and closes nc if it fails.
func handshake(ctx context.Context, nc net.Conn, host string, cfg *tls.Config) (net.Conn, error) {
	if cfg == nil {
		cfg = &tls.Config{MinVersion: tls.VersionTLS12}
	} else {
		cfg = cfg.Clone()
	}
	if cfg.ServerName == "" {
		cfg.ServerName = host
	}
	tc := tls.Client(nc, cfg)
	if err := tc.HandshakeContext(ctx); err != nil {
		_ = nc.Close() // the handshake's error is the one that explains
		return nil, err
	}
	return tc, nil
}
