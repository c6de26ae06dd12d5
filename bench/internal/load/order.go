package load

// order checks the order of what one member of a group that shares a
// subscription receives: a group has a stream from each publisher, and each
// member some of its messages, in order. It has the last 32 bits of the
// sequence number that comes next, or later, by stream; 0 is that nothing has
// come.
type order []*orderPage

// orderPage is a part of it, which is made when a message comes of one of its
// streams: there may be 50,000 streams, and hundreds of members.
type orderPage [64]uint32

// overtaken takes message seq of stream i, of n, into account, and reports
// whether a later one has come before it.
func (o *order) overtaken(i, n int, seq uint64) bool {
	if *o == nil {
		*o = make(order, (n+len(orderPage{})-1)/len(orderPage{}))
	}
	page := &(*o)[i/len(orderPage{})]
	if *page == nil {
		*page = new(orderPage)
	}
	next := &(*page)[i%len(orderPage{})]
	if *next != 0 && whole(seq, *next) > seq {
		return true
	}
	*next = uint32(seq + 1)
	return false
}
