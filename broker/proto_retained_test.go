package broker_test

import (
	"fmt"
	"slices"
	"testing"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// retain publishes a retained text at QoS 1.
func (c *client) retain(topic, payload string) {
	c.t.Helper()
	c.publish(message{topic: topic, payload: payload, q: 1, retain: true})
}

// TestRetainedIsSetReplacedAndCleared: [MQTT-3.3.1-5] to [MQTT-3.3.1-7].
func TestRetainedIsSetReplacedAndCleared(t *testing.T) {
	eachVersion(t, func(t *testing.T, b *fixture, v mqtt.Version) {
		p := b.connect(t, v, "p")
		s := b.connect(t, v, "s")
		p.retain("a", "1")
		p.say("a", "not retained, does not replace") // [MQTT-3.3.1-8]
		s.subscribe("a 1")
		s.take(`a "1" q1 retain`)
		p.retain("a", "2") // to an existing subscription the flag is 0 [MQTT-3.3.1-9]
		s.take(`a "2" q1`)
		s.subscribe("a 1") // a subscription again: sent again
		s.take(`a "2" q1 retain`)
		p.retain("a", "") // clears, and is delivered like any message
		s.take(`a "" q1`)
		s.subscribe("a 1")
		s.fence()
	})
}

// TestRetainedQoSIsLowered to the subscription's, and QoS 0 is retained too.
func TestRetainedQoSIsLowered(t *testing.T) {
	eachVersion(t, func(t *testing.T, b *fixture, v mqtt.Version) {
		p := b.connect(t, v, "p")
		for q := range mqtt.QoS(3) {
			p.publish(message{topic: fmt.Sprintf("q%d", q), payload: "x", q: q, retain: true})
		}
		s := b.connect(t, v, "s")
		for q := range mqtt.QoS(3) {
			for pq := range mqtt.QoS(3) {
				s.subscribe(fmt.Sprintf("q%d %d", pq, q))
				s.take(fmt.Sprintf(`q%d "x" q%d retain`, pq, min(q, pq)))
			}
		}
		s.fence()
	})
}

// TestRetainHandling: [MQTT-3.3.1-9] to [MQTT-3.3.1-11].
func TestRetainHandling(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		p := b.connect(t, mqtt.V5, "p")
		p.retain("a", "x")
		s := b.connect(t, mqtt.V5, "s")
		s.subscribe("a 1 rh2")
		s.fence()
		s.subscribe("a 1 rh1") // exists already
		s.fence()
		s.subscribe("a 1")
		s.take(`a "x" q1 retain`)
		s.unsubscribe("a")
		s.subscribe("a 1 rh1") // new
		s.take(`a "x" q1 retain`)
		s.fence()
	})
}

// TestRetainAsPublished: [MQTT-3.3.1-12], [MQTT-3.3.1-13].
func TestRetainAsPublished(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		p := b.connect(t, mqtt.V5, "p")
		p.retain("a", "old")
		s := b.connect(t, mqtt.V5, "s")
		s.subscribe("a 1 rap")
		plain := b.connect(t, mqtt.V5, "plain")
		plain.subscribe("a 1")
		s.take(`a "old" q1 retain`)
		plain.take(`a "old" q1 retain`)
		p.retain("a", "new")
		s.take(`a "new" q1 retain`)
		plain.take(`a "new" q1`)
		p.say("a", "live")
		s.take(`a "live" q1`)
		plain.take(`a "live" q1`)
		// The flag is kept for a session that is away.
		s.bye()
		s = b.connect(t, mqtt.V5, "s2", keep)
		s.subscribe("a 1 rap rh2")
		s.bye()
		p.retain("a", "queued")
		s = b.connect(t, mqtt.V5, "s2", keep)
		s.take(`a "queued" q1 retain`)
		s.fence()
	})
}

