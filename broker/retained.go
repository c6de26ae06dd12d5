package broker

import (
	"sync"
	"sync/atomic"

	"mqt/broker/internal/topictree"
	"mqt/internal/mqtt"
)

// retainedStore keeps the last retained message of each topic.
type retainedStore struct {
	mu    sync.RWMutex // guards the fields below; taken after session.mu
	tree  topictree.Tree[*retainedEntry]
	own   int // topics of the server's own, which no limit concerns
	bytes int // of the others

	expiring map[string]*retainedEntry // by topic, those with a message expiry interval
}

// retainedEntry is a topic's retained message, nil once it was removed.
type retainedEntry struct{ msg atomic.Pointer[message] }

// store makes b.pub its topic's retained message, or removes that when the
// payload is empty. [MQTT-3.3.1-5], [MQTT-3.3.1-6] It reports false when a
// limit forbids it; the earlier message then stays.
func (r *retainedStore) store(b *batch, client string) bool {
	m := &b.pub.message
	r.mu.Lock()
	defer r.mu.Unlock()
	e, had := r.tree.GetBytes(m.topic)
	if len(m.payload) == 0 {
		if had {
			r.remove(string(m.topic), e)
			r.log(b, record(b.record, opUnretain).bytes(m.topic), m)
		}
		return true
	}
	if !reserved(m.topic) && !r.admit(b, e, client) {
		return false
	}
	if !had {
		if reserved(m.topic) {
			r.own++
		}
		e = &retainedEntry{}
		r.tree.Set(string(m.topic), e)
	}
	kept := b.pub.kept()
	e.msg.Store(kept)
	r.note(string(m.topic), e, kept)
	r.log(b, record(b.record, opRetain), m)
	return true
}

// log writes a record about a topic to the store, in the order of the changes:
// mu is held. The server's own topics are not stored.
func (r *retainedStore) log(b *batch, e *encoder, m *message) {
	if !b.srv.journal.on() || reserved(m.topic) {
		return
	}
	if len(m.payload) > 0 {
		e.message(m, b.srv.journal.wall)
	}
	b.log(e)
}

// note remembers whether a topic's message expires. Called with mu held.
func (r *retainedStore) note(topic string, e *retainedEntry, m *message) {
	if m.expiryAt < 0 {
		delete(r.expiring, topic)
		return
	}
	if r.expiring == nil {
		r.expiring = make(map[string]*retainedEntry)
	}
	r.expiring[topic] = e
}

// admit reports whether b.pub may be kept in place of what e holds, nil if
// nothing, and otherwise counts it as dropped. Called with mu held.
func (r *retainedStore) admit(b *batch, e *retainedEntry, client string) bool {
	m := &b.pub.message
	more := r.more(e, m)
	switch {
	case more > 0 && b.srv.memory.limited.Load():
		b.noMemory(client)
		return false
	case !r.reserve(e, m, &b.srv.lim):
		b.srv.dropped(dropRetained, 1, client)
		return false
	case more > 0:
		b.srv.memory.grew(more)
	}
	return true
}

// reserve counts m, in place of what e holds unless e is nil, and reports
// false when a limit forbids it. Called with mu held.
func (r *retainedStore) reserve(e *retainedEntry, m *message, lim *Limits) bool {
	more := r.more(e, m)
	if e == nil && r.tree.Len()-r.own >= lim.MaxRetained || r.bytes+more > lim.MaxRetainedBytes {
		return false
	}
	r.bytes += more
	return true
}

// more returns how many bytes m has more than what e holds, nil if nothing.
// Called with mu held.
func (r *retainedStore) more(e *retainedEntry, m *message) int {
	if e == nil {
		return m.size()
	}
	return m.size() - e.msg.Load().size()
}

// grows reports whether retaining m takes more memory.
func (r *retainedStore) grows(m *message) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	e, _ := r.tree.GetBytes(m.topic)
	return len(m.payload) > 0 && r.more(e, m) > 0
}

// remove takes a topic out. Called with mu held.
func (r *retainedStore) remove(topic string, e *retainedEntry) {
	if reserved([]byte(topic)) {
		r.own--
	} else {
		r.bytes -= e.msg.Load().size()
	}
	e.msg.Store(nil)
	r.tree.Delete(topic)
	delete(r.expiring, topic)
}

