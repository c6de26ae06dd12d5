package subtree

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"mqt/internal/mqtt"
	"pgregory.net/rapid"
)

// found returns the entries for a topic, sorted.
func found(t *Tree[int], topic string) []int {
	got := []int{}
	for _, entries := range t.AppendMatches(nil, []byte(topic)) {
		got = append(got, entries...)
	}
	slices.Sort(got)
	return got
}

func TestMatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		topic   string
		filters []string
		want    []int
	}{
		{topic: "a", filters: nil, want: []int{}},
		{topic: "", filters: []string{"#", "+"}, want: []int{}},
		{topic: "a", filters: []string{"a", "a/#", "+", "#", "+/#", "a/+", "b"}, want: []int{0, 1, 2, 3, 4}},
		{topic: "a/", filters: []string{"a/+", "a/", "+/+", "a", "a/+/#", "a/+/+"}, want: []int{0, 1, 2, 4}},
		{topic: "/", filters: []string{"+/+", "/+", "+", "/", "+/"}, want: []int{0, 1, 3, 4}},
		{topic: "$SYS/x", filters: []string{"#", "+/x", "+/#", "$SYS/#", "$SYS/+", "$SYS/x"}, want: []int{3, 4, 5}},
		{topic: "a/$SYS", filters: []string{"a/#", "a/+", "a/+/#"}, want: []int{0, 1, 2}},
		{topic: "a/b/c", filters: []string{"a/b/+", "a/b/+/x", "a/+/c", "a/b/c/#", "a/b/x/+", "a/b/c/+"}, want: []int{0, 2, 3}},
		{topic: "a/b", filters: []string{"a/b/#", "a/b/c/#", "a/+"}, want: []int{0, 2}},
		{topic: "a/b/c", filters: []string{"a/+/#", "a/b/#", "a/#", "+/b/c/#", "a/b/+/#", "a/+/+/+"}, want: []int{0, 1, 2, 3, 4}},
	}
	for _, tt := range tests {
		var tree Tree[int]
		for i, f := range tt.filters {
			tree.Add(f, i)
		}
		if got := found(&tree, tt.topic); !slices.Equal(got, tt.want) {
			t.Errorf("Match(%q) of %q = %v, want %v", tt.topic, tt.filters, got, tt.want)
		}
	}
}

func TestGeneration(t *testing.T) {
	t.Parallel()
	var tree Tree[int]
	steps := []struct {
		name    string
		do      func() bool
		changes bool
	}{
		{name: "add", do: func() bool { tree.Add("a/+", 1); return true }, changes: true},
		{name: "add exact", do: func() bool { tree.Add("a", 1); return true }, changes: true},
		{name: "replace", do: func() bool { return tree.Replace("a/+", 1, 2) }, changes: true},
		{name: "replace missing", do: func() bool { return tree.Replace("a/+", 1, 3) }},
		{name: "replace under a missing filter", do: func() bool { return tree.Replace("b", 1, 3) }},
		{name: "remove missing", do: func() bool { return tree.Remove("a/+", 1) }},
		{name: "remove below", do: func() bool { return tree.Remove("a/+/b", 2) }},
		{name: "remove", do: func() bool { return tree.Remove("a/+", 2) }, changes: true},
	}
	for _, s := range steps {
		before := tree.Generation()
		ok := s.do()
		if changed := tree.Generation() != before; ok != s.changes || changed != s.changes {
			t.Errorf("%s: ok %v, changed %v, want %v", s.name, ok, changed, s.changes)
		}
	}
	if got := tree.Len(); got != 1 {
		t.Errorf("Len() = %d, want 1", got)
	}
}

// Slices that Match gave away stay as they were, whatever happens next.
func TestMatchKept(t *testing.T) {
	t.Parallel()
	var tree Tree[int]
	for i := range 10 {
		tree.Add("a", i)
		tree.Add("b/+", i)
	}
	for _, topic := range []string{"a", "b/c"} {
		kept := tree.AppendMatches(nil, []byte(topic))[0]
		want := slices.Clone(kept)
		filter := map[string]string{"a": "a", "b/c": "b/+"}[topic]
		for i := range 10 {
			tree.Remove(filter, i)
			tree.Add(filter, 100+i)
			tree.Replace(filter, 100+i, 200+i)
		}
		if !slices.Equal(kept, want) {
			t.Errorf("kept entries of %q became %v, want %v", topic, kept, want)
		}
	}
}

func TestDeepTopic(t *testing.T) {
	t.Parallel()
	slashes := strings.Repeat("/", mqtt.MaxTopicBytes)
	plusses := strings.Repeat("+/", mqtt.MaxTopicBytes/2)
	var tree Tree[int]
	tree.Add(plusses+"#", 1)
	tree.Add(plusses+"+", 2) // shares 32,767 levels: a node each
	tree.Add("#", 3)
	tree.Add("/+/"+plusses[:60000]+"#", 4)
	tree.Add(strings.Repeat("/", 40000)+"#", 5)
	tree.Add(strings.Repeat("/", 40000)+"+", 6)
	if got, want := found(&tree, slashes), []int{1, 3, 4, 5}; !slices.Equal(got, want) {
		t.Errorf("Match of %d slashes = %v, want %v", len(slashes), got, want)
	}
	for i, f := range []string{plusses + "#", plusses + "+", "#", "/+/" + plusses[:60000] + "#",
		strings.Repeat("/", 40000) + "#", strings.Repeat("/", 40000) + "+"} {
		if !tree.Remove(f, i+1) {
			t.Errorf("Remove of entry %d = false, want true", i+1)
		}
	}
	if !empty(&tree) {
		t.Error("nodes remain")
	}
}

