package broker_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// TestSessionPresentSaysWhetherThereWasASession: [MQTT-3.2.2-2], [MQTT-3.2.2-3]
// and, with a clean start, [MQTT-3.1.2-4].
func TestSessionPresentSaysWhetherThereWasASession(t *testing.T) {
	eachVersion(t, func(t *testing.T, b *fixture, v mqtt.Version) {
		if v == mqtt.V31 {
			t.Skip("CONNACK of MQTT 3.1 has no such flag")
		}
		b.connect(t, v, "c", keep).present(false).bye()
		b.connect(t, v, "c", keep).present(true).bye()
		b.connect(t, v, "c").present(false).bye() // clean start discards
		b.connect(t, v, "c", keep).present(false).bye()
		b.connect(t, v, "c", keep).present(true).vanish()
		b.connect(t, v, "c", keep).present(true).bye()
		b.connect(t, v, "other", keep).present(false).bye()
	})
}

// TestSessionOfMQTT31Survives: there is no flag to see, but the subscription
// still works.
func TestSessionOfMQTT31Survives(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		s := b.connect(t, mqtt.V31, "s", keep)
		s.subscribe("t 1")
		s.bye()
		b.connect(t, mqtt.V31, "p").say("t", "x")
		s = b.connect(t, mqtt.V31, "s", keep)
		s.take(`t "x" q1`)
		s.fence()
	})
}

// TestCleanStartDiscardsSubscriptionsAndMessages: [MQTT-3.1.2-4].
func TestCleanStartDiscardsSubscriptionsAndMessages(t *testing.T) {
	eachVersion(t, func(t *testing.T, b *fixture, v mqtt.Version) {
		p := b.connect(t, v, "p")
		s := b.connect(t, v, "s", keep)
		s.subscribe("t 1")
		s.bye()
		p.say("t", "lost")
		s = b.connect(t, v, "s")
		p.say("t", "lost too")
		s.fence()
		s.bye()
		s = b.connect(t, v, "s", keep)
		s.fence()
		s.bye()
		p.bye()
	})
}

// TestQoS1And2AreQueuedForAnAbsentSession, in order; QoS 0 is not.
func TestQoS1And2AreQueuedForAnAbsentSession(t *testing.T) {
	eachVersion(t, func(t *testing.T, b *fixture, v mqtt.Version) {
		p := b.connect(t, v, "p")
		s := b.connect(t, v, "s", keep)
		s.subscribe("t/# 2")
		s.bye()
		for i := range 90 {
			p.publish(message{topic: "t/a", payload: fmt.Sprint(i), q: mqtt.QoS(i % 3)})
		}
		s = b.connect(t, v, "s", keep)
		for i := range 90 {
			if i%3 > 0 {
				s.take(fmt.Sprintf(`t/a "%d" q%d`, i, i%3))
			}
		}
		p.say("t/b", "live")
		s.take(`t/b "live" q1`)
		s.fence()
		s.bye()
		p.bye()
	})
}

// TestUnacknowledgedIsSentAgain: [MQTT-4.4.0-1], [MQTT-4.6.0-1]: in the same
// order, PUBLISH with DUP, PUBREL where PUBREC had come, with the packet
// identifiers of before, after a lost connection and after a take-over.
func TestUnacknowledgedIsSentAgain(t *testing.T) {
	for _, end := range []string{"vanish", "bye", "take-over"} {
		t.Run(end, func(t *testing.T) {
			eachVersion(t, func(t *testing.T, b *fixture, v mqtt.Version) {
				p := b.connect(t, v, "p")
				s := b.connect(t, v, "s", keep)
				s.subscribe("t 2")
				for i := range 6 {
					p.publish(message{topic: "t", payload: fmt.Sprint(i), q: mqtt.QoS(1 + i%2)})
				}
				var ids []uint16
				for i := range 6 {
					m := s.expect(fmt.Sprintf(`PUBLISH t "%d" q%d`, i, 1+i%2))[0].(*wire.Publish)
					ids = append(ids, m.PacketID)
				}
				s.send(ack(wire.PUBACK, ids[0]), ack(wire.PUBREC, ids[3]))
				s.expect(fmt.Sprintf("PUBREL #%d", ids[3]))
				old := s
				switch end {
				case "vanish":
					s.vanish()
				case "bye":
					s.bye()
				}
				s = b.connect(t, v, "s", keep)
				for i := range 6 {
					switch i {
					case 0:
					case 3:
						s.expect(fmt.Sprintf("PUBREL #%d", ids[3]))
					default:
						m := s.expect(fmt.Sprintf(`PUBLISH t "%d" q%d dup`, i, 1+i%2))[0].(*wire.Publish)
						if m.PacketID != ids[i] {
							t.Errorf("packet identifier of message %d = %d, want %d", i, m.PacketID, ids[i])
						}
					}
				}
				s.send(ack(wire.PUBCOMP, ids[3]))
				for _, i := range []int{1, 2, 4, 5} {
					s.finish(mqtt.QoS(1+i%2), ids[i])
				}
				p.say("t", "new")
				s.take(`t "new" q1`)
				s.fence()
				s.bye()
				p.bye()
				old.nc.Close()
				b.connect(t, v, "s").bye()
			})
		})
	}
}

