package broker

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"time"

	"mqt/broker/internal/chunk"
)

// acceptBackOff is the pause before the next accept when the process is out of
// file descriptors or the like.
const acceptBackOff = 100 * time.Millisecond

// netLink is the link of a connection that has a goroutine of its own.
type netLink struct {
	nc      net.Conn
	srv     *Server
	peer    string
	decided chan struct{} // receives when the Authorizer has answered
}

func (l *netLink) async() bool     { return true }
func (l *netLink) remote() string  { return l.peer }
func (l *netLink) watchWrite(bool) {} // a blocking write is never short
func (l *netLink) close()          { l.nc.Close() }
func (l *netLink) kill()           { l.nc.SetDeadline(time.Unix(1, 0)) }
func (l *netLink) resume(*conn)    { l.decided <- struct{}{} }

// describe adds what the transport knows about the client.
func (l *netLink) describe(info *ConnectInfo) {
	info.Listener = l.nc.LocalAddr().String()
	if t, ok := l.nc.(interface{ ConnectionState() tls.ConnectionState }); ok {
		state := t.ConnectionState()
		info.TLS = &state
	}
}

// finish closes the sending side where the transport can, and otherwise ends
// the connection: all has been written.
func (l *netLink) finish() {
	if c, ok := l.nc.(interface{ CloseWrite() error }); ok && c.CloseWrite() == nil {
		return
	}
	l.kill()
}

// write sends everything, or fails when the client takes nothing for the
// stall timeout.
func (l *netLink) write(segs []segment) (int, error) {
	l.nc.SetWriteDeadline(time.Now().Add(l.srv.lim.StallTimeout))
	var n int64
	var err error
	if len(segs) == 1 {
		var k int
		k, err = l.nc.Write(segs[0].b)
		n = int64(k)
	} else {
		n, err = l.writeAll(segs)
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return int(n), errStalled
	case err != nil:
		return int(n), fmt.Errorf("write: %w", err)
	}
	return int(n), nil
}

// writeAll uses one system call where that is possible and otherwise copies
// small segments together, since each write is a frame or a record of its own.
func (l *netLink) writeAll(segs []segment) (int64, error) {
	switch l.nc.(type) {
	case *net.TCPConn, *net.UnixConn:
		bufs := make(net.Buffers, len(segs))
		for i := range segs {
			bufs[i] = segs[i].b
		}
		return bufs.WriteTo(l.nc)
	}
	var total int64
	var joined []byte
	for i := range segs {
		joined = append(joined, segs[i].b...)
		if len(joined) >= outboxAmple || i == len(segs)-1 {
			n, err := l.nc.Write(joined)
			total += int64(n)
			if err != nil {
				return total, err
			}
			joined = joined[:0]
		}
	}
	return total, nil
}

// bareListener is a listener of another kind than net's that may return bare
// TCP and Unix connections from which nothing was read. Event loops then serve
// those.
type bareListener interface{ Bare() bool }

// serveConns serves any listener, with a goroutine for each connection that no
// event loop can serve.
func (s *Server) serveConns(ln net.Listener, on *listener) error {
	bare, ok := ln.(bareListener)
	loops := ok && bare.Bare()
	for {
		nc, err := ln.Accept()
		switch {
		case err == nil:
			if !loops || !s.adoptConn(nc, on) {
				s.serveConn(nc, on)
			}
		case isTemporary(err):
			s.warnings.warn(s.log, "accept paused", "error", err.Error())
			t := time.NewTimer(acceptBackOff)
			select {
			case <-t.C:
			case <-s.stopping:
				t.Stop()
			}
		default:
			return fmt.Errorf("accept: %w", err)
		}
	}
}

func isTemporary(err error) bool {
	var ne interface{ Temporary() bool }
	return errors.As(err, &ne) && ne.Temporary() && !errors.Is(err, net.ErrClosed)
}

func (s *Server) serveConn(nc net.Conn, on *listener) {
	on.setNoDelay(nc)
	l := &netLink{nc: nc, srv: s, peer: nc.RemoteAddr().String(), decided: make(chan struct{}, 1)}
	c := s.admit(l, l.peer, on)
	if c == nil {
		nc.Close()
		return
	}
	s.stopped.Go(func() { s.readConn(c, nc) })
}

// readConn reads until the connection ends. Its buffer is small while little
// comes, so that a connection that waits costs little.
func (s *Server) readConn(c *conn, nc net.Conn) {
	size := 0
	for {
		blk := chunk.Get(size)
		buf, k := c.readInto(blk.B[:cap(blk.B)])
		n, err := nc.Read(buf[k:])
		if n > 0 && !s.feedConn(c, buf[:k+n], n) {
			err = errPanicked
		}
		blk.Release()
		if err != nil {
			b := s.takeBatch()
			c.gone(b, readError(err))
			s.putBatch(b)
			return
		}
		if size = n; k+n == len(buf) || len(c.kept()) > 0 {
			size = chunk.Max // there is more
		}
	}
}

func readError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return io.EOF
	}
	return fmt.Errorf("read: %w", err)
}

var errPanicked = errors.New("a defect in the server")

// feedConn hands bytes to the connection, and waits while a receiver of its
// messages cannot keep up.
func (s *Server) feedConn(c *conn, data []byte, n int) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("panic while handling a connection", "remote", c.lk.remote(), "panic", p, "stack", string(debug.Stack()))
		}
	}()
	b := s.takeBatch()
	b.count(c).bytesIn += int64(n)
	for {
		left := c.received(b, data)
		c.keep(data[len(data)-left:])
		slow, behind := b.congested, b.behind
		if slow == nil && !behind && !c.waiting {
			s.putBatch(b)
			return true
		}
		s.putBatch(b)
		if c.waiting {
			b = s.awaitDecision(c)
		} else {
			s.waitFor(c, slow)
			b = s.takeBatch()
		}
		if left == 0 {
			s.putBatch(b)
			return true
		}
		data = c.kept()
	}
}

// awaitDecision blocks until the Authorizer has answered.
func (s *Server) awaitDecision(c *conn) *batch {
	<-c.lk.(*netLink).decided
	b := s.takeBatch()
	c.resumed(b)
	return b
}

// waitFor blocks until a receiver has room, took too long, or c ends; without a
// receiver until the store has room.
func (s *Server) waitFor(c *conn, slow *session) {
	p := pause{conn: c, sess: slow, looked: s.now()}
	t := time.NewTicker(time.Millisecond)
	defer t.Stop()
	for !p.over(s.now()) && !c.isClosing() {
		<-t.C
	}
}
