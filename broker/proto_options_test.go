package broker_test

import (
	"fmt"
	"strings"
	"testing"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// eachServer runs test on a broker of each engine that setting has changed.
func eachServer(t *testing.T, setting func(*broker.Server), test func(t *testing.T, b *fixture)) {
	t.Helper()
	eachOn(t, func() *broker.Server {
		srv := newServer()
		setting(srv)
		return srv
	}, broker.ListenerOptions{}, test)
}

// TestRefuseRetained: [MQTT-3.2.2-13], [MQTT-3.2.2-14]. Earlier versions are
// treated as mosquitto does.
func TestRefuseRetained(t *testing.T) {
	eachServer(t, func(s *broker.Server) { s.RefuseRetained = true }, func(t *testing.T, b *fixture) {
		s := b.connect(t, mqtt.V5, "s")
		s.subscribe("# 1")
		for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
			for q := range mqtt.QoS(3) {
				for _, payload := range []string{"x", ""} {
					c := b.connect(t, v, "c")
					c.send(message{topic: "t", payload: payload, q: q, retain: true}.packet(9))
					if v != mqtt.V5 {
						c.ended()
						continue
					}
					if got := c.connackProp(mqtt.PropRetainAvailable); got != 0 {
						t.Errorf("retain available = %d, want 0", got)
					}
					c.refused("9a")
				}
			}
			w := will(wire.Will{Topic: "w", Retain: true})
			b.rejected(t, v, "c", map[bool]string{true: "9a"}[v == mqtt.V5], w)
			c := b.connect(t, v, "c", will(wire.Will{Topic: "w", Payload: []byte("x")}))
			c.vanish()
			s.take(`w "x" q0`)
		}
		s.fence()
		if err := b.srv.Publish(mqtt.Message{Topic: "own", Payload: []byte("x"), Retain: true}); err != nil {
			t.Fatal(err)
		}
		s.take(`own "x" q0`)
		s.subscribe("own 0")
		s.take(`own "x" q0 retain`)
	})
}

// TestQueueQoS0: for who is away, in order with the rest; not for sessions
// that end.
func TestQueueQoS0(t *testing.T) {
	for _, on := range []bool{true, false} {
		t.Run(fmt.Sprint(on), func(t *testing.T) {
			eachServer(t, func(s *broker.Server) { s.QueueQoS0 = on }, func(t *testing.T, b *fixture) {
				for _, v := range []mqtt.Version{mqtt.V311, mqtt.V5} {
					s := b.connect(t, v, "s", keep)
					s.subscribe("t 1", "$share/g/u 0")
					s.bye()
					p := b.connect(t, mqtt.V5, "p")
					p.publish(message{topic: "t", payload: "zero"})
					p.say("t", "one")
					p.publish(message{topic: "u", payload: "shared"})
					p.publish(message{topic: "t", payload: "last"})
					s = b.connect(t, v, "s", keep).present(true)
					if on {
						s.take(`t "zero" q0`, `t "one" q1`, `u "shared" q0`, `t "last" q0`)
					} else {
						s.take(`t "one" q1`)
					}
					s.fence()
					s.bye()
					b.connect(t, v, "s").bye() // ends the session
				}
			})
		})
	}
}

// TestQueueQoS0IsBounded: the oldest go first.
func TestQueueQoS0IsBounded(t *testing.T) {
	eachServer(t, func(s *broker.Server) { s.QueueQoS0, s.Limits.MaxQueuedMessages = true, 3 }, func(t *testing.T, b *fixture) {
		s := b.connect(t, mqtt.V5, "s", keep)
		s.subscribe("t 1")
		s.bye()
		p := b.connect(t, mqtt.V5, "p")
		for i := range 10 {
			p.publish(message{topic: "t", payload: fmt.Sprint(i)})
		}
		s = b.connect(t, mqtt.V5, "s", keep)
		s.take(`t "7" q0`, `t "8" q0`, `t "9" q0`)
		s.fence()
		if got := b.srv.Stats().Dropped["queue_full"]; got != 7 {
			t.Errorf("dropped = %d, want 7", got)
		}
	})
}

