package broker

import "time"

// How long a publisher may be held back for a receiver that cannot keep up:
// longer than a packet lost on the way or a busy machine keeps a sound client
// silent. What still does not fit after that is dropped by the queue's rules,
// and nobody waits for that receiver again until it has room.
const (
	pauseMost  = 2 * time.Second // while the receiver takes something
	pauseStuck = time.Second     // while it takes nothing
)

// pause holds a publisher back until its receiver has room.
type pause struct {
	conn  *conn
	sess  *session
	since int64
}

// over reports whether the publisher may go on.
func (p *pause) over(now int64) bool {
	c := p.sess.conn.Load()
	if c == nil || !p.sess.full.Load() || p.sess.givenUp.Load() {
		return true
	}
	c.mu.Lock()
	alive := max(c.progress, c.lastRead.Load(), p.since)
	c.mu.Unlock()
	if now-p.since < int64(pauseMost) && now-alive < int64(pauseStuck) {
		return false
	}
	p.sess.giveUp()
	return true
}
