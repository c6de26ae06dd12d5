package broker

import (
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Connections share a loop as long as one processor can serve them: messages
// between them then cross no thread, and a busy loop handles more of them for
// each system call. New ones go elsewhere when a loop gets busy, and half of a
// loop's move away when it has no time left.
const (
	meterWindow = 100 * time.Millisecond
	busyLoop    = 60 // percent: new connections go to another loop
	fullLoop    = 90 // percent: connections move
	freeLoop    = 40 // percent: they may move here
	shedEvery   = time.Second
)

// meter measures how much of its time a loop works.
type meter struct {
	load    atomic.Int32 // percent in the last window
	waiting atomic.Int64 // since when the loop has been waiting, 0 while it works

	// Owned by the loop.
	start, idle int64 // of the present window
	shed        int64 // when connections were last moved
}

// rest and work are called around waiting.
func (m *meter) rest(now int64) { m.waiting.Store(now) }

func (m *meter) work(now int64) {
	m.idle += now - m.waiting.Swap(0)
	if span := now - m.start; span >= int64(meterWindow) {
		m.close(now, span)
	}
}

func (m *meter) close(now, span int64) {
	m.load.Store(int32(100 - min(m.idle, span)*100/span))
	m.start, m.idle = now, 0
}

// percent returns the loop's load as others see it.
func (m *meter) percent(now int64) int {
	if since := m.waiting.Load(); since != 0 && now-since > int64(meterWindow) {
		return 0
	}
	return int(m.load.Load())
}

// pick returns the loop that gets the next connection: the first that is not
// busy, or the least busy one.
func (l *loops) pick(now int64) *loop {
	best := l.list[0]
	for _, lp := range l.list {
		if lp.meter.percent(now) < busyLoop {
			return lp
		}
		if lp.meter.percent(now) < best.meter.percent(now) {
			best = lp
		}
	}
	return best
}

// balance closes the meter's window when its time has come and moves
// connections away when the loop has no time left.
func (l *loop) balance(now int64) {
	m := &l.meter
	if span := now - m.start; span >= int64(meterWindow) {
		m.close(now, span)
	}
	if m.load.Load() < fullLoop || now-m.shed < int64(shedEvery) || len(l.conns) < 2 {
		return
	}
	for _, to := range l.srv.loops.list {
		if to != l && to.meter.percent(now) < freeLoop {
			m.shed = now
			l.move(to, len(l.conns)/2)
			return
		}
	}
}

// move hands n connections to another loop, which carries on where this one
// stopped.
func (l *loop) move(to *loop, n int) {
	for fd, c := range l.conns {
		sk := c.lk.(*sock)
		if n == 0 {
			return
		}
		if sk.paused || c.waiting {
			continue
		}
		n--
		delete(l.conns, fd)
		c.mu.Lock()
		unix.EpollCtl(l.ep, unix.EPOLL_CTL_DEL, int(fd), nil)
		sk.loop = to
		c.mu.Unlock()
		to.take(c)
	}
}

// take queues a connection for the loop to make its own.
func (l *loop) take(c *conn) {
	l.mu.Lock()
	l.inbox = append(l.inbox, c)
	first := len(l.inbox) == 1
	l.mu.Unlock()
	if first {
		l.poke()
	}
}
