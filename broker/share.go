package broker

import (
	"sync"
	"sync/atomic"
)

// shareGroup is a shared subscription: each message goes to one of its
// members, MQTT 5.0 section 4.8.2.
type shareGroup struct {
	entry   *subscription // stands for the group in the index
	members atomic.Pointer[[]*subscription]
	next    atomic.Uint32
}

// shareGroups holds the groups by "$share/name/filter".
type shareGroups struct {
	mu sync.Mutex // taken after session.mu
	by map[string]*shareGroup
}

// deliver hands b.pub to one member: in turn, preferring clients that keep up,
// then any that is connected, then a session that waits for its client.
func (g *shareGroup) deliver(b *batch) bool {
	members := *g.members.Load()
	n := uint32(len(members))
	start := g.next.Add(1)
	var best *subscription
	for i := range n {
		m := members[(start+i)%n]
		if !m.target.sess.mayRead(b.pub.topic) {
			continue
		}
		c := m.target.sess.conn.Load()
		if c != nil && m.target.sess.backlog.Load() == 0 && !c.crowded.Load() {
			best = m
			break
		}
		if best == nil || c != nil && best.target.sess.conn.Load() == nil {
			best = m
		}
	}
	if best == nil {
		return false
	}
	b.deliver(&best.target)
	return true
}

// joinGroup adds a member, replacing the session's earlier one.
func (s *Server) joinGroup(sub, old *subscription) {
	s.groups.mu.Lock()
	defer s.groups.mu.Unlock()
	key := sub.filter.String()
	g := s.groups.by[key]
	if g == nil {
		g = &shareGroup{}
		g.entry = &subscription{filter: sub.filter, target: target{group: g}}
		g.members.Store(&[]*subscription{sub})
		if s.groups.by == nil {
			s.groups.by = make(map[string]*shareGroup)
		}
		s.groups.by[key] = g
		s.index.Add(sub.filter.Topic(), g.entry)
		return
	}
	members := without(*g.members.Load(), old)
	members = append(members, sub)
	g.members.Store(&members)
}

func (s *Server) leaveGroup(sub *subscription) {
	s.groups.mu.Lock()
	defer s.groups.mu.Unlock()
	key := sub.filter.String()
	g := s.groups.by[key]
	if g == nil {
		return
	}
	members := without(*g.members.Load(), sub)
	g.members.Store(&members)
	if len(members) == 0 {
		delete(s.groups.by, key)
		s.index.Remove(sub.filter.Topic(), g.entry)
	}
}

// without returns a copy of the list that lacks sub.
func without(list []*subscription, sub *subscription) []*subscription {
	out := make([]*subscription, 0, len(list)+1)
	for _, m := range list {
		if m != sub {
			out = append(out, m)
		}
	}
	return out
}
