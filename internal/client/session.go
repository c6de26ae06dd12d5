package client

import (
	"slices"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// phase is how far the delivery of a publish has come.
type phase uint8

const (
	free     phase = iota // the slot holds nothing
	waiting               // accepted, not sent on this link
	sent                  // PUBLISH was sent on this link
	received              // QoS 2: PUBREC came; PUBREL is to be sent on this link
	released              // QoS 2: PUBREL was sent on this link
)

// slot holds one publish of QoS 1 or 2 until it is acknowledged. Its index
// and window.base give the packet identifier.
type slot struct {
	phase phase
	tried bool   // sent before, in a session that the broker still has
	seq   uint64 // the order of acceptance
	msg   mqtt.Message
	done  func(error)
}

// verdict is how a publish ended.
type verdict struct {
	done func(error)
	err  error
}

// acceptAhead is how many publishes are accepted beyond those in flight: each
// acknowledgement then has the next message sent at once, without waiting for
// the publisher.
const acceptAhead = 500

// window is the client's part of the session state for what it publishes. It
// is guarded by Client.mu.
type window struct {
	base  int // the identifier before the first slot's
	most  int // slots at most
	slots []slot
	free  []uint16 // identifiers to use again, oldest first
	queue []uint16 // identifiers to send on the present link, in order
	used  int      // slots that hold a publish
	seq   uint64
}

// full reports whether nothing more can be accepted.
func (w *window) full() bool { return w.used >= w.most }

// roomy reports whether it is worth waking those who wait for room.
func (w *window) roomy() bool { return w.most-w.used >= max(1, w.most/4) }

// add accepts a publish and returns its identifier; the window is not full.
func (w *window) add(m mqtt.Message, done func(error)) uint16 {
	var id uint16
	if len(w.slots) < w.most {
		w.slots = append(w.slots, slot{})
		id = uint16(w.base + len(w.slots))
	} else {
		id = w.free[0]
		w.free = w.free[1:]
	}
	w.used++
	w.seq++
	*w.slot(id) = slot{phase: waiting, seq: w.seq, msg: m, done: done}
	return id
}

// remove frees the slot and returns who wants to know.
func (w *window) remove(id uint16) func(error) {
	s := w.slot(id)
	done := s.done
	*s = slot{}
	w.used--
	w.free = append(w.free, id)
	return done
}

// at returns the slot of an identifier, nil when it holds nothing.
func (w *window) at(id uint16) *slot {
	i := int(id) - w.base
	if i < 1 || i > len(w.slots) || w.slots[i-1].phase == free {
		return nil
	}
	return w.slot(id)
}

// slot returns the slot of an identifier that was given out.
func (w *window) slot(id uint16) *slot { return &w.slots[int(id)-w.base-1] }

// ids returns the identifiers in use in the order of acceptance.
func (w *window) ids() []uint16 {
	var ids []uint16
	for i := range w.slots {
		if w.slots[i].phase != free {
			ids = append(ids, uint16(w.base+i+1))
		}
	}
	slices.SortFunc(ids, func(a, b uint16) int {
		if w.slot(a).seq < w.slot(b).seq {
			return -1
		}
		return 1
	})
	return ids
}

// resume prepares for a new link: everything unacknowledged is sent again, in
// order. With the broker's session a publish keeps its place in the exchange,
// without it starts afresh. [MQTT-4.4.0-1]
func (w *window) resume(present bool) {
	w.queue = w.ids()
	for _, id := range w.queue {
		s := w.slot(id)
		switch {
		case !present:
			s.phase, s.tried = waiting, false
		case s.phase == released:
			s.phase = received
		case s.phase == sent:
			s.phase, s.tried = waiting, true
		}
	}
}

// acknowledged handles PUBACK, PUBREC and PUBCOMP.
func (l *link) acknowledged(h wire.Header, body []byte) error {
	p := wire.Ack{Type: h.Type}
	if err := p.Decode(l.version, h.Flags, body); err != nil {
		return err
	}
	c := l.c
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.window.at(p.PacketID)
	if s == nil || s.phase == waiting {
		return l.stray(&p)
	}
	if (h.Type == wire.PUBACK) != (s.msg.QoS == mqtt.AtLeastOnce) {
		return protocolError("%v for a message of QoS %d", h.Type, s.msg.QoS)
	}
	if h.Type == wire.PUBREC && !p.Code.Failed() {
		l.release(p.PacketID, s)
		return nil
	}
	if h.Type == wire.PUBREC && s.phase != sent { // too late to refuse
		return protocolError("PUBREC %v after PUBREL", p.Code)
	}
	if h.Type == wire.PUBCOMP && s.phase != released {
		return protocolError("PUBCOMP before PUBREL")
	}
	var err error
	if p.Code.Failed() && h.Type != wire.PUBCOMP { // PUBCOMP's failure: already complete
		err = &mqtt.ReasonError{Op: "publish", Code: p.Code, Reason: p.Props.Text(mqtt.PropReasonString)}
	}
	l.inflight[s.msg.QoS]--
	c.reporting++
	l.acks = append(l.acks, verdict{done: c.window.remove(p.PacketID), err: err})
	return nil
}

// stray answers an acknowledgement of nothing. Only PUBREC wants an answer.
func (l *link) stray(p *wire.Ack) error {
	if p.Type != wire.PUBREC || p.Code.Failed() {
		return nil
	}
	rel := wire.Ack{Type: wire.PUBREL, PacketID: p.PacketID}
	if l.version == mqtt.V5 {
		rel.Code = mqtt.PacketIdentifierNotFound
	}
	return l.out.answer(&rel, l.version)
}

// release sends PUBREL.
func (l *link) release(id uint16, s *slot) {
	if s.phase == received { // queued already; its turn comes
		return
	}
	s.phase = released
	if !l.out.closed {
		l.out.buf = wire.AppendAck(l.out.buf, wire.PUBREL, id)
		l.out.add(true)
	}
}

// finishPublishes tells the publishers what became of their messages, and has
// the next ones sent.
func (c *Client) finishPublishes(l *link) {
	c.mu.Lock()
	if len(c.window.queue) > 0 {
		l.out.add(true)
	}
	if c.waiters > 0 && c.window.roomy() {
		c.room.Broadcast()
	}
	c.mu.Unlock()
	c.report(l.acks)
	clear(l.acks)
	l.acks = l.acks[:0]
}

// report calls back with verdicts, which were counted in c.reporting.
func (c *Client) report(vs []verdict) {
	for _, v := range vs {
		if v.done != nil {
			v.done(v.err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reporting -= len(vs)
	if c.window.used == 0 && c.reporting == 0 {
		c.idle.Broadcast()
	}
}

// takes reports whether another publish may be sent. The caller holds Client.mu.
func (l *link) takes(q mqtt.QoS) bool {
	return l.inflight[1]+l.inflight[2] < l.quota && (q < mqtt.ExactlyOnce || l.inflight[2] < l.quota2)
}

// pump sends what waits on l, as much as the broker and the outbox take. The
// caller holds c.mu.
func (c *Client) pump(l *link) {
	if c.link != l {
		return
	}
	w := &c.window
	for len(w.queue) > 0 && len(l.out.buf) < refillSize && l.takes(w.slot(w.queue[0]).msg.QoS) {
		id := w.queue[0]
		w.queue = w.queue[1:]
		if err := c.sendSlot(l, id); err != nil {
			c.reporting++
			c.unsent = append(c.unsent, verdict{done: w.remove(id), err: err})
		}
	}
}

// reportUnsent tells the publishers of messages that pump could not send.
func (c *Client) reportUnsent() {
	c.mu.Lock()
	vs := c.unsent
	c.unsent = nil
	c.mu.Unlock()
	if len(vs) > 0 {
		c.report(vs)
	}
}

// sendSlot appends the packet that is due to the outbox. The caller holds c.mu.
func (c *Client) sendSlot(l *link, id uint16) error {
	s := c.window.slot(id)
	if s.phase == received {
		l.out.buf = wire.AppendAck(l.out.buf, wire.PUBREL, id)
		s.phase = released
	} else {
		if err := l.appendPublish(&s.msg, id, s.tried); err != nil {
			return err
		}
		s.phase = sent
	}
	l.inflight[s.msg.QoS]++
	l.out.packets++
	return nil
}