// TestResendingKeepsToTheWindow: the window of the new connection, which may
// be smaller than what is unacknowledged.
func TestResendingKeepsToTheWindow(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		p := b.connect(t, mqtt.V5, "p")
		s := b.connect(t, mqtt.V5, "s", keep)
		s.subscribe("t 1")
		for i := range 10 {
			p.say("t", fmt.Sprint(i))
		}
		for i := range 10 {
			s.expect(fmt.Sprintf(`PUBLISH t "%d" q1`, i))
		}
		s.vanish()
		s = b.connect(t, mqtt.V5, "s", keep, prop(mqtt.PropReceiveMaximum, 3))
		p.say("t", "10")
		var sent []wire.Packet
		for i := range 3 {
			sent = append(sent, s.expect(fmt.Sprintf(`PUBLISH t "%d" q1 dup`, i))...)
		}
		s.fence()
		for _, m := range sent {
			s.ack(m.(*wire.Publish))
		}
		for i := 3; i < 10; i++ {
			s.take(fmt.Sprintf(`t "%d" q1 dup`, i))
		}
		s.take(`t "10" q1`)
		s.fence()
	})
}

// TestInboundQoS2StateSurvives: the identifier of a QoS 2 message that was
// received and not released is session state, [MQTT-4.1.0-1].
func TestInboundQoS2StateSurvives(t *testing.T) {
	eachVersion(t, func(t *testing.T, b *fixture, v mqtt.Version) {
		s := b.connect(t, v, "s")
		s.subscribe("t 2")
		p := b.connect(t, v, "p", keep)
		m := message{topic: "t", payload: "once", q: 2}
		p.send(m.packet(9))
		p.acked(wire.PUBREC, 9)
		p.vanish()
		p = b.connect(t, v, "p", keep)
		m.dup = true
		p.send(m.packet(9))
		p.acked(wire.PUBREC, 9)
		p.send(ack(wire.PUBREL, 9))
		p.acked(wire.PUBCOMP, 9)
		p.fence()
		s.take(`t "once" q2`)
		s.fence()
		s.bye()
		p.bye()
		b.connect(t, v, "p").bye()
	})
}

// TestSessionExpires: [MQTT-3.1.2-23] MQTT 5, and the server's cap on it.
func TestSessionExpires(t *testing.T) {
	for _, tt := range []struct {
		name   string
		v      mqtt.Version
		limits broker.Limits
		expiry uint32
	}{
		{name: "as the client asked", v: mqtt.V5, expiry: 1},
		{name: "as the server caps", v: mqtt.V5, limits: broker.Limits{MaxSessionExpiry: time.Second}, expiry: 1000},
		{name: "as the server caps never", v: mqtt.V5, limits: broker.Limits{MaxSessionExpiry: time.Second}, expiry: 0xFFFFFFFF},
		{name: "as the server caps 3.1.1", v: mqtt.V311, limits: broker.Limits{MaxSessionExpiry: time.Second}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			eachWith(t, tt.limits, func(t *testing.T, b *fixture) {
				s := b.connect(t, tt.v, "s", prop5(mqtt.PropSessionExpiry, tt.expiry), func(p *wire.Connect) { p.CleanStart = false })
				if tt.v == mqtt.V5 && tt.limits.MaxSessionExpiry != 0 {
					if v, _ := s.connack.Props.Uint(mqtt.PropSessionExpiry); v != 1 {
						t.Errorf("session expiry in CONNACK = %d, want 1", v)
					}
				}
				s.subscribe("t 1")
				s.bye()
				// A live subscriber shows that the server counts the session's
				// subscription no more: the publisher learns it.
				p := b.connect(t, mqtt.V5, "p")
				if !until(func() bool { return p.nobody("t") }) {
					t.Fatal("the session does not expire")
				}
				b.connect(t, tt.v, "s", keep).present(false)
			})
		})
	}
}

