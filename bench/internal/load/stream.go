package load

// stream is what one subscriber, or one group that shares a subscription,
// receives from one publisher.
type stream struct {
	from  *publisher // nil: the filter does not match its topic
	next  uint64     // sequence number that comes next
	holes []hole     // what was skipped, in order; nearly always empty
	seen  []uint64   // bits of what has come, in an inbox without order

	lost, duplicated, reordered uint64
}

// hole is a range of sequence numbers that have not come, [from, to).
type hole struct{ from, to uint64 }

// whole returns the sequence number that ends in the 32 bits of seq and is the
// nearest to another.
func whole(near uint64, seq uint32) uint64 {
	n := near&^0xFFFFFFFF | uint64(seq)
	switch {
	case n+1<<31 < near:
		n += 1 << 32
	case n > near+1<<31 && n >= 1<<32:
		n -= 1 << 32
	}
	return n
}

// skip counts what lies between the expected message and seq as lost, for
// now. What was sent before measuring began is not counted.
func (l *Load) skip(st *stream, seq uint64) {
	if seq == st.next {
		return
	}
	st.holes = append(st.holes, hole{st.next, seq})
	l.lose(st, hole{st.next, seq})
	st.from.account(seq - st.next)
}

func (l *Load) lose(st *stream, h hole) {
	if from := max(h.from, st.from.measured); from < h.to {
		st.lost += h.to - from
		l.counts.Lost += h.to - from
	}
}

// fill takes seq out of the holes, and reports whether it was in one.
func (st *stream) fill(seq uint64) bool {
	for i, h := range st.holes {
		if seq < h.from || seq >= h.to {
			continue
		}
		var parts []hole
		if h.from < seq {
			parts = append(parts, hole{h.from, seq})
		}
		if seq+1 < h.to {
			parts = append(parts, hole{seq + 1, h.to})
		}
		rest := append(parts, st.holes[i+1:]...)
		st.holes = append(st.holes[:i], rest...)
		return true
	}
	return false
}

// arrival is what became of one delivery.
type arrival int

const (
	fresh arrival = iota
	reordered
	duplicate
	foreign // was never sent
)

// arrive takes message seq into account. shared says that the order between
// the receivers of a stream means nothing; that of each is checked by itself.
func (l *Load) arrive(st *stream, seq uint64, shared bool) arrival {
	switch {
	case l.unordered(shared):
		return st.collect(seq)
	case seq == st.next:
		st.next++
		st.from.account(1)
		return fresh
	case seq >= st.from.next:
		return foreign
	case seq > st.next:
		l.skip(st, seq)
		st.next = seq + 1
		st.from.account(1)
		return fresh
	case !st.fill(seq):
		return duplicate
	}
	if seq >= st.from.measured {
		st.lost--
		l.counts.Lost--
	}
	if shared {
		return fresh
	}
	return reordered
}