// Every mix of + and a over 12 levels: 4,096 filters, all of which match one
// topic, each found exactly once.
func TestWide(t *testing.T) {
	t.Parallel()
	var tree Tree[int]
	const n = 12
	var want []int
	for i := range 1 << n {
		var f []string
		for bit := range n {
			f = append(f, string("+a"[i>>bit&1]))
		}
		tree.Add(strings.Join(f, "/"), i)
		want = append(want, i)
	}
	if got := found(&tree, strings.Repeat("a/", n-1)+"a"); !slices.Equal(got, want) {
		t.Errorf("found %d entries, want %d", len(got), len(want))
	}
}

func empty[E comparable](t *Tree[E]) bool {
	return t.Len() == 0 && t.root.bare() && t.exact.table.Load() == nil
}

// model is what a Tree must behave like.
type model map[string][]int

func (m model) match(topic string) []int {
	want := []int{}
	for filter, entries := range m {
		if f, err := mqtt.ParseFilter(filter); err == nil && f.Match(topic) {
			want = append(want, entries...)
		}
	}
	slices.Sort(want)
	return want
}

func TestModel(t *testing.T) {
	t.Parallel()
	filters := rapid.StringMatching(`(([ab$]{0,1}|[a-z]|\+)/){0,4}([ab$]{0,1}|[a-z]|\+|#)`).
		Filter(func(s string) bool { return s != "" })
	topics := rapid.StringMatching(`([ab$]{0,1}/){0,4}[ab$]{0,1}`).Filter(func(s string) bool { return s != "" })
	rapid.Check(t, func(t *rapid.T) {
		tree, m, id := &Tree[int]{}, model{}, 0
		known := func(t *rapid.T) string { // a filter of the model, or any
			keys := append(slices.Sorted(maps.Keys(m)), filters.Draw(t, "filter"))
			return rapid.SampledFrom(keys).Draw(t, "known")
		}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				f := known(t)
				id++
				tree.Add(f, id)
				m[f] = append(m[f], id)
			},
			"remove": func(t *rapid.T) {
				f := known(t)
				e := rapid.SampledFrom(append(m[f][:len(m[f]):len(m[f])], -1)).Draw(t, "entry")
				i := slices.Index(m[f], e)
				if got := tree.Remove(f, e); got != (i >= 0) {
					t.Fatalf("Remove(%q, %d) = %v, want %v", f, e, got, i >= 0)
				}
				if i >= 0 {
					m.remove(f, i)
				}
			},
			"replace": func(t *rapid.T) {
				f := known(t)
				e := rapid.SampledFrom(append(m[f][:len(m[f]):len(m[f])], -1)).Draw(t, "entry")
				i := slices.Index(m[f], e)
				id++
				if got := tree.Replace(f, e, id); got != (i >= 0) {
					t.Fatalf("Replace(%q, %d) = %v, want %v", f, e, got, i >= 0)
				}
				if i >= 0 {
					m[f] = slices.Clone(m[f])
					m[f][i] = id
				}
			},
			"": func(t *rapid.T) {
				topic := topics.Draw(t, "topic")
				if got, want := found(tree, topic), m.match(topic); !slices.Equal(got, want) {
					t.Fatalf("Match(%q) = %v, want %v in %v", topic, got, want, m)
				}
				if len(m) == 0 && !empty(tree) {
					t.Fatal("nodes remain in an empty tree")
				}
			},
		})
		for f, entries := range m {
			for _, e := range entries {
				tree.Remove(f, e)
			}
		}
		if !empty(tree) {
			t.Fatal("nodes remain after the last Remove")
		}
	})
}

func (m model) remove(f string, i int) {
	m[f] = slices.Delete(slices.Clone(m[f]), i, i+1)
	if len(m[f]) == 0 {
		delete(m, f)
	}
}

// FuzzMatch reads lines: the first is the topic, the others are filters to add
// or, after a minus, to remove again.
func FuzzMatch(f *testing.F) {
	f.Add("a/b\na/+\n+/b\n#\na/b\n-a/+\na/b/#")
	f.Add("$S\n#\n+\n$S\n$S/#\n-#")
	f.Add("//\n+/+/+\n//+\n//#\n///#\n-//+")
	f.Fuzz(func(t *testing.T, script string) {
		lines := strings.Split(script, "\n")
		if mqtt.CheckTopic(lines[0]) != nil {
			return
		}
		tree, m := &Tree[int]{}, model{}
		for i, line := range lines[1:] {
			filter, minus := strings.CutPrefix(line, "-")
			if p, err := mqtt.ParseFilter(filter); err != nil || p.ShareGroup() != "" {
				continue
			}
			if !minus {
				tree.Add(filter, i)
				m[filter] = append(m[filter], i)
			} else if len(m[filter]) > 0 {
				tree.Remove(filter, m[filter][0])
				m.remove(filter, 0)
			}
		}
		if got, want := found(tree, lines[0]), m.match(lines[0]); !slices.Equal(got, want) {
			t.Fatalf("Match(%q) = %v, want %v in %v", lines[0], got, want, m)
		}
	})
}
