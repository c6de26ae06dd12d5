package broker

import (
	"fmt"
	"slices"

	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// restorer rebuilds a server's state from its store.
type restorer struct {
	srv      *Server
	sessions map[uint64]*remnant // by sid
}

// remnant is a session as far as it has been read.
type remnant struct {
	sess     *session
	endAt    int64 // wall time, 0 when the record of the end of its connection is missing
	willAt   int64
	inflight map[uint64]flight // by ordinal
}

// restore replays the store. It runs before the first connection.
func (s *Server) restore() error {
	r := &restorer{srv: s, sessions: make(map[uint64]*remnant)}
	if err := s.journal.store.Replay(r.apply); err != nil {
		return fmt.Errorf("read the store: %w", err)
	}
	now := s.now()
	for sid, m := range r.sessions {
		s.journal.nextSID.Store(max(sid, s.journal.nextSID.Load()))
		if m.sess.expiry > 0 {
			m.revive(now)
		}
	}
	n, _ := s.retained.count()
	s.log.Info("store read", "sessions", len(s.sessions.byID), "retained", n, "messages", s.stats.queued.Load())
	return nil
}

// apply takes one record in.
func (r *restorer) apply(rec []byte) error {
	if len(rec) == 0 {
		return errRecord
	}
	o, d := op(rec[0]), &decoder{b: rec[1:]}
	switch o {
	case opRetain:
		if m := r.stored(d); m != nil {
			r.srv.retained.restore(m)
		}
	case opUnretain:
		r.srv.retained.forget(string(d.bytes()))
	case opMessage:
		r.message(d)
	case opSession:
		r.session(d.num(), string(d.bytes()), uint32(d.num()))
	case opEnd:
		delete(r.sessions, d.num())
	default:
		r.change(o, d)
	}
	return d.end(o)
}

func (r *restorer) session(sid uint64, id string, expiry uint32) {
	m := r.sessions[sid]
	if m == nil {
		m = &remnant{inflight: make(map[uint64]flight)}
		m.sess = &session{srv: r.srv, id: id, sid: sid, durable: true, subs: make(map[string]*subscription)}
		r.sessions[sid] = m
	}
	m.sess.expiry, m.endAt, m.willAt, m.sess.will = expiry, 0, 0, nil
}

// stored reads a message. A clock that was put back meanwhile does not make it
// live longer, from now on, than its publisher had asked for.
func (r *restorer) stored(d *decoder) *message {
	m := d.message(r.srv.journal.local)
	if m != nil && m.expires != 0 && m.expiryAt >= 0 {
		m.expires = min(m.expires, max(expirySeconds(m.props, m.expiryAt)*1e9, 1))
	}
	return m
}

// change takes in a record about one session. Records about a session that
// has ended meanwhile say nothing.
func (r *restorer) change(o op, d *decoder) {
	m := r.sessions[d.num()]
	if m == nil {
		m = &remnant{sess: &session{srv: r.srv}, inflight: make(map[uint64]flight)}
	}
	switch o {
	case opDetached:
		m.detached(d, r.srv.journal.local)
	case opSubscribe:
		m.subscribe(d)
	case opUnsub:
		delete(m.sess.subs, string(d.bytes()))
	case opDone:
		delete(m.inflight, d.num())
	case opReceived:
		ord := d.num()
		if fl, ok := m.inflight[ord]; ok {
			m.inflight[ord] = flight{step: stepRelease, delivery: delivery{ord: fl.ord, qos: mqtt.ExactlyOnce}}
		}
	case opReleased:
		delete(m.sess.recv, uint16(d.num()))
	case opOrdinal:
		m.sess.ord = max(m.sess.ord, d.num())
	default:
		d.fail()
	}
}

func (m *remnant) detached(d *decoder, local func(int64) int64) {
	m.endAt, m.willAt = int64(d.num()), int64(d.num())
	if m.willAt == 0 {
		return
	}
	if msg := d.message(local); msg != nil {
		m.sess.will = &will{msg: *msg}
	}
}

func (m *remnant) subscribe(d *decoder) {
	f, err := mqtt.ParseFilter(string(d.bytes()))
	opts, id := d.num(), uint32(d.num())
	if err != nil || m.sess.subs == nil {
		return
	}
	o := wire.SubscribeFilter{QoS: mqtt.QoS(opts & 3), NoLocal: opts&4 != 0, RetainAsPublished: opts&8 != 0}
	m.sess.subs[f.String()] = newSubscription(m.sess, f, o, id)
}

// message takes in a message with its deliveries and its QoS 2 identifier.
func (r *restorer) message(d *decoder) {
	origin, packetID := d.num(), uint16(d.num())
	msg := r.stored(d)
	n := d.num()
	if m := r.sessions[origin]; m != nil && d.err == nil {
		m.sess.received(packetID)
	}
	for range min(n, uint64(len(d.b))) {
		e := d.entry()
		m := r.sessions[e.sid]
		if m == nil || d.err != nil {
			continue
		}
		m.sess.ord = max(m.sess.ord, e.ord)
		if _, known := m.inflight[e.ord]; !known {
			m.inflight[e.ord] = flight{step: stepUnsent, delivery: delivery{msg: msg, ord: e.ord, qos: e.qos, retain: e.retain, subIDs: e.subIDs}}
		}
	}
}

// revive makes the session one of the server's, as a client that is away.
func (m *remnant) revive(now int64) {
	s := m.sess
	srv := s.srv
	srv.sessions.byID[s.id] = s
	for _, sub := range s.subs {
		srv.subscribe(sub, nil)
	}
	m.fill()
	if m.endAt == 0 && s.expiry != neverExpires { // it was connected
		m.endAt = srv.journal.wall(now + int64(s.expiry)*1e9)
	}
	var next int64
	if m.endAt != 0 && s.expiry != neverExpires {
		s.endAt = min(srv.journal.local(m.endAt), now+int64(s.expiry)*1e9) // the clock may have been put back
		next = s.endAt
	}
	if s.will != nil {
		s.willAt = srv.journal.local(m.willAt)
		if next == 0 || s.willAt < next {
			next = s.willAt
		}
	}
	if next != 0 {
		srv.wheel.Schedule(&s.timer, srv.at(next), (*sessionTimer)(s))
	}
	s.note()
}

// fill puts the deliveries back: those up to the last one that the client has
// received into the window, since their packet identifiers are in use, and the
// others into the queue.
func (m *remnant) fill() {
	s := m.sess
	ords := make([]uint64, 0, len(m.inflight))
	released := 0
	for ord := range m.inflight {
		ords = append(ords, ord)
	}
	slices.Sort(ords)
	for i, ord := range ords {
		if m.inflight[ord].step == stepRelease {
			released = i + 1
		}
	}
	for i, ord := range ords {
		fl := m.inflight[ord]
		if i < released {
			s.out.put(fl)
			continue
		}
		fl.again = true // it may have been sent before
		s.queue.push(fl.delivery)
		s.countQueued(1, fl.msg.size())
	}
	s.out.reconnected(0)
}
