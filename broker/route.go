package broker

import (
	"bytes"
	"hash/maphash"
	"slices"

	"mqt/internal/mqtt"
)

// route is whom messages on one topic go to, as of one generation of the
// subscription index.
type route struct {
	topic   []byte
	gen     uint64
	targets []target
}

// target is one receiver of a topic: a session, with all its matching
// subscriptions merged, or a shared subscription, which picks one.
type target struct {
	sess        *session
	group       *shareGroup
	inline      *inline
	subIDs      []uint32
	qos         mqtt.QoS
	noLocal     bool
	asPublished bool
}

// route returns the receivers of a topic from the worker's memory or the
// index. It takes no lock and, once the worker is warm, allocates nothing.
func (b *batch) route(topic []byte) *route {
	slot := &b.routes[maphash.Bytes(b.seed, topic)%routeSlots]
	gen := b.srv.index.Generation() + b.srv.policy.generation() + b.srv.readers.Load()
	r := *slot
	if r != nil && r.gen == gen && bytes.Equal(r.topic, topic) {
		return r
	}
	if r == nil {
		r = &route{}
		*slot = r
	}
	r.topic, r.gen = append(r.topic[:0], topic...), gen
	b.matches = b.srv.index.AppendMatches(b.matches[:0], topic)
	r.build(b.matches)
	if b.srv.policy.read != nil {
		r.targets = slices.DeleteFunc(r.targets, func(t target) bool { return t.sess != nil && !t.sess.mayRead(topic) })
	}
	clear(b.matches)
	return r
}

func (r *route) build(matches [][]*subscription) {
	clear(r.targets)
	r.targets = r.targets[:0]
	for _, entries := range matches {
		// One filter holds at most one subscription of a session, so a session
		// that is there already is among those of the filters before.
		find := r.finder(len(entries))
		for _, sub := range entries {
			if t := find(sub.target.sess); t != nil {
				t.merge(&sub.target)
				continue
			}
			r.targets = append(r.targets, sub.target)
		}
	}
}

// scanMost is how many comparisons finding n sessions may cost before a map is
// made for it.
const scanMost = 4096

// finder returns a function that finds a session among today's targets, to be
// called about n times. Shared subscriptions have no session and are not found.
func (r *route) finder(n int) func(*session) *target {
	have := len(r.targets)
	switch {
	case have == 0:
		return func(*session) *target { return nil }
	case have*n <= scanMost:
		return func(s *session) *target {
			for i := range have {
				if s != nil && r.targets[i].sess == s {
					return &r.targets[i]
				}
			}
			return nil
		}
	}
	place := make(map[*session]int, have)
	for i := range have {
		place[r.targets[i].sess] = i
	}
	return func(s *session) *target {
		if i, ok := place[s]; ok && s != nil {
			return &r.targets[i]
		}
		return nil
	}
}

// merge adds an overlapping subscription of the same session: one copy, the
// highest QoS, every identifier. [MQTT-3.3.4-2], [MQTT-3.3.4-3]
func (t *target) merge(sub *target) {
	t.qos = max(t.qos, sub.qos)
	t.noLocal = t.noLocal && sub.noLocal
	t.asPublished = t.asPublished || sub.asPublished
	t.subIDs = slices.Concat(t.subIDs, sub.subIDs)
}
