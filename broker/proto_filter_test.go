package broker_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

type match struct {
	filter  string
	yes, no []string
}

// matches is section 4.7 as a table.
func matches() []match {
	return []match{
		{filter: "a", yes: []string{"a"}, no: []string{"A", "a/", "/a", "a/b", "aa"}},
		{filter: "#", yes: []string{"a", "a/b", "/", "a/"}, no: []string{"$x", "$x/a"}},
		{filter: "+", yes: []string{"a", "b c"}, no: []string{"a/b", "/a", "a/", "$x"}},
		{filter: "+/+", yes: []string{"a/b", "/a", "a/", "/"}, no: []string{"a", "a/b/c", "$x/a"}},
		{filter: "/+", yes: []string{"/a", "/"}, no: []string{"a", "a/b"}},
		{filter: "+/", yes: []string{"a/", "/"}, no: []string{"a", "a/b"}},
		{filter: "a/#", yes: []string{"a", "a/", "a/b", "a/b/c"}, no: []string{"ab", "b", "/a"}},
		{filter: "a/+", yes: []string{"a/b", "a/"}, no: []string{"a", "a/b/c"}},
		{filter: "a/+/c", yes: []string{"a/b/c", "a//c"}, no: []string{"a/b", "a/b/c/d", "a/c"}},
		{filter: "a/+/#", yes: []string{"a/b", "a/b/c", "a/"}, no: []string{"a"}},
		{filter: "+/b/#", yes: []string{"a/b", "/b", "a/b/c"}, no: []string{"$x/b", "a/c"}},
		{filter: "/#", yes: []string{"/", "/a", "/a/b"}, no: []string{"a", "a/"}},
		{filter: "$x/#", yes: []string{"$x", "$x/a", "$x/a/b"}, no: []string{"x", "$y"}},
		{filter: "$x/+", yes: []string{"$x/a", "$x/$x"}, no: []string{"$x", "$x/a/b"}},
		{filter: "a/$x/#", yes: []string{"a/$x/b"}, no: []string{"a/b"}},
		{filter: "+/$x", yes: []string{"a/$x"}, no: []string{"$x/$x"}},
		{filter: "日本/+", yes: []string{"日本/語"}, no: []string{"日本"}},
	}
}

// TestWildcards: section 4.7, [MQTT-4.7.2-1].
func TestWildcards(t *testing.T) {
	eachVersion(t, func(t *testing.T, b *fixture, v mqtt.Version) {
		p := b.connect(t, v, "p")
		for _, tt := range matches() {
			s := b.connect(t, v, "s")
			s.subscribe(tt.filter + " 1")
			want := []string{}
			for _, topic := range tt.yes {
				p.say(topic, "x")
				want = append(want, topic+" x")
			}
			for _, topic := range tt.no {
				p.say(topic, "x")
			}
			if got := s.collect(); !slices.Equal(got, want) {
				t.Errorf("messages of %q = %q, want %q", tt.filter, got, want)
			}
			s.bye()
		}
	})
}

// TestUnsubscribeEndsExactlyThatFilter: all filters of the table but one.
func TestUnsubscribeEndsExactlyThatFilter(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		p := b.connect(t, mqtt.V5, "p")
		for _, gone := range matches() {
			s := b.connect(t, mqtt.V5, "s")
			for i, m := range matches() {
				s.subscribeID(uint32(i+1), m.filter+" 0")
			}
			s.unsubscribe(gone.filter)
			for i, m := range matches() {
				p.say(m.yes[0], "x")
				got := s.subIDsUntilFence()
				has := slices.Contains(got, uint32(i+1))
				if has != (m.filter != gone.filter) {
					t.Errorf("after unsubscribing %q, %q brings identifiers %v", gone.filter, m.yes[0], got)
				}
			}
			s.bye()
		}
	})
}

// subIDsUntilFence returns the subscription identifiers of what has arrived.
func (c *client) subIDsUntilFence() []uint32 {
	c.t.Helper()
	c.send(&wire.Pingreq{})
	var out []uint32
	for {
		m, ok := c.read().(*wire.Publish)
		if !ok {
			return out
		}
		for _, p := range m.Props.Parse() {
			if p.ID == mqtt.PropSubscriptionID {
				out = append(out, p.Int)
			}
		}
	}
}

