package broker_test

import (
	"fmt"
	"testing"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

func ack(t wire.Type, id uint16) *wire.Ack { return &wire.Ack{Type: t, PacketID: id} }

// TestQoSOfDeliveryIsTheLowerOfBoth: section 3.8.4, and the handshakes of
// section 4.3, between clients of every version.
func TestQoSOfDeliveryIsTheLowerOfBoth(t *testing.T) {
	eachVersion(t, func(t *testing.T, b *fixture, v mqtt.Version) {
		for _, to := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
			p := b.connect(t, v, fmt.Sprintf("p%d%d", v, to))
			for q := range mqtt.QoS(3) {
				s := b.connect(t, to, fmt.Sprintf("s%d%d%d", v, to, q))
				s.subscribe(fmt.Sprintf("t/%d/%d/# %d", v, to, q))
				for pq := range mqtt.QoS(3) {
					topic := fmt.Sprintf("t/%d/%d/%d", v, to, pq)
					p.publish(message{topic: topic, payload: "x", q: pq})
					s.take(fmt.Sprintf("%s \"x\" q%d", topic, min(q, pq)))
				}
				s.fence()
				s.bye()
			}
			p.bye()
		}
	})
}

// TestQoS2IsDeliveredOnceAlthoughSentTwice: [MQTT-4.3.3-10] method A or B,
// either way the second PUBLISH with the identifier is not delivered.
func TestQoS2IsDeliveredOnceAlthoughSentTwice(t *testing.T) {
	eachVersion(t, func(t *testing.T, b *fixture, v mqtt.Version) {
		s := b.connect(t, v, "s")
		s.subscribe("t 2")
		p := b.connect(t, v, "p")
		m := message{topic: "t", payload: "1", q: 2}
		p.send(m.packet(7))
		p.acked(wire.PUBREC, 7)
		m.dup = true
		p.send(m.packet(7))
		p.acked(wire.PUBREC, 7)
		p.send(ack(wire.PUBREL, 7))
		p.acked(wire.PUBCOMP, 7)
		m = message{topic: "t", payload: "2", q: 2}
		p.send(m.packet(7)) // the identifier is free again
		p.acked(wire.PUBREC, 7)
		p.send(ack(wire.PUBREL, 7))
		p.acked(wire.PUBCOMP, 7)
		s.take(`t "1" q2`, `t "2" q2`)
		s.fence()
		s.bye()
		p.bye()
	})
}

// TestPubrelOfUnknownIdentifierIsAnswered: section 3.7.2.1 has 0x92 for it; in
// 3.1.1 PUBCOMP is the only answer.
func TestPubrelOfUnknownIdentifierIsAnswered(t *testing.T) {
	eachVersion(t, func(t *testing.T, b *fixture, v mqtt.Version) {
		c := b.connect(t, v, "c")
		c.send(ack(wire.PUBREL, 99))
		if v == mqtt.V5 {
			c.expect("PUBCOMP #99 92")
		} else {
			c.expect("PUBCOMP #99")
		}
		c.fence()
		c.bye()
	})
}

// TestPubrecOfUnknownIdentifierIsAnswered: [MQTT-4.3.3-4] PUBREL; MQTT 5 has
// the reason code 0x92 for it.
func TestPubrecOfUnknownIdentifierIsAnswered(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		c := b.connect(t, mqtt.V5, "c")
		c.send(ack(wire.PUBREC, 99))
		c.expect("PUBREL #99 92")
		c.fence()
	})
}

// TestUnknownAcksAreHarmless: PUBACK and PUBCOMP that nobody waits for.
func TestUnknownAcksAreHarmless(t *testing.T) {
	eachVersion(t, func(t *testing.T, b *fixture, v mqtt.Version) {
		c := b.connect(t, v, "c")
		c.send(ack(wire.PUBACK, 5), ack(wire.PUBCOMP, 6))
		c.fence()
		c.bye()
	})
}

