package broker

// pause stops reading from a publisher until its receiver has room.
func (l *loop) pause(c *conn, s *session) {
	sk := c.lk.(*sock)
	if sk.paused || c.isClosing() {
		return
	}
	l.hold(c, true)
	l.paused = append(l.paused, pause{conn: c, sess: s, since: l.batch.now})
}

// resume lets publishers go on whose receivers have room or took too long.
func (l *loop) resume() {
	l.batch.flush() // what the receivers wait for may be among it
	list := l.paused
	l.paused = l.paused[len(l.paused):]
	for i := range list {
		p := list[i]
		if !p.over(l.batch.now) && !p.conn.isClosing() {
			l.paused = append(l.paused, p)
			continue
		}
		sk := p.conn.lk.(*sock)
		if l.conns[int32(sk.fd)] != p.conn {
			continue // gone meanwhile
		}
		l.hold(p.conn, false)
		if kept := p.conn.kept(); len(kept) > 0 {
			n := copy(l.buf, kept)
			if n == len(kept) {
				l.feed(p.conn, l.buf[:n])
			} else {
				l.feed(p.conn, kept)
			}
		}
	}
}

// hold sets whether the connection is read from.
func (l *loop) hold(c *conn, on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	sk := c.lk.(*sock)
	sk.paused = on
	sk.watchWrite(c.blocked)
}
