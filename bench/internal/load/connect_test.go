package load

import (
	"testing"
	"time"

	"mqt/internal/mqtt"
)

// A clean start and the session expiry interval are two things in MQTT 5.
func TestConnectPacket(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		version    mqtt.Version
		persistent bool
		expiry     time.Duration
		known      bool // was connected before
		clean      bool
		seconds    uint32
	}{
		{version: mqtt.V5, clean: true},
		{version: mqtt.V5, expiry: time.Minute, clean: true, seconds: 60},
		{version: mqtt.V5, expiry: time.Minute, known: true, clean: true, seconds: 60},
		{version: mqtt.V5, persistent: true, expiry: time.Minute, clean: true, seconds: 60}, // nothing of an earlier run
		{version: mqtt.V5, persistent: true, expiry: time.Minute, known: true, clean: false, seconds: 60},
		{version: mqtt.V5, persistent: true, expiry: (1<<32 - 1) * time.Second, clean: true, seconds: 1<<32 - 1},
		{version: mqtt.V311, clean: true},
		{version: mqtt.V311, persistent: true, clean: false},
		{version: mqtt.V31, persistent: true, known: true, clean: false},
	} {
		p := plan("127.0.0.1:1", topics(1), nil)
		p.Version, p.Persistent, p.SessionExpiry = tc.version, tc.persistent, tc.expiry
		l, err := newLoad(p)
		if err != nil {
			t.Fatal(err)
		}
		c := l.clients[0]
		c.known = tc.known
		got := c.connect()
		seconds, _ := got.Props.Uint(mqtt.PropSessionExpiry)
		if got.CleanStart != tc.clean || seconds != tc.seconds {
			t.Errorf("%+v: CONNECT has clean start %v and expiry %d", tc, got.CleanStart, seconds)
		}
	}
}
