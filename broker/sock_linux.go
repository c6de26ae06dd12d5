package broker

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sock is the link of a connection that an event loop serves: a non-blocking
// socket, written to by whoever has something for it.
type sock struct {
	loop *loop
	fd   int
	peer string

	paused bool // not read from; changed by the loop with conn.mu held
}

// resume hands the connection back to its loop.
func (s *sock) resume(c *conn) {
	s.loop.mu.Lock()
	s.loop.decided = append(s.loop.decided, c)
	s.loop.mu.Unlock()
	s.loop.poke()
}

// describe adds what the socket knows about the client.
func (s *sock) describe(info *ConnectInfo) {
	if sa, err := unix.Getsockname(s.fd); err == nil {
		info.Listener = peerName(sa)
	}
}

func (s *sock) async() bool    { return false }
func (s *sock) remote() string { return s.peer }
func (s *sock) finish()        { unix.Shutdown(s.fd, unix.SHUT_WR) }
func (s *sock) kill()          { unix.Shutdown(s.fd, unix.SHUT_RDWR) }
func (s *sock) close()         { unix.Close(s.fd) }

// watchWrite sets which events the loop hears of. Errors mean that the socket
// is on its way out, which the loop hears of in any case, or between two
// loops, of which the next one asks for the right events.
func (s *sock) watchWrite(write bool) { s.watch(unix.EPOLL_CTL_MOD, write) }

func (s *sock) watch(op int, write bool) error {
	ev := unix.EpollEvent{Fd: int32(s.fd)}
	if !s.paused {
		ev.Events |= unix.EPOLLIN
	}
	if write {
		ev.Events |= unix.EPOLLOUT
	}
	return unix.EpollCtl(s.loop.ep, op, s.fd, &ev)
}

// maxVectors is how many segments one write system call takes.
const maxVectors = 64

// write sends what the socket takes without blocking.
func (s *sock) write(segs []segment) (int, error) {
	total := 0
	for len(segs) > 0 {
		batch := segs[:min(len(segs), maxVectors)]
		want := 0
		for i := range batch {
			want += len(batch[i].b)
		}
		n, err := writeFD(s.fd, batch)
		total += n
		switch {
		case err == unix.EAGAIN || err == unix.EINTR:
			return total, nil
		case err != nil:
			return total, fmt.Errorf("write: %w", err)
		case n < want:
			return total, nil
		}
		segs = segs[len(batch):]
	}
	return total, nil
}

func writeFD(fd int, segs []segment) (int, error) {
	var n uintptr
	var errno unix.Errno
	if len(segs) == 1 {
		b := segs[0].b
		n, _, errno = unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	} else {
		var vec [maxVectors]unix.Iovec
		for i := range segs {
			vec[i].Base = unsafe.SliceData(segs[i].b)
			vec[i].SetLen(len(segs[i].b))
		}
		n, _, errno = unix.RawSyscall(unix.SYS_WRITEV, uintptr(fd), uintptr(unsafe.Pointer(&vec)), uintptr(len(segs)))
	}
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

func readFD(fd int, b []byte) (int, error) {
	n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// epollNow returns the number of events that are there already.
func epollNow(ep int, events *[maxEvents]unix.EpollEvent) int {
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(ep), uintptr(unsafe.Pointer(events)), maxEvents, 0, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}
