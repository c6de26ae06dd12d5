package load

// subscriber checks what one client receives.
type subscriber struct {
	load   *Load
	client *client
	inbox  *inbox
	since  int64 // when it began to fetch what was kept for it
	// unreleased has the bits of the packet identifiers at QoS 2 that PUBREL
	// has not come for.
	unreleased []uint64
	wills      []uint64 // bits of the clients whose wills have come
	order      order    // of what a member of a group has received
}

// inbox is where deliveries are expected: one for each subscriber, or one for
// all that share a subscription.
type inbox struct {
	number  int // of the subscriber, or the group
	shared  bool
	first   int // number of the publisher of streams[0]
	streams []stream
	any     bool // counts whatever comes: others publish
	awaited bool // its subscriber was there when publishing began
}

// expect prepares for messages of the publisher with that number, in
// ascending order.
func (in *inbox) expect(number int, p *publisher) {
	if len(in.streams) == 0 {
		in.first = number
	}
	if number < in.first+len(in.streams) {
		return // by another filter
	}
	for in.first+len(in.streams) < number {
		in.streams = append(in.streams, stream{})
	}
	in.streams = append(in.streams, stream{from: p})
}

// stream returns what is received from the publisher with that number, nil
// when nothing should be.
func (in *inbox) stream(number uint32) *stream {
	i := int(number) - in.first
	if i < 0 || i >= len(in.streams) || in.streams[i].from == nil {
		return nil
	}
	return &in.streams[i]
}

// deliver checks one payload that was received at now. again says that it may
// have been sent before: to a member of the group whose connection was lost,
// when none has it, and then after messages that this one got meanwhile.
func (s *subscriber) deliver(payload []byte, again bool, now int64) {
	l := s.load
	if s.inbox.any {
		l.listen(payload)
		return
	}
	h, ok := parseHeader(payload)
	if ok && h.seq == willSeq && l.plan.Kind == Wills {
		s.deliverWill(h.publisher, len(payload), now)
		return
	}
	st := s.inbox.stream(h.publisher)
	if !ok || st == nil {
		l.counts.Unparsed++
		return
	}
	seq := whole(st.from.next, h.seq)
	measured := seq >= st.from.measured
	l.moved = now
	what := l.arrive(st, seq, s.inbox.shared)
	if what == fresh && s.inbox.shared && s.order.overtaken(int(h.publisher)-s.inbox.first, len(s.inbox.streams), seq) && !again {
		what = reordered
	}
	switch what {
	case foreign:
		l.counts.Unparsed++
		return
	case duplicate:
		if measured {
			st.duplicated++
			l.counts.Duplicated++
		}
		return
	case reordered:
		if measured {
			st.reordered++
			l.counts.Reordered++
		}
	}
	if !measured {
		l.warmed.Delivered++
	} else {
		l.delivered(arrived{sub: s, from: st.from, seq: seq, intended: int64(h.intended), size: len(payload)}, now)
	}
}

// listen counts what others have published.
func (l *Load) listen(payload []byte) {
	if l.series.start == 0 {
		return
	}
	l.counts.Delivered++
	l.counts.BytesDelivered += uint64(len(payload))
	l.inTime++
	l.series.at(l.now).Delivered++
}

// arrived is a delivery that counts.
type arrived struct {
	sub      *subscriber
	from     *publisher
	seq      uint64
	intended int64
	size     int
}

// delivered counts and times one delivery.
func (l *Load) delivered(a arrived, now int64) {
	l.counts.Delivered++
	l.counts.BytesDelivered += uint64(a.size)
	if l.deadline == 0 || now <= l.deadline {
		l.inTime++
	}
	l.last, l.lastRan = now, l.ran(now)
	if l.stored() {
		l.timed(a.sub.since, now, now)
		return
	}
	if l.plan.Schedule == nil {
		l.timed(a.intended, a.intended, now)
		return
	}
	if slot := a.from.ring.at(a.seq, a.from.next); slot != nil {
		l.lat.Service.record(now - slot.sent)
	}
	l.timed(a.intended, a.intended, now)
}

// timed records the time from from to now, in the second that at is in.
func (l *Load) timed(from, at, now int64) {
	second := l.series.at(at)
	if second == nil || now < from {
		l.counts.Negative++ // it says that it was due before it could be
		return
	}
	second.Delivered++
	if l.plan.Schedule == nil && l.plan.Kind == Messages {
		l.lat.Service.record(now - from) // what is due is sent
	} else {
		l.lat.Response.record(now - from)
	}
	l.recent.record(now - from)
	l.series.record(second, now-from)
}

// giveUp counts everything that was sent and has not come as lost, but for
// what the broker has refused.
func (l *Load) giveUp() {
	for _, in := range l.inboxes {
		for i := range in.streams {
			st := &in.streams[i]
			if st.from == nil || !in.awaited {
				continue
			}
			if l.unordered(in.shared) {
				st.lost = st.missing()
				l.counts.Lost += st.lost
			} else {
				l.skip(st, st.from.next)
				st.next = st.from.next
			}
			refused := min(st.from.refused, st.lost)
			st.lost -= refused
			l.counts.Lost -= refused
			l.counts.Expected -= refused
		}
	}
}
