package broker_test

import (
	"fmt"
	"runtime/debug"
	"strings"
	"testing"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// TestAttackMemory: retained messages and messages for clients that are away
// would take several times what is allowed. The heap stays below the cap and a
// little, and those who are there exchange messages all the while. It does not
// run beside other tests, whose memory would count.
func TestAttackMemory(t *testing.T) {
	const room, slack, flood = 48 << 20, 64 << 20, 256 << 20
	for engine, listen := range engines() {
		for _, kind := range []string{"retained", "queued"} {
			t.Run(engine+"/"+kind, func(t *testing.T) {
				heap() // collects what earlier tests have left
				heap() // and then what was in pools
				limit := int(broker.MemoryInUse()) + room
				defer debug.SetMemoryLimit(debug.SetMemoryLimit(int64(limit))) // as a program with a cap should
				srv := newServer()
				srv.Limits = broker.Limits{MaxMemory: limit, MaxQueuedMessages: -1, MaxQueuedBytes: -1, MaxRetained: -1, MaxRetainedBytes: -1}
				b := serve(t, srv, listen(t))
				a := b.connect(t, mqtt.V5, "away", keep)
				a.subscribe("flood/# 1")
				a.bye()
				s, p, f := b.connect(t, mqtt.V5, "s"), b.connect(t, mqtt.V5, "p"), b.connect(t, mqtt.V5, "f")
				s.subscribe("pair 1")
				payload := strings.Repeat("x", 20_000)
				most := uint64(0)
				for i := range flood / len(payload) {
					m := message{topic: fmt.Sprint("flood/", i), payload: payload, q: 1}
					if kind == "retained" {
						m = message{topic: fmt.Sprint("r/", i), payload: payload, retain: true}
					}
					f.send(m.packet(uint16(i + 1)))
					if m.q == 1 {
						f.read() // taken or refused
					}
					if i%100 == 0 {
						p.say("pair", fmt.Sprint(i))
						s.take(fmt.Sprintf(`pair "%d" q1`, i))
						most = max(most, broker.MemoryInUse())
					}
				}
				f.fence()
				if most = max(most, broker.MemoryInUse()); most > uint64(limit+slack) {
					t.Errorf("%d MB were in use, want at most %d and a little", most>>20, limit>>20)
				}
				st := srv.Stats()
				if !until(func() bool { st = srv.Stats(); return st.MemoryLimited }) || st.Dropped["memory"] == 0 {
					t.Errorf("memory limited = %v, dropped for it = %d, want that it is and some were", st.MemoryLimited, st.Dropped["memory"])
				}
				if kept := st.RetainedBytes + st.QueuedBytes; kept < room/4 {
					t.Errorf("%d MB were kept, want a good part of %d", kept>>20, room>>20)
				}
				if kind == "queued" { // who takes what waits makes room
					b.drain(t, st.Queued)
				}
			})
		}
	}
}

// drain takes n messages for "away", and expects that there is memory then.
func (b *fixture) drain(t *testing.T, n int64) {
	t.Helper()
	a := b.connect(t, mqtt.V5, "away", keep)
	for range n {
		m, err := a.next()
		if err != nil {
			t.Fatal(err)
		}
		a.ack(m.(*wire.Publish))
	}
	if !until(func() bool { return !b.srv.Stats().MemoryLimited }) {
		t.Error("memory is short although everything was taken")
	}
	b.serves(t)
}
