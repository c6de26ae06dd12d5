package broker_test

import (
	"slices"
	"testing"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// watch returns a client that sees all wills.
func (b *fixture) watch(t *testing.T, v mqtt.Version) *client {
	t.Helper()
	w := b.connect(t, v, "watch")
	w.subscribe("will/# 2")
	return w
}

func wills(delay uint32) option {
	w := wire.Will{Topic: "will/c", Payload: []byte("gone"), QoS: 1}
	if delay > 0 {
		w.Props.SetUint(mqtt.PropWillDelay, delay)
	}
	return will(w)
}

// TestWill: sections 3.1.2.5 and 3.14.4: what publishes it and what does not.
func TestWill(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(c *client)
		sent bool
	}{
		{"connection lost", (*client).vanish, true},
		{"protocol error", func(c *client) {
			c.send(&wire.Connect{Version: c.v, ClientID: "again", CleanStart: true})
			c.vanish()
		}, true},
		{"malformed packet", func(c *client) { c.raw([]byte{0xf8, 0}); c.vanish() }, true},
		{"half a packet", func(c *client) { c.raw([]byte{0x30, 20, 0, 1}); c.vanish() }, true},
		{"DISCONNECT", (*client).bye, false},
		{"DISCONNECT and rubbish", func(c *client) { c.raw([]byte{0xe0, 0, 0xff, 0xff}); c.vanish() }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			eachVersion(t, func(t *testing.T, b *fixture, v mqtt.Version) {
				w := b.watch(t, mqtt.V5)
				tt.end(b.connect(t, v, "c", wills(0)))
				b.connect(t, v, "c").bye() // nothing of the old connection is left
				if tt.sent {
					w.take(`will/c "gone" q1`)
				}
				w.fence()
			})
		})
	}
}

// TestWillOnDisconnectWithReasonCode: [MQTT-3.14.4-3]: only 0x00 deletes it.
func TestWillOnDisconnectWithReasonCode(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		w := b.watch(t, mqtt.V5)
		for _, code := range []mqtt.ReasonCode{mqtt.DisconnectWithWill, mqtt.UnspecifiedError, mqtt.MessageRateTooHigh} {
			c := b.connect(t, mqtt.V5, "c", wills(0))
			c.send(&wire.Disconnect{Code: code})
			c.ended()
			w.take(`will/c "gone" q1`)
		}
		w.fence()
	})
}

// TestWillOfTakenOverConnection: section 3.1.4 and the end of 3.1.2.5: the
// connection was not closed by DISCONNECT.
func TestWillOfTakenOverConnection(t *testing.T) {
	eachVersion(t, func(t *testing.T, b *fixture, v mqtt.Version) {
		w := b.watch(t, v)
		b.connect(t, v, "c", keep, wills(0))
		b.connect(t, v, "c", keep)
		w.take(`will/c "gone" q1`)
		w.fence()
	})
}

// TestWillDelay: [MQTT-3.1.3-9] and section 3.1.3.2.2. Each case is a client
// on the same broker; the will of the last one is the clock.
func TestWillDelay(t *testing.T) {
	type end = func(t *testing.T, b *fixture, c *client)
	vanish := func(_ *testing.T, _ *fixture, c *client) { c.vanish() }
	leave := func(p *wire.Disconnect) end {
		return func(_ *testing.T, _ *fixture, c *client) { c.send(p); c.ended() }
	}
	cases := []struct {
		name   string
		expiry uint32
		delay  uint32
		end    end
		sent   bool
	}{
		{"reconnect cancels", 3600, 1, func(t *testing.T, b *fixture, c *client) { c.vanish(); b.connect(t, c.v, c.id, keep) }, false},
		{"take-over cancels", 3600, 1, func(t *testing.T, b *fixture, c *client) { b.connect(t, c.v, c.id, keep) }, false},
		{"passes", 3600, 1, vanish, true},
		{"passes not yet", 3600, 3600, vanish, false},
		{"passes with DISCONNECT 04", 3600, 1, leave(&wire.Disconnect{Code: mqtt.DisconnectWithWill}), true},
		{"no session", 0, 3600, vanish, true},
		{"session ends first", 1, 3600, vanish, true},
		{"clean start ends the session", 3600, 3600, func(t *testing.T, b *fixture, c *client) { c.vanish(); b.connect(t, c.v, c.id) }, true},
		{"take-over with clean start", 3600, 3600, func(t *testing.T, b *fixture, c *client) { b.connect(t, c.v, c.id) }, true},
		{"DISCONNECT that ends the session", 3600, 3600, leave(&wire.Disconnect{
			Code: mqtt.DisconnectWithWill, Props: mqtt.Properties{{ID: mqtt.PropSessionExpiry}}}), true},
		{"DISCONNECT 00", 3600, 1, leave(&wire.Disconnect{}), false},
		{"clock", 3600, 3, vanish, true},
	}
	each(t, func(t *testing.T, b *fixture) {
		w := b.watch(t, mqtt.V5)
		var want, got []string
		for _, tt := range cases {
			m := wire.Will{Topic: "will/" + tt.name, QoS: 1, Props: mqtt.Properties{{ID: mqtt.PropWillDelay, Int: tt.delay}}}
			c := b.connect(t, mqtt.V5, tt.name, prop(mqtt.PropSessionExpiry, tt.expiry), will(m))
			tt.end(t, b, c)
			if tt.sent {
				want = append(want, tt.name)
			}
		}
		for !slices.Contains(got, "clock") {
			m := w.read().(*wire.Publish)
			w.ack(m)
			got = append(got, string(m.Topic[len("will/"):]))
		}
		w.fence()
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("wills = %q, want %q", got, want)
		}
	})
}

