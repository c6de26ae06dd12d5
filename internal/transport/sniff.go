package transport

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
)

// protocol is what a client speaks, told by its first byte.
type protocol int

const (
	unknownProtocol protocol = iota
	mqttProtocol
	tlsProtocol
	httpProtocol
)

// classify tells the protocol by the first byte a client sends: the fixed
// header of CONNECT [MQTT-3.1.0-1], the content type of a TLS handshake record
// (RFC 8446, section 5.1), or the first letter of an HTTP method. Methods are
// case-sensitive, and every registered one begins with a capital letter.
func classify(first byte) protocol {
	switch {
	case first == 0x10:
		return mqttProtocol
	case first == 0x16:
		return tlsProtocol
	case first >= 'A' && first <= 'Z':
		return httpProtocol
	}
	return unknownProtocol
}

// sniff waits for the first byte. It leaves the byte in the socket where the
// system can (Linux) and returns nc itself; elsewhere the connection it
// returns repeats the byte.
func sniff(nc net.Conn) (net.Conn, byte, error) {
	first, ok, err := peek(nc)
	if !ok {
		return readFirst(nc)
	}
	if err != nil {
		return nil, 0, firstError(err)
	}
	return nc, first, nil
}

// readFirst reads the first byte and returns a connection that repeats it.
func readFirst(nc net.Conn) (net.Conn, byte, error) {
	b := make([]byte, 1)
	if _, err := io.ReadFull(nc, b); err != nil {
		return nil, 0, firstError(err)
	}
	r := &replayConn{Conn: nc, first: b}
	if tc, ok := nc.(*tls.Conn); ok {
		return &tlsReplayConn{replayConn: r, tls: tc}, b[0], nil
	}
	return r, b[0], nil
}

func firstError(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("closed before the first byte: %w", err)
	}
	return fmt.Errorf("first byte: %w", err)
}

// replayConn is a connection whose first bytes were read already.
type replayConn struct {
	net.Conn
	first []byte // owned by Read
}

// Read returns the bytes that were read already, then the others.
func (c *replayConn) Read(p []byte) (int, error) {
	if len(c.first) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.first)
	c.first = c.first[n:]
	return n, nil
}

// CloseWrite closes the sending side where the connection below can.
func (c *replayConn) CloseWrite() error { return closeWrite(c.Conn) }

// NetConn returns the connection below.
func (c *replayConn) NetConn() net.Conn { return bottom(c.Conn) }

func closeWrite(nc net.Conn) error {
	if h, ok := nc.(interface{ CloseWrite() error }); ok {
		return h.CloseWrite()
	}
	return errors.ErrUnsupported
}

// tlsReplayConn is a replayConn over TLS.
type tlsReplayConn struct {
	*replayConn
	tls *tls.Conn
}

// ConnectionState describes the TLS connection.
func (c *tlsReplayConn) ConnectionState() tls.ConnectionState { return c.tls.ConnectionState() }
