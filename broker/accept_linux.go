package broker

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// serveLoop serves a TCP or Unix listener with event loops. It reports false
// when ln is of another kind.
func (s *Server) serveLoop(ln net.Listener, on *listener) (bool, error) {
	var rc syscall.RawConn
	var err error
	tcp := false
	switch ln := ln.(type) {
	case *net.TCPListener:
		rc, err = ln.SyscallConn()
		tcp = true
	case *net.UnixListener:
		rc, err = ln.SyscallConn()
	default:
		return false, nil
	}
	if err != nil {
		return true, fmt.Errorf("use the listener's socket: %w", err)
	}
	if err := s.loops.start(s); err != nil {
		return true, err
	}
	a := acceptor{srv: s, on: on, tcp: tcp}
	if a.stop, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return true, fmt.Errorf("create an eventfd: %w", err)
	}
	defer unix.Close(a.stop)
	if !s.onClose(ln, func() { signal(a.stop) }) {
		return true, ErrServerClosed
	}
	defer s.onClose(ln, nil)
	return true, a.run(rc)
}

// acceptor accepts connections for the event loops. It uses the listener's
// socket directly: a connection never becomes a net.Conn.
type acceptor struct {
	srv  *Server
	on   *listener
	tcp  bool
	stop int // eventfd that ends it
}

// closedCheck is how often, in milliseconds, the acceptor notices that its
// listener was closed by somebody else than the server.
const closedCheck = 500

// run accepts until the listener is closed.
func (a *acceptor) run(rc syscall.RawConn) error {
	for {
		var err error
		if cerr := rc.Control(func(fd uintptr) { err = a.turn(int(fd)) }); cerr != nil {
			return fmt.Errorf("accept: %w", cerr)
		}
		if err != nil {
			return err
		}
	}
}

// turn waits for connections and accepts those that are there.
func (a *acceptor) turn(ln int) error {
	fds := [2]unix.PollFd{{Fd: int32(ln), Events: unix.POLLIN}, {Fd: int32(a.stop), Events: unix.POLLIN}}
	if _, err := unix.Poll(fds[:], closedCheck); err != nil && err != unix.EINTR {
		return fmt.Errorf("accept: %w", err)
	}
	if fds[1].Revents != 0 {
		return ErrServerClosed
	}
	for fds[0].Revents != 0 {
		fd, sa, err := unix.Accept4(ln, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		if err == nil {
			a.srv.adopt(&sock{fd: fd, peer: peerName(sa)}, a.tcp, a.on)
			continue
		}
		return a.tolerate(err)
	}
	return nil
}

// tolerate returns nil for errors after which accepting goes on. Without file
// descriptors it goes on after a while; connected clients are not affected.
func (a *acceptor) tolerate(err error) error {
	switch err {
	case unix.EAGAIN, unix.EINTR, unix.ECONNABORTED, unix.EPROTO:
		return nil
	case unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM:
		a.srv.warnings.warn(a.srv.log, "accept paused: out of resources", "error", err.Error())
		unix.Poll([]unix.PollFd{{Fd: int32(a.stop), Events: unix.POLLIN}}, int(acceptBackOff/time.Millisecond))
		return nil
	}
	return fmt.Errorf("accept: %w", err)
}

// signal wakes whoever waits for an eventfd.
func signal(fd int) {
	var one [8]byte
	binary.NativeEndian.PutUint64(one[:], 1)
	unix.Write(fd, one[:]) // full means that it is awake already
}

// adopt gives an accepted socket to an event loop.
func (s *Server) adopt(sk *sock, tcp bool, on *listener) {
	if tcp {
		// Batches are written whole, so waiting for more would only add delay.
		value := 1
		if on.NoDelay != nil && !*on.NoDelay {
			value = 0
		}
		unix.SetsockoptInt(sk.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, value)
	}
	sk.loop = s.loops.pick(s.now())
	c := s.admit(sk, sk.peer, on)
	if c == nil {
		unix.Close(sk.fd)
		return
	}
	sk.loop.take(c)
}

// adoptConn gives a connection that a listener of another kind has accepted to
// an event loop, if it is a bare socket. It reports false when it is not, and
// has then done nothing.
func (s *Server) adoptConn(nc net.Conn, on *listener) bool {
	var rc syscall.RawConn
	var err error
	tcp := false
	switch nc := nc.(type) {
	case *net.TCPConn:
		rc, err = nc.SyscallConn()
		tcp = true
	case *net.UnixConn:
		rc, err = nc.SyscallConn()
	default:
		return false
	}
	if err != nil || s.loops.start(s) != nil {
		return false
	}
	fd := -1
	if cerr := rc.Control(func(old uintptr) { fd, err = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0) }); cerr != nil || err != nil {
		return false
	}
	peer := "unix"
	if tcp {
		peer = nc.RemoteAddr().String()
	}
	nc.Close() // the duplicate stays
	s.adopt(&sock{fd: fd, peer: peer}, tcp, on)
	return true
}

func peerName(sa unix.Sockaddr) string {
	switch a := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port)).String()
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr).Unmap(), uint16(a.Port)).String()
	}
	return "unix"
}
