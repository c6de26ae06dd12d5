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
	bytes int
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
	old := 0
	if had {
		old = e.msg.Load().size()
	}
	lim := &b.srv.lim
	if !had && r.tree.Len() >= lim.MaxRetained || r.bytes-old+m.size() > lim.MaxRetainedBytes {
		b.srv.dropped(dropRetained, 1, client)
		return false
	}
	r.bytes += m.size() - old
	if !had {
		e = &retainedEntry{}
		r.tree.Set(string(m.topic), e)
	}
	e.msg.Store(b.pub.kept())
	return true
}

// remove takes a topic out. Called with mu held.
func (r *retainedStore) remove(topic string, e *retainedEntry) {
	r.bytes -= e.msg.Load().size()
	e.msg.Store(nil)
	r.tree.Delete(topic)
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
	gone := make(map[string]*retainedEntry)
	for _, filter := range []string{"#", "$SYS/#"} {
		r.tree.Match(filter, func(topic string, e *retainedEntry) bool {
			if e.msg.Load().expired(now) {
				gone[topic] = e
			}
			return true
		})
	}
	for topic, e := range gone {
		r.remove(topic, e)
	}
	return len(gone)
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
	if m != nil && !m.expired(b.now) {
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