// nobody reports whether a publish to topic is acknowledged with 0x10.
func (c *client) nobody(topic string) bool {
	c.t.Helper()
	id := c.newID()
	c.send(message{topic: topic, q: 1}.packet(id))
	return c.read().(*wire.Ack).Code == mqtt.NoMatchingSubscribers
}

// prop5 is prop for MQTT 5 and nothing for older clients.
func prop5(id mqtt.PropertyID, v uint32) option {
	return func(p *wire.Connect) {
		if p.Version == mqtt.V5 {
			p.Props.SetUint(id, v)
		}
	}
}

// TestSessionExpiryZeroEndsWithTheConnection: section 3.1.2.11.2.
func TestSessionExpiryZeroEndsWithTheConnection(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		s := b.connect(t, mqtt.V5, "s", func(p *wire.Connect) { p.CleanStart = false })
		s.subscribe("t 1")
		s.bye()
		if !b.connect(t, mqtt.V5, "p").nobody("t") {
			t.Error("the session outlives the connection")
		}
		b.connect(t, mqtt.V5, "s", keep).present(false)
	})
}

// TestReconnectStopsExpiry: the interval starts anew with each disconnection.
func TestReconnectStopsExpiry(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		b.connect(t, mqtt.V5, "s", keep, prop(mqtt.PropSessionExpiry, 1)).bye()
		s := b.connect(t, mqtt.V5, "s", keep, prop(mqtt.PropSessionExpiry, 1)).present(true)
		b.connect(t, mqtt.V5, "clock", keep, prop(mqtt.PropSessionExpiry, 2)).bye()
		s.subscribe("t 1")
		b.waitExpired(t, 1) // of the clock, later than s's would have been
		b.connect(t, mqtt.V5, "p").say("t", "x")
		s.take(`t "x" q1`)
		s.vanish()
	})
}

// waitExpired waits until the server says that n sessions have expired.
func (b *fixture) waitExpired(t *testing.T, n int) {
	t.Helper()
	want := fmt.Sprint(n)
	if !until(func() bool { return b.sys(t)["$SYS/broker/clients/expired"] == want }) {
		t.Fatalf("the server has not expired %d sessions", n)
	}
}

// TestDisconnectChangesSessionExpiry: section 3.14.2.2.2.
func TestDisconnectChangesSessionExpiry(t *testing.T) {
	leave := func(v uint32) *wire.Disconnect {
		return &wire.Disconnect{Props: mqtt.Properties{{ID: mqtt.PropSessionExpiry, Int: v}}}
	}
	each(t, func(t *testing.T, b *fixture) {
		c := b.connect(t, mqtt.V5, "to zero", keep)
		c.send(leave(0))
		c.ended()
		b.connect(t, mqtt.V5, "to zero", keep).present(false)

		c = b.connect(t, mqtt.V5, "from zero")
		c.send(leave(10)) // a protocol error
		c.ended("DISCONNECT 82")
		b.connect(t, mqtt.V5, "from zero", keep).present(false)

		c = b.connect(t, mqtt.V5, "longer", keep, prop(mqtt.PropSessionExpiry, 1))
		c.send(leave(1000))
		c.ended()
		b.connect(t, mqtt.V5, "clock", keep, prop(mqtt.PropSessionExpiry, 2)).bye()
		b.waitExpired(t, 1)
		b.connect(t, mqtt.V5, "longer", keep).present(true)
	})
}

// TestTakeOver: [MQTT-3.1.4-3]. The old connection is told why, if it can be,
// and the session goes on.
func TestTakeOver(t *testing.T) {
	eachVersion(t, func(t *testing.T, b *fixture, v mqtt.Version) {
		p := b.connect(t, v, "p")
		old := b.connect(t, v, "s", keep)
		old.subscribe("t 1")
		s := b.connect(t, v, "s", keep).present(v != mqtt.V31)
		if v == mqtt.V5 {
			old.ended("DISCONNECT 8e")
		} else {
			old.ended()
		}
		p.say("t", "x")
		s.take(`t "x" q1`)
		s.fence()
		clean := b.connect(t, v, "s").present(false)
		p.say("t", "x")
		clean.fence()
		clean.bye()
		p.bye()
	})
}

