package broker

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"mqt/broker/internal/wheel"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// neverExpires is the session expiry interval that means "keep the session".
const neverExpires = math.MaxUint32

// session is what the server keeps for one client identifier, MQTT 5.0
// section 4.1. It may outlive its connection.
type session struct {
	srv *Server
	id  string
	sid uint64 // names the session in the store; 0 when it is not there

	conn    atomic.Pointer[conn]        // nil while the client is away; stored under mu
	backlog atomic.Int32                // messages that wait, in queue, cursors and out; stored under mu
	full    atomic.Bool                 // half of what may be queued is; stored under mu
	gaveUp  atomic.Int64                // when publishers were last let go although it is full
	info    atomic.Pointer[ConnectInfo] // the client's, for the Authorizer; nil without one

	routing sync.Mutex // held while a QoS 2 message from the client is taken and routed; taken before mu

	mu      sync.Mutex // guards the fields below; taken after registry.mu
	durable bool       // outlives its connection, so messages in flight are kept
	ended   bool
	expiry  uint32 // session expiry interval in seconds
	ord     uint64 // QoS 1 and 2 deliveries so far
	out     inflight
	queue   queue
	cursors []cursor            // retained messages still to be sent, by subscription
	recv    map[uint16]struct{} // QoS 2 packet identifiers received and not released
	subs    map[string]*subscription
	will    *will // of a connection that ended; published at willAt
	willAt  int64
	endAt   int64 // when the session expires, 0 while connected or never
	timer   wheel.Timer
}

// note updates what others read without the lock.
func (s *session) note() {
	n := s.queue.n + s.out.again
	for i := range s.cursors {
		n += s.cursors[i].left()
	}
	s.backlog.Store(int32(min(n, math.MaxInt32)))
	lim := &s.srv.lim
	most, bytes := lim.MaxQueuedMessages, lim.MaxQueuedBytes
	if s.srv.memory.limited.Load() {
		most, bytes = min(most, tightMessages), min(bytes, tightBytes)
	}
	s.full.Store(s.queue.n >= most/2 || s.queue.bytes >= bytes/2)
}

// enqueue makes d wait. When the queue is full the oldest QoS 0 message goes;
// when there is none, d does.
func (s *session) enqueue(b *batch, d delivery) {
	lim := &s.srv.lim
	for s.queue.n >= lim.MaxQueuedMessages || s.queue.bytes+d.msg.size() > lim.MaxQueuedBytes {
		n, size := s.queue.n, s.queue.bytes
		dropped := s.queue.dropOldestQoS0()
		s.countQueued(s.queue.n-n, s.queue.bytes-size)
		s.srv.dropped(dropQueueFull, 1, s.id)
		if !dropped {
			return
		}
	}
	if d.qos > mqtt.AtMostOnce {
		s.ord++
		d.ord = s.ord
		if s.sid != 0 {
			b.logLater(s, &d)
		}
	}
	s.queue.push(d)
	s.countQueued(1, d.msg.size())
	s.srv.memory.grew(d.msg.size())
	s.note()
	if c := s.conn.Load(); c != nil && s.full.Load() && s.awaited(c) {
		b.congested = s
	}
}

func (s *session) countQueued(n, bytes int) {
	s.srv.stats.queued.Add(int64(n))
	s.srv.stats.queuedB.Add(int64(bytes))
}

// pump sends what waits until the client's window or the outbox is full: first
// what has to be sent again, then retained messages, then the queue. It
// reports whether anything was sent.
func (s *session) pump(b *batch, c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn.Load() != c {
		return false
	}
	sent := false
	for !c.crowded.Load() && s.pumpOne(b, c) {
		sent = true
	}
	s.note()
	return sent
}

// retainedAhead is how many retained messages wait for the store at a time.
const retainedAhead = 64

