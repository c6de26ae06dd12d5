package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// visit is how many messages a publisher may write before the others, and
// what arrives, have their turn.
const visit = 64

// readSize is how much is read at once, in bytes.
const readSize = 256 << 10

// loop is an engine of one thread: an epoll instance, non-blocking sockets and
// raw system calls, so that the Go scheduler has no part in it.
type loop struct {
	load    *Load
	ep      int
	addr    unix.Sockaddr
	family  int
	socks   []*sock // by client
	byFD    []*sock
	dialled int // clients that have been given a socket
	events  [256]unix.EpollEvent
	buf     []byte       // of maxPacket+readSize bytes
	batch   []*publisher // reused by publish
}

// sock is one connection.
type sock struct {
	c       *client
	fd      int
	rest    []byte // the beginning of a packet
	dialing bool
	blocked bool // EPOLLOUT is awaited
}

func newEngine(l *Load) (engine, error) {
	a, err := net.ResolveTCPAddr("tcp", l.plan.Addr)
	if err != nil {
		return nil, err
	}
	e := &loop{load: l, buf: make([]byte, maxPacket+readSize), socks: make([]*sock, len(l.clients))}
	e.addr, e.family = sockaddr(a)
	e.ep, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return e, nil
}

func sockaddr(a *net.TCPAddr) (unix.Sockaddr, int) {
	if ip4 := a.IP.To4(); ip4 != nil || a.IP == nil {
		sa := &unix.SockaddrInet4{Port: a.Port, Addr: [4]byte{127, 0, 0, 1}}
		copy(sa.Addr[:], ip4)
		return sa, unix.AF_INET
	}
	sa := &unix.SockaddrInet6{Port: a.Port}
	copy(sa.Addr[:], a.IP.To16())
	return sa, unix.AF_INET6
}

func (e *loop) run(ctx context.Context, done func() bool) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for !done() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := e.dial(); err != nil {
			return err
		}
		if err := e.publish(); err != nil {
			return err
		}
		n, err := e.wait()
		if err != nil {
			return err
		}
		for _, ev := range e.events[:n] {
			if err := e.handle(e.byFD[ev.Fd], ev.Events); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *loop) wait() (int, error) {
	timeout := 5 // milliseconds: done must be asked now and then
	if len(e.load.runnable) > 0 {
		timeout = 0
	}
	n, err := unix.EpollWait(e.ep, e.events[:], timeout)
	if err == unix.EINTR {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("epoll: %w", err)
	}
	return n, nil
}

// dial begins connections until as many as the plan allows are being made.
func (e *loop) dial() error {
	for e.dialled < len(e.load.clients) && e.dialled-e.load.ready < e.load.plan.AtOnce {
		c := e.load.clients[e.dialled]
		fd, err := unix.Socket(e.family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return c.explain(fmt.Errorf("socket: %w", err))
		}
		s := &sock{c: c, fd: fd, dialing: true, blocked: true}
		e.socks[c.conn] = s
		for len(e.byFD) <= fd {
			e.byFD = append(e.byFD, nil)
		}
		e.byFD[fd] = s
		e.dialled++
		// Acknowledgements and single messages must not wait for each other.
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
			return c.explain(fmt.Errorf("TCP_NODELAY: %w", err))
		}
		if err := unix.Connect(fd, e.addr); err != nil && err != unix.EINPROGRESS {
			return c.explain(fmt.Errorf("connect %s: %w", e.load.plan.Addr, err))
		}
		ev := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLOUT, Fd: int32(fd)}
		if err := unix.EpollCtl(e.ep, unix.EPOLL_CTL_ADD, fd, &ev); err != nil {
			return c.explain(fmt.Errorf("epoll: %w", err))
		}
	}
	return nil
}

func (e *loop) handle(s *sock, events uint32) error {
	if s.dialing {
		if events&(unix.EPOLLOUT|unix.EPOLLERR|unix.EPOLLHUP) == 0 {
			return nil
		}
		code, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ERROR)
		if err == nil && code != 0 {
			err = unix.Errno(code)
		}
		if err != nil {
			return s.c.explain(fmt.Errorf("connect %s: %w", e.load.plan.Addr, err))
		}
		s.dialing = false
		if err := s.c.start(); err != nil {
			return err
		}
		return e.flush(s)
	}
	if events&(unix.EPOLLIN|unix.EPOLLERR|unix.EPOLLHUP) != 0 {
		if err := e.read(s); err != nil {
			return err
		}
	}
	if events&unix.EPOLLOUT != 0 {
		return e.flush(s)
	}
	return nil
}

