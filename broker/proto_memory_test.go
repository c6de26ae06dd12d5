package broker_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// eachShort runs test on a broker of each engine whose memory in use is what
// set says, in megabytes: 1000 are the most.
func eachShort(t *testing.T, test func(t *testing.T, b *fixture, set func(uint64))) {
	t.Helper()
	eachShortWith(t, func() broker.Store { return nil }, test)
}

// eachShortWith is eachShort with a store.
func eachShortWith(t *testing.T, store func() broker.Store, test func(t *testing.T, b *fixture, set func(uint64))) {
	t.Parallel()
	for engine, listen := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			srv := newServer()
			srv.Limits.MaxMemory, srv.Store = 1000<<20, store()
			set := broker.FakeMemory(srv)
			test(t, serve(t, srv, listen(t)), set)
		})
	}
}

func (b *fixture) droppedFor(t *testing.T, reason string, want int64) {
	t.Helper()
	if got := b.srv.Stats().Dropped[reason]; got != want {
		t.Errorf("dropped for %s = %d, want %d", reason, got, want)
	}
}

// TestMemoryRefusesConnections but of clients for whom messages wait, and says
// when it begins and ends, with hysteresis.
func TestMemoryRefusesConnections(t *testing.T) {
	eachShort(t, func(t *testing.T, b *fixture, set func(uint64)) {
		away := b.connect(t, mqtt.V311, "away", keep)
		away.subscribe("t 1")
		away.bye()
		idle := b.connect(t, mqtt.V311, "idle", keep)
		idle.bye()
		here := b.connect(t, mqtt.V5, "here")
		here.say("t", "waits")
		for _, step := range []struct {
			used    uint64
			limited bool
		}{{1000, false}, {1001, true}, {1000, true}, {901, true}, {900, false}, {1000, false}, {5000, true}} {
			set(step.used)
			if got := b.srv.Stats().MemoryLimited; got != step.limited {
				t.Fatalf("with %d MB in use limited = %v, want %v", step.used, got, step.limited)
			}
			if !step.limited {
				b.connect(t, mqtt.V5, "new").bye()
				continue
			}
			b.rejected(t, mqtt.V5, "new", "97")
			b.rejected(t, mqtt.V311, "new", "88")
			b.rejected(t, mqtt.V31, "new", "88")
			b.rejected(t, mqtt.V311, "idle", "88", keep)
			here.fence()
		}
		refused := b.srv.Stats().ConnectionsRefused
		if want := int64(4 * 4); refused != want || b.srv.Stats().Listeners[0].ConnectionsRefused != want {
			t.Errorf("refused = %d, want %d", refused, want)
		}
		away = b.connect(t, mqtt.V311, "away", keep).present(true)
		away.take(`t "waits" q1`)
		away.fence()
	})
}

// TestMemoryRefusesWhatGrows: subscriptions, retained messages that are new or
// larger, messages for clients that are away. Those who are there are served.
func TestMemoryRefusesWhatGrows(t *testing.T) {
	eachShort(t, func(t *testing.T, b *fixture, set func(uint64)) {
		away := b.connect(t, mqtt.V5, "away", keep)
		away.subscribe("away/# 2")
		away.bye()
		p, s, old := b.connect(t, mqtt.V5, "p"), b.connect(t, mqtt.V5, "s"), b.connect(t, mqtt.V311, "old")
		s.subscribe("# 2")
		p.retain("r", "12345")
		s.take(`r "12345" q1`)
		set(2000)
		s.send(&wire.Subscribe{PacketID: 70, Filters: filters([]string{"a 0", "b 1"})})
		s.expect("SUBACK #70 97 97")
		old.send(&wire.Subscribe{PacketID: 70, Filters: filters([]string{"a 0"})})
		old.expect("SUBACK #70 80")
		for q := range mqtt.QoS(3) {
			p.publish(message{topic: "live", payload: "x", q: q})
			s.take(fmt.Sprintf(`live "x" q%d`, q))
		}
		p.send(message{topic: "r", payload: "123456", q: 1, retain: true}.packet(90), message{topic: "r/2", payload: "1", q: 1, retain: true}.packet(91),
			message{topic: "away/1", payload: "1", q: 1}.packet(92))
		p.expect("PUBACK #90 97", "PUBACK #91 97", "PUBACK #92 97")
		s.take(`r "123456" q1`, `r/2 "1" q1`, `away/1 "1" q1`) // at least once: it may come again
		p.retain("r", "54321")
		s.take(`r "54321" q1`)
		p.send(message{topic: "away/2", payload: "2", q: 2}.packet(93), message{topic: "r/2", payload: "1", q: 2, retain: true}.packet(94))
		p.expect("PUBREC #93 97", "PUBREC #94 97")
		s.fence() // exactly once: nobody has it
		p.publish(message{topic: "away/3", payload: "zero"})
		s.take(`away/3 "zero" q0`)
		b.droppedFor(t, "memory", 5)
		set(0)
		p.publish(message{topic: "away/2", payload: "again", q: 2})
		s.take(`away/2 "again" q2`)
		away = b.connect(t, mqtt.V5, "away", keep).present(true)
		away.take(`away/2 "again" q2`)
		away.subscribe("r/# 0")
		away.take(`r "54321" q0 retain`)
		away.fence()
	})
}

