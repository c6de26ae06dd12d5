package broker

import "time"

// How long a publisher may be held back for a receiver that cannot keep up.
// What still does not fit after that is dropped by the queue's rules, and for
// a while nobody waits for that receiver any more.
const (
	pauseMost  = 500 * time.Millisecond // while the receiver takes something
	pauseStuck = 100 * time.Millisecond // while it takes nothing
	pauseAgain = 2 * time.Second        // until publishers wait for it again
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
	if c == nil || !p.sess.full.Load() {
		return true
	}
	c.mu.Lock()
	alive := max(c.progress, c.lastRead.Load(), p.since)
	c.mu.Unlock()
	if now-p.since < int64(pauseMost) && now-alive < int64(pauseStuck) {
		return false
	}
	p.sess.patient.Store(now + int64(pauseAgain))
	return true
}
