package load

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// poller is an epoll instance whose waits end within a fraction of a
// millisecond of their time.
type poller struct {
	fd     int
	events []unix.EpollEvent
	coarse bool // the kernel, older than 5.11, has no epoll_pwait2
}

func newPoller() (poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return poller{}, fmt.Errorf("epoll: %w", err)
	}
	return poller{fd: fd, events: make([]unix.EpollEvent, 256)}, nil
}

// exactTimers lets the waits of this thread end on time: by default Linux may
// add 50 µs. Where it cannot be set, it stays.
func exactTimers() {
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
}

// shortest is the least time between two looks at the schedule when nothing
// else happens, in nanoseconds: what is due meanwhile goes out as one batch.
const shortest = 40e3

// wait waits for events, ns nanoseconds at most.
func (p *poller) wait(ns int64) []unix.EpollEvent {
	var n int
	var err error
	switch {
	case ns <= 0:
		n, err = p.now()
	case p.coarse:
		n, err = unix.EpollWait(p.fd, p.events, int(ns/1e6))
	default:
		n, err = p.exactly(max(ns, shortest))
	}
	if err == unix.ENOSYS {
		p.coarse = true
	}
	if err != nil {
		return nil
	}
	return p.events[:n]
}

// now returns what there is without waiting.
func (p *poller) now() (int, error) {
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events[0])), uintptr(len(p.events)), 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

func (p *poller) exactly(ns int64) (int, error) {
	ts := unix.NsecToTimespec(ns)
	n, _, errno := unix.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events[0])), uintptr(len(p.events)), uintptr(unsafe.Pointer(&ts)), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// add watches a socket that is being connected.
func (p *poller) add(fd int) error {
	ev := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLOUT, Fd: int32(fd)}
	return unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, fd, &ev)
}

// set says whether a socket is waited for to take more.
func (p *poller) set(fd int, blocked bool) error {
	ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}
	if blocked {
		ev.Events |= unix.EPOLLOUT
	}
	return unix.EpollCtl(p.fd, unix.EPOLL_CTL_MOD, fd, &ev)
}

func (p *poller) close() { unix.Close(p.fd) }