// TestMemoryOwesOldClients: a message that MQTT 3.1.1 cannot refuse is not
// acknowledged, and its client made to send it again when there is memory.
func TestMemoryOwesOldClients(t *testing.T) {
	eachShort(t, func(t *testing.T, b *fixture, set func(uint64)) {
		away := b.connect(t, mqtt.V311, "away", keep)
		away.subscribe("t 2")
		away.bye()
		for q := mqtt.QoS(1); q <= 2; q++ {
			p, other := b.connect(t, mqtt.V311, "p", keep), b.connect(t, mqtt.V311, "other")
			set(2000)
			m := message{topic: "t", payload: fmt.Sprint(q), q: q}
			p.send(m.packet(7))
			p.fence()
			p.say("elsewhere", "x") // the connection is good for the rest
			set(0)
			p.ended()
			other.fence()
			p = b.connect(t, mqtt.V311, "p", keep).present(true)
			m.dup = true
			p.send(m.packet(7))
			p.expect(map[mqtt.QoS]string{1: "PUBACK #7", 2: "PUBREC #7"}[q])
			if q == 2 {
				p.send(&wire.Ack{Type: wire.PUBREL, PacketID: 7})
				p.expect("PUBCOMP #7")
			}
			p.bye()
		}
		away = b.connect(t, mqtt.V311, "away", keep)
		away.take(`t "1" q1`, `t "2" q2`)
		away.fence()
	})
}

// TestMemoryBoundsSlowClients: what waits for a client that is connected but
// does not acknowledge, and what is kept until it does, is little.
func TestMemoryBoundsSlowClients(t *testing.T) {
	for name, opts := range map[string][]option{
		"window":   {prop(mqtt.PropReceiveMaximum, 1)},
		"inflight": {keep},
	} {
		t.Run(name, func(t *testing.T) {
			eachShort(t, func(t *testing.T, b *fixture, set func(uint64)) {
				slow := b.connect(t, mqtt.V5, "slow", opts...)
				slow.subscribe("t 1")
				p := b.connect(t, mqtt.V5, "p")
				set(2000)
				payload := strings.Repeat("x", 10_000)
				taken, refused := 0, 0
				for range 100 {
					id := p.newID()
					p.send(message{topic: "t", payload: payload, q: 1}.packet(id))
					if p.read().(*wire.Ack).Code == mqtt.QuotaExceeded {
						refused++
					} else {
						taken++
					}
				}
				if taken < 10 || taken > 60 || refused != 100-taken {
					t.Errorf("%d messages were taken and %d refused, want at most about 52 taken and the rest refused", taken, refused)
				}
				b.droppedFor(t, "memory", int64(refused))
				for range taken {
					slow.take(fmt.Sprintf("t %q q1", payload))
				}
				slow.fence()
				p.say("t", payload) // it keeps up again
				slow.take(fmt.Sprintf("t %q q1", payload))
			})
		})
	}
}

// TestMemoryIsLoggedOncePerChange.
func TestMemoryIsLoggedOncePerChange(t *testing.T) {
	t.Parallel()
	logged := &lockedBuffer{}
	srv := &broker.Server{Limits: broker.Limits{MaxMemory: 1000 << 20}, Logger: slog.New(slog.NewTextHandler(logged, nil))}
	set := broker.FakeMemory(srv)
	b := serve(t, srv, listenTCP(t))
	c := b.connect(t, mqtt.V5, "c")
	for _, used := range []uint64{0, 2000, 3000, 950, 0, 0, 2000} {
		set(used)
	}
	c.fence()
	var got []string
	for line := range strings.Lines(logged.String()) {
		if strings.Contains(line, "memory") && strings.Contains(line, "level=WARN") {
			got = append(got, line[strings.Index(line, "in_use="):len(line)-1])
		}
	}
	want := []string{"in_use=2097152000 max_memory=1048576000", "in_use=0 max_memory=1048576000", "in_use=2097152000 max_memory=1048576000"}
	if !slices.Equal(got, want) {
		t.Errorf("the log says %q, want %q", got, want)
	}
}
