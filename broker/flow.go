package broker

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
)

// flow counts what goes over the connections of the listeners of one name.
// Workers count in a tally and add it here once per batch.
type flow struct {
	name string

	sockets atomic.Int64 // open connections
	opened  atomic.Int64 // connections accepted so far
	refused atomic.Int64 // connections a limit turned away

	bytesIn  atomic.Int64
	bytesOut atomic.Int64
	msgsIn   atomic.Int64 // control packets
	msgsOut  atomic.Int64
	pubIn    atomic.Int64
	pubOut   atomic.Int64
	pubInB   atomic.Int64 // payload bytes
	pubOutB  atomic.Int64
}

// tally is a worker's share of a flow.
type tally struct {
	bytesIn, bytesOut, msgsIn, msgsOut, pubIn, pubOut, pubInB, pubOutB int64
}

// take adds what was received, and sets that to zero.
func (t *tally) take(in *tally) {
	t.msgsIn += in.msgsIn
	t.pubIn += in.pubIn
	t.pubInB += in.pubInB
	in.msgsIn, in.pubIn, in.pubInB = 0, 0, 0
}

// add adds the tally up and sets it to zero.
func (t *flow) add(more *tally) {
	addIf(&t.bytesIn, more.bytesIn)
	addIf(&t.bytesOut, more.bytesOut)
	addIf(&t.msgsIn, more.msgsIn)
	addIf(&t.msgsOut, more.msgsOut)
	addIf(&t.pubIn, more.pubIn)
	addIf(&t.pubOut, more.pubOut)
	addIf(&t.pubInB, more.pubInB)
	addIf(&t.pubOutB, more.pubOutB)
	*more = tally{}
}

func addIf(a *atomic.Int64, n int64) {
	if n != 0 {
		a.Add(n)
	}
}

// flowList holds the flow of each name. It only grows, so a place in it
// stays what it is.
type flowList struct {
	mu   sync.Mutex // held while list is replaced
	list atomic.Pointer[[]*flow]
}

func (l *flowList) all() []*flow {
	if p := l.list.Load(); p != nil {
		return *p
	}
	return nil
}

// named returns the flow of a name and its place in the list.
func (l *flowList) named(name string) (*flow, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.all()
	if i := slices.IndexFunc(list, func(t *flow) bool { return t.name == name }); i >= 0 {
		return list[i], i
	}
	t := &flow{name: name}
	list = append(slices.Clone(list), t)
	l.list.Store(&list)
	return t, len(list) - 1
}

// total adds up everything.
func (l *flowList) total() tally {
	var sum tally
	for _, t := range l.all() {
		sum.bytesIn += t.bytesIn.Load()
		sum.bytesOut += t.bytesOut.Load()
		sum.msgsIn += t.msgsIn.Load()
		sum.msgsOut += t.msgsOut.Load()
		sum.pubIn += t.pubIn.Load()
		sum.pubOut += t.pubOut.Load()
		sum.pubInB += t.pubInB.Load()
		sum.pubOutB += t.pubOutB.Load()
	}
	return sum
}

// describe returns the counters in the order of names.
func (l *flowList) describe() []ListenerStats {
	var out []ListenerStats
	for _, t := range l.all() {
		out = append(out, ListenerStats{Name: t.name, Connections: t.sockets.Load(), ConnectionsTotal: t.opened.Load(),
			ConnectionsRefused: t.refused.Load(), BytesReceived: t.bytesIn.Load(), BytesSent: t.bytesOut.Load(),
			PublishReceived: t.pubIn.Load(), PublishSent: t.pubOut.Load()})
	}
	slices.SortFunc(out, func(a, b ListenerStats) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// count returns where the worker counts what goes over a connection. It is to
// be used at once: the next call may move it.
func (b *batch) count(c *conn) *tally {
	i := int(c.place)
	if i >= len(b.tallies) {
		b.growTallies(i)
	}
	return &b.tallies[i]
}

func (b *batch) growTallies(place int) {
	b.tallies = append(b.tallies, make([]tally, place+1-len(b.tallies))...)
}

// addTallies adds up what the batch has counted.
func (b *batch) addTallies() {
	list := b.srv.stats.flows.all()
	for i := range b.tallies {
		list[i].add(&b.tallies[i])
	}
}
