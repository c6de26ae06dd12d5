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
		}
		return true
	}
	if !reserved(m.topic) && !r.reserve(e, m, &b.srv.lim) {
		b.srv.dropped(dropRetained, 1, client)
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
	if kept.expiryAt < 0 {
		delete(r.expiring, string(m.topic))
		return true
	}
	if r.expiring == nil {
		r.expiring = make(map[string]*retainedEntry)
	}
	r.expiring[string(m.topic)] = e
	return true
}

// reserve counts m, in place of what e holds unless e is nil, and reports
// false when a limit forbids it. Called with mu held.
func (r *retainedStore) reserve(e *retainedEntry, m *message, lim *Limits) bool {
	more := m.size()
	if e != nil {
		more -= e.msg.Load().size()
	} else if r.tree.Len()-r.own >= lim.MaxRetained {
		return false
	}
	if r.bytes+more > lim.MaxRetainedBytes {
		return false
	}
	r.bytes += more
	return true
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
	if m != nil && !m.expired(b.now) && s.srv.mayStillWrite(m) {
		d := delivery{msg: m, subIDs: t.subIDs, qos: min(m.qos, t.qos), retain: true} // [MQTT-3.3.1-8]
		if d.qos > mqtt.AtMostOnce && !s.out.room() {
			return false
		}
		s.sendNew(b, c, d)
	}
	cur.entries[cur.next] = nil
	cur.next++
	return true
}
