package broker_test

import (
	"fmt"
	"slices"
	"testing"

	"mqt/internal/mqtt"
)

// numbers returns "t 0" … "t n-1".
func numbers(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("t %03d", i))
	}
	return out
}

// count publishes 0 … n-1 to t.
func (c *client) count(q mqtt.QoS, n int) {
	c.t.Helper()
	for i := range n {
		c.publish(message{topic: "t", payload: fmt.Sprintf("%03d", i), q: q})
	}
}

// TestSharedSubscriptionDistributes: section 4.8.2: each message to one member,
// and to the ordinary subscribers and other groups besides.
func TestSharedSubscriptionDistributes(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		const n = 300
		p := b.connect(t, mqtt.V5, "p")
		var members []*client
		for i := range 3 {
			m := b.connect(t, mqtt.V5, fmt.Sprint("m", i))
			m.subscribe("$share/g/t 1")
			members = append(members, m)
		}
		other := b.connect(t, mqtt.V5, "other")
		other.subscribe("$share/h/t 1")
		plain := b.connect(t, mqtt.V5, "plain")
		plain.subscribe("t 1")
		p.count(1, n)
		var all []string
		for i, m := range members {
			got := m.collect()
			if len(got) < n/10 {
				t.Errorf("member %d has %d of %d messages", i, len(got), n)
			}
			if !slices.IsSorted(got) {
				t.Errorf("member %d has %q, which is out of order", i, got)
			}
			all = append(all, got...)
		}
		slices.Sort(all)
		for name, got := range map[string][]string{"the group": all, "the other group": other.collect(), "the ordinary subscriber": plain.collect()} {
			if !slices.Equal(got, numbers(n)) {
				t.Errorf("%s has %d messages: %q, want each of %d once", name, len(got), got, n)
			}
		}
	})
}

// TestSharedSubscriptionMembers come and go.
func TestSharedSubscriptionMembers(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		p := b.connect(t, mqtt.V5, "p")
		one, two := b.connect(t, mqtt.V5, "one"), b.connect(t, mqtt.V5, "two")
		one.subscribe("$share/g/t 1")
		two.subscribe("$share/g/t 1")
		two.unsubscribe("$share/g/t")
		p.count(1, 20)
		if got := one.collect(); !slices.Equal(got, numbers(20)) {
			t.Errorf("the only member has %q, want all", got)
		}
		two.subscribe("$share/g/t 1")
		one.vanish()
		p.count(1, 20)
		if got := two.collect(); !slices.Equal(got, numbers(20)) {
			t.Errorf("the member that is left has %q, want all", got)
		}
		two.unsubscribe("$share/g/t")
		if !p.nobody("t") {
			t.Error("an empty group counts as a subscriber")
		}
	})
}

// TestSharedSubscriptionWithAbsentMembers: it prefers those who are there, and keeps QoS 1 for a
// member that is away when there is no other.
func TestSharedSubscriptionWithAbsentMembers(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		p := b.connect(t, mqtt.V5, "p")
		away := b.connect(t, mqtt.V5, "away", keep)
		away.subscribe("$share/g/t 1")
		here := b.connect(t, mqtt.V5, "here", keep)
		here.subscribe("$share/g/t 1")
		away.bye()
		p.count(1, 30)
		if got := here.collect(); !slices.Equal(got, numbers(30)) {
			t.Errorf("the connected member has %q, want all", got)
		}
		here.bye()
		p.count(1, 30)
		got := append(b.connect(t, mqtt.V5, "away", keep).collect(), b.connect(t, mqtt.V5, "here", keep).collect()...)
		slices.Sort(got)
		if !slices.Equal(got, numbers(30)) {
			t.Errorf("the members that were away have %q, want each message once", got)
		}
	})
}

// TestSharedSubscriptionAndRetained: section 3.8.4: not sent for a new shared
// subscription, whatever the retain handling.
func TestSharedSubscriptionAndRetained(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		p := b.connect(t, mqtt.V5, "p")
		p.retain("t", "x")
		s := b.connect(t, mqtt.V5, "s")
		s.subscribe("$share/g/t 1", "$share/g/# 1 rh1")
		s.fence()
		p.retain("t", "y")
		s.take(`t "y" q1`, `t "y" q1`) // two filters, two groups
		s.fence()
	})
}

// TestSharedSubscriptionIsNotTheOrdinaryOne: the same filter in a group, in
// another, and by itself are three subscriptions.
func TestSharedSubscriptionIsNotTheOrdinaryOne(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		p := b.connect(t, mqtt.V5, "p")
		s := b.connect(t, mqtt.V5, "s")
		s.subscribeID(1, "t 0")
		s.subscribeID(2, "$share/g/t 1")
		s.subscribeID(3, "$share/h/t 2")
		p.publish(message{topic: "t", payload: "x", q: 2})
		if got := s.subIDsSorted(); !slices.Equal(got, []uint32{1, 2, 3}) {
			t.Errorf("subscription identifiers = %v, want 1, 2, 3", got)
		}
		s.unsubscribe("$share/g/t")
		p.publish(message{topic: "t", payload: "y", q: 2})
		if got := s.subIDsSorted(); !slices.Equal(got, []uint32{1, 3}) {
			t.Errorf("subscription identifiers = %v, want 1, 3", got)
		}
	})
}

func (c *client) subIDsSorted() []uint32 {
	c.t.Helper()
	got := c.subIDsUntilFence()
	slices.Sort(got)
	return got
}

// TestSharedSubscriptionQoS: each member has its own, and QoS 2 stays exactly
// once.
func TestSharedSubscriptionQoS(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		p := b.connect(t, mqtt.V5, "p")
		s := b.connect(t, mqtt.V5, "s")
		for q := range mqtt.QoS(3) {
			s.subscribe(fmt.Sprintf("$share/g/t %d", q))
			for pq := range mqtt.QoS(3) {
				p.publish(message{topic: "t", payload: "x", q: pq})
				s.take(fmt.Sprintf(`t "x" q%d`, min(q, pq)))
			}
		}
		s.fence()
	})
}
