package broker_test

import (
	"fmt"
	"strings"
	"testing"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// TestPropertiesAreForwarded: [MQTT-3.3.2-4], -15, -16, -17, -18, -20: unaltered, user
// properties in order, live, queued and retained; not to older clients.
func TestPropertiesAreForwarded(t *testing.T) {
	props := mqtt.Properties{
		{ID: mqtt.PropUser, Key: "k", Value: "2"},
		{ID: mqtt.PropPayloadFormat, Int: 1},
		{ID: mqtt.PropContentType, Value: "text/plain"},
		{ID: mqtt.PropUser, Key: "k", Value: "1"},
		{ID: mqtt.PropResponseTopic, Value: "answer/to"},
		{ID: mqtt.PropCorrelationData, Value: "\x00\xff"},
		{ID: mqtt.PropUser, Key: "", Value: ""},
	}
	const shown = " {k:2 payload-format-indicator=1 content-type=text/plain k:1 response-topic=answer/to correlation-data=\x00\xff :}"
	each(t, func(t *testing.T, b *fixture) {
		p := b.connect(t, mqtt.V5, "p")
		s := b.connect(t, mqtt.V5, "s", keep)
		old := b.connect(t, mqtt.V311, "old")
		s.subscribe("t 2")
		old.subscribe("t 2")
		for q := range mqtt.QoS(3) {
			p.publish(message{topic: "t", payload: "é", q: q, props: props})
			s.take(fmt.Sprintf(`t "é" q%d`, q) + shown)
			old.take(fmt.Sprintf(`t "é" q%d`, q))
		}
		s.bye()
		p.publish(message{topic: "t", payload: "r", q: 1, retain: true, props: props})
		s = b.connect(t, mqtt.V5, "s", keep)
		s.take(`t "r" q1` + shown)
		s.subscribe("t 2")
		s.take(`t "r" q1 retain` + shown)
		s.subscribeID(5, "t 2 rap")
		s.take(`t "r" q1 retain` + strings.TrimSuffix(shown, "}") + " subscription-identifier=5}")
		s.fence()
	})
}

// TestRequestResponse: section 4.10, from an older client's publish to a
// response with correlation data.
func TestRequestResponse(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		asker, server := b.connect(t, mqtt.V5, "asker", prop(mqtt.PropRequestResponseInfo, 1)), b.connect(t, mqtt.V5, "server")
		asker.subscribe("answers/asker 1")
		server.subscribe("questions 1")
		asker.publish(message{topic: "questions", payload: "6*7", q: 1, props: mqtt.Properties{
			{ID: mqtt.PropResponseTopic, Value: "answers/asker"}, {ID: mqtt.PropCorrelationData, Value: "1"}}})
		m := server.expect(`PUBLISH questions "6*7" q1 {response-topic=answers/asker correlation-data=1}`)[0].(*wire.Publish)
		server.ack(m)
		ps := m.Props.Parse()
		server.publish(message{topic: ps.Text(mqtt.PropResponseTopic), payload: "42", q: 1, props: ps.Without(mqtt.PropResponseTopic)})
		asker.take(`answers/asker "42" q1 {correlation-data=1}`)
	})
}

func aliased(topic, payload string, alias uint32) message {
	return message{topic: topic, payload: payload, props: mqtt.Properties{{ID: mqtt.PropTopicAlias, Int: alias}}}
}

// TestTopicAliasFromClient: section 3.3.2.3.4. Aliases are the connection's
// own: they are not forwarded.
func TestTopicAliasFromClient(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		s := b.connect(t, mqtt.V5, "s")
		s.subscribe("# 1")
		p := b.connect(t, mqtt.V5, "p", keep)
		for _, m := range []message{
			aliased("a", "1", 1), aliased("", "2", 1), aliased("b/c", "3", 64), aliased("", "4", 1), aliased("", "5", 64),
			aliased("b", "6", 1), aliased("", "7", 1), {topic: "", payload: "8", q: 1, props: aliased("", "", 1).props},
			{topic: "", payload: "9", q: 2, props: mqtt.Properties{{ID: mqtt.PropUser, Key: "k"}, {ID: mqtt.PropTopicAlias, Int: 64}, {ID: mqtt.PropContentType, Value: "c"}}},
		} {
			p.publish(m)
		}
		s.take(`a "1" q0`, `a "2" q0`, `b/c "3" q0`, `a "4" q0`, `b/c "5" q0`, `b "6" q0`, `b "7" q0`, `b "8" q1`, `b/c "9" q1 {k: content-type=c}`)
		p.bye()
		p = b.connect(t, mqtt.V5, "p", keep)
		p.send(aliased("", "x", 1).packet(0)) // gone with the connection
		p.refused("82")
		s.fence()
	})
}

