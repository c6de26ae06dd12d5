package subtree

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// exact is a filter without wildcards.
type exact[E comparable] struct {
	filter string
	list   atomic.Pointer[list[E]]
}

// node is one level of the trie or, while nothing else shares them, that level
// and all that follow it in one filter. Only the writer changes the links.
type node[E comparable] struct {
	text  string // the level, and after a separator the rest of a lone filter
	level int    // length of the level

	list atomic.Pointer[list[E]] // of the filter that ends here
	hash atomic.Pointer[list[E]] // of the filter that ends in # below here

	plus atomic.Pointer[node[E]] // the + below
	only atomic.Pointer[node[E]] // the first literal level below, until kids holds it too
	kids index[node[E]]          // literal levels below, when there were several
}

// newNode returns a node for the whole of rest, which is not "#". A node that
// holds a rest goes with its filter and may borrow its text; others may stay
// when that filter has long been removed.
func newNode[E comparable](rest string) *node[E] {
	level := strings.IndexByte(rest, '/')
	if level < 0 {
		return &node[E]{text: strings.Clone(rest), level: len(rest)}
	}
	return &node[E]{text: rest, level: level}
}

func (n *node[E]) name() string { return n.text[:n.level] }

// tail returns what a lone filter has beyond this level.
func (n *node[E]) tail() (rest string, lone bool) {
	if len(n.text) == n.level {
		return "", false
	}
	return n.text[n.level+1:], true
}

// bare reports that nothing hangs on the node.
func (n *node[E]) bare() bool {
	return n.list.Load() == nil && n.hash.Load() == nil && n.plus.Load() == nil &&
		n.only.Load() == nil && n.kids.table.Load() == nil
}

// child returns the node of a filter's next level, or nil.
func (n *node[E]) child(seed maphash.Seed, level string) *node[E] {
	if level == "+" {
		return n.plus.Load()
	}
	if c := n.only.Load(); c != nil {
		if c.name() == level {
			return c
		}
		return nil
	}
	c, _ := n.kid(seed, level)
	return c
}

// kid returns a literal child from the table, and its place.
func (n *node[E]) kid(seed maphash.Seed, level string) (c *node[E], at uint32) {
	t := n.kids.table.Load()
	if t == nil {
		return nil, 0
	}
	tag := tagString(seed, level)
	for c, at = t.first(tag); c != nil; c, at = t.next(tag, at) {
		if c.name() == level {
			break
		}
	}
	return c, at
}

// attach adds a child whose level the node does not have.
func (n *node[E]) attach(seed maphash.Seed, c *node[E]) {
	if c.name() == "+" {
		n.plus.Store(c)
		return
	}
	only := n.only.Load()
	if only == nil && n.kids.table.Load() == nil {
		n.only.Store(c)
		return
	}
	if only != nil {
		n.kids.insert(tagString(seed, only.name()), only)
	}
	n.kids.insert(tagString(seed, c.name()), c)
	n.only.Store(nil) // readers look at only first: they find it in one of the two
}

// replace puts c in the place of the child of the same level.
func (n *node[E]) replace(seed maphash.Seed, c *node[E]) {
	switch {
	case c.name() == "+":
		n.plus.Store(c)
	case n.only.Load() != nil:
		n.only.Store(c)
	default:
		_, at := n.kid(seed, c.name())
		n.kids.table.Load().slots[at].node.Store(c)
	}
}

// detach removes the child c.
func (n *node[E]) detach(seed maphash.Seed, c *node[E]) {
	switch {
	case c.name() == "+":
		n.plus.Store(nil)
	case n.only.Load() != nil:
		n.only.Store(nil)
	default:
		_, at := n.kid(seed, c.name())
		n.kids.remove(at)
	}
}

// split makes a lone filter's node one of its level only, with the rest below
// it, and returns that. Readers meet the old node or the new ones.
func (n *node[E]) split(seed maphash.Seed, c *node[E]) *node[E] {
	rest, lone := c.tail()
	if !lone {
		return c
	}
	b := &node[E]{text: strings.Clone(c.name()), level: c.level}
	if rest == "#" {
		b.hash.Store(c.list.Load())
	} else {
		below := newNode[E](rest)
		below.list.Store(c.list.Load())
		b.attach(seed, below)
	}
	n.replace(seed, b)
	return b
}
