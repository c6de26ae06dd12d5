package broker

// snapshot replaces the log of the store by the server's present state. It
// reads one session and one message at a time while the server goes on; since
// records say what is the case, those appended meanwhile correct it.
func (s *Server) snapshot() {
	defer s.journal.compact.Store(false)
	err := s.journal.store.Snapshot(func(add func([]byte) error) error {
		for _, sess := range s.sessions.list() {
			for _, rec := range sess.records() {
				if err := add(rec); err != nil {
					return err
				}
			}
		}
		for _, m := range s.retained.messages() {
			if err := add(record(nil, opRetain).message(m, s.journal.wall).b); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.log.Error("snapshot of the store failed; the log keeps growing", "error", err.Error())
	}
}

func (r *registry) list() []*session {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]*session, 0, len(r.byID))
	for _, s := range r.byID {
		out = append(out, s)
	}
	return out
}

// records returns the records that make up the session, none when it does not
// outlive the server.
func (s *session) records() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sid == 0 || s.ended {
		return nil
	}
	wall := s.srv.journal.wall
	out := [][]byte{s.sessionRecord().b, record(nil, opOrdinal).num(s.sid).num(s.ord).b}
	for _, sub := range s.subs {
		out = append(out, sub.record(s.sid).b)
	}
	for id := range s.recv {
		e := record(nil, opMessage).num(s.sid).num(uint64(id))
		out = append(out, e.message(&message{topic: []byte{'-'}, expiryAt: -1}, wall).num(0).b)
	}
	for i := range s.out.n {
		out = append(out, s.flightRecords(s.out.at(i))...)
	}
	for i := range s.queue.n {
		if d := s.queue.at(i); d.qos > 0 {
			out = append(out, s.deliveryRecord(d, d.msg))
		}
	}
	if s.conn.Load() == nil {
		out = append(out, s.detachedRecord().b)
	}
	return out
}

// flightRecords returns the records of a delivery in the window.
func (s *session) flightRecords(fl *flight) [][]byte {
	switch {
	case fl.step == stepRelease || fl.step == stepUnsentRel:
		return [][]byte{
			s.deliveryRecord(&fl.delivery, &message{topic: []byte{'-'}, expiryAt: -1}),
			record(nil, opReceived).num(s.sid).num(fl.ord).b,
		}
	case fl.step == stepDone || fl.msg == nil: // over, or sent while the session was not to be kept
		return nil
	}
	return [][]byte{s.deliveryRecord(&fl.delivery, fl.msg)}
}

func (s *session) deliveryRecord(d *delivery, m *message) []byte {
	e := record(nil, opMessage).num(0).num(0).message(m, s.srv.journal.wall).num(1)
	return e.entry(&entry{sid: s.sid, ord: d.ord, qos: d.qos, retain: d.retain, subIDs: d.subIDs}).b
}

// sessionRecord says that the session exists.
func (s *session) sessionRecord() *encoder {
	return record(nil, opSession).num(s.sid).text(s.id).num(uint64(s.expiry))
}

// detachedRecord says when the session ends and its will is published.
func (s *session) detachedRecord() *encoder {
	e := record(nil, opDetached).num(s.sid)
	if s.endAt == 0 {
		e.num(0)
	} else {
		e.num(uint64(s.srv.journal.wall(s.endAt)))
	}
	if s.will == nil {
		return e.num(0)
	}
	return e.num(uint64(s.srv.journal.wall(s.willAt))).message(&s.will.msg, s.srv.journal.wall)
}

// record says that the subscription exists.
func (sub *subscription) record(sid uint64) *encoder {
	t := &sub.target
	opts := uint64(t.qos)
	if t.noLocal {
		opts |= 4
	}
	if t.asPublished {
		opts |= 8
	}
	id := uint64(0)
	if len(t.subIDs) > 0 {
		id = uint64(t.subIDs[0])
	}
	return record(nil, opSubscribe).num(sid).text(sub.filter.String()).num(opts).num(id)
}