// TestUpgradeQoS: the subscription's QoS decides, also for retained messages
// and those who are away; without the option the lower one does [MQTT-3.8.4-8].
func TestUpgradeQoS(t *testing.T) {
	for _, on := range []bool{true, false} {
		t.Run(fmt.Sprint(on), func(t *testing.T) {
			eachServer(t, func(s *broker.Server) { s.UpgradeQoS = on }, func(t *testing.T, b *fixture) {
				qos := func(published, granted mqtt.QoS) mqtt.QoS {
					if on {
						return granted
					}
					return min(published, granted)
				}
				p := b.connect(t, mqtt.V5, "p")
				for published := range mqtt.QoS(3) {
					for granted := range mqtt.QoS(3) {
						s := b.connect(t, mqtt.V311, "s", keep)
						s.subscribe(fmt.Sprintf("t %d", granted))
						p.publish(message{topic: "t", payload: "x", q: published, retain: true})
						s.take(fmt.Sprintf(`t "x" q%d`, qos(published, granted)))
						s.subscribe(fmt.Sprintf("t %d", granted))
						s.take(fmt.Sprintf(`t "x" q%d retain`, qos(published, granted)))
						p.publish(message{topic: "t", q: 1, retain: true})
						s.take(fmt.Sprintf(`t "" q%d`, qos(1, granted)))
						s.bye()
						p.publish(message{topic: "t", payload: "away", q: published})
						s = b.connect(t, mqtt.V311, "s", keep).present(true)
						if q := qos(published, granted); q > 0 {
							s.take(fmt.Sprintf(`t "away" q%d`, q))
						}
						s.fence()
						s.bye()
						b.connect(t, mqtt.V311, "s").bye()
					}
				}
			})
		})
	}
}

// TestMaxPayloadSize: the message reaches nobody, is counted, and the
// connection stays; 0x95 is not a code of PUBACK and PUBREC, so it is 0x97.
func TestMaxPayloadSize(t *testing.T) {
	eachServer(t, func(s *broker.Server) { s.Limits.MaxPayloadSize = 10 }, func(t *testing.T, b *fixture) {
		s := b.connect(t, mqtt.V5, "s")
		s.subscribe("# 2")
		large := strings.Repeat("x", 11)
		n := int64(0)
		for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5} {
			code := map[bool]string{true: " 97"}[v == mqtt.V5]
			p := b.connect(t, v, "p")
			p.send(message{topic: "t", payload: large, retain: true}.packet(0))
			p.fence()
			p.send(message{topic: "t", payload: large, q: 1, retain: true}.packet(1))
			p.expect("PUBACK #1" + code)
			p.send(message{topic: "t", payload: large, q: 2}.packet(2))
			p.expect("PUBREC #2" + code)
			n += 3
			if v == mqtt.V5 { // the identifier is free again
				p.send(message{topic: "t", payload: "ok", q: 2}.packet(2))
				p.expect("PUBREC #2")
				s.take(`t "ok" q2`)
			}
			p.send(&wire.Ack{Type: wire.PUBREL, PacketID: 2})
			p.expect("PUBCOMP #2")
			p.publish(message{topic: "t", payload: large[1:], q: 1})
			s.take(fmt.Sprintf("t %q q1", large[1:]))
			b.rejected(t, v, "w", map[bool]string{true: "95"}[v == mqtt.V5], will(wire.Will{Topic: "t", Payload: []byte(large)}))
			b.connect(t, v, "w", will(wire.Will{Topic: "t", Payload: []byte(large[1:])})).bye()
		}
		s.fence()
		if got := b.srv.Stats().Dropped["payload_too_large"]; got != n {
			t.Errorf("dropped = %d, want %d", got, n)
		}
	})
}
