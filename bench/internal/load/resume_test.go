package load

import (
	"bytes"
	"testing"

	"mqt/bench/payload"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// What was not acknowledged is sent again as it was when the session goes on,
// [MQTT-4.4.0-1], and forgotten when it does not. MQTT 3.1 does not tell.
func TestResume(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		version    mqtt.Version
		persistent bool
		present    bool // in CONNACK
		again      int
	}{
		{mqtt.V31, true, false, 3},
		{mqtt.V31, false, false, 0},
		{mqtt.V311, true, true, 3},
		{mqtt.V311, true, false, 0},
		{mqtt.V5, true, true, 3},
		{mqtt.V5, true, false, 0},
	} {
		p := plan("127.0.0.1:1", topics(1), nil)
		p.Version, p.Persistent, p.QoS, p.Schedule = tc.version, tc.persistent, mqtt.AtLeastOnce, constant(1000)
		p.Template = payload.Parse([]byte("%UNIQUE% %TIMESTAMPNS% %RANDOM%"), 20)
		p.Sizes = []Size{{HeaderSize + p.Template.Size(), 1}}
		l, err := newLoad(p)
		if err != nil {
			t.Fatal(err)
		}
		l.publish(1)
		c := l.clients[0]
		c.phase, c.known, c.quota = ready, true, maxWindow
		first := c.pub.fill(nil, 3, 1)
		if err := c.start(2); err != nil {
			t.Fatal(err)
		}
		c.out = nil
		connack, err := (&wire.Connack{SessionPresent: tc.present}).Append(nil, tc.version)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.receive(connack, 3); err != nil {
			t.Fatal(err)
		}
		want := dup(t, first)
		if tc.again == 0 {
			want = nil
		}
		if !bytes.Equal(c.out, want) || c.pub.unacked != tc.again {
			t.Errorf("%+v: %d messages wait, and %x is sent, want %x", tc, c.pub.unacked, c.out, want)
		}
	}
}

// dup returns packets with their DUP flags set.
func dup(t *testing.T, packets []byte) []byte {
	t.Helper()
	b := bytes.Clone(packets)
	for at := 0; at < len(b); {
		h, err := wire.ParseHeader(b[at:])
		if err != nil {
			t.Fatal(err)
		}
		b[at] |= 8
		at += h.Total()
	}
	return b
}