// TestMalformedFilterEndsTheConnection: [MQTT-4.7.1-1], [MQTT-4.7.1-2],
// [MQTT-4.8.2-1], [MQTT-4.8.2-2]. SUBACK's 0x8F is for well-formed filters.
func TestMalformedFilterEndsTheConnection(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		for _, f := range []string{"a#", "a/#/b", "#/a", "a+", "a/+b", "++", "$share/g", "$share//a", "$share/g/", "$share/+/a", "$share/g#/a"} {
			for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
				c := b.connect(t, v, "c")
				c.send(&wire.Subscribe{PacketID: 7, Filters: filters([]string{"a 0", f + " 1"})})
				if v == mqtt.V5 {
					c.refused("81")
				} else {
					c.ended()
				}
			}
		}
	})
}

// TestSubackCodes: one code per filter, in order, [MQTT-3.8.4-6]; a filter
// that is refused leaves those beside it alone.
func TestSubackCodes(t *testing.T) {
	deep := strings.Repeat("/", 200) // 201 levels
	eachVersion(t, func(t *testing.T, b *fixture, v mqtt.Version) {
		c := b.connect(t, v, "c")
		c.send(&wire.Subscribe{PacketID: 7, Filters: filters([]string{"a 0", "b 1", deep + " 1", "c 2", deep[1:] + " 1"})})
		c.expect("SUBACK #7 00 01 " + map[bool]string{true: "8f", false: "80"}[v == mqtt.V5] + " 02 01")
		p := b.connect(t, v, "p")
		for i, topic := range []string{"a", "b", "c"} {
			p.publish(message{topic: topic, payload: "x", q: 2})
			c.take(fmt.Sprintf(`%s "x" q%d`, topic, i))
		}
	})
}

// TestUnsubackCodes: section 3.11.3, 0x11 for what was not subscribed.
func TestUnsubackCodes(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		c := b.connect(t, mqtt.V5, "c")
		c.subscribe("a 0", "b/+ 1", "$share/g/c 2")
		c.send(&wire.Unsubscribe{PacketID: 9, Filters: []string{"a", "nothing", "b/+", "b/+", "$share/h/c", "$share/g/c", "c"}})
		c.expect("UNSUBACK #9 00 11 00 11 11 00 11")
		old := b.connect(t, mqtt.V311, "old")
		old.subscribe("a 0")
		old.unsubscribe("a", "nothing")
		old.fence()
	})
}

// TestResubscribeReplacesTheOptions: [MQTT-3.8.4-3].
func TestResubscribeReplacesTheOptions(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		c := b.connect(t, mqtt.V5, "c")
		p := b.connect(t, mqtt.V5, "p")
		c.subscribeID(1, "t 0")
		p.say("t", "1")
		c.take(`t "1" q0 {subscription-identifier=1}`)
		c.subscribeID(2, "t 1 nl")
		p.say("t", "2")
		c.take(`t "2" q1 {subscription-identifier=2}`)
		c.say("t", "own")
		c.fence()
		c.subscribe("t 2")
		p.publish(message{topic: "t", payload: "3", q: 2})
		c.take(`t "3" q2`)
		c.fence()
	})
}

// TestOverlappingSubscriptionsBringOneCopy with the highest QoS and all
// identifiers, [MQTT-3.3.4-2] to [MQTT-3.3.4-4].
func TestOverlappingSubscriptionsBringOneCopy(t *testing.T) {
	eachVersion(t, func(t *testing.T, b *fixture, v mqtt.Version) {
		s := b.connect(t, v, "s", keep)
		if v == mqtt.V5 {
			s.subscribeID(1, "a/# 0")
			s.subscribeID(268435455, "a/+ 2")
			s.subscribe("a/b 1", "+/+ 1")
		} else {
			s.subscribe("a/# 0", "a/+ 2", "a/b 1", "+/+ 1")
		}
		p := b.connect(t, v, "p")
		p.publish(message{topic: "a/b", payload: "x", q: 2})
		s.oneCopy(v, "x")
		s.bye()
		p.publish(message{topic: "a/b", payload: "queued", q: 2})
		s = b.connect(t, v, "s", keep)
		s.oneCopy(v, "queued")
	})
}