// TestPubrecWithFailureEndsTheDelivery: [MQTT-4.3.3-4] no PUBREL after a
// reason code of 0x80 or above, and the place in the window is free again.
func TestPubrecWithFailureEndsTheDelivery(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		s := b.connect(t, mqtt.V5, "s", prop(mqtt.PropReceiveMaximum, 1))
		s.subscribe("t 2")
		p := b.connect(t, mqtt.V5, "p")
		for i := range 2 {
			p.publish(message{topic: "t", payload: fmt.Sprint(i), q: 2})
		}
		first := s.expect(`PUBLISH t "0" q2`)[0].(*wire.Publish)
		s.fence()
		s.send(&wire.Ack{Type: wire.PUBREC, PacketID: first.PacketID, Code: mqtt.QuotaExceeded})
		s.take(`t "1" q2`)
		s.fence()
	})
}

// TestWindowLimitsUnacknowledgedMessages: section 4.9. Receive Maximum in
// MQTT 5, 20 before it. Acknowledgements in any order let further ones out.
func TestWindowLimitsUnacknowledgedMessages(t *testing.T) {
	for _, tt := range []struct {
		name   string
		v      mqtt.Version
		opts   []option
		window int
		q      mqtt.QoS
	}{
		{"v31 q1", mqtt.V31, nil, 20, 1},
		{"v311 q1", mqtt.V311, nil, 20, 1},
		{"v311 q2", mqtt.V311, nil, 20, 2},
		{"v5 receive maximum 1", mqtt.V5, []option{prop(mqtt.PropReceiveMaximum, 1)}, 1, 1},
		{"v5 receive maximum 7 q1", mqtt.V5, []option{prop(mqtt.PropReceiveMaximum, 7)}, 7, 1},
		{"v5 receive maximum 7 q2", mqtt.V5, []option{prop(mqtt.PropReceiveMaximum, 7)}, 7, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			each(t, func(t *testing.T, b *fixture) {
				const total = 50
				s := b.connect(t, tt.v, "s", tt.opts...)
				s.subscribe(fmt.Sprintf("t %d", tt.q))
				p := b.connect(t, mqtt.V5, "p")
				for i := range total {
					p.publish(message{topic: "t", payload: fmt.Sprint(i), q: 2})
				}
				var ids []uint16
				receive := func(n int) {
					m := s.expect(fmt.Sprintf("PUBLISH t \"%d\" q%d", n, tt.q))
					ids = append(ids, m[0].(*wire.Publish).PacketID)
				}
				for n := range tt.window {
					receive(n)
				}
				s.fence() // no more than the window
				for n := tt.window; n < total; n++ {
					last := ids[len(ids)-1] // out of order: the newest first
					ids = ids[:len(ids)-1]
					s.finish(tt.q, last)
					receive(n)
					s.fence()
				}
				for _, id := range ids {
					s.finish(tt.q, id)
				}
				s.fence()
			})
		})
	}
}

// finish completes the handshake of the delivery id at QoS q.
func (c *client) finish(q mqtt.QoS, id uint16) {
	c.t.Helper()
	c.ack(&wire.Publish{QoS: q, PacketID: id})
}

// TestQoS0IsNotHeldByTheWindow: [MQTT-3.3.4-9] the window concerns QoS 1 and 2
// only.
func TestQoS0IsNotHeldByTheWindow(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		s := b.connect(t, mqtt.V5, "s", prop(mqtt.PropReceiveMaximum, 1))
		s.subscribe("t 1")
		p := b.connect(t, mqtt.V5, "p")
		p.say("t", "1")
		p.publish(message{topic: "t", payload: "0", q: 0})
		s.expect(`PUBLISH t "1" q1`, `PUBLISH t "0" q0`)
		s.fence()
	})
}