// TestTopicAliasErrors: [MQTT-3.3.2-8], [MQTT-3.3.2-9], 0x94, and the topic
// that is missing.
func TestTopicAliasErrors(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		for _, tt := range []struct {
			raw  []byte
			code string
		}{
			{[]byte{0x30, 7, 0, 1, 'a', 3, 0x23, 0, 65}, "94"}, // announced are 64
			{[]byte{0x30, 7, 0, 1, 'a', 3, 0x23, 0xff, 0xff}, "94"},
			{[]byte{0x30, 7, 0, 1, 'a', 3, 0x23, 0, 0}, "94"},
			{[]byte{0x30, 6, 0, 0, 3, 0x23, 0, 7}, "82"}, // not defined
			{[]byte{0x30, 3, 0, 0, 0}, "82"},             // neither topic nor alias
			{[]byte{0x30, 10, 0, 1, 'a', 6, 0x23, 0, 1, 0x23, 0, 1}, "82"},
		} {
			c := b.connect(t, mqtt.V5, "c")
			if v, _ := c.connack.Props.Uint(mqtt.PropTopicAliasMaximum); v != 64 {
				t.Fatalf("topic alias maximum = %d, want 64", v)
			}
			c.raw(tt.raw)
			c.refused(tt.code)
		}
	})
}

// TestTopicAliasTowardsClient: [MQTT-3.1.2-26], [MQTT-3.1.2-27]: only as many
// as the client announced, each defined before it is used, on that connection.
func TestTopicAliasTowardsClient(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		p := b.connect(t, mqtt.V5, "p")
		for _, most := range []uint32{0, 1, 3, 100} {
			used := 0
			for range 2 { // the second time on another connection of the session
				s := b.connect(t, mqtt.V5, "s", keep, prop(mqtt.PropTopicAliasMaximum, most))
				s.subscribe("t/# 1")
				known := map[uint32]string{}
				for i := range 60 {
					topic := fmt.Sprintf("t/%d", i*i%7)
					p.say(topic, "x")
					m := s.read().(*wire.Publish)
					s.ack(m)
					alias, has := m.Props.Parse().Uint(mqtt.PropTopicAlias)
					if has && (alias == 0 || alias > most) {
						t.Fatalf("topic alias = %d, want at most %d", alias, most)
					}
					if len(m.Topic) > 0 && has {
						known[alias] = string(m.Topic)
					}
					if len(m.Topic) == 0 {
						m.Topic = []byte(known[alias])
						used++
					}
					if string(m.Topic) != topic {
						t.Fatalf("topic = %q by alias %d, want %q", m.Topic, alias, topic)
					}
				}
				s.bye()
			}
			if (used > 0) != (most > 0) {
				t.Errorf("with a maximum of %d, %d messages had an alias for their topic", most, used)
			}
		}
	})
}

// TestReceiveMaximumOfServer: [MQTT-3.3.4-7], 0x93. Released identifiers do not count.
func TestReceiveMaximumOfServer(t *testing.T) {
	eachWith(t, broker.Limits{ReceiveMaximum: 5}, func(t *testing.T, b *fixture) {
		c := b.connect(t, mqtt.V5, "c")
		if v, _ := c.connack.Props.Uint(mqtt.PropReceiveMaximum); v != 5 {
			t.Errorf("receive maximum = %d, want 5", v)
		}
		open := func(id uint16) {
			c.send(message{topic: "t", q: 2}.packet(id))
			c.acked(wire.PUBREC, id)
		}
		for id := range uint16(5) {
			open(id + 1)
		}
		c.send(ack(wire.PUBREL, 3))
		c.acked(wire.PUBCOMP, 3)
		open(6)
		for range 10 {
			c.say("t", "QoS 1 is acknowledged at once and never counts")
		}
		c.send(message{topic: "t", q: 2}.packet(7))
		c.refused("93")
	})
}

