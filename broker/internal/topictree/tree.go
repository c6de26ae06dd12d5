package topictree

// Tree maps topic names to values. The zero value is empty and ready. It is not
// safe for concurrent use: the caller locks. Get, GetBytes, Len and Match only
// read. Topic names must be valid and at most 65,535 bytes long.
type Tree[V any] struct {
	topics names[V]
	root   node[V]
}

// Len returns the number of topics.
func (t *Tree[V]) Len() int { return len(t.topics.m) }

// All calls visit for every topic, in no particular order, until it returns
// false. Visit must not change the tree.
func (t *Tree[V]) All(visit func(topic string, v V) bool) {
	for _, n := range t.topics.m {
		if !visit(n.text, n.value) {
			return
		}
	}
}

// Get returns the value of a topic and whether it has one.
func (t *Tree[V]) Get(topic string) (V, bool) { return t.topics.m[topic].get() }

// GetBytes is Get for a name that is not a string yet; it allocates nothing.
func (t *Tree[V]) GetBytes(topic []byte) (V, bool) { return t.topics.m[string(topic)].get() }

func (n *node[V]) get() (v V, ok bool) {
	if n == nil {
		return v, false
	}
	return n.value, true
}

// Set gives topic the value v and returns the one it had. The tree keeps the
// string of a topic that is new to it.
func (t *Tree[V]) Set(topic string, v V) (old V, had bool) {
	if n := t.topics.m[topic]; n != nil {
		old, n.value = n.value, v
		return old, true
	}
	n := t.insert(topic)
	n.set, n.value = true, v
	t.topics.put(topic, n)
	return old, false
}

// insert returns the node for a topic that has none, or one without a value.
func (t *Tree[V]) insert(topic string) *node[V] {
	n := &t.root
	for from := int32(0); ; {
		to := levelEnd(topic, from)
		more := int(to) < len(topic)
		c := n.child(topic[from:to])
		if c == nil {
			c = &node[V]{text: topic, from: from, to: to, lone: more}
			n.add(c)
			return c
		}
		if c.lone {
			c = n.split(c)
		}
		if !more {
			c.text, c.from, c.to = topic, from, to
			return c
		}
		n, from = c, to+1
	}
}

// Delete removes topic and returns the value it had.
func (t *Tree[V]) Delete(topic string) (old V, had bool) {
	n := t.topics.m[topic]
	if n == nil {
		return old, false
	}
	t.topics.drop(topic)
	old = n.value
	if n.kids != nil {
		n.clear()
		return old, true
	}
	for n.set = false; n.parent != nil && n.kids == nil && !n.set; n = n.parent {
		n.parent.remove(n)
	}
	return old, true
}
