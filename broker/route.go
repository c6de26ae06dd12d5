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
	subIDs      []uint32
	qos         mqtt.QoS
	noLocal     bool
	asPublished bool
}

// route returns the receivers of a topic from the worker's memory or the
// index. It takes no lock and, once the worker is warm, allocates nothing.
func (b *batch) route(topic []byte) *route {
	slot := &b.routes[maphash.Bytes(b.seed, topic)%routeSlots]
	gen := b.srv.index.Generation()
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
	clear(b.matches)
	return r
}

func (r *route) build(matches [][]*subscription) {
	clear(r.targets)
	r.targets = r.targets[:0]
	for i, entries := range matches {
		for _, sub := range entries {
			// One filter holds at most one subscription of a session, so only
			// from the second filter on can a session be there already.
			if i > 0 && sub.target.group == nil && r.merge(&sub.target) {
				continue
			}
			r.targets = append(r.targets, sub.target)
		}
	}
}

// merge adds an overlapping subscription to the session's target: one copy,
// the highest QoS, every identifier. [MQTT-3.3.4-2], [MQTT-3.3.4-3]
func (r *route) merge(sub *target) bool {
	for i := range r.targets {
		t := &r.targets[i]
		if t.sess != sub.sess {
			continue
		}
		t.qos = max(t.qos, sub.qos)
		t.noLocal = t.noLocal && sub.noLocal
		t.asPublished = t.asPublished || sub.asPublished
		t.subIDs = slices.Concat(t.subIDs, sub.subIDs)
		return true
	}
	return false
}