// read reads once: epoll reports again what is left.
func (e *loop) read(s *sock) error {
	have := copy(e.buf, s.rest)
	n, err := rawRead(s.fd, e.buf[have:have+readSize])
	if err == unix.EAGAIN || err == unix.EINTR {
		return nil
	}
	if err == nil && n == 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return s.c.explain(fmt.Errorf("read: %w", err))
	}
	b := e.buf[:have+n]
	used, err := s.c.receive(b)
	if err != nil {
		return err
	}
	s.rest = append(s.rest[:0], b[used:]...)
	if len(s.rest) == 0 && cap(s.rest) > 4096 {
		s.rest = nil
	}
	// A publisher's acknowledgements go out with its next messages.
	if s.c.pub != nil && s.c.phase == ready {
		e.load.wake(s.c.pub)
		return nil
	}
	return e.flush(s)
}

// publish gives every publisher with room its turn.
func (e *loop) publish() error {
	l := e.load
	e.batch = append(e.batch[:0], l.runnable...)
	l.runnable = l.runnable[:0]
	for _, p := range e.batch {
		p.queued = false
		if p.client.phase != ready {
			continue
		}
		if err := e.publishFor(p); err != nil {
			return err
		}
	}
	return nil
}

func (e *loop) publishFor(p *publisher) error {
	s := e.socks[p.client.conn]
	for done := 0; !s.blocked; {
		room := p.room()
		if done >= visit && room > 0 {
			e.load.wake(p)
			return nil
		}
		if room == 0 {
			return e.flush(s)
		}
		b := p.next(room)
		done += len(b) / p.size
		if len(s.c.out) > 0 {
			s.c.out = append(s.c.out, b...)
			b = nil
		}
		if err := e.send(s, b); err != nil {
			return err
		}
	}
	return nil
}

// flush writes what waits for s.
func (e *loop) flush(s *sock) error {
	if len(s.c.out) == 0 && !s.blocked {
		return nil
	}
	return e.send(s, nil)
}

// send writes what waits for s, or b when nothing waits. What the socket does
// not take now waits, and epoll says when it takes more.
func (e *loop) send(s *sock, b []byte) error {
	own := len(s.c.out) > 0
	if own {
		b = s.c.out
	}
	n := 0
	if len(b) > 0 {
		var err error
		n, err = rawWrite(s.fd, b)
		if err == unix.EAGAIN || err == unix.EINTR {
			n, err = 0, nil
		}
		if err != nil {
			return s.c.explain(fmt.Errorf("write: %w", err))
		}
	}
	if own {
		s.c.out = append(s.c.out[:0], b[n:]...)
	} else {
		s.c.out = append(s.c.out, b[n:]...)
	}
	return e.await(s, len(s.c.out) > 0)
}

// await asks epoll to say when s can be written to, or not to.
func (e *loop) await(s *sock, blocked bool) error {
	if s.blocked == blocked {
		return nil
	}
	s.blocked = blocked
	ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(s.fd)}
	if blocked {
		ev.Events |= unix.EPOLLOUT
	} else if s.c.pub != nil {
		e.load.wake(s.c.pub)
	}
	if len(s.c.out) == 0 && cap(s.c.out) > 0 && s.c.pub == nil && s.c.sub == nil {
		s.c.out = nil
	}
	return unix.EpollCtl(e.ep, unix.EPOLL_CTL_MOD, s.fd, &ev)
}

func (e *loop) exclusively(f func()) { f() }

func (e *loop) close() {
	for _, s := range e.socks {
		if s != nil {
			unix.Close(s.fd)
		}
	}
	unix.Close(e.ep)
}

var errEmpty = errors.New("empty buffer")

// rawRead and rawWrite skip the scheduler's bookkeeping: these calls never
// block.
func rawRead(fd int, b []byte) (int, error) {
	return rawIO(unix.SYS_READ, fd, b)
}

func rawWrite(fd int, b []byte) (int, error) {
	return rawIO(unix.SYS_WRITE, fd, b)
}

func rawIO(call uintptr, fd int, b []byte) (int, error) {
	if len(b) == 0 {
		return 0, errEmpty
	}
	n, _, errno := unix.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
