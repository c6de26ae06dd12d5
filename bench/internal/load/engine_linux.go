package load

import (
	"context"
	"fmt"
	"io"
	"runtime"

	"golang.org/x/sys/unix"
)

// visit is how many batches a publisher may write before the others, and what
// arrives, have their turn.
const visit = 4

// readSize is how much is read at once, in bytes.
const readSize = 256 << 10

// loop is an engine of one thread: an epoll instance, non-blocking sockets and
// raw system calls, so that the Go scheduler has no part in it.
type loop struct {
	load    *Load
	poll    poller
	targets []target
	sources []unix.Sockaddr
	socks   []sock // by client
	byFD    []*sock
	buf     []byte       // of maxPacket+readSize bytes
	out     []byte       // scratch for packets
	batch   []*publisher // reused by publish
}

// sock is one connection.
type sock struct {
	c       *client
	fd      int    // -1 when there is none
	rest    []byte // the beginning of a packet
	blocked bool   // EPOLLOUT is awaited
}

func newEngine(l *Load) (engine, error) {
	for _, u := range l.plan.Servers {
		if u.Scheme != "mqtt" || l.plan.Proxy != nil {
			return newGoroutines(l)
		}
	}
	e := &loop{load: l, buf: make([]byte, l.maxPacket+readSize), socks: make([]sock, len(l.clients))}
	for i := range e.socks {
		e.socks[i] = sock{c: l.clients[i], fd: -1}
	}
	var err error
	if e.targets, err = resolve(l.plan.Servers); err != nil {
		return nil, err
	}
	if e.sources, err = addresses(l.plan.Sources); err != nil {
		return nil, err
	}
	if e.poll, err = newPoller(); err != nil {
		return nil, err
	}
	return e, nil
}

func (e *loop) run(ctx context.Context) {
	over := make(chan struct{})
	go func() {
		defer close(over)
		runtime.LockOSThread() // and never unlock: the thread ends with its timer slack
		exactTimers()
		e.work(ctx)
	}()
	<-over
}

func (e *loop) work(ctx context.Context) {
	l := e.load
	l.begin(l.time())
	for {
		now := l.time()
		if l.step(ctx, now) {
			return
		}
		e.serve(now)
		e.publish()
		until := l.until(now)
		if len(l.runnable) > 0 {
			until = 0
		}
		before := l.time()
		events := e.poll.wait(until - before)
		now = l.time()
		l.idle += now - before
		for _, ev := range events {
			if s := e.byFD[ev.Fd]; s != nil {
				e.handle(s, ev.Events)
			}
		}
	}
}

// serve does what the load asks for: connections to close, to make, and to
// write to.
func (e *loop) serve(now int64) {
	l := e.load
	for _, f := range l.hangUps {
		s := &e.socks[f.c.index]
		if f.polite && s.fd >= 0 {
			_, _ = rawWrite(s.fd, []byte(disconnect)) // or it is dead already
		}
		e.drop(s, f.err)
	}
	l.hangUps = l.hangUps[:0]
	for _, c := range l.flushes {
		e.flush(&e.socks[c.index])
	}
	l.flushes = l.flushes[:0]
	for c := l.dial(now); c != nil; c = l.dial(now) {
		e.dial(c)
	}
}

// drop closes a connection; a nil err says that it is not to come back.
func (e *loop) drop(s *sock, err error) {
	if s.fd >= 0 {
		e.byFD[s.fd] = nil
		unix.Close(s.fd)
		s.fd = -1
	}
	s.rest, s.blocked = nil, false
	if err != nil {
		e.load.lost(s.c, err, e.load.time())
	}
}

func (e *loop) handle(s *sock, events uint32) {
	if s.c.phase == dialing {
		if events&(unix.EPOLLOUT|unix.EPOLLERR|unix.EPOLLHUP) == 0 {
			return
		}
		if err := e.opened(s); err != nil {
			e.drop(s, fmt.Errorf("connect: %w", err))
			return
		}
		e.flush(s)
		return
	}
	if events&(unix.EPOLLIN|unix.EPOLLERR|unix.EPOLLHUP) != 0 {
		if err := e.read(s); err != nil {
			e.drop(s, err)
			return
		}
	}
	if events&unix.EPOLLOUT != 0 {
		e.flush(s)
	}
}

// read reads once: epoll reports again what is left.
func (e *loop) read(s *sock) error {
	have := copy(e.buf, s.rest)
	n, err := rawRead(s.fd, e.buf[have:have+readSize])
	if err == unix.EAGAIN || err == unix.EINTR {
		return nil
	}
	if err == nil && n == 0 {
		err = io.EOF
	}
	if err != nil {
		return err
	}
	b := e.buf[:have+n]
	used, err := s.c.receive(b, e.load.time())
	if err != nil {
		return err
	}
	s.rest = append(s.rest[:0], b[used:]...)
	if len(s.rest) == 0 && cap(s.rest) > 0 {
		s.rest = nil
	}
	// A publisher's acknowledgements go out with its next messages.
	if p := s.c.pub; p != nil && s.c.phase == ready && (p.queued || p.room() > 0) {
		e.load.wake(p)
		return nil
	}
	e.flush(s)
	return nil
}

// publish gives every publisher with room its turn.
func (e *loop) publish() {
	l := e.load
	e.batch = append(e.batch[:0], l.runnable...)
	l.runnable = l.runnable[:0]
	for _, p := range e.batch {
		p.queued = false
		if s := &e.socks[p.client.index]; p.client.phase == ready && s.fd >= 0 {
			e.publishFor(p, s)
		}
	}
}

func (e *loop) publishFor(p *publisher, s *sock) {
	p.skip(e.load.time())
	for range visit {
		if s.blocked || s.fd < 0 {
			return
		}
		room := p.room()
		if room == 0 {
			e.flush(s)
			return
		}
		e.out = append(e.out[:0], s.c.out...)
		s.c.out = s.c.out[:0]
		e.out = p.fill(e.out, room, e.load.time())
		e.send(s, e.out)
	}
	if p.room() > 0 {
		e.load.wake(p)
	}
}

// flush writes what waits for s.
func (e *loop) flush(s *sock) {
	if s.fd >= 0 && (len(s.c.out) > 0 || s.blocked) {
		e.send(s, s.c.out)
	}
}

// send writes b to s. What the socket does not take now waits in out, and
// epoll says when it takes more. b may be out itself.
func (e *loop) send(s *sock, b []byte) {
	n := 0
	if len(b) > 0 {
		var err error
		n, err = rawWrite(s.fd, b)
		if err == unix.EAGAIN || err == unix.EINTR {
			n, err = 0, nil
		}
		if err != nil {
			e.drop(s, err)
			return
		}
		s.c.active = e.load.now
	}
	s.c.out = append(s.c.out[:0], b[n:]...)
	if len(s.c.out) == 0 && cap(s.c.out) > 512 {
		s.c.out = nil
	}
	e.await(s, len(s.c.out) > 0)
}

// await asks epoll to say when s can be written to, or not to.
func (e *loop) await(s *sock, blocked bool) {
	if s.blocked == blocked {
		return
	}
	s.blocked = blocked
	if err := e.poll.set(s.fd, blocked); err != nil {
		e.drop(s, err)
		return
	}
	if !blocked && s.c.pub != nil {
		e.load.wake(s.c.pub)
	}
}

func (e *loop) close() {
	for i := range e.socks {
		if e.socks[i].fd >= 0 {
			_, _ = rawWrite(e.socks[i].fd, []byte(disconnect)) // or the broker sees it closed
			unix.Close(e.socks[i].fd)
		}
	}
	e.poll.close()
}
