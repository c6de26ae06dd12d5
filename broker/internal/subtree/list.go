package subtree

import "slices"

// list holds the entries of one filter. It is immutable, but a longer list may
// share its array: the newest list of a filter is always the longest on its
// array, so appending to it writes only where no reader looks.
type list[E comparable] struct {
	s   []E
	one [1]E // backs s while there is one entry, which is the common case
}

func single[E comparable](e E) *list[E] {
	l := &list[E]{one: [1]E{e}}
	l.s = l.one[:]
	return l
}

// with returns l, which may be nil, and e at its end.
func (l *list[E]) with(e E) *list[E] {
	if l == nil {
		return single(e)
	}
	return &list[E]{s: append(l.s, e)}
}

// without returns l without its entry i, or nil when that was the last. The
// copy has room for one more: a client that reconnects costs one copy, not two.
func (l *list[E]) without(i int) *list[E] {
	switch n := len(l.s); n {
	case 1:
		return nil
	case 2:
		return single(l.s[1-i])
	default:
		s := append(make([]E, 0, n), l.s[:i]...)
		return &list[E]{s: append(s, l.s[i+1:]...)}
	}
}

// replaced returns l with e in the place of entry i.
func (l *list[E]) replaced(i int, e E) *list[E] {
	if len(l.s) == 1 {
		return single(e)
	}
	s := slices.Clone(l.s)
	s[i] = e
	return &list[E]{s: s}
}
