package broker

import (
	"encoding/binary"

	"mqt/internal/mqtt"
)

// publish routes b.pub, published by from (nil: the server itself), to every
// matching session and returns how many that were.
func (b *batch) publish(from *session) int {
	r := b.route(b.pub.topic)
	n := 0
	for i := range r.targets {
		t := &r.targets[i]
		if t.group != nil {
			if t.group.deliver(b) {
				n++
			}
			continue
		}
		if t.inline != nil {
			t.inline.handle(b.pub.export())
			n++
			continue
		}
		if t.noLocal && t.sess == from {
			continue // [MQTT-3.8.3-3]
		}
		b.deliver(t)
		n++
	}
	return n
}

// outgoing returns the QoS of a delivery. [MQTT-3.8.4-8]
func (b *batch) outgoing(published, granted mqtt.QoS) mqtt.QoS {
	if b.upgrade {
		return granted
	}
	return min(published, granted)
}

// deliver hands b.pub to one session. QoS 0 to a client that keeps up takes
// one lock; everything else goes through the session.
func (b *batch) deliver(t *target) {
	e := envelope{qos: b.outgoing(b.pub.qos, t.qos), subIDs: t.subIDs, now: b.now}
	e.retain = b.pub.retain && t.asPublished
	c := t.sess.conn.Load()
	if c == nil {
		if e.qos > 0 || b.srv.QueueQoS0 {
			t.sess.deliver(b, &e)
		}
		return
	}
	if c.crowded.Load() {
		c.flush(b)
	}
	if e.qos > 0 || c.aliasOut != nil || t.sess.backlog.Load() > 0 || c.crowded.Load() {
		t.sess.deliver(b, &e)
		return
	}
	e.version = c.version
	b.send(c, &e)
}

// deliver sends b.pub now if the client's window and the line allow it, and
// otherwise queues it.
func (s *session) deliver(b *batch, e *envelope) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.conn.Load()
	if c == nil && (e.qos == 0 && !s.srv.QueueQoS0 || s.ended) {
		return
	}
	wait := c == nil || s.backlog.Load() > 0 || c.crowded.Load() || e.qos > 0 && (s.sid != 0 || !s.room())
	if wait && s.srv.memory.limited.Load() && s.strained(b.pub.size()) {
		b.noMemory(s.id)
		return
	}
	if wait {
		s.enqueue(b, delivery{msg: b.pub.kept(), subIDs: e.subIDs, qos: e.qos, retain: e.retain})
		if c != nil {
			b.markDirty(c)
		}
		return
	}
	e.version = c.version
	if e.qos > 0 {
		if !c.fits(&b.pub.message, e) {
			s.srv.dropped(dropTooLarge, 1, s.id)
			return
		}
		s.ord++
		d := delivery{ord: s.ord, qos: e.qos, retain: e.retain}
		if s.durable {
			d.msg, d.subIDs = b.pub.kept(), e.subIDs
			s.srv.memory.grew(d.msg.size())
		}
		e.id = s.out.add(d)
	}
	b.send(c, e)
}

// send appends b.pub to the connection's pending bytes.
func (b *batch) send(c *conn, e *envelope) {
	m := &b.pub.message
	if !c.fits(m, e) {
		b.srv.dropped(dropTooLarge, 1, c.sess.id) // [MQTT-3.1.2-24]
		return
	}
	var frame []byte
	if len(e.subIDs) == 0 && c.aliasOut == nil {
		h := b.pub.encode(e)
		if e.id != 0 {
			binary.BigEndian.PutUint16(h.b[h.idAt:], e.id)
		}
		frame = h.b
	} else {
		frame = b.encode(c, m, e)
	}
	var payload []byte
	if len(m.payload) >= shareAbove {
		payload = b.pub.shared()
	}
	if !b.append(c, frame, payload) {
		b.lost(c, e)
		return
	}
	b.countOut(c, m, len(frame)+len(payload))
}

// sendKept appends a message from a queue or a store.
func (b *batch) sendKept(c *conn, m *message, e *envelope) {
	e.version, e.now = c.version, b.now
	frame := b.encode(c, m, e)
	var payload []byte
	if len(m.payload) >= shareAbove {
		payload = m.payload
	}
	if !b.append(c, frame, payload) {
		b.lost(c, e)
		return
	}
	b.countOut(c, m, len(frame)+len(payload))
}

// lost accounts for a message that was not appended. When the server is closing
// the connection it is dropped, unless the session will send it again. A client
// that went away by itself is just not there any more.
func (b *batch) lost(c *conn, e *envelope) {
	if c.turnedAway() && (e.qos == 0 || !c.sess.durable) {
		b.srv.dropped(dropClosing, 1, c.sess.id)
	}
}

// encode makes a packet for one receiver, in the scratch buffer: the whole
// one, or up to the payload when that is large enough to be shared.
func (b *batch) encode(c *conn, m *message, e *envelope) []byte {
	if c.aliasOut != nil {
		e.alias, e.noTopic = c.aliasOut.use(m.topic)
	}
	b.scratch = appendPublishHead(b.scratch[:0], m, e)
	if len(m.payload) < shareAbove {
		b.scratch = append(b.scratch, m.payload...)
	}
	return b.scratch
}

// append adds bytes to what is pending for the connection and sees to it that
// they are written at the end of the batch. It reports false, and discards
// them, when the connection is being closed.
func (b *batch) append(c *conn, frame, payload []byte) bool {
	c.mu.Lock()
	if c.state >= stateClosing {
		c.mu.Unlock()
		return false
	}
	if c.traced {
		c.trace.packet(true, frame, payload)
	}
	c.out.write(frame)
	if payload != nil {
		c.out.share(payload)
	}
	if c.out.size >= outboxHigh {
		c.crowded.Store(true)
	}
	b.markDirtyLocked(c)
	c.mu.Unlock()
	return true
}

// turnedAway reports whether the server ended the connection.
func (c *conn) turnedAway() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := asReason(c.reason)
	return ok
}

func (b *batch) markDirty(c *conn) {
	c.mu.Lock()
	b.markDirtyLocked(c)
	c.mu.Unlock()
}

func (b *batch) markDirtyLocked(c *conn) {
	if !c.dirty {
		c.dirty = true
		b.dirty = append(b.dirty, c)
	}
}

func (b *batch) countOut(c *conn, m *message, size int) {
	t := b.count(c)
	t.pubOut++
	t.msgsOut++
	t.pubOutB += int64(len(m.payload))
	t.bytesOut += int64(size)
}
