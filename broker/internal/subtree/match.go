package subtree

import (
	"bytes"

	"mqt/broker/internal/levels"
)

// usual is the depth up to which a match needs no memory but the goroutine's
// stack.
const usual = 16

// span is one level of the topic at hand: where it ends, and its tag once some
// node asked for it. Each level is scanned and hashed at most once a match,
// however many nodes stand at that depth.
type span struct {
	end int32
	tag uint32
}

// branch is a node that is still to be visited, with depth levels consumed.
type branch[E comparable] struct {
	node  *node[E]
	depth int
}

// Match calls visit once for each filter that matches the topic name, with the
// entries under it: at least one, in no particular order, read-only, and safe
// to keep. Wildcards in the first level do not match topics that begin with $.
// [MQTT-4.7.2-1] Nothing is locked: visit may call every method of the tree.
//
// It takes at most time in proportion to the topic and the wildcard filters
// that share a beginning with it. It allocates nothing unless those are very
// deep, or on the first visit of a filter with more than a thousand entries
// after a change to them.
func (t *Tree[E]) Match(topic []byte, visit func(entries []E)) {
	if len(topic) == 0 {
		return
	}
	t.matchExact(topic, visit)
	if !t.root.bare() {
		t.matchWild(topic, visit)
	}
}

// AppendMatches appends to dst what Match would visit.
func (t *Tree[E]) AppendMatches(dst [][]E, topic []byte) [][]E {
	t.Match(topic, func(entries []E) { dst = append(dst, entries) })
	return dst
}

func (t *Tree[E]) matchExact(topic []byte, visit func([]E)) {
	table := t.exact.table.Load()
	if table == nil {
		return
	}
	tag := tagBytes(t.seed, topic)
	for x, at := table.first(tag); x != nil; x, at = table.next(tag, at) {
		if x.filter == string(topic) {
			x.list.Load().visit(visit)
			return
		}
	}
}

func (l *list[E]) visit(visit func([]E)) {
	if l != nil {
		visit(l.entries())
	}
}

// matchWild walks the trie depth first. Every node is reached by one path only,
// so it is visited at most once, and the stack holds at most one node a level.
func (t *Tree[E]) matchWild(topic []byte, visit func([]E)) {
	var (
		stackBuf [usual]branch[E]
		spanBuf  [usual]span
		stack    = stackBuf[:0]
		spans    = spanBuf[:0]
		b        = branch[E]{node: &t.root}
	)
	for {
		pos := 0
		if b.depth > 0 {
			pos = int(spans[b.depth-1].end) + 1
		}
		var plus, literal *node[E]
		if rest, lone := b.node.tail(); lone {
			if pos <= len(topic) && levels.Match(rest, topic[pos:]) || rest == "#" {
				b.node.list.Load().visit(visit)
			}
		} else if pos > len(topic) {
			b.node.list.Load().visit(visit)
			b.node.hash.Load().visit(visit)
		} else {
			if b.depth == len(spans) {
				spans = append(spans, span{end: levelEnd(topic, pos)})
			}
			if b.depth > 0 || topic[0] != '$' {
				b.node.hash.Load().visit(visit)
				plus = b.node.plus.Load()
			}
			at := &spans[b.depth]
			literal = t.literal(b.node, topic[pos:at.end], at)
		}
		if plus != nil {
			stack = append(stack, branch[E]{plus, b.depth + 1})
		}
		if literal != nil {
			b = branch[E]{literal, b.depth + 1}
			continue
		}
		if len(stack) == 0 {
			return
		}
		b = stack[len(stack)-1]
		stack = stack[:len(stack)-1]
	}
}

func levelEnd(topic []byte, pos int) int32 {
	if i := bytes.IndexByte(topic[pos:], '/'); i >= 0 {
		return int32(pos + i)
	}
	return int32(len(topic))
}

// literal returns the child of n for a level of the topic, or nil.
func (t *Tree[E]) literal(n *node[E], level []byte, at *span) *node[E] {
	if c := n.only.Load(); c != nil && c.name() == string(level) {
		return c
	}
	table := n.kids.table.Load()
	if table == nil {
		return nil
	}
	if at.tag == tagEmpty {
		at.tag = tagBytes(t.seed, level)
	}
	for c, i := table.first(at.tag); c != nil; c, i = table.next(at.tag, i) {
		if c.name() == string(level) {
			return c
		}
	}
	return nil
}