func (s *session) pumpOne(b *batch, c *conn) bool {
	switch {
	case s.out.again > 0:
		return s.sendAgain(b, c)
	case len(s.cursors) > 0 && (s.sid == 0 || s.queue.n < retainedAhead):
		return s.sendRetained(b, c)
	}
	d := s.queue.peek()
	if d == nil || d.qos > mqtt.AtMostOnce && !s.room() || s.sid != 0 && !s.srv.stored(d.msg) {
		return false
	}
	s.sendNew(b, c, s.dequeue())
	return true
}

func (s *session) dequeue() delivery {
	d := s.queue.pop()
	s.countQueued(-1, -d.msg.size())
	return d
}

// sendNew sends a message for the first time. The caller has checked the window.
func (s *session) sendNew(b *batch, c *conn, d delivery) {
	e := envelope{version: c.version, qos: d.qos, retain: d.retain, dup: d.again, subIDs: d.subIDs, now: b.now}
	switch {
	case d.msg.expired(b.now):
		s.srv.dropped(dropExpired, 1, s.id)
	case !s.mayRead(d.msg.topic):
		s.srv.dropped(dropDenied, 1, s.id)
	case !c.fits(d.msg, &e):
		s.srv.dropped(dropTooLarge, 1, s.id)
	default:
		if d.qos > mqtt.AtMostOnce {
			e.id = s.out.add(s.flying(d))
		}
		b.sendKept(c, d.msg, &e)
		return
	}
	s.done(d.ord)
}

// flying returns what has to be kept of a delivery until it is acknowledged:
// the message only if it could be sent again.
func (s *session) flying(d delivery) delivery {
	if !s.durable {
		d.msg, d.subIDs = nil, nil
	}
	return d
}

// done tells the store that a delivery is over.
func (s *session) done(ord uint64) {
	if s.sid != 0 && ord != 0 {
		s.srv.journal.append(record(nil, opDone).num(s.sid).num(ord))
	}
}

// forget drops queued deliveries whose messages could not be stored.
func (s *session) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range s.queue.n {
		d := s.dequeue()
		if atomic.LoadUint64(&d.msg.seq) == notStored {
			s.srv.dropped(dropStore, 1, s.id)
			continue
		}
		s.queue.push(d)
		s.countQueued(1, d.msg.size())
	}
	s.note()
}

// received notes a QoS 2 packet identifier from the client and reports whether
// it was there already.
func (s *session) received(id uint16) (known bool) {
	_, known = s.recv[id]
	if s.recv == nil {
		s.recv = make(map[uint16]struct{})
	}
	s.recv[id] = struct{}{}
	return known
}

// sendAgain sends the oldest unacknowledged delivery of an earlier connection
// again, PUBLISH with DUP or PUBREL. [MQTT-4.4.0-1]
func (s *session) sendAgain(b *batch, c *conn) bool {
	if s.out.sent >= s.out.limit {
		return false
	}
	fl, id := s.out.nextAgain()
	if fl.step == stepRelease {
		b.ack(c, wire.PUBREL, id)
		return true
	}
	e := envelope{version: c.version, qos: fl.qos, retain: fl.retain, subIDs: fl.subIDs, dup: true, id: id, now: b.now}
	if !c.fits(fl.msg, &e) {
		s.srv.dropped(dropTooLarge, 1, s.id)
		s.done(fl.ord)
		s.out.finish(fl)
		return true
	}
	b.sendKept(c, fl.msg, &e)
	return true
}

// ack appends an acknowledgement that says success.
func (b *batch) ack(c *conn, t wire.Type, id uint16) {
	var buf [4]byte
	b.appendPacket(c, wire.AppendAck(buf[:0], t, id))
}

// appendPacket appends a packet other than PUBLISH. One that the client would
// not accept is discarded as if it had been sent. [MQTT-3.1.2-25]
func (b *batch) appendPacket(c *conn, p []byte) {
	if !c.accepts(len(p)) {
		return
	}
	if b.append(c, p, nil) {
		t := b.count(c)
		t.msgsOut++
		t.bytesOut += int64(len(p))
	}
}

