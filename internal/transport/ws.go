package transport

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// closeWait is how long Close of a WebSocket waits for the closing handshake.
const closeWait = 500 * time.Millisecond

// UpgradeError says that a server answered the request for a WebSocket
// otherwise than by making one.
type UpgradeError struct {
	Code   int    // of the HTTP response
	Status string // code and text, as the server wrote them
}

// Error tells the status.
func (e *UpgradeError) Error() string {
	return "the server answered the WebSocket request with " + e.Status
}

// dialWS upgrades a connection to u; user information in the URL is for MQTT
// and stays out of the request.
func dialWS(ctx context.Context, u *url.URL, o Options) (net.Conn, error) {
	target := *u
	target.User = nil
	if o.WSPath != "" {
		target.Path = o.WSPath
	}
	if target.Path == "" {
		target.Path = DefaultPath
	}
	var (
		mu  sync.Mutex
		raw net.Conn
	)
	keep := func(nc net.Conn, err error) (net.Conn, error) {
		mu.Lock()
		defer mu.Unlock()
		raw = nc
		return nc, err
	}
	tr := &http.Transport{
		DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
			return keep(dialTCP(ctx, addr, o))
		},
		DialTLSContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
			nc, err := dialTCP(ctx, addr, o)
			if err != nil {
				return nil, err
			}
			return keep(handshake(ctx, nc, u.Hostname(), o.TLS))
		},
	}
	defer tr.CloseIdleConnections()
	c, response, err := websocket.Dial(ctx, target.String(), &websocket.DialOptions{
		HTTPClient:      &http.Client{Transport: tr},
		HTTPHeader:      o.WSHeader,
		Subprotocols:    []string{Subprotocol},
		CompressionMode: websocket.CompressionDisabled,
	})
	switch {
	case err != nil && response != nil && response.StatusCode != http.StatusSwitchingProtocols:
		return nil, &UpgradeError{Code: response.StatusCode, Status: response.Status}
	case err != nil:
		return nil, err
	}
	if c.Subprotocol() != Subprotocol {
		_ = c.CloseNow()
		return nil, errors.New("the server did not accept the WebSocket subprotocol mqtt")
	}
	mu.Lock()
	defer mu.Unlock()
	return newWSConn(c, raw, false, 0), nil
}

// wsConn is a WebSocket as a stream of bytes: MQTT packets need not align with
// frames [MQTT-6.0.0-2], and every frame is binary [MQTT-6.0.0-1].
type wsConn struct {
	net.Conn          // the stream over the frames
	raw      net.Conn // what carries the frames
	server   bool     // this side accepted the connection
}

// newWSConn wraps c; maxMessage, for a server, limits one WebSocket message, 0
// does not.
func newWSConn(c *websocket.Conn, raw net.Conn, server bool, maxMessage int) net.Conn {
	nc := websocket.NetConn(context.Background(), c, websocket.MessageBinary)
	if maxMessage > 0 {
		c.SetReadLimit(int64(maxMessage))
	}
	ws := &wsConn{Conn: nc, raw: raw, server: server}
	if t, ok := raw.(stater); ok {
		return &wssConn{wsConn: ws, stater: t}
	}
	return ws
}

// wssConn is a wsConn over TLS, whose state it tells.
type wssConn struct {
	*wsConn
	stater
}

// Read reads from the stream. What a client's broken frame leaves over is
// still masked, and is dropped.
func (c *wsConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil && c.server {
		n = 0
	}
	return n, err
}

// Close sends a close frame and waits a moment for the peer's.
func (c *wsConn) Close() error {
	_ = c.raw.SetDeadline(time.Now().Add(closeWait)) // a closed connection needs no deadline
	err := c.Conn.Close()
	_ = c.raw.Close() // usually closed already
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return nil // the peer did not answer the close frame in time: closed all the same
	}
	return err
}

// LocalAddr returns the address of the connection that carries the frames.
func (c *wsConn) LocalAddr() net.Addr { return c.raw.LocalAddr() }

// RemoteAddr returns the peer's address.
func (c *wsConn) RemoteAddr() net.Addr { return c.raw.RemoteAddr() }