// TestRetainedOfWildcards: which retained topics a filter brings.
func TestRetainedOfWildcards(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		p := b.connect(t, mqtt.V5, "p")
		topics := []string{"a", "a/b", "a/b/c", "a/", "/a", "/", "b/b", "$x/a", "$x"}
		for _, topic := range topics {
			p.retain(topic, "x")
		}
		for _, tt := range matches() {
			want := []string{}
			for _, topic := range topics {
				f, err := mqtt.ParseFilter(tt.filter)
				if err != nil {
					t.Fatal(err)
				}
				if f.Match(topic) {
					want = append(want, topic+" x")
				}
			}
			s := b.connect(t, mqtt.V5, "")
			s.subscribe(tt.filter + " 1")
			got := s.collect()
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("retained messages of %q = %q, want %q", tt.filter, got, want)
			}
			s.bye()
		}
	})
}

// TestRetainedOfSeveralFilters: each subscription of one SUBSCRIBE brings its
// retained messages, with its own subscription identifier.
func TestRetainedOfSeveralFilters(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		b.connect(t, mqtt.V5, "p").retain("a/b", "x")
		s := b.connect(t, mqtt.V5, "s")
		s.subscribeID(3, "a/# 0", "+/b 1")
		s.take(`a/b "x" q0 retain {subscription-identifier=3}`, `a/b "x" q1 retain {subscription-identifier=3}`)
		s.fence()
	})
}

// TestManyRetainedAreAllSent, beyond the window, the queue and the socket's
// buffers, and in MQTT 5 with all properties.
func TestManyRetainedAreAllSent(t *testing.T) {
	eachVersion(t, func(t *testing.T, b *fixture, v mqtt.Version) {
		const n = 3000
		p := b.connect(t, mqtt.V5, "p")
		var out []wire.Packet
		for i := range n {
			m := message{topic: fmt.Sprintf("r/%04d", i), payload: fmt.Sprintf("%0300d", i), retain: true}
			m.props.AddUser("n", fmt.Sprint(i))
			out = append(out, m.packet(0))
		}
		p.send(out...)
		p.fence()
		s := b.connect(t, v, "s")
		s.subscribe("r/# 1")
		seen := map[string]int{}
		for range n {
			m := s.read().(*wire.Publish)
			s.ack(m)
			want := fmt.Sprintf("PUBLISH r/%s %q q0 retain", m.Topic[2:], fmt.Sprintf("%0300s", m.Topic[2:]))
			if v == mqtt.V5 {
				var i int
				fmt.Sscanf(string(m.Topic), "r/%d", &i)
				want += fmt.Sprintf(" {n:%d}", i)
			}
			if got := show(m); got != want {
				t.Fatalf("retained message is %s, want %s", got, want)
			}
			seen[string(m.Topic)]++
		}
		if len(seen) != n {
			t.Errorf("%d different retained topics, want %d", len(seen), n)
		}
		s.fence()
	})
}

// TestManyRetainedAtQoS1KeepToTheWindow.
func TestManyRetainedAtQoS1KeepToTheWindow(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		const n, window = 100, 5
		p := b.connect(t, mqtt.V5, "p")
		for i := range n {
			p.retain(fmt.Sprintf("r/%d", i), "x")
		}
		s := b.connect(t, mqtt.V5, "s", prop(mqtt.PropReceiveMaximum, window))
		s.subscribe("r/# 1")
		var open []*wire.Publish
		for range window {
			open = append(open, s.read().(*wire.Publish))
		}
		s.fence()
		p.say("r/live", "y") // waits its turn, and is not lost
		seen := map[string]bool{}
		for range n + 1 - window {
			seen[string(open[0].Topic)] = true
			s.ack(open[0])
			open = append(open[1:], s.read().(*wire.Publish))
		}
		for _, m := range open {
			seen[string(m.Topic)] = true
			s.ack(m)
		}
		s.fence()
		if len(seen) != n+1 {
			t.Errorf("%d different topics, want %d", len(seen), n+1)
		}
	})
}

