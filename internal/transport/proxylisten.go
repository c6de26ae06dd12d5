package transport

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
)

// errNotTrusted refuses whoever connects past the proxy: the port speaks the
// PROXY protocol, and only trusted proxies may.
var errNotTrusted = errors.New("PROXY protocol: not a trusted proxy's address")

// ProxiedConn is a connection that came through a proxy. RemoteAddr is the
// client's address as the proxy told it; LocalAddr is our own. The header was
// read to its last byte and nothing after it, so whoever prefers the socket
// itself finds it, through Plain, where the client's bytes begin.
type ProxiedConn struct {
	net.Conn
	client net.Addr
}

// RemoteAddr returns the address of the client, a *net.TCPAddr.
func (c *ProxiedConn) RemoteAddr() net.Addr { return c.client }

// Plain returns the connection with the proxy: the same bytes from here on,
// under the proxy's address. It is nil when that is no TCP connection.
func (c *ProxiedConn) Plain() *net.TCPConn {
	tc, _ := c.Conn.(*net.TCPConn)
	return tc
}

// SyscallConn returns the socket, or errors.ErrUnsupported.
func (c *ProxiedConn) SyscallConn() (syscall.RawConn, error) {
	if sc, ok := c.Conn.(syscall.Conn); ok {
		return sc.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

// CloseWrite closes the sending side, or returns errors.ErrUnsupported.
func (c *ProxiedConn) CloseWrite() error { return closeWrite(c.Conn) }

// unproxy reads the header of a connection from one of the trusted prefixes.
func unproxy(nc net.Conn, trusted []netip.Prefix) (net.Conn, error) {
	if !trusts(trusted, nc.RemoteAddr()) {
		return nil, errNotTrusted
	}
	client, err := readProxyHeader(nc)
	if err != nil {
		return nil, fmt.Errorf("from %s: %w", nc.RemoteAddr(), err)
	}
	if !client.IsValid() {
		return nc, nil
	}
	return &ProxiedConn{Conn: nc, client: net.TCPAddrFromAddrPort(client)}, nil
}

func trusts(trusted []netip.Prefix, addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return false
	}
	ip := tcp.AddrPort().Addr().Unmap().WithZone("")
	return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(ip) })
}
