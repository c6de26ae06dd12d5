package sub

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// Tree is a topic level with what is retained on it and below it. The zero
// value is the root of an empty tree, above the first level.
type Tree struct {
	// Name is the level's text, empty for the root and for empty levels.
	Name string
	// Here reports whether the level is itself a topic that was added, Size how
	// many bytes its payload has.
	Here bool
	Size int
	// Topics is how many topics were added here and below, Bytes the sum of
	// their payloads.
	Topics, Bytes int

	children map[string]*Tree
}

// Add puts a topic with a payload of size bytes into the tree. Each topic must
// be added once.
func (t *Tree) Add(topic string, size int) {
	t.Topics++
	t.Bytes += size
	for more := true; more; {
		var level string
		level, topic, more = strings.Cut(topic, "/")
		child := t.children[level]
		if child == nil {
			child = &Tree{Name: level}
			if t.children == nil {
				t.children = map[string]*Tree{}
			}
			t.children[level] = child
		}
		t = child
		t.Topics++
		t.Bytes += size
	}
	t.Here, t.Size = true, size
}

// Children yields the levels below, sorted by name.
func (t *Tree) Children() iter.Seq[*Tree] {
	return func(yield func(*Tree) bool) {
		for _, name := range slices.Sorted(maps.Keys(t.children)) {
			if !yield(t.children[name]) {
				return
			}
		}
	}
}

// Len returns how many levels are directly below.
func (t *Tree) Len() int { return len(t.children) }
