package broker_test

import (
	"bytes"
	"errors"

	"sync"
	"sync/atomic"
	"testing"

	"mqt/broker"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// memory is a Store whose commits happen when the test says so, or at once.
type memory struct {
	mu      sync.Mutex
	recs    [][]byte
	waiting []func(error)
	manual  bool
	err     error
}

func (m *memory) Replay(fn func([]byte) error) error {
	for _, r := range m.recs {
		if err := fn(r); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Append(rec []byte) uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.recs = append(m.recs, bytes.Clone(rec))
	return uint64(len(m.recs))
}

func (m *memory) Commit(_ uint64, done func(error)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.manual {
		m.waiting = append(m.waiting, done)
		return
	}
	done(m.err)
}

// set makes commits wait for sync, or end with err.
func (m *memory) set(manual bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.manual, m.err = manual, err
}

// sync commits what is waiting.
func (m *memory) sync(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, done := range m.waiting {
		done(err)
	}
	m.waiting = nil
}

// Snapshot is atomic here: nothing is appended while it is taken.
func (m *memory) Snapshot(write func(add func([]byte) error) error) error {
	var recs [][]byte
	err := write(func(rec []byte) error {
		recs = append(recs, bytes.Clone(rec))
		return nil
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	m.recs = recs
	return err
}

func (m *memory) Size() int64 { return 0 }

// eachStored runs test with a function that starts a server on the store,
// after ending the one before.
func eachStored(t *testing.T, test func(t *testing.T, m *memory, start func() *fixture)) {
	t.Parallel()
	for engine, listen := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			m := &memory{}
			var last *fixture
			test(t, m, func() *fixture {
				if last != nil {
					last.srv.Close()
				}
				last = serve(t, &broker.Server{Store: m, SysInterval: -1}, listen(t))
				return last
			})
		})
	}
}

// TestStoreKeepsWillsThatMayBePublished: who a will is from is not stored, so
// the Authorizer is asked before it is.
func TestStoreKeepsWillsThatMayBePublished(t *testing.T) {
	t.Parallel()
	m := &memory{}
	b := serve(t, &broker.Server{Store: m, Auth: &rules{}, SysInterval: -1}, listenTCP(t))
	late := mqtt.Properties{{ID: mqtt.PropWillDelay, Int: 3600}}
	for id, topic := range map[string]string{"good": "ann/will", "bad": "public/will"} {
		b.connect(t, mqtt.V5, id, user("ann"), keep, will(wire.Will{Topic: topic, Payload: []byte("x"), Props: late})).vanish()
	}
	if n := b.srv.Stats().Dropped["denied"]; n != 1 {
		t.Errorf("%d messages denied, want 1: the will", n)
	}
	b.srv.Close()
	b = serve(t, &broker.Server{Store: m, Auth: &rules{}, SysInterval: -1}, listenTCP(t))
	all, _ := broker.ParseFilter("#")
	got := make(chan string, 2)
	if _, err := b.srv.Subscribe(all, func(m mqtt.Message) { got <- m.Topic }); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"bad", "good"} {
		b.connect(t, mqtt.V5, id, user("ann")).fence() // a clean start ends the session and publishes its will
	}
	if first := <-got; first != "ann/will" || len(got) > 0 {
		t.Errorf("the will of %s was published and %d more, want ann/will only", first, len(got))
	}
}

// busy is a Store with a backlog.
type busy struct {
	memory
	pending atomic.Int64
}

func (s *busy) Pending() int64 { return s.pending.Load() }

func (m *memory) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.recs)
}

// TestStoreHoldsPublishersBack: what is read from a publisher waits while too
// much waits for the store, and other clients do not.
func TestStoreHoldsPublishersBack(t *testing.T) {
	t.Parallel()
	for engine, listen := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			m := &busy{}
			b := serve(t, &broker.Server{Store: m, SysInterval: -1}, listen(t))
			s := b.connect(t, mqtt.V5, "s", keep)
			s.subscribe("a 1")
			p := b.connect(t, mqtt.V5, "p")
			before := m.count()
			m.pending.Store(1 << 30)
			p.send(message{topic: "a", payload: "1", q: 1}.packet(1), message{topic: "a", payload: "2", q: 1}.packet(2))
			p.acked(wire.PUBACK, 1) // had the second been read with it, it would be in the store
			if n := m.count() - before; n != 1 {
				t.Errorf("%d records were stored, want 1", n)
			}
			s.expect(`PUBLISH a "1" q1`)
			s.fence()
			m.pending.Store(0)
			p.acked(wire.PUBACK, 2)
			p.fence()
		})
	}
}

// TestStoreIsNotWaitedForAtTheEnd: a server ends although its store is stuck.
func TestStoreIsNotWaitedForAtTheEnd(t *testing.T) {
	t.Parallel()
	for engine, listen := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			m := &busy{}
			m.pending.Store(1 << 30)
			b := serve(t, &broker.Server{Store: m, SysInterval: -1}, listen(t))
			p := b.connect(t, mqtt.V5, "p")
			p.send(message{topic: "a", payload: "1", q: 1, retain: true}.packet(1), &wire.Pingreq{})
			p.acked(wire.PUBACK, 1)
			b.srv.Close()
		})
	}
}