// TestTakeOverAcrossVersions: the session is the same whatever the protocol.
func TestTakeOverAcrossVersions(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		old := b.connect(t, mqtt.V5, "s", keep, prop(mqtt.PropTopicAliasMaximum, 5))
		old.subscribe("t 1")
		p := b.connect(t, mqtt.V5, "p")
		p.publish(message{topic: "t", payload: "1", q: 1, props: mqtt.Properties{{ID: mqtt.PropUser, Key: "a", Value: "b"}}})
		old.expect(`PUBLISH t "1" q1 {a:b topic-alias=1}`)
		s := b.connect(t, mqtt.V311, "s", keep).present(true)
		old.ended("DISCONNECT 8e")
		s.take(`t "1" q1 dup`)
		p.say("t", "2")
		s.take(`t "2" q1`)
		s.fence()
		s.bye()
		b.connect(t, mqtt.V5, "s", keep).present(true)
	})
}

// TestRetainedMessagesOfASubscriptionSurvive: section 4.1: what is pending is
// session state, also retained messages that a subscription has brought.
func TestRetainedMessagesOfASubscriptionSurvive(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		const n, window = 50, 5
		p := b.connect(t, mqtt.V5, "p")
		for i := range n {
			p.retain(fmt.Sprintf("r/%d", i), "x")
		}
		for _, end := range []string{"vanish", "take-over"} {
			s := b.connect(t, mqtt.V5, end, keep, prop(mqtt.PropReceiveMaximum, window))
			s.subscribe("r/# 1")
			seen := map[string]bool{}
			for range window {
				m := s.read().(*wire.Publish)
				seen[string(m.Topic)] = true
				s.ack(m)
			}
			if end == "vanish" {
				s.vanish()
			}
			s = b.connect(t, mqtt.V5, end, keep, prop(mqtt.PropReceiveMaximum, window)).present(true)
			for len(seen) < n {
				m := s.read().(*wire.Publish)
				seen[string(m.Topic)] = true
				s.ack(m)
			}
			s.fence()
		}
	})
}

// TestSessionGoesOnAndThenEnds: a connection may take up a session and say
// that it ends with it, section 3.1.2.11.2.
func TestSessionGoesOnAndThenEnds(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		s := b.connect(t, mqtt.V5, "s", keep)
		s.subscribe("t 1")
		s.bye()
		p := b.connect(t, mqtt.V5, "p")
		p.say("t", "x")
		s = b.connect(t, mqtt.V5, "s", keep, prop(mqtt.PropSessionExpiry, 0)).present(true)
		s.take(`t "x" q1`)
		s.vanish()
		if !p.nobody("t") {
			t.Error("the session outlives a connection with session expiry 0")
		}
		b.connect(t, mqtt.V5, "s", keep).present(false)
	})
}

// TestLargeQueueIsSentInOrder: far more than any buffer between the two holds.
func TestLargeQueueIsSentInOrder(t *testing.T) {
	eachVersion(t, func(t *testing.T, b *fixture, v mqtt.Version) {
		const n = 400
		pad := strings.Repeat("x", 30_000)
		s := b.connect(t, v, "s", keep)
		s.subscribe("t 2")
		s.bye()
		p := b.connect(t, mqtt.V5, "p")
		for i := range n {
			p.publish(message{topic: "t", payload: fmt.Sprint(i, pad), q: mqtt.QoS(1 + i%2)})
		}
		s = b.connect(t, v, "s", keep)
		p.publish(message{topic: "t", payload: "live", q: 0})
		for i := range n {
			s.take(fmt.Sprintf("t %q q%d", fmt.Sprint(i, pad), 1+i%2))
		}
		s.take(`t "live" q0`)
		s.fence()
	})
}

// TestTakeOverOfASessionWithoutFuture: the old connection is closed first,
// [MQTT-3.1.4-3], so a session that ends with it is gone when [MQTT-3.1.4-4]
// looks for one.
func TestTakeOverOfASessionWithoutFuture(t *testing.T) {
	eachVersion(t, func(t *testing.T, b *fixture, v mqtt.Version) {
		b.connect(t, v, "s").subscribe("t 1")
		s := b.connect(t, v, "s", keep).present(false)
		b.connect(t, v, "p").say("t", "x")
		s.fence()
	})
}
