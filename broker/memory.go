package broker

import (
	"context"
	"errors"
	"runtime"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

const (
	sampleEvery = 250 * time.Millisecond
	// collectShare is how many times as long as a collection took nobody
	// collects for the sampler's sake again.
	collectShare = 9
	// messageCost is what keeping a message takes beside its bytes, about.
	messageCost = 256
	// While memory is short, this is what may wait for a client that is
	// connected, and what may be unacknowledged by one whose session is kept:
	// enough for those that keep up.
	tightMessages = 256
	tightBytes    = 256 << 10
)

// memory knows whether the process uses more memory than it may.
type memory struct {
	limited atomic.Bool // it does: what needs more is refused
	owed    atomic.Bool // there are clients that wait for an acknowledgement

	// Set before the first connection; read-only after.
	most    int           // bytes
	inUse   func() uint64 // bytes, garbage included
	collect func()        // gets rid of garbage

	budget atomic.Int64  // bytes that may be stored before the next sample is due
	wake   chan struct{} // capacity 1: take that sample now

	mu   sync.Mutex // guards the fields below, held while sampling
	told bool       // what the log last said about limited
	rest int64      // no collection before this time
}

// startMemory watches the memory until ctx ends, if there is a cap.
func (s *Server) startMemory(ctx context.Context) {
	m := &s.memory
	if m.most = s.lim.MaxMemory; m.most == noLimit {
		return
	}
	if m.inUse == nil {
		m.inUse, m.collect = memoryInUse, runtime.GC
	}
	m.wake = make(chan struct{}, 1)
	s.sampleMemory()
	s.stopped.Go(func() {
		tick := time.NewTicker(sampleEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			case <-m.wake:
			}
			s.sampleMemory()
		}
	})
}

// memoryInUse returns the memory that the Go runtime has from the system, but
// for what it holds in reserve.
func memoryInUse() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
		{Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() - s[1].Value.Uint64() - s[2].Value.Uint64() - s[3].Value.Uint64()
}

// sampleMemory looks how much memory is in use, and says so when that changes
// what is refused.
func (s *Server) sampleMemory() {
	m := &s.memory
	m.mu.Lock()
	used, over := m.sample(s.now)
	m.budget.Store(int64(max(m.most-used, 0)))
	m.limited.Store(over)
	changed := over != m.told
	m.told = over
	m.mu.Unlock()
	switch {
	case !changed:
	case over:
		s.log.Warn("memory is short: what needs more is refused", "in_use", used, "max_memory", m.most)
	default:
		s.log.Warn("memory suffices again", "in_use", used, "max_memory", m.most)
	}
	if !over {
		s.askAgain()
	}
}

// sample returns how many bytes are in use and whether that is too much. Once
// it is, it remains so until a tenth is free. Garbage does not count, as far
// as finding out takes at most a tenth of the time: in between, what looks like
// much too much is. Called with mu held.
func (m *memory) sample(now func() int64) (used int, over bool) {
	limit := m.most
	if m.told {
		limit -= m.most / 10
	}
	used = int(m.inUse())
	start := now()
	if used <= limit {
		return used, false
	}
	if start < m.rest {
		return used, m.told || used > m.most+m.most/4
	}
	m.collect()
	end := now()
	m.rest = end + collectShare*(end-start)
	used = int(m.inUse())
	return used, used > limit
}

// grew notes that a message of n bytes is being kept. Between two samples no
// more is kept than was free, and a little.
func (m *memory) grew(n int) {
	if m.wake == nil {
		return
	}
	left := m.budget.Add(-int64(n + messageCost))
	if left >= 0 {
		return
	}
	if left < -int64(m.most/16) {
		m.limited.Store(true)
	}
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// strained reports whether a message of n bytes for the session is one too
// many while memory is short. Called with mu held.
func (s *session) strained(n int) bool {
	q := &s.queue
	return s.conn.Load() == nil || q.n >= tightMessages || q.n > 0 && q.bytes+n > tightBytes
}

// room reports whether a further QoS 1 or 2 message may be sent: when memory
// is short, not before the client has acknowledged most of what is kept for
// it. Called with mu held.
func (s *session) room() bool {
	fl := &s.out
	return fl.room() && !(s.durable && s.srv.memory.limited.Load() && (fl.sent >= tightMessages || fl.bytes >= tightBytes))
}

// noMemory counts a message that cannot be kept, and has its publisher told.
func (b *batch) noMemory(client string) {
	b.pub.refused = true
	b.srv.dropped(dropMemory, 1, client)
}

// needsMemory reports whether somebody would have to wait for b.pub, or it
// would have to be retained in addition to what is. A QoS 2 message goes to
// all or to nobody: when it is sent again, nobody may get it twice.
func (b *batch) needsMemory() bool {
	m := &b.pub.message
	if m.retain && b.srv.retained.grows(m) {
		return true
	}
	r := b.route(m.topic)
	for i := range r.targets {
		t := &r.targets[i]
		switch {
		case t.group != nil && t.group.strained(b, m.size()), t.sess != nil && t.strained(b, m.size()):
			return true
		}
	}
	return false
}

func (t *target) strained(b *batch, n int) bool {
	s := t.sess
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.ended && (t.qos > mqtt.AtMostOnce || b.srv.QueueQoS0) && s.strained(n)
}

// strained reports whether no member has room.
func (g *shareGroup) strained(b *batch, n int) bool {
	for _, m := range *g.members.Load() {
		if !m.target.strained(b, n) {
			return false
		}
	}
	return true
}

var (
	errMemory    = &mqtt.ReasonError{Code: mqtt.QuotaExceeded, Reason: whyMemory}
	errMemoryOld = &mqtt.ReasonError{Code: mqtt.ServerUnavailable, Reason: errMemory.Reason}
	errAskAgain  = errors.New("memory suffices again: messages without an acknowledgement are to be sent once more")
)

// checkMemory refuses a CONNECT while memory is short, but for clients for
// whom messages wait: what they take is free again.
func (c *conn) checkMemory(p *wire.Connect) error {
	if !c.srv.memory.limited.Load() {
		return nil
	}
	id := p.ClientID
	if c.on.UsernameAsClientID {
		id = p.Username
	}
	if s := c.srv.sessions.find(id); s != nil && s.backlog.Load() > 0 {
		return nil
	}
	c.srv.refuse(c, "max_memory")
	if p.Version != mqtt.V5 {
		return errMemoryOld
	}
	return errMemory
}

// owe leaves a message of an old client, which cannot be refused, without its
// acknowledgement. The client sends it again when it connects again; it is
// made to when there is memory.
func (c *conn) owe() error {
	c.owing.Store(true)
	c.srv.memory.owed.Store(true)
	if !c.srv.memory.limited.Load() { // changed meanwhile
		return errAskAgain
	}
	return nil
}

// askAgain disconnects the clients whose messages were left unacknowledged.
func (s *Server) askAgain() {
	if !s.memory.owed.Swap(false) {
		return
	}
	for _, c := range s.snapshotConns() {
		if c.owing.Load() {
			c.disconnect(nil, errAskAgain)
		}
	}
}
