package topictree

import (
	"strings"

	"mqt/broker/internal/levels"
)

// usual is the depth up to which a walk needs no memory but the goroutine's
// stack.
const usual = 16

// frame is a node on the way from the root: its children from next on are still
// to be compared with the filter's level at depth. Below a # the depth stays.
type frame[V any] struct {
	node  *node[V]
	next  int32
	depth int32
}

// Match calls visit for every topic that the filter matches, in no particular
// order, until it returns false. The filter must be valid and without a share
// prefix. A wildcard in the first level does not match topics that begin with
// $. [MQTT-4.7.2-1] Visit must not change the tree.
func (t *Tree[V]) Match(filter string, visit func(topic string, v V) bool) {
	if !strings.ContainsAny(filter, "+#") {
		if n := t.topics.m[filter]; n != nil {
			visit(n.text, n.value)
		}
		return
	}
	var (
		endBuf   [usual]int32
		stackBuf [usual]frame[V]
	)
	w := walk{filter: filter, ends: appendEnds(endBuf[:0], filter)}
	stack := append(stackBuf[:0], frame[V]{node: &t.root})
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		c := top.advance(&w)
		if c == nil {
			stack = stack[:len(stack)-1]
			continue
		}
		hit, below := compare(c, &w, top.depth)
		if hit && !visit(c.text, c.value) {
			return
		}
		if below >= 0 && c.kids != nil {
			stack = append(stack, frame[V]{node: c, depth: below})
		}
	}
}

// walk is a filter and where its levels end.
type walk struct {
	filter string
	ends   []int32
}

func appendEnds(ends []int32, filter string) []int32 {
	for from := int32(0); int(from) <= len(filter); {
		end := levelEnd(filter, from)
		ends = append(ends, end)
		from = end + 1
	}
	return ends
}

// level returns the filter's level at depth.
func (w *walk) level(depth int32) string {
	if depth == 0 {
		return w.filter[:w.ends[0]]
	}
	return w.filter[w.ends[depth-1]+1 : w.ends[depth]]
}

// advance returns the next child whose level matches, nil after the last.
func (f *frame[V]) advance(w *walk) *node[V] {
	if f.node.kids == nil {
		return nil
	}
	list, level := f.node.kids.list, w.level(f.depth)
	if level != "+" && level != "#" {
		if f.next > 0 {
			return nil
		}
		f.next = 1
		return f.node.child(level)
	}
	for int(f.next) < len(list) {
		c := list[f.next]
		f.next++
		if f.node.parent != nil || !strings.HasPrefix(c.text, "$") {
			return c
		}
	}
	return nil
}

// compare takes a node whose level matches the filter's level at depth. It
// reports whether the node's own topic is matched, and with which level of the
// filter its children are to be compared; -1 is none.
func compare[V any](c *node[V], w *walk, depth int32) (hit bool, below int32) {
	if w.level(depth) == "#" {
		return c.set, depth
	}
	end := int(w.ends[depth])
	if end == len(w.filter) {
		return c.set && !c.lone, -1
	}
	rest := w.filter[end+1:]
	if c.lone {
		return levels.Match(rest, c.tail()), -1
	}
	return c.set && rest == "#", depth + 1
}
