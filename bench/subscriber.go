package bench

import "math"

// subscriber checks what one client receives.
type subscriber struct {
	load    *Load
	filter  string
	first   int // number of the publisher of streams[0]
	streams []stream
}

// stream is what one subscriber receives from one publisher.
type stream struct {
	from  *publisher // nil: the filter does not match its topic
	next  uint32     // sequence number that comes next
	holes []hole     // what was skipped, in order; nearly always empty
}

// hole is a range of sequence numbers that have not come, [from, to).
type hole struct{ from, to uint32 }

// expect prepares for messages of the publisher with that number.
func (s *subscriber) expect(number int, p *publisher) {
	if len(s.streams) == 0 {
		s.first = number
	}
	for s.first+len(s.streams) < number {
		s.streams = append(s.streams, stream{})
	}
	s.streams = append(s.streams, stream{from: p})
	p.fanout++
}

// deliver checks one payload.
func (s *subscriber) deliver(payload []byte) {
	h, ok := parseHeader(payload)
	i := int(h.publisher) - s.first
	if !ok || i < 0 || i >= len(s.streams) || s.streams[i].from == nil {
		s.load.counts.Unparsed++
		return
	}
	st := &s.streams[i]
	s.load.counts.Delivered++
	if h.seq == st.next {
		st.next++
		st.from.account(1)
		return
	}
	s.outOfOrder(st, h.seq)
}

func (s *subscriber) outOfOrder(st *stream, seq uint32) {
	c := &s.load.counts
	switch {
	case seq > st.next && uint64(seq) < st.from.sent:
		skipped := s.skip(st, seq)
		st.next = seq + 1
		st.from.account(skipped + 1)
	case seq > st.next: // was never sent
		c.Delivered--
		c.Unparsed++
	case st.fill(seq):
		c.Lost--
		c.Reordered++
	default:
		c.Duplicated++
	}
}

// skip counts what lies between the expected message and seq as lost, for now.
func (s *subscriber) skip(st *stream, seq uint32) uint64 {
	n := uint64(seq - st.next)
	if n > 0 {
		st.holes = append(st.holes, hole{st.next, seq})
		s.load.counts.Lost += n
	}
	return n
}

// fill takes seq out of the holes, and reports whether it was in one.
func (st *stream) fill(seq uint32) bool {
	for i, h := range st.holes {
		if seq < h.from || seq >= h.to {
			continue
		}
		rest := append([]hole(nil), st.holes[i+1:]...)
		st.holes = st.holes[:i]
		if h.from < seq {
			st.holes = append(st.holes, hole{h.from, seq})
		}
		if seq+1 < h.to {
			st.holes = append(st.holes, hole{seq + 1, h.to})
		}
		st.holes = append(st.holes, rest...)
		return true
	}
	return false
}

// giveUp counts everything that was sent and has not come as lost.
func (s *subscriber) giveUp() {
	for i := range s.streams {
		st := &s.streams[i]
		if st.from == nil || st.from.sent > math.MaxUint32 {
			continue
		}
		seq := uint32(st.from.sent)
		skipped := s.skip(st, seq)
		st.next = seq
		st.from.account(skipped)
	}
}
