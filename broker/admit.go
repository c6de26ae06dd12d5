package broker

import (
	"net"

	"mqt/broker/internal/wheel"
)

// admit makes a conn for a new connection and counts it, or returns nil when a
// limit or the end of the server forbids it; the caller then closes the socket.
func (s *Server) admit(lk link, remote string) *conn {
	c := &conn{srv: s, lk: lk, maxIn: s.lim.MaxConnectSize}
	c.lastRead.Store(s.now())
	if limit := s.enroll(c, hostOf(remote)); limit != "" {
		s.refuse(lk, limit)
		return nil
	}
	return c
}

// enroll counts c, unless that is not to be: then it returns the reason.
func (s *Server) enroll(c *conn, host string) (reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closing:
		return "server_shutting_down"
	case len(s.conns) >= s.lim.MaxConnections:
		return "max_connections"
	case host != "" && s.perAddr[host] >= s.lim.MaxConnectionsPerAddress:
		return "max_connections_per_address"
	}
	s.conns[c] = struct{}{}
	if host != "" && s.lim.MaxConnectionsPerAddress != noLimit {
		s.perAddr[host]++
	}
	s.stats.sockets.Add(1)
	s.stats.opened.Add(1)
	s.wheel.Schedule(&c.timer, s.at(c.lastRead.Load()+int64(s.lim.ConnectTimeout)), (*connTimer)(c))
	return ""
}

func (s *Server) refuse(lk link, reason string) {
	s.stats.refused.Add(1)
	info := ConnectInfo{Remote: lk.remote()}
	describe(lk, &info)
	s.warnings.warn(s.log, "connection refused: "+reason,
		append(info.attrs(), "reason", reason, "refused_so_far", s.stats.refused.Load())...)
}

// describe adds what the engine knows about the client.
func describe(lk link, info *ConnectInfo) {
	if l, ok := lk.(interface{ describe(*ConnectInfo) }); ok {
		l.describe(info)
	}
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
