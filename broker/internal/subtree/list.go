package subtree

import (
	"slices"
	"sync/atomic"
)

// list holds the entries of one filter and is never empty. It is immutable,
// but a longer list may share its arrays: the newest list of a filter is
// always the longest on them, so appending to it writes only where no reader
// looks.
type list[E comparable] struct {
	one  [1]E
	many *many[E] // nil while there is one entry, which is the common case
}

// blockMax is the most entries of a block: what a removal copies.
const blockMax = 1024

// many holds entries in blocks, so that 10,000 subscribers of one filter can
// leave without copying the others 10,000 times. Readers want one slice: it is
// put together when the first of them asks.
type many[E comparable] struct {
	blocks [][]E // none is empty; two neighbours hold more than half of blockMax
	flat   atomic.Pointer[[]E]
}

// place is where an entry stands.
type place struct{ block, i int }

func single[E comparable](e E) *list[E] { return &list[E]{one: [1]E{e}} }

// entries returns all entries.
func (l *list[E]) entries() []E {
	if l.many == nil {
		return l.one[:]
	}
	m := l.many
	if len(m.blocks) == 1 {
		return m.blocks[0]
	}
	if flat := m.flat.Load(); flat != nil {
		return *flat
	}
	flat := slices.Concat(m.blocks...)
	m.flat.CompareAndSwap(nil, &flat)
	return flat
}

// find returns where e stands; l may be nil.
func (l *list[E]) find(e E) (p place, ok bool) {
	switch {
	case l == nil:
		return p, false
	case l.many == nil:
		return p, l.one[0] == e
	}
	for k, b := range l.many.blocks {
		if i := slices.Index(b, e); i >= 0 {
			return place{k, i}, true
		}
	}
	return p, false
}

// with returns l, which may be nil, and e at its end.
func (l *list[E]) with(e E) *list[E] {
	switch {
	case l == nil:
		return single(e)
	case l.many == nil:
		return &list[E]{many: &many[E]{blocks: [][]E{{l.one[0], e}}}}
	}
	old := l.many
	last := len(old.blocks) - 1
	m := &many[E]{}
	if len(old.blocks[last]) < blockMax {
		m.blocks = slices.Clone(old.blocks)
		m.blocks[last] = append(m.blocks[last], e)
	} else {
		m.blocks = append(slices.Clone(old.blocks), []E{e})
	}
	if flat := old.flat.Load(); flat != nil {
		longer := append(*flat, e)
		m.flat.Store(&longer)
	}
	return &list[E]{many: m}
}

// without returns l without the entry at p, or nil when that was the last.
func (l *list[E]) without(p place) *list[E] {
	if l.many == nil {
		return nil
	}
	blocks := slices.Clone(l.many.blocks)
	block := blocks[p.block]
	if len(blocks) == 1 && len(block) == 2 {
		return single(block[1-p.i])
	}
	// The copy has room for one more: a client that reconnects copies once.
	b := append(make([]E, 0, len(block)), block[:p.i]...)
	b = append(b, block[p.i+1:]...)
	blocks[p.block] = b
	return &list[E]{many: &many[E]{blocks: joined(blocks, p.block)}}
}

// joined drops block k if it is empty, or joins it with neighbours that leave
// room: blocks stay few however long entries come and go.
func joined[E comparable](blocks [][]E, k int) [][]E {
	if len(blocks[k]) == 0 {
		return slices.Delete(blocks, k, k+1)
	}
	for _, i := range [...]int{k, k - 1} { // i and the one after it
		if i >= 0 && i+1 < len(blocks) && len(blocks[i])+len(blocks[i+1]) <= blockMax/2 {
			blocks[i] = slices.Concat(blocks[i], blocks[i+1])
			blocks = slices.Delete(blocks, i+1, i+2)
		}
	}
	return blocks
}

// replaced returns l with e in the place p.
func (l *list[E]) replaced(p place, e E) *list[E] {
	if l.many == nil {
		return single(e)
	}
	blocks := slices.Clone(l.many.blocks)
	blocks[p.block] = slices.Clone(blocks[p.block])
	blocks[p.block][p.i] = e
	return &list[E]{many: &many[E]{blocks: blocks}}
}