func TestStoreKeepsSessionsOverARestart(t *testing.T) {
	eachStored(t, func(t *testing.T, _ *memory, start func() *fixture) {
		b := start()
		s := b.connect(t, mqtt.V5, "s", keep)
		s.subscribeID(7, "a/# 2", "b 1")
		s.unsubscribe("b")
		s.bye()
		p := b.connect(t, mqtt.V311, "p")
		for _, q := range []mqtt.QoS{1, 2, 1} {
			p.publish(message{topic: "a/x", payload: "hi", q: q})
		}
		p.publish(message{topic: "r", payload: "kept", q: 1, retain: true})
		b = start()
		s = b.connect(t, mqtt.V5, "s", keep).present(true)
		got := s.expect(`PUBLISH a/x "hi" q1 dup {subscription-identifier=7}`, `PUBLISH a/x "hi" q2 dup {subscription-identifier=7}`, `PUBLISH a/x "hi" q1 dup {subscription-identifier=7}`)
		s.ack(got[0].(*wire.Publish))
		s.send(&wire.Ack{Type: wire.PUBREC, PacketID: got[1].(*wire.Publish).PacketID})
		s.released(got[1].(*wire.Publish).PacketID)
		s.fence()
		b = start() // one acknowledged, one received, one neither
		s = b.connect(t, mqtt.V5, "s", keep).present(true)
		s.released(got[1].(*wire.Publish).PacketID)
		again := s.expect(`PUBLISH a/x "hi" q1 dup {subscription-identifier=7}`)[0].(*wire.Publish)
		if want := got[2].(*wire.Publish).PacketID; again.PacketID != want {
			t.Errorf("packet identifier after the restart = %d, want %d", again.PacketID, want)
		}
		s.subscribe("r 1")
		s.take(`r "kept" q1 retain`)
	})
}

// Nothing is acknowledged, and nothing sent on, before it is committed.
func TestStoreHoldsAnswersBack(t *testing.T) {
	eachStored(t, func(t *testing.T, m *memory, start func() *fixture) {
		b := start()
		s := b.connect(t, mqtt.V5, "s", keep)
		s.subscribe("a 2")
		p := b.connect(t, mqtt.V5, "p", keep)
		m.set(true, nil)
		p.send(message{topic: "a", payload: "hi", q: 2}.packet(9))
		p.fence()
		s.fence()
		m.sync(nil)
		p.acked(wire.PUBREC, 9)
		s.expect(`PUBLISH a "hi" q2`)
		p.send(&wire.Ack{Type: wire.PUBREL, PacketID: 9})
		p.fence()
		m.sync(nil)
		p.acked(wire.PUBCOMP, 9)
		m.sync(errors.New("disk full"))
	})
}

// What cannot be stored is refused and reaches nobody whose session is stored.
func TestStoreFailureIsRefused(t *testing.T) {
	eachStored(t, func(t *testing.T, m *memory, start func() *fixture) {
		b := start()
		s := b.connect(t, mqtt.V5, "s", keep)
		s.subscribe("a 1")
		p, old := b.connect(t, mqtt.V5, "p"), b.connect(t, mqtt.V311, "old")
		m.set(false, errors.New("disk full"))
		p.publishCode("a", mqtt.QuotaExceeded)
		old.send(message{topic: "a", payload: "hi", q: 1}.packet(9))
		old.ended()
		s.fence()
		if n := b.srv.Stats().Dropped["store_failed"]; n != 2 {
			t.Errorf("%d messages dropped, want 2", n)
		}
		p.send(message{topic: "kept", payload: "hi", q: 1, retain: true}.packet(8))
		p.expect("PUBACK #8 97")
		if n := b.srv.Stats().Dropped["store_failed"]; n != 3 {
			t.Errorf("%d messages dropped, want 3", n)
		}
		m.set(false, nil)
		p.say("a", "again")
		s.take(`a "again" q1`)
	})
}

// A QoS 2 message that could not be stored is not taken for known when the
// client sends it again.
func TestStoreFailureForgetsTheIdentifier(t *testing.T) {
	eachStored(t, func(t *testing.T, m *memory, start func() *fixture) {
		b := start()
		s := b.connect(t, mqtt.V5, "s", keep)
		s.subscribe("a 2")
		p := b.connect(t, mqtt.V311, "p", keep)
		m.set(false, errors.New("disk full"))
		p.send(message{topic: "a", payload: "hi", q: 2}.packet(9))
		p.ended()
		m.set(false, nil)
		p = b.connect(t, mqtt.V311, "p", keep).present(true)
		p.send(message{topic: "a", payload: "hi", q: 2, dup: true}.packet(9))
		p.acked(wire.PUBREC, 9)
		s.take(`a "hi" q2`)
	})
}

// The answer to a QoS 2 message sent again waits for the store like the first.
func TestStoreHoldsTheSecondAnswerBack(t *testing.T) {
	eachStored(t, func(t *testing.T, m *memory, start func() *fixture) {
		b := start()
		p := b.connect(t, mqtt.V5, "p", keep)
		m.set(true, nil)
		p.send(message{topic: "a", payload: "hi", q: 2}.packet(9))
		p.fence()
		p = b.connect(t, mqtt.V5, "p", keep)
		p.send(message{topic: "a", payload: "hi", q: 2, dup: true}.packet(9))
		p.fence() // and not PUBREC
		m.sync(nil)
		p.acked(wire.PUBREC, 9)
	})
}
