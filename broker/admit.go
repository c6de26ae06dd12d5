package broker

import (
	"net"

	"mqt/broker/internal/wheel"
)

// admit makes a conn for a new connection and counts it, or returns nil when a
// limit or the end of the server forbids it; the caller then closes the socket.
func (s *Server) admit(lk link, remote string, on *listener) *conn {
	host := hostOf(remote)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closing:
		return nil
	case len(s.conns) >= s.lim.MaxConnections:
		s.refuse(remote, "max_connections", on)
		return nil
	case on.MaxConnections > 0 && on.open >= on.MaxConnections:
		s.refuse(remote, "max_connections of the listener", on)
		return nil
	case host != "" && s.perAddr[host] >= s.lim.MaxConnectionsPerAddress:
		s.refuse(remote, "max_connections_per_address", on)
		return nil
	}
	c := &conn{srv: s, lk: lk, on: on, place: int32(on.place), maxIn: s.lim.MaxConnectSize}
	c.lastRead.Store(s.now())
	s.conns[c] = struct{}{}
	if host != "" && s.lim.MaxConnectionsPerAddress != noLimit {
		s.perAddr[host]++
	}
	s.stats.sockets.Add(1)
	s.stats.opened.Add(1)
	on.open++
	on.flow.sockets.Add(1)
	on.flow.opened.Add(1)
	s.wheel.Schedule(&c.timer, s.at(c.lastRead.Load()+int64(s.lim.ConnectTimeout)), (*connTimer)(c))
	return c
}

func (s *Server) refuse(remote, limit string, on *listener) {
	s.stats.refused.Add(1)
	on.flow.refused.Add(1)
	s.log.Warn("connection refused", "remote", remote, "listener", on.flow.name, "limit", limit)
}

// release forgets a connection whose socket is closed.
func (s *Server) release(c *conn) {
	s.wheel.Stop(&c.timer)
	host := hostOf(c.lk.remote())
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.conns[c]; !ok {
		return
	}
	delete(s.conns, c)
	s.stats.sockets.Add(-1)
	c.on.open--
	c.on.flow.sockets.Add(-1)
	if n := s.perAddr[host]; n > 1 {
		s.perAddr[host] = n - 1
	} else if n == 1 {
		delete(s.perAddr, host)
	}
	if s.closing && len(s.conns) == 0 {
		close(s.idle)
	}
}

// hostOf returns the IP address of "ip:port", and nothing for a Unix socket,
// whose peers have no address to count by.
func hostOf(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return ""
	}
	return host
}

var _ wheel.Handler = (*connTimer)(nil)