// match returns the entries whose topics the filter matches.
func (r *retainedStore) match(f mqtt.Filter) []*retainedEntry {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if !f.Wild() {
		if e, ok := r.tree.Get(f.Topic()); ok {
			return []*retainedEntry{e}
		}
		return nil
	}
	var out []*retainedEntry
	r.tree.Match(f.Topic(), func(_ string, e *retainedEntry) bool {
		out = append(out, e)
		return true
	})
	return out
}

// expire removes the messages whose expiry interval has passed.
func (r *retainedStore) expire(now int64) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for topic, e := range r.expiring {
		if e.msg.Load().expired(now) {
			r.remove(topic, e)
			n++
		}
	}
	return n
}

func (r *retainedStore) count() (n, bytes int) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.tree.Len(), r.bytes
}

// cursor is where a new subscription stands in receiving retained messages:
// they are sent in slices as the client takes them, never queued all at once.
type cursor struct {
	entries []*retainedEntry
	sub     *subscription
	next    int
}

func (c *cursor) left() int { return len(c.entries) - c.next }

// sendRetained sends the next retained message of the oldest cursor. A message
// that was replaced meanwhile is sent as it is now, one that was removed is
// left out.
func (s *session) sendRetained(b *batch, c *conn) bool {
	cur := &s.cursors[0]
	t := &cur.sub.target
	if cur.left() == 0 {
		s.cursors = s.cursors[1:]
		if len(s.cursors) == 0 {
			s.cursors = nil
		}
		return true
	}
	m := cur.entries[cur.next].msg.Load()
	switch {
	case m == nil || m.expired(b.now):
	case !s.srv.mayStillWrite(m):
		s.srv.dropped(dropDenied, 1, s.id)
	default:
		d := delivery{msg: m, subIDs: t.subIDs, qos: b.outgoing(m.qos, t.qos), retain: true} // [MQTT-3.3.1-8]
		if d.qos > mqtt.AtMostOnce && s.sid == 0 && !s.out.room() {
			return false
		}
		s.sendKeptRetained(b, c, d)
	}
	cur.entries[cur.next] = nil
	cur.next++
	return true
}

// sendKeptRetained sends one retained message, by way of the store when the
// delivery has to outlive the server.
func (s *session) sendKeptRetained(b *batch, c *conn, d delivery) {
	if d.qos == mqtt.AtMostOnce {
		s.sendNew(b, c, d)
		return
	}
	s.ord++
	d.ord = s.ord
	if s.sid == 0 {
		s.sendNew(b, c, d)
		return
	}
	m := *d.msg // its record is not that of the retained message
	d.msg = &m
	e := record(b.record, opMessage).num(0).num(0).message(&m, s.srv.journal.wall).num(1)
	m.seq = b.log(e.entry(&entry{sid: s.sid, ord: d.ord, qos: d.qos, retain: d.retain, subIDs: d.subIDs}))
	b.msgs = append(b.msgs, &m)
	b.touched = append(b.touched, s)
	s.queue.push(d)
	s.countQueued(1, m.size())
}

// restore puts back a retained message from the store.
func (r *retainedStore) restore(m *message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	topic := string(m.topic)
	e, had := r.tree.Get(topic)
	if had {
		r.bytes -= e.msg.Load().size()
	} else {
		e = &retainedEntry{}
		r.tree.Set(topic, e)
	}
	r.bytes += m.size()
	e.msg.Store(m)
	r.note(topic, e, m)
}

// forget removes a topic's message.
func (r *retainedStore) forget(topic string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.tree.Get(topic); ok {
		r.remove(topic, e)
	}
}

// messages returns what is retained, but for the server's own topics.
func (r *retainedStore) messages() []*message {
	r.mu.RLock()
	defer r.mu.RUnlock()
	out := make([]*message, 0, r.tree.Len())
	r.tree.All(func(_ string, e *retainedEntry) bool {
		if m := e.msg.Load(); m != nil && !reserved(m.topic) {
			out = append(out, m)
		}
		return true
	})
	return out
}
