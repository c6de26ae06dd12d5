package broker_test

import (
	"fmt"
	"testing"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// TestMemoryServesThoseWhoKeepUp: a publisher that sends all at once is held
// back for a receiver that acknowledges, instead of being refused; with a
// window, with a session that is kept, and by way of the store.
func TestMemoryServesThoseWhoKeepUp(t *testing.T) {
	none := func() broker.Store { return nil }
	for name, tt := range map[string]struct {
		v     mqtt.Version
		store func() broker.Store
		opts  []option
	}{
		"3.1.1":    {v: mqtt.V311, store: none},
		"kept":     {v: mqtt.V5, opts: []option{keep}, store: none},
		"in store": {v: mqtt.V5, opts: []option{keep}, store: func() broker.Store { return &memory{} }},
	} {
		t.Run(name, func(t *testing.T) {
			eachShortWith(t, tt.store, func(t *testing.T, b *fixture, set func(uint64)) {
				const n = 3000
				s, p := b.connect(t, tt.v, "s", tt.opts...), b.connect(t, mqtt.V5, "p")
				s.subscribe("t 1")
				set(2000)
				var all []wire.Packet
				for i := range n {
					all = append(all, message{topic: "t", payload: fmt.Sprint(i), q: 1}.packet(uint16(i+1)))
				}
				sent := make(chan struct{})
				go func() { defer close(sent); p.raw(encode(t, p.v, all...)) }()
				for i := range n {
					s.take(fmt.Sprintf(`t "%d" q1`, i))
				}
				<-sent
				for i := range n {
					p.expect(fmt.Sprintf("PUBACK #%d", i+1))
				}
				b.droppedFor(t, "memory", 0)
			})
		})
	}
}
