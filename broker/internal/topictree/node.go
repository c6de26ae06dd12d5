package topictree

import (
	"slices"
	"strings"
)

// node is one level of the tree or, while nothing else shares them, that level
// and all that follow it in the name of one topic.
type node[V any] struct {
	text     string // the topic's whole name or, without a value, the level alone
	from, to int32  // the level's place in text
	place    int32  // index in parent.kids.list
	set      bool   // the topic that ends here has a value
	lone     bool   // text goes on after the level; then set, and no children
	parent   *node[V]
	kids     *kids[V] // nil: none
	value    V
}

func (n *node[V]) name() string { return n.text[n.from:n.to] }

// tail returns what a lone node's topic has beyond the level.
func (n *node[V]) tail() string { return n.text[n.to+1:] }

// indexed is the number of children up to which a search in their list does.
const indexed = 8

// kids holds the children of a node.
type kids[V any] struct {
	list  []*node[V]
	names names[V] // used beyond indexed children
}

// child returns the child for a level, or nil.
func (n *node[V]) child(level string) *node[V] {
	if n.kids == nil {
		return nil
	}
	if n.kids.names.used() {
		return n.kids.names.m[level]
	}
	for _, c := range n.kids.list {
		if c.name() == level {
			return c
		}
	}
	return nil
}

// add makes c a child of n, which has none for that level.
func (n *node[V]) add(c *node[V]) {
	if n.kids == nil {
		n.kids = &kids[V]{}
	}
	k := n.kids
	c.parent, c.place = n, int32(len(k.list))
	k.list = append(k.list, c)
	switch {
	case k.names.used():
		k.names.put(c.name(), c)
	case len(k.list) > indexed:
		for _, c := range k.list {
			k.names.put(c.name(), c)
		}
	}
}

// remove takes the child c out.
func (n *node[V]) remove(c *node[V]) {
	k := n.kids
	end := len(k.list) - 1
	last := k.list[end]
	k.list[c.place], last.place = last, c.place
	k.list[end] = nil
	k.list = k.list[:end]
	switch {
	case end == 0:
		n.kids = nil
		return
	case end <= indexed/2:
		k.names = names[V]{}
	case k.names.used():
		k.names.drop(c.name())
	}
	if end*4 < cap(k.list) {
		k.list = slices.Clone(k.list)
	}
}

// split puts a node of its level only in the place of the lone node c, and c
// with the rest of its topic below it. It returns the new node.
func (n *node[V]) split(c *node[V]) *node[V] {
	level := strings.Clone(c.name())
	b := &node[V]{text: level, to: int32(len(level)), parent: n, place: c.place}
	n.kids.list[b.place] = b
	n.rekey(b)
	c.from = c.to + 1
	c.to = levelEnd(c.text, c.from)
	c.lone = int(c.to) < len(c.text)
	b.add(c)
	return b
}

// rekey replaces the name under which the child c is indexed, lest it keep the
// text of a removed topic in memory.
func (n *node[V]) rekey(c *node[V]) {
	if n.kids.names.used() {
		n.kids.names.drop(c.name())
		n.kids.names.put(c.name(), c)
	}
}

// clear takes the value away from a node that stays for its children.
func (n *node[V]) clear() {
	level := strings.Clone(n.name())
	n.text, n.from, n.to = level, 0, int32(len(level))
	var none V
	n.set, n.value = false, none
	n.parent.rekey(n)
}

// levelEnd returns where the level that begins at from ends.
func levelEnd(s string, from int32) int32 {
	if i := strings.IndexByte(s[from:], '/'); i >= 0 {
		return from + int32(i)
	}
	return int32(len(s))
}

// names finds nodes by a name, and gives memory back when it shrinks. The zero
// value is empty.
type names[V any] struct {
	m    map[string]*node[V]
	peak int // most nodes since m was made
}

func (x *names[V]) used() bool { return x.m != nil }

func (x *names[V]) put(name string, n *node[V]) {
	if x.m == nil {
		x.m = map[string]*node[V]{}
	}
	x.m[name] = n
	x.peak = max(x.peak, len(x.m))
}

func (x *names[V]) drop(name string) {
	delete(x.m, name)
	if len(x.m) == 0 {
		*x = names[V]{}
		return
	}
	if x.peak < 64 || len(x.m)*4 > x.peak {
		return
	}
	m := make(map[string]*node[V], len(x.m))
	for name, n := range x.m {
		m[name] = n
	}
	x.m, x.peak = m, len(m)
}
