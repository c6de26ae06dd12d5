package broker

// flush starts writing what is pending, unless somebody is at it or the line
// is full. It ends when everything is written or the line is full; with an
// asynchronous engine it returns at once.
func (c *conn) flush(b *batch) {
	c.mu.Lock()
	c.dirty = false
	if c.flushing {
		c.again = true
		c.mu.Unlock()
		return
	}
	if c.blocked || c.state == stateClosed {
		c.mu.Unlock()
		return
	}
	c.flushing = true
	c.mu.Unlock()
	if !c.lk.async() {
		c.drain(b)
		return
	}
	c.srv.stopped.Go(func() {
		b := c.srv.takeBatch()
		defer c.srv.putBatch(b)
		c.drain(b)
	})
}

// drain writes until nothing is pending and nothing is queued that may be sent.
func (c *conn) drain(b *batch) {
	for c.fetch(b) {
		n, err := c.lk.write(c.writing.segs)
		if c.wrote(n, err, b.now) {
			return
		}
	}
}

// fetch takes over what is pending, drawing on the session's queue when that
// is little. It reports whether there is something to write; when not,
// writing has ended.
func (c *conn) fetch(b *batch) bool {
	for {
		c.mu.Lock()
		c.out.moveTo(&c.writing)
		c.crowded.Store(false)
		c.again = false
		state := c.state
		c.mu.Unlock()
		if state == stateOpen && c.sess.backlog.Load() > 0 && c.writing.size < outboxAmple && c.sess.pump(b, c) {
			continue
		}
		if c.writing.size > 0 && state != stateClosed {
			return true
		}
		if c.stopWriting() {
			return false
		}
	}
}

// stopWriting ends this goroutine's turn unless there is something to do after
// all. It reports whether the turn has ended.
func (c *conn) stopWriting() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == stateClosed {
		c.flushing = false
		c.shut()
		return true
	}
	if c.again || c.out.size > 0 {
		return false
	}
	c.flushing = false
	if c.state == stateClosing {
		c.lk.finish()
	}
	return true
}

// wrote accounts for n bytes written. It reports whether the goroutine's turn
// to write has ended: because of an error, a full line or a closed socket.
func (c *conn) wrote(n int, err error, now int64) bool {
	c.writing.advance(n)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.state == stateClosed:
		c.flushing = false
		c.shut()
		return true
	case err != nil:
		c.flushing = false
		c.writing.discard()
		c.out.discard()
		if c.reason == nil {
			c.reason = err
		}
		c.state = max(c.state, stateClosing)
		c.lk.kill()
		return true
	case c.writing.size == 0:
		return false
	}
	c.flushing, c.blocked, c.progress = false, true, now
	c.crowded.Store(true)
	c.srv.wheel.Schedule(&c.timer, c.srv.at(c.nextCheck(now)), (*connTimer)(c))
	c.lk.watchWrite(true)
	return true
}

// writable is called by the engine when a full line has room again.
func (c *conn) writable(b *batch) {
	c.mu.Lock()
	c.blocked = false
	c.lk.watchWrite(false)
	c.mu.Unlock()
	c.flush(b)
}