// TestWillMessage: section 3.1.3.2: what of the will reaches a subscriber.
func TestWillMessage(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		w := b.watch(t, mqtt.V5)
		props := mqtt.Properties{
			{ID: mqtt.PropPayloadFormat, Int: 1},
			{ID: mqtt.PropContentType, Value: "text/plain"},
			{ID: mqtt.PropResponseTopic, Value: "answer/here"},
			{ID: mqtt.PropCorrelationData, Value: "\x01\x00"},
			{ID: mqtt.PropUser, Key: "k", Value: "1"},
			{ID: mqtt.PropUser, Key: "k", Value: "2"},
			{ID: mqtt.PropWillDelay, Int: 0},
		}
		b.connect(t, mqtt.V5, "c", will(wire.Will{Topic: "will/x", Payload: []byte("p"), QoS: 2, Retain: true, Props: props})).vanish()
		w.take("will/x \"p\" q2 {payload-format-indicator=1 content-type=text/plain response-topic=answer/here correlation-data=\x01\x00 k:1 k:2}")
		s := b.connect(t, mqtt.V311, "s")
		s.subscribe("will/# 1")
		s.take(`will/x "p" q1 retain`) // [MQTT-3.1.2-15]
		s.fence()
		b.connect(t, mqtt.V311, "c", will(wire.Will{Topic: "will/x", Retain: true})).vanish()
		w.take(`will/x "" q0`)
		s.take(`will/x "" q0`)
		s.subscribe("will/# 1")
		s.fence() // an empty will has cleared it
	})
}

// TestWillWithExpiry: the interval of the message counts from its publication.
func TestWillWithExpiry(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		w := b.watch(t, mqtt.V5)
		props := mqtt.Properties{{ID: mqtt.PropMessageExpiry, Int: 100}, {ID: mqtt.PropWillDelay, Int: 1}}
		b.connect(t, mqtt.V5, "c", keep, will(wire.Will{Topic: "will/x", Props: props})).vanish()
		m := w.read().(*wire.Publish)
		if v, _ := m.Props.Parse().Uint(mqtt.PropMessageExpiry); v != 100 {
			t.Errorf("%s, want the whole expiry interval, 100", show(m))
		}
		w.fence()
	})
}

// TestKeepAlive: [MQTT-3.1.2-22]: one and a half times the interval, then the
// will; a client that sends anything stays.
func TestKeepAlive(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		versions := []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V5}
		w := b.watch(t, mqtt.V5)
		var quiet, pings, talks []*client
		for _, v := range versions {
			pings = append(pings, b.connect(t, v, "pings"+v.String(), keepAlive(1)))
			talks = append(talks, b.connect(t, v, "talks"+v.String(), keepAlive(1)))
			quiet = append(quiet, b.connect(t, v, "quiet"+v.String(), keepAlive(1), wills(0)))
		}
		b.connect(t, mqtt.V5, "clock", keep, prop(mqtt.PropSessionExpiry, 3)).bye()
		if !until(func() bool {
			for i := range versions {
				pings[i].fence()
				talks[i].send(message{topic: "t"}.packet(0))
			}
			return b.sys(t)["$SYS/broker/clients/expired"] == "1"
		}) {
			t.Fatal("the clock does not tick")
		}
		for i, v := range versions {
			pings[i].fence()
			talks[i].fence()
			if v == mqtt.V5 {
				quiet[i].refused("8d")
			} else {
				quiet[i].ended()
			}
			w.take(`will/c "gone" q1`)
		}
		w.fence()
	})
}
