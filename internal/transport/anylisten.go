package transport

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

var (
	errNoTLS         = errors.New("speaks TLS, for which this listener has no certificate")
	errWrongProtocol = errors.New("speaks neither MQTT nor HTTP nor TLS")
)

// anyListener serves MQTT, WebSocket and HTTP, each with and without TLS, on
// one port.
type anyListener struct {
	opts  ListenOptions
	lobby *lobby
	web   *wsListener
	door  *handoff // to web
}

// listenAny accepts from ln and upgrades WebSockets at path.
func listenAny(ln net.Listener, path string, o ListenOptions) net.Listener {
	a := &anyListener{opts: o, door: newHandoff(ln.Addr())}
	a.web = listenWS(a.door, path, o)
	if !hasCertificate(o.TLS) {
		a.opts.TLS = nil
	}
	if ln.Addr().Network() == "unix" {
		a.opts.ProxyFrom = nil
	}
	a.lobby = newLobby(ln, o, a.decide)
	return a
}

// decide returns an MQTT connection, and hands the others to the web server.
func (a *anyListener) decide(nc net.Conn) (net.Conn, error) {
	if len(a.opts.ProxyFrom) > 0 {
		var err error
		if nc, err = unproxy(nc, a.opts.ProxyFrom); err != nil {
			return nil, err
		}
	}
	nc, first, err := sniff(nc)
	if err == nil && classify(first) == tlsProtocol {
		nc, first, err = a.secure(nc)
	}
	if err != nil {
		return nil, err
	}
	switch classify(first) {
	case mqttProtocol:
		return nc, nil
	case httpProtocol:
		return nil, a.door.give(nc)
	}
	return nil, fmt.Errorf("%w: first byte %#02x", errWrongProtocol, first)
}

// secure performs the handshake and waits for the first byte inside.
func (a *anyListener) secure(nc net.Conn) (net.Conn, byte, error) {
	if a.opts.TLS == nil {
		return nil, 0, errNoTLS
	}
	tc := tls.Server(nc, a.opts.TLS)
	if err := tc.Handshake(); err != nil { // under nc's deadline
		return nil, 0, fmt.Errorf("TLS handshake: %w", err)
	}
	return sniff(tc)
}

// Accept returns the next MQTT connection.
func (a *anyListener) Accept() (net.Conn, error) {
	select {
	case nc := <-a.lobby.out:
		return nc, nil
	case nc := <-a.web.conns:
		return nc, nil
	case <-a.lobby.closing:
	case <-a.lobby.ended:
	}
	return a.lobby.Accept() // tells the error
}

// Bare says that MQTT connections without TLS come as they are, with nothing
// read from them.
func (a *anyListener) Bare() bool { return true }

// Addr returns the address of the port.
func (a *anyListener) Addr() net.Addr { return a.lobby.Addr() }

// Close closes the port and what Accept has not returned, and waits.
func (a *anyListener) Close() error {
	err := a.lobby.stop()
	_ = a.door.Close() // cannot fail
	_ = a.web.Close()  // fails when it was closed before
	a.lobby.busy.Wait()
	return err
}

// handoff is a listener for connections that somebody else accepted.
type handoff struct {
	addr    net.Addr
	conns   chan net.Conn
	closing chan struct{}
	once    sync.Once
}

func newHandoff(addr net.Addr) *handoff {
	return &handoff{addr: addr, conns: make(chan net.Conn), closing: make(chan struct{})}
}

// give passes nc, without a deadline, to whoever accepts.
func (h *handoff) give(nc net.Conn) error {
	if err := nc.SetDeadline(time.Time{}); err != nil {
		return err
	}
	select {
	case h.conns <- nc:
		return nil
	case <-h.closing:
		return net.ErrClosed
	}
}

// Accept returns the next connection that was given.
func (h *handoff) Accept() (net.Conn, error) {
	select {
	case nc := <-h.conns:
		return nc, nil
	case <-h.closing:
		return nil, acceptError(h, net.ErrClosed)
	}
}

// Addr returns the address that the connections were accepted at.
func (h *handoff) Addr() net.Addr { return h.addr }

// Close ends Accept and give.
func (h *handoff) Close() error {
	h.once.Do(func() { close(h.closing) })
	return nil
}
