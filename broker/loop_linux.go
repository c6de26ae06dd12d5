package broker

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"sync"

	"golang.org/x/sys/unix"
)

const (
	readBuffer = 128 << 10 // bytes read from a connection at a time
	maxEvents  = 256       // connections handled in one batch
)

// loops are the event loops of a server, started with its first listener.
type loops struct {
	once sync.Once
	list []*loop
	err  error
}

// loop is one event loop: a locked thread that reads from and writes to the
// connections it owns for their whole life.
type loop struct {
	srv  *Server
	ep   int // epoll instance
	wake int // eventfd

	// Owned by the loop's goroutine.
	conns  map[int32]*conn
	batch  *batch
	buf    []byte
	events [maxEvents]unix.EpollEvent
	paused []pause

	meter meter

	mu      sync.Mutex // guards the fields below
	inbox   []*conn    // accepted, to be taken over
	decided []*conn    // the Authorizer has answered
	closed  bool       // the loop has ended
}

// start starts the loops, once.
func (l *loops) start(s *Server) error {
	l.once.Do(func() {
		for range max(1, min(runtime.GOMAXPROCS(0), runtime.NumCPU(), 16)) {
			lp, err := newLoop(s)
			if err != nil {
				l.err = err
				break
			}
			l.list = append(l.list, lp)
		}
		if l.err != nil {
			for _, lp := range l.list {
				lp.closeFDs()
			}
			l.list = nil
			return
		}
		for _, lp := range l.list {
			s.stopped.Go(lp.run)
		}
	})
	return l.err
}

func newLoop(s *Server) (*loop, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create an epoll instance: %w", err)
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(ep)
		return nil, fmt.Errorf("create an eventfd: %w", err)
	}
	l := &loop{srv: s, ep: ep, wake: wake, conns: make(map[int32]*conn), batch: newBatch(s), buf: make([]byte, readBuffer)}
	ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(wake)}
	if err := unix.EpollCtl(ep, unix.EPOLL_CTL_ADD, wake, &ev); err != nil {
		l.closeFDs()
		return nil, fmt.Errorf("watch an eventfd: %w", err)
	}
	return l, nil
}

func (l *loop) closeFDs() {
	l.mu.Lock()
	defer l.mu.Unlock()
	unix.Close(l.ep)
	unix.Close(l.wake)
	l.closed = true
}

// wake makes every loop look whether it has to end.
func (l *loops) wake() {
	for _, lp := range l.list {
		lp.poke()
	}
}

// poke wakes the loop. After its end that must not reach whoever has the
// number of its eventfd by then.
func (l *loop) poke() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		signal(l.wake)
	}
}

// run handles events until the server ends.
func (l *loop) run() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer l.closeFDs()
	busy := false
	for {
		n := l.wait(busy)
		busy = n > 0
		l.batch.now = l.srv.now()
		for i := range n {
			l.event(&l.events[i])
		}
		if len(l.paused) > 0 {
			l.resume()
		}
		l.batch.flush()
		l.balance(l.batch.now)
		if l.srv.over.Load() {
			return
		}
	}
}

// wait returns the number of events. After a busy round it asks first without
// blocking, which spares the scheduler a hand-over.
func (l *loop) wait(busy bool) int {
	if busy {
		if n := epollNow(l.ep, &l.events); n > 0 {
			return n
		}
	}
	timeout := -1
	if len(l.paused) > 0 {
		timeout = 1
	}
	l.meter.rest(l.srv.now())
	n, err := unix.EpollWait(l.ep, l.events[:], timeout)
	l.meter.work(l.srv.now())
	if err != nil && !errors.Is(err, unix.EINTR) {
		panic("broker: epoll_wait: " + err.Error())
	}
	return max(n, 0)
}

func (l *loop) event(ev *unix.EpollEvent) {
	if ev.Fd == int32(l.wake) {
		var b [8]byte
		unix.Read(l.wake, b[:])
		l.takeInbox()
		return
	}
	c := l.conns[ev.Fd]
	if c == nil {
		return
	}
	if ev.Events&unix.EPOLLOUT != 0 {
		c.writable(l.batch)
	}
	if ev.Events&(unix.EPOLLIN|unix.EPOLLHUP|unix.EPOLLERR|unix.EPOLLRDHUP) != 0 {
		l.readable(c)
	}
}

// takeInbox makes newly accepted connections this loop's own.
func (l *loop) takeInbox() {
	l.mu.Lock()
	list, decided := l.inbox, l.decided
	l.inbox, l.decided = nil, nil
	l.mu.Unlock()
	for _, c := range decided {
		l.resumed(c)
	}
	for _, c := range list {
		fd := int32(c.lk.(*sock).fd)
		l.conns[fd] = c
		c.mu.Lock()
		err := c.lk.(*sock).watch(unix.EPOLL_CTL_ADD, c.blocked)
		c.mu.Unlock()
		if err != nil {
			l.drop(c, fmt.Errorf("watch a connection: %w", err))
		}
	}
}

// readable reads once and handles what came.
func (l *loop) readable(c *conn) {
	if c.lk.(*sock).paused && !c.isClosing() {
		return
	}
	buf, k := c.readInto(l.buf)
	n, err := readFD(c.lk.(*sock).fd, buf[k:])
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		return
	case err != nil:
		l.drop(c, fmt.Errorf("read: %w", err))
		return
	case n == 0:
		l.drop(c, io.EOF)
		return
	}
	l.batch.count(c).bytesIn += int64(n)
	l.feed(c, buf[:k+n])
}

// feed hands bytes to the connection and keeps what it leaves.
func (l *loop) feed(c *conn, data []byte) {
	defer l.contain(c)
	left := c.received(l.batch, data)
	c.keep(data[len(data)-left:])
	if c.waiting {
		l.hold(c, true)
	}
	if s := l.batch.congested; s != nil || l.batch.behind {
		l.batch.congested, l.batch.behind = nil, false
		l.pause(c, s)
	}
}

// contain keeps a defect in one connection's handling from ending the process.
func (l *loop) contain(c *conn) {
	if p := recover(); p != nil {
		l.srv.log.Error("panic while handling a connection", "remote", c.lk.remote(), "panic", p, "stack", string(debug.Stack()))
		l.drop(c, errPanicked)
	}
}

// drop ends a connection whose reading side has ended.
func (l *loop) drop(c *conn, err error) {
	delete(l.conns, int32(c.lk.(*sock).fd))
	c.gone(l.batch, err)
}