func (c *client) oneCopy(v mqtt.Version, payload string) {
	c.t.Helper()
	m := c.read().(*wire.Publish)
	c.ack(m)
	var ids []uint32
	for _, p := range m.Props.Parse() {
		ids = append(ids, p.Int)
	}
	slices.Sort(ids)
	want := []uint32(nil)
	if v == mqtt.V5 {
		want = []uint32{1, 268435455}
	}
	if m.QoS != 2 || string(m.Payload) != payload || !slices.Equal(ids, want) {
		c.t.Errorf("message = %s, want %s at QoS 2 with identifiers %v", show(m), payload, want)
	}
	c.fence()
}

// TestNoLocal: [MQTT-3.8.3-3].
func TestNoLocal(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		c := b.connect(t, mqtt.V5, "c", keep)
		c.subscribe("t/# 1 nl")
		other := b.connect(t, mqtt.V5, "other")
		c.say("t/1", "mine")
		other.say("t/1", "yours")
		c.take(`t/1 "yours" q1`)
		c.fence()
		c.subscribe("t/1 0") // this one lets own messages through
		c.send(message{topic: "t/1", payload: "mine"}.packet(0))
		c.expect(`PUBLISH t/1 "mine" q0`)
		c.fence()
	})
}

// TestSubscribeErrors: what ends the connection, sections 3.8 and 3.10.
func TestSubscribeErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		raw  []byte
		code string
	}{
		{"subscription identifier 0", []byte{0x82, 9, 0, 1, 2, 0x0b, 0, 0, 1, 'a', 0}, "82"},
		{"two subscription identifiers", []byte{0x82, 11, 0, 1, 4, 0x0b, 1, 0x0b, 2, 0, 1, 'a', 0}, "82"},
		{"no filter [MQTT-3.8.3-2]", []byte{0x82, 3, 0, 1, 0}, "82"},
		{"QoS 3", []byte{0x82, 7, 0, 1, 0, 0, 1, 'a', 3}, "81 82"},
		{"retain handling 3", []byte{0x82, 7, 0, 1, 0, 0, 1, 'a', 0x30}, "82"},
		{"reserved option bits [MQTT-3.8.3-5]", []byte{0x82, 7, 0, 1, 0, 0, 1, 'a', 0x40}, "81"},
		{"no local with a share [MQTT-3.8.3-4]", []byte{0x82, 16, 0, 1, 0, 0, 10, '$', 's', 'h', 'a', 'r', 'e', '/', 'g', '/', 'a', 4}, "82"},
		{"packet identifier 0 [MQTT-2.2.1-3]", []byte{0x82, 7, 0, 0, 0, 0, 1, 'a', 0}, "81 82"},
		{"flags [MQTT-3.8.1-1]", []byte{0x80, 7, 0, 1, 0, 0, 1, 'a', 0}, "81"},
		{"unsubscribe without a filter [MQTT-3.10.3-2]", []byte{0xa2, 3, 0, 1, 0}, "82"},
		{"unsubscribe with flags [MQTT-3.10.1-1]", []byte{0xa0, 6, 0, 1, 0, 0, 1, 'a'}, "81"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			each(t, func(t *testing.T, b *fixture) {
				c := b.connect(t, mqtt.V5, "c")
				c.raw(tt.raw)
				c.refused(tt.code)
				b.connect(t, mqtt.V5, "next").fence()
			})
		})
	}
}

// refused expects DISCONNECT with one of the codes, a reason string, and the
// end of the connection.
func (c *client) refused(codes string) {
	c.t.Helper()
	d, ok := c.read().(*wire.Disconnect)
	if !ok || !slices.Contains(strings.Fields(codes), fmt.Sprintf("%02x", uint8(d.Code))) {
		c.t.Fatalf("the broker sent %s, want DISCONNECT %s", show(d), codes)
	}
	if d.Props.Text(mqtt.PropReasonString) == "" {
		c.t.Errorf("%s has no reason string", show(d))
	}
	c.ended()
}