// detach parts the session from a connection that has ended. The session ends
// with it or waits for its expiry; the will is published now or waits for its
// delay.
func (s *session) detach(b *batch, c *conn, why error) {
	reg := &s.srv.sessions
	reg.mu.Lock()
	s.mu.Lock()
	if s.conn.Load() != c { // taken over: that side dealt with the will
		s.mu.Unlock()
		reg.mu.Unlock()
		return
	}
	s.conn.Store(nil)
	s.keepCursors()
	s.will, c.will = c.will, nil
	if why == errGoodbye || s.srv.draining.Load() {
		s.will = nil // [MQTT-3.14.4-3]
	}
	s.expiry = c.expiry
	var over []*subscription
	if c.expiry == 0 {
		over = s.end(reg)
	}
	w := s.schedule(b.now, c.expiry)
	if s.sid != 0 && !s.ended {
		s.srv.journal.append(s.detachedRecord())
	}
	s.note()
	s.mu.Unlock()
	reg.mu.Unlock()
	s.srv.unsubscribeAll(over)
	b.publishWill(w)
}

// schedule arms the session's timer for its will and its end, and returns the
// will when it is due now. [MQTT-3.1.2-8]
func (s *session) schedule(now int64, expiry uint32) *will {
	w := s.will
	if w != nil && (s.ended || w.delay == 0) {
		s.will = nil
	} else {
		w = nil
	}
	if s.ended {
		return w
	}
	next := int64(0)
	if s.endAt = 0; expiry != neverExpires {
		s.endAt = now + int64(expiry)*int64(time.Second)
		next = s.endAt
	}
	if s.will != nil {
		s.willAt = now + s.will.delay
		if next == 0 || s.willAt < next {
			next = s.willAt
		}
	}
	if next != 0 {
		s.srv.wheel.Schedule(&s.timer, s.srv.at(next), (*sessionTimer)(s))
	}
	return w
}

// end takes the session out of the registry and returns the subscriptions that
// have to leave the index. Called with both locks held.
func (s *session) end(reg *registry) []*subscription {
	s.ended = true
	if reg.byID[s.id] == s {
		delete(reg.byID, s.id)
	}
	s.srv.wheel.Stop(&s.timer)
	if s.sid != 0 {
		s.srv.journal.append(record(nil, opEnd).num(s.sid))
	}
	if n := s.queue.n + s.out.unacknowledged(); n > 0 {
		s.srv.dropped(dropSessionEnd, n, s.id)
		s.countQueued(-s.queue.n, -s.queue.bytes)
	}
	over := make([]*subscription, 0, len(s.subs))
	for _, sub := range s.subs {
		over = append(over, sub)
	}
	s.queue, s.subs, s.recv, s.out = queue{}, nil, nil, inflight{}
	return over
}

// sessionTimer is a session as the wheel sees it.
type sessionTimer session

// Expire publishes a delayed will and ends an expired session.
func (t *sessionTimer) Expire() {
	s := (*session)(t)
	b := s.srv.takeBatch()
	defer s.srv.putBatch(b)
	reg := &s.srv.sessions
	reg.mu.Lock()
	s.mu.Lock()
	var w *will
	var over []*subscription
	if s.conn.Load() == nil && !s.ended {
		expired := s.endAt != 0 && b.now >= s.endAt
		if s.will != nil && (expired || b.now >= s.willAt) {
			w, s.will = s.will, nil
			if !expired && s.sid != 0 {
				s.srv.journal.append(s.detachedRecord())
			}
		}
		if expired {
			over = s.end(reg)
			s.srv.stats.expired.Add(1)
			s.srv.log.Info("session expired", "client", s.id)
		} else if s.endAt != 0 {
			s.srv.wheel.Schedule(&s.timer, s.srv.at(s.endAt), t)
		}
	}
	s.mu.Unlock()
	reg.mu.Unlock()
	s.srv.unsubscribeAll(over)
	b.publishWill(w)
}
