package load

// unordered reports whether an inbox is kept as a set: what comes from the
// broker's store, or by several connections, comes in any order. A closed loop
// must know early what is lost, and does with what the order tells.
func (l *Load) unordered(shared bool) bool {
	return l.plan.Kind == Retained || shared && l.plan.Schedule != nil
}

// collect takes message seq into account, in any order.
func (st *stream) collect(seq uint64) arrival {
	if seq >= st.from.next {
		return foreign
	}
	if !mark(&st.seen, seq) {
		return duplicate
	}
	for has(st.seen, st.next) { // next is the first that is missing
		st.next++
	}
	st.from.arrived = st.next
	st.from.account(1)
	return fresh
}

// missing counts what has not come of what was sent from the measured time on.
func (st *stream) missing() uint64 {
	n := uint64(0)
	for seq := max(st.next, st.from.measured); seq < st.from.next; seq++ {
		if !has(st.seen, seq) {
			n++
		}
	}
	return n
}

// mark sets bit i of bits, and reports whether it was not.
func mark(bits *[]uint64, i uint64) bool {
	for uint64(len(*bits)) <= i/64 {
		*bits = append(*bits, 0)
	}
	was := has(*bits, i)
	(*bits)[i/64] |= 1 << (i % 64)
	return !was
}

// unmark clears bit i of bits.
func unmark(bits []uint64, i uint64) {
	if i/64 < uint64(len(bits)) {
		bits[i/64] &^= 1 << (i % 64)
	}
}

func has(bits []uint64, i uint64) bool {
	return i/64 < uint64(len(bits)) && bits[i/64]&(1<<(i%64)) != 0
}
