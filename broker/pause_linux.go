package broker

// pause stops reading from a publisher until its receiver has room, or without
// one until the store has.
func (l *loop) pause(c *conn, s *session) {
	sk := c.lk.(*sock)
	if sk.paused || c.isClosing() {
		return
	}
	l.hold(c, true)
	l.paused = append(l.paused, pause{conn: c, sess: s, looked: l.batch.now})
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
		l.feedKept(p.conn)
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

// resumed lets a connection go on that waited for the Authorizer.
func (l *loop) resumed(c *conn) {
	if l.conns[int32(c.lk.(*sock).fd)] != c {
		return // gone meanwhile
	}
	defer l.contain(c)
	l.hold(c, false)
	c.resumed(l.batch)
	l.feedKept(c)
}

// feedKept handles the input that was kept while the connection was held.
func (l *loop) feedKept(c *conn) {
	kept := c.kept()
	if len(kept) == 0 {
		return
	}
	if n := copy(l.buf, kept); n == len(kept) {
		kept = l.buf[:n]
	}
	l.feed(c, kept)
}
