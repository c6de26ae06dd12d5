package subtree

import (
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"
)

// Tree maps topic filters to entries. The zero value is empty and ready. All
// methods may be called at any time from any goroutine; a Tree must not be
// copied.
//
// Filters must be valid and without a share prefix. The tree keeps the string.
type Tree[E comparable] struct {
	mu   sync.Mutex // serialises writers
	seed maphash.Seed

	gen   atomic.Uint64
	count atomic.Int64
	exact index[exact[E]]
	root  node[E]
}

// Add puts e under filter, which must not hold it yet. A Match that begins
// after Add returned finds it.
func (t *Tree[E]) Add(filter string, e E) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seed == (maphash.Seed{}) { // readers use it only after they met a table
		t.seed = maphash.MakeSeed()
	}
	if strings.ContainsAny(filter, "+#") {
		t.addWild(filter, e)
	} else {
		t.addExact(filter, e)
	}
	t.changed(1)
}

func (t *Tree[E]) addExact(filter string, e E) {
	if x, _ := t.findExact(filter); x != nil {
		x.list.Store(x.list.Load().with(e))
		return
	}
	x := &exact[E]{filter: filter}
	x.list.Store(single(e))
	t.exact.insert(tagString(t.seed, filter), x)
}

func (t *Tree[E]) addWild(filter string, e E) {
	n, rest := &t.root, filter
	for rest != "#" {
		level, tail, more := strings.Cut(rest, "/")
		c := n.child(t.seed, level)
		if c == nil {
			c = newNode[E](rest)
			c.list.Store(single(e))
			n.attach(t.seed, c)
			return
		}
		if c.text != rest {
			c = n.split(t.seed, c)
		}
		if c.text == rest || !more {
			c.list.Store(c.list.Load().with(e))
			return
		}
		n, rest = c, tail
	}
	n.hash.Store(n.hash.Load().with(e))
}

// Remove takes e from under filter and reports whether it was there. A Match
// that begins after Remove returned does not find it.
func (t *Tree[E]) Remove(filter string, e E) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	var buf [16]*node[E]
	l, path := t.find(filter, buf[:0])
	if l == nil {
		return false
	}
	old := l.Load()
	at, ok := old.find(e)
	if !ok {
		return false
	}
	next := old.without(at)
	l.Store(next)
	if next == nil {
		t.prune(filter, path)
	}
	t.changed(-1)
	return true
}

// Replace puts e in the place of old under filter and reports whether old was
// there. A concurrent Match finds exactly one of them.
func (t *Tree[E]) Replace(filter string, old, e E) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	l, _ := t.find(filter, nil)
	if l == nil {
		return false
	}
	entries := l.Load()
	at, ok := entries.find(old)
	if !ok {
		return false
	}
	l.Store(entries.replaced(at, e))
	t.changed(0)
	return true
}

// Generation returns a number that differs after every Add, Remove and Replace
// that changed something. What Match finds may be kept for as long as the
// generation is the one that was read before that Match.
func (t *Tree[E]) Generation() uint64 { return t.gen.Load() }

// Len returns the number of entries.
func (t *Tree[E]) Len() int { return int(t.count.Load()) }

// changed comes after the change: who sees the new generation sees the change.
func (t *Tree[E]) changed(entries int64) {
	t.count.Add(entries)
	t.gen.Add(1)
}

// find returns where the list of a filter hangs, nil when it has none, and for
// a wildcard filter the nodes that lead there, appended to path.
func (t *Tree[E]) find(filter string, path []*node[E]) (*atomic.Pointer[list[E]], []*node[E]) {
	if !strings.ContainsAny(filter, "+#") {
		if x, _ := t.findExact(filter); x != nil {
			return &x.list, nil
		}
		return nil, nil
	}
	n, rest := &t.root, filter
	path = append(path, n)
	for rest != "#" {
		level, tail, more := strings.Cut(rest, "/")
		c := n.child(t.seed, level)
		if c == nil {
			return nil, nil
		}
		path = append(path, c)
		if _, lone := c.tail(); lone || !more {
			if c.text != rest || c.list.Load() == nil {
				return nil, nil
			}
			return &c.list, path
		}
		n, rest = c, tail
	}
	if n.hash.Load() == nil {
		return nil, nil
	}
	return &n.hash, path
}

func (t *Tree[E]) findExact(filter string) (x *exact[E], at uint32) {
	table := t.exact.table.Load()
	if table == nil {
		return nil, 0
	}
	tag := tagString(t.seed, filter)
	for x, at = table.first(tag); x != nil; x, at = table.next(tag, at) {
		if x.filter == filter {
			break
		}
	}
	return x, at
}

// prune drops the nodes that a filter without entries leaves bare.
func (t *Tree[E]) prune(filter string, path []*node[E]) {
	if len(path) == 0 {
		_, at := t.findExact(filter)
		t.exact.remove(at)
	}
	for i := len(path) - 1; i > 0 && path[i].bare(); i-- {
		path[i-1].detach(t.seed, path[i])
	}
}
