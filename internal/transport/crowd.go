package transport

import (
	"container/list"
	"net"
	"sync"
)

// crowd holds the connections that have not said yet what they want, oldest
// first. Whoever finds the crowd too large sends the oldest away: a peer that
// means well has spoken long before it is the oldest. The zero value is empty.
type crowd struct {
	mu     sync.Mutex // guards the fields below
	order  list.List  // of net.Conn
	at     map[net.Conn]*list.Element
	closed bool
}

// enter adds nc. It reports false, and nc stays out, after closeAll.
func (c *crowd) enter(nc net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	if c.at == nil {
		c.at = make(map[net.Conn]*list.Element)
	}
	if c.at[nc] == nil {
		c.at[nc] = c.order.PushBack(nc)
	}
	return true
}

// leave takes nc out. It reports false when nc was not there: sent away, or
// never in.
func (c *crowd) leave(nc net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.at[nc]
	if e == nil {
		return false
	}
	c.order.Remove(e)
	delete(c.at, nc)
	return true
}

// evict closes the oldest ones until at most limit are left, and returns what
// it closed.
func (c *crowd) evict(limit int) []net.Conn {
	c.mu.Lock()
	var out []net.Conn
	for len(c.at) > limit {
		e := c.order.Front()
		nc := c.order.Remove(e).(net.Conn)
		delete(c.at, nc)
		out = append(out, nc)
	}
	c.mu.Unlock()
	for _, nc := range out {
		_ = bottom(nc).Close() // it is being sent away: an error changes nothing
	}
	return out
}

// closeAll closes all and lets nobody in any more.
func (c *crowd) closeAll() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.evict(0)
}

func (c *crowd) len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.at)
}

// bottom returns the connection under nc's TLS layer: closing that one does
// not wait for the peer to take an alert.
func bottom(nc net.Conn) net.Conn {
	if t, ok := nc.(interface{ NetConn() net.Conn }); ok {
		return t.NetConn()
	}
	return nc
}
