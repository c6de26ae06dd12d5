package broker

import (
	"cmp"
	"net"

	"mqt/broker/internal/wheel"
)

// admit makes a conn for a new connection and counts it, or returns nil when a
// limit or the end of the server forbids it; the caller then closes the socket.
func (s *Server) admit(lk link, remote string, on *listener) *conn {
	c := &conn{srv: s, lk: lk, on: on, place: int32(on.place), maxIn: s.lim.MaxConnectSize}
	c.lastRead.Store(s.now())
	if limit := s.enroll(c, hostOf(remote)); limit != "" {
		s.refuse(c, limit)
		return nil
	}
	return c
}

// enroll counts c, unless that is not to be: then it returns the reason.
func (s *Server) enroll(c *conn, host string) (reason string) {
	on := c.on
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closing:
		return "server_shutting_down"
	case len(s.conns) >= s.lim.MaxConnections:
		return "max_connections"
	case on.MaxConnections > 0 && on.open >= on.MaxConnections:
		return "max_connections_of_listener"
	case host != "" && s.perAddr[host] >= s.lim.MaxConnectionsPerAddress:
		return "max_connections_per_address"
	}
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
	return ""
}

func (s *Server) refuse(c *conn, reason string) {
	s.stats.refused.Add(1)
	c.on.flow.refused.Add(1)
	info := ConnectInfo{Remote: c.lk.remote()}
	c.describe(&info)
	s.warnings.warn(s.log, "connection refused: "+reason,
		append(info.attrs(), "reason", reason, "refused_so_far", s.stats.refused.Load())...)
}

// describe adds what the engine and the listener know about the client.
func (c *conn) describe(info *ConnectInfo) {
	if l, ok := c.lk.(interface{ describe(*ConnectInfo) }); ok {
		l.describe(info)
	}
	info.Listener = cmp.Or(c.on.Name, info.Listener)
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
