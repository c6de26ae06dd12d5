package broker

import (
	"testing"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// TestDropWhileClosing: a message for a connection that is being closed is
// dropped and counted so, not as sent.
func TestDropWhileClosing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s, l := r.client("s", mqtt.V5, &wire.Subscribe{PacketID: 1, Filters: []wire.SubscribeFilter{{Filter: "a", QoS: 1}}})
	p, _ := r.client("p", mqtt.V5)
	s.mu.Lock()
	s.state, s.reason = stateClosing, errStalled
	s.mu.Unlock()
	before := l.bytes
	for id := range uint16(2) { // at QoS 0 and 1
		r.feed(p, frames(t, mqtt.V5, &wire.Publish{Topic: []byte("a"), QoS: mqtt.QoS(id), PacketID: id}))
	}
	st := r.srv.Stats()
	if st.Dropped["closing"] != 2 || st.PublishSent != 0 || l.bytes != before {
		t.Errorf("%d dropped and %d sent, want 2 and 0", st.Dropped["closing"], st.PublishSent)
	}
}

// TestDropAtTheSessionsEnd counts what waited, and what the client had not
// acknowledged though the session would have sent it again.
func TestDropAtTheSessionsEnd(t *testing.T) {
	t.Parallel()
	for _, expiry := range []uint32{0, 60} {
		r := newRig(t)
		l := &nullLink{}
		s := r.srv.admit(l, "null", r.srv.listenerOf("null", ListenerOptions{}))
		connect := &wire.Connect{Version: mqtt.V5, CleanStart: true, ClientID: "s", Props: mqtt.Properties{{ID: mqtt.PropReceiveMaximum, Int: 1}}}
		if expiry > 0 {
			connect.Props.SetUint(mqtt.PropSessionExpiry, expiry)
		}
		r.feed(s, frames(t, mqtt.V5, connect, &wire.Subscribe{PacketID: 1, Filters: []wire.SubscribeFilter{{Filter: "a", QoS: 1}}}))
		p, _ := r.client("p", mqtt.V5)
		for id := range uint16(3) { // one is in flight, two wait
			r.feed(p, frames(t, mqtt.V5, &wire.Publish{Topic: []byte("a"), QoS: 1, PacketID: id + 1}))
		}
		want := int64(2)
		if expiry > 0 {
			want = 3
		}
		r.client("s", mqtt.V5) // takes over, with a clean start
		if n := r.srv.Stats().Dropped["session_end"]; n != want {
			t.Errorf("%d messages dropped at the end of a session with expiry %d, want %d", n, expiry, want)
		}
	}
}
