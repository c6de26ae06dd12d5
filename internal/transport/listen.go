package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
)

// ListenOptions says how to listen. The zero value serves mqtt, ws and unix.
type ListenOptions struct {
	// TLS is needed by mqtts and wss, with at least one certificate.
	TLS *tls.Config
	// WSPath is where ws and wss accept upgrades; empty means the URL's path,
	// or DefaultPath when it has none.
	WSPath string
	// Origins lists the host patterns, such as "*.example.com", whose web
	// pages may connect. An empty list admits requests without an Origin
	// header and those from the server's own host.
	Origins []string
	// MaxMessage limits one WebSocket message, in bytes; 0 means no limit. It
	// has nothing to do with the size of MQTT packets, which may span messages.
	MaxMessage int
}

// Listen listens at u, which comes from ParseURL; port 0 picks a free one. For
// mqtt the result is a *net.TCPListener, for unix a *net.UnixListener, neither
// wrapped. A unix socket file that nobody serves any more is replaced; one that
// is in use is an error. The connections of mqtts perform their handshake at
// the first Read. Closing a listener of ws or wss also ends the upgrades in
// progress, but not the connections that Accept has returned.
func Listen(ctx context.Context, u *url.URL, o ListenOptions) (net.Listener, error) {
	sc, ok := findScheme(u.Scheme)
	if !ok {
		return nil, fmt.Errorf("unknown scheme %q", u.Scheme)
	}
	if sc.tls && !hasCertificate(o.TLS) {
		return nil, fmt.Errorf("%s needs a certificate and its key", sc.name)
	}
	if sc.name == "unix" {
		return listenUnix(ctx, u.Path)
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", u.Host)
	if err != nil {
		return nil, err
	}
	switch {
	case sc.ws:
		path := o.WSPath
		if path == "" {
			path = u.Path
		}
		return listenWS(ln, path, sc.tls, o), nil
	case sc.tls:
		return tls.NewListener(ln, o.TLS), nil
	}
	return ln, nil
}

func hasCertificate(c *tls.Config) bool {
	return c != nil && (len(c.Certificates) > 0 || c.GetCertificate != nil || c.GetConfigForClient != nil)
}

// errInUse says that somebody serves the socket already.
var errInUse = errors.New("already in use")