// TestMaximumPacketSizeOfServer: [MQTT-3.2.2-15], 0x95.
func TestMaximumPacketSizeOfServer(t *testing.T) {
	eachWith(t, broker.Limits{MaxPacketSize: 1000}, func(t *testing.T, b *fixture) {
		s := b.connect(t, mqtt.V5, "s")
		s.subscribe("t 0")
		for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
			c := b.connect(t, v, "c")
			exact := 1000 - 3 - 3 // fixed header, topic name
			if v == mqtt.V5 {
				exact-- // property length
				if n, _ := c.connack.Props.Uint(mqtt.PropMaximumPacketSize); n != 1000 {
					t.Errorf("maximum packet size = %d, want 1000", n)
				}
			}
			c.publish(message{topic: "t", payload: strings.Repeat("x", exact)})
			s.take(fmt.Sprintf("t %q q0", strings.Repeat("x", exact)))
			c.send(message{topic: "t", payload: strings.Repeat("x", exact+1)}.packet(0))
			if v == mqtt.V5 {
				c.refused("95")
			} else {
				c.ended()
			}
			s.fence()
		}
	})
}

// TestMaximumPacketSizeOfClient: [MQTT-3.1.2-24], [MQTT-3.1.2-25]: what is too
// large is as if sent; what follows comes.
func TestMaximumPacketSizeOfClient(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		small := []option{keep, prop(mqtt.PropMaximumPacketSize, 100)}
		p := b.connect(t, mqtt.V5, "p")
		long, fits := strings.Repeat("x", 100), strings.Repeat("x", 100-2-5-2-1)
		s := b.connect(t, mqtt.V5, "s", small...)
		s.subscribe("t/1 1", "t/2 0")
		for q := range mqtt.QoS(2) {
			topic := fmt.Sprintf("t/%d", 2-q)
			p.publish(message{topic: topic, payload: long, q: q})
			p.publish(message{topic: topic, payload: fits + "y", q: 1}) // one byte too long at QoS 1
			p.publish(message{topic: topic, payload: fits, q: q})
			if q == 0 {
				s.take(fmt.Sprintf("%s %q q0", topic, fits+"y"))
			}
			s.take(fmt.Sprintf("%s %q q%d", topic, fits, q))
			s.fence()
		}
		s.bye()
		p.publish(message{topic: "t/1", payload: long, q: 1})
		p.publish(message{topic: "t/1", payload: "queued", q: 1})
		p.retain("r/1", long)
		p.retain("r/2", "short")
		s = b.connect(t, mqtt.V5, "s", small...)
		s.take(`t/1 "queued" q1`)
		s.subscribe("r/# 1")
		s.take(`r/2 "short" q1 retain`)
		s.fence()
	})
}

// TestTinyMaximumPacketSize: [MQTT-3.1.2-24] holds for acknowledgements and
// DISCONNECT too: a reason string is left out when it does not fit, and a
// client that cannot even take CONNACK is not served.
func TestTinyMaximumPacketSize(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		for size := range uint32(40) {
			c := b.dial(t)
			c.v = mqtt.V5
			c.rd.Max = int(size + 1)
			c.send(&wire.Connect{Version: c.v, CleanStart: true, Props: mqtt.Properties{{ID: mqtt.PropMaximumPacketSize, Int: size + 1}}})
			c.send(message{topic: "$SYS/x", q: 1}.packet(1), &wire.Connect{Version: c.v})
			for {
				if p, err := c.next(); gone(err) {
					break
				} else if err != nil {
					t.Fatalf("with a maximum of %d the broker sent %s: %v", size+1, show(p), err)
				}
			}
		}
	})
}

// TestRequestProblemInformation: [MQTT-3.1.2-29]: 0 means no reason string and
// no user property but in PUBLISH, CONNACK and DISCONNECT.
func TestRequestProblemInformation(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		for v := range uint32(2) {
			c := b.connect(t, mqtt.V5, "c", prop(mqtt.PropRequestProblemInfo, v))
			c.subscribe("t 1")
			c.send(message{topic: "$SYS/broker/x", q: 1}.packet(1))
			a := c.expect("PUBACK #1 87")[0].(*wire.Ack)
			c.send(message{topic: "$SYS/broker/x", q: 2}.packet(2))
			r := c.expect("PUBREC #2 87")[0].(*wire.Ack)
			for _, a := range []*wire.Ack{a, r} {
				if a.Props.Has(mqtt.PropReasonString) != (v == 1) {
					t.Errorf("%s with request problem information %d has properties %v", show(a), v, a.Props)
				}
			}
		}
	})
}
