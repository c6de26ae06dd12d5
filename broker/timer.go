package broker

// connTimer is a conn as the wheel sees it: one timer for the connect timeout,
// the keep alive, a client that takes nothing, and the end of lingering.
type connTimer conn

// Expire acts on what is due and arms the timer for what comes next.
func (t *connTimer) Expire() {
	c := (*conn)(t)
	now := c.srv.now()
	c.mu.Lock()
	state, blocked, progress := c.state, c.blocked, c.progress
	next := c.nextCheck(now)
	c.mu.Unlock()
	switch {
	case state == stateNew:
		c.abort(errNoConnect)
	case state == stateClosing:
		c.abort(nil)
	case state == stateClosed:
	case c.keepAlive > 0 && now-c.lastRead.Load() >= c.keepAlive:
		c.disconnect(nil, errSilent) // [MQTT-3.1.2-22]
	case blocked && now-progress >= int64(c.srv.lim.StallTimeout):
		c.disconnect(nil, errStalled)
	case next > 0:
		c.srv.wheel.Schedule(&c.timer, c.srv.at(next), t)
	}
}

// nextCheck returns when the timer has to look at the connection again, 0 for
// never. Called with mu held.
func (c *conn) nextCheck(now int64) int64 {
	var next int64
	if c.keepAlive > 0 {
		next = c.lastRead.Load() + c.keepAlive
	}
	if c.blocked {
		if at := c.progress + int64(c.srv.lim.StallTimeout); next == 0 || at < next {
			next = at
		}
	}
	if next != 0 {
		next = max(next, now+1)
	}
	return next
}
