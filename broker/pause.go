package broker

import "time"

// How long a publisher may be held back for a receiver that cannot keep up:
// longer than a packet lost on the way or a busy machine keeps a sound client
// silent. What still does not fit after that is dropped by the queue's rules,
// and nobody waits for that receiver again until it has taken something.
const (
	pauseMost  = 2 * time.Second       // while the receiver takes something
	pauseStuck = time.Second           // while it takes nothing
	pauseStep  = 20 * time.Millisecond // counts at most between two looks: the server may have stood still
)

// pause holds a publisher back until its receiver has room, or when that is nil
// until the store has.
type pause struct {
	conn *conn
	sess *session

	looked int64         // when over was last called; first: when the pause began
	alive  int64         // when the receiver had last taken something by then
	held   time.Duration // how long the pause has lasted
	quiet  time.Duration // how long the receiver has taken nothing
}

// over reports whether the publisher may go on.
func (p *pause) over(now int64) bool {
	if p.sess == nil {
		return p.storeHasRoom(now)
	}
	c := p.sess.conn.Load()
	if c == nil || !p.sess.full.Load() || !p.sess.awaited(c) {
		return true
	}
	step := min(time.Duration(now-p.looked), pauseStep)
	p.looked = now
	p.held += step
	p.quiet += step
	if alive := c.alive(); alive > p.alive {
		p.alive, p.quiet = alive, 0
	}
	if p.held < pauseMost && p.quiet < pauseStuck {
		return false
	}
	p.sess.gaveUp.Store(now)
	return true
}

// storeHasRoom reports whether the store has caught up. That may take long, and
// it is not the client that is silent meanwhile.
func (p *pause) storeHasRoom(now int64) bool {
	srv := p.conn.srv
	p.conn.lastRead.Store(now)
	return srv.journal.waits() <= storeLow || srv.draining.Load()
}

// awaited reports whether publishers wait for the session's client: not after
// they have given up, until it has taken something.
func (s *session) awaited(c *conn) bool { return c.alive() > s.gaveUp.Load() }

// alive returns when the client last took or sent something.
func (c *conn) alive() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return max(c.progress, c.lastRead.Load())
}