// TestMessageExpiryIsCountedDown: [MQTT-3.3.2-5], [MQTT-3.3.2-6]. Whether for
// a retained or a queued message, what waited longer than its interval is not
// delivered, and what is delivered says what is left.
func TestMessageExpiryIsCountedDown(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		p := b.connect(t, mqtt.V5, "p")
		s := b.connect(t, mqtt.V5, "s", keep)
		s.subscribe("t 1")
		s.bye()
		clock := b.connect(t, mqtt.V5, "clock", keep, prop(mqtt.PropSessionExpiry, 2))
		exp := func(n uint32) mqtt.Properties {
			return mqtt.Properties{{ID: mqtt.PropUser, Key: "a"}, {ID: mqtt.PropMessageExpiry, Int: n}, {ID: mqtt.PropUser, Key: "b"}}
		}
		p.publish(message{topic: "t", payload: "queued", q: 1, props: exp(100)})
		p.publish(message{topic: "t", payload: "queued and over", q: 1, props: exp(1)})
		p.publish(message{topic: "r", payload: "retained", retain: true, props: exp(100)})
		p.publish(message{topic: "r/1", payload: "retained and over", retain: true, props: exp(1)})
		p.publish(message{topic: "$other/1", payload: "retained and over", retain: true, props: exp(1)})
		p.publish(message{topic: "t", payload: "for ever", q: 1})
		clock.bye()
		b.waitExpired(t, 1)
		s = b.connect(t, mqtt.V5, "s", keep)
		// What is over is not only withheld but given up: the $SYS count of
		// retained messages tells it from one that the server only hides.
		left := func() bool { return b.sys(t)["$SYS/broker/retained messages/count"] == fmt.Sprint(len(b.sys(t))+1) }
		if !until(left) {
			t.Errorf("%s retained messages are kept, want 1 and those of $SYS", b.sys(t)["$SYS/broker/retained messages/count"])
		}
		s.counted("t", "queued", 98)
		s.take(`t "for ever" q1`)
		s.subscribe("r/# 1")
		s.counted("r", "retained", 98)
		s.fence()
		// An older client is subject to expiry too.
		old := b.connect(t, mqtt.V311, "old")
		old.subscribe("r/# 1")
		old.take(`r "retained" q0 retain`)
		old.fence()
	})
}

// counted expects a message between two user properties whose expiry interval
// is at most left, and not zero.
func (c *client) counted(topic, payload string, left uint32) {
	c.t.Helper()
	m := c.read().(*wire.Publish)
	c.ack(m)
	ps := m.Props.Parse()
	if string(m.Topic) != topic || string(m.Payload) != payload || len(ps) != 3 || ps[1].ID != mqtt.PropMessageExpiry || ps[1].Int > left || ps[1].Int < 1 {
		c.t.Fatalf("message = %s, want %s %s and an expiry interval of at most %d", show(m), topic, payload, left)
	}
}

// TestMessageExpiryIsForwarded: the largest interval does not overflow.
func TestMessageExpiryIsForwarded(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		s := b.connect(t, mqtt.V5, "s")
		s.subscribe("t 0")
		p := b.connect(t, mqtt.V5, "p")
		p.publish(message{topic: "t", payload: "x", props: mqtt.Properties{{ID: mqtt.PropMessageExpiry, Int: 0xFFFFFFFF}}})
		m := s.read().(*wire.Publish)
		if v, ok := m.Props.Parse().Uint(mqtt.PropMessageExpiry); !ok || v < 0xFFFFFFF0 {
			t.Errorf("message expiry = %d, %v, want the interval that was sent", v, ok)
		}
		s.fence()
	})
}

// TestExpiredRetainedMakeRoom although $SYS, which has the same clock, is off.
func TestExpiredRetainedMakeRoom(t *testing.T) {
	if testing.Short() {
		t.Skip("takes ten seconds")
	}
	t.Parallel()
	b := serve(t, &broker.Server{SysInterval: -1, Limits: broker.Limits{MaxRetained: 1}}, listenTCP(t))
	p := b.connect(t, mqtt.V5, "p")
	p.publish(message{topic: "a", payload: "x", q: 1, retain: true, props: mqtt.Properties{{ID: mqtt.PropMessageExpiry, Int: 1}}})
	if !until(func() bool {
		p.send(message{topic: "b", payload: "x", q: 1, retain: true}.packet(9))
		return p.read().(*wire.Ack).Code != mqtt.QuotaExceeded
	}) {
		t.Error("an expired message keeps its place")
	}
}