// TestPacketIdentifiersInUseAreNotReused: [MQTT-2.2.1-3]. One message is never
// acknowledged while the identifiers of the others go round; at the latest
// when the round is complete the others wait for it, and go on afterwards.
func TestPacketIdentifiersInUseAreNotReused(t *testing.T) {
	if testing.Short() {
		t.Skip("66,000 messages")
	}
	each(t, func(t *testing.T, b *fixture) {
		s := b.connect(t, mqtt.V5, "s", prop(mqtt.PropReceiveMaximum, 10))
		s.subscribe("t 1")
		p := b.connect(t, mqtt.V5, "p")
		p.publish(message{topic: "t", payload: "held", q: 1})
		held := s.expect(`PUBLISH t "held" q1`)[0].(*wire.Publish)
		const batch, batches = 400, 164
		for n := range batches {
			var out []wire.Packet
			for range batch {
				out = append(out, message{topic: "t", q: 1}.packet(p.newIDWrapping()))
			}
			p.send(out...)
			for i := range batch {
				p.expect(fmt.Sprintf("PUBACK #%d", out[i].(*wire.Publish).PacketID))
			}
			if n == batches-1 {
				s.ack(held)
			}
			for range batch {
				m := s.expect(`PUBLISH t "" q1`)[0].(*wire.Publish)
				if n < batches-1 && m.PacketID == held.PacketID {
					t.Fatalf("packet identifier %d is used while it is in use", m.PacketID)
				}
				s.ack(m)
			}
		}
		s.fence()
	})
}

func (c *client) newIDWrapping() uint16 {
	if c.nextID == 65535 {
		c.nextID = 0
	}
	return c.newID()
}

// TestAcksSayWhenNobodySubscribes: sections 3.4.2.1 and 3.5.2.1, 0x10.
func TestAcksSayWhenNobodySubscribes(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		p := b.connect(t, mqtt.V5, "p")
		p.send(message{topic: "t", q: 1}.packet(1))
		p.expect("PUBACK #1 10")
		p.send(message{topic: "t", q: 2}.packet(2))
		p.expect("PUBREC #2 10")
		p.send(ack(wire.PUBREL, 2))
		p.expect("PUBCOMP #2")
		p.subscribe("t 0")
		p.send(message{topic: "t", q: 1}.packet(3))
		// The subscriber is the publisher: both orders are right.
		got := map[string]bool{show(p.read()): true, show(p.read()): true}
		if !got["PUBACK #3"] || !got[`PUBLISH t "" q0`] {
			t.Errorf("packets = %v, want PUBACK #3 and the message", got)
		}
		old := b.connect(t, mqtt.V311, "old")
		old.send(message{topic: "nobody", q: 1}.packet(1))
		old.expect("PUBACK #1")
	})
}

// TestOrderIsKeptPerPublisherAndQoS: [MQTT-4.6.0-6].
func TestOrderIsKeptPerPublisherAndQoS(t *testing.T) {
	eachVersion(t, func(t *testing.T, b *fixture, v mqtt.Version) {
		s := b.connect(t, v, "s")
		s.subscribe("t/+ 2")
		p := b.connect(t, v, "p")
		for q := range mqtt.QoS(3) {
			const n = 300
			var out []wire.Packet
			for i := range n {
				out = append(out, message{topic: "t/x", payload: fmt.Sprint(i), q: q}.packet(uint16(i+1)))
			}
			go p.nc.Write(encode(t, v, out...))
			for i := range n {
				s.take(fmt.Sprintf("t/x \"%d\" q%d", i, q))
			}
			for i := range n {
				switch q {
				case 1:
					p.acked(wire.PUBACK, uint16(i+1))
				case 2:
					p.acked(wire.PUBREC, uint16(i+1))
					p.send(ack(wire.PUBREL, uint16(i+1)))
				}
			}
			for i := range n {
				if q == 2 {
					p.acked(wire.PUBCOMP, uint16(i+1))
				}
			}
		}
		s.fence()
		s.bye()
		p.bye()
	})
}

func encode(t testing.TB, v mqtt.Version, packets ...wire.Packet) []byte {
	t.Helper()
	var b []byte
	var err error
	for _, p := range packets {
		if b, err = p.Append(b, v); err != nil {
			t.Fatal(err)
		}
	}
	return b
}
