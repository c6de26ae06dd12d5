package subtree

import (
	"hash/maphash"
	"math/bits"
	"sync/atomic"
)

// Tags stand for the hash of a key: they choose the slot, spare most visits to
// nodes of other keys, and are all that a growing table needs. Two values that
// no hash has mark empty slots and removed nodes.
const (
	tagEmpty   = 0
	tagRemoved = 1
	tagMark    = 2
	tagMask    = 3
)

func tagString(seed maphash.Seed, s string) uint32 {
	return uint32(maphash.String(seed, s))&^tagMask | tagMark
}

func tagBytes(seed maphash.Seed, b []byte) uint32 {
	return uint32(maphash.Bytes(seed, b))&^tagMask | tagMark
}

type slot[N any] struct {
	tag  atomic.Uint32
	node atomic.Pointer[N]
}

// table is an open-addressing hash table of nodes, which know their own keys.
// One writer at a time; readers need no lock. A slot is set before its tag and
// cleared after it, and a reader compares the key whatever the tag said.
type table[N any] struct {
	slots []slot[N]

	// Owned by the writer.
	live int // nodes
	used int // nodes and removed ones; at most three quarters of the slots
}

// newTable returns a table with room for n nodes.
func newTable[N any](n int) *table[N] {
	size := max(4, 1<<bits.Len(uint(n+n/2)))
	return &table[N]{slots: make([]slot[N], size)}
}

// first and next walk the nodes of a tag: they return a node and where it
// stands, or nil at the end.
func (t *table[N]) first(tag uint32) (n *N, at uint32) {
	return t.scan(tag, tag>>2)
}

func (t *table[N]) next(tag, at uint32) (*N, uint32) {
	return t.scan(tag, at+1)
}

func (t *table[N]) scan(tag, at uint32) (*N, uint32) {
	for mask := uint32(len(t.slots) - 1); ; at++ {
		at &= mask
		switch t.slots[at].tag.Load() {
		case tag:
			if n := t.slots[at].node.Load(); n != nil {
				return n, at
			}
		case tagEmpty:
			return nil, at
		}
	}
}

// put adds a node whose key is not in the table; there must be room.
func (t *table[N]) put(tag uint32, n *N) {
	mask := uint32(len(t.slots) - 1)
	at := tag >> 2 & mask
	old := t.slots[at].tag.Load()
	for old&tagMask == tagMark {
		at = (at + 1) & mask
		old = t.slots[at].tag.Load()
	}
	if old == tagEmpty {
		t.used++
	}
	t.live++
	t.slots[at].node.Store(n)
	t.slots[at].tag.Store(tag)
}

// copied returns a fresh table of the same nodes, with room for n.
func (t *table[N]) copied(n int) *table[N] {
	fresh := newTable[N](n)
	for i := range t.slots {
		if tag := t.slots[i].tag.Load(); tag&tagMask == tagMark {
			fresh.put(tag, t.slots[i].node.Load())
		}
	}
	return fresh
}

// index is a table that grows and shrinks. The zero value is empty and holds no
// memory.
type index[N any] struct{ table atomic.Pointer[table[N]] }

// insert adds a node whose key is not in the index.
func (x *index[N]) insert(tag uint32, n *N) {
	t := x.table.Load()
	if t != nil && (t.used+1)*4 <= len(t.slots)*3 {
		t.put(tag, n)
		return
	}
	if t == nil {
		t = newTable[N](2)
	} else {
		t = t.copied(t.live + 1)
	}
	t.put(tag, n)
	x.table.Store(t)
}

// remove takes out the node that stands at a place of the current table.
func (x *index[N]) remove(at uint32) {
	t := x.table.Load()
	t.slots[at].tag.Store(tagRemoved)
	t.slots[at].node.Store(nil)
	t.live--
	switch {
	case t.live == 0:
		x.table.Store(nil)
	case t.live*8 < len(t.slots):
		x.table.Store(t.copied(t.live))
	}
}
