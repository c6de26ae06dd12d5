package topictree

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"mqt/internal/mqtt"
	"pgregory.net/rapid"
)

// found returns the topics that a filter matches, sorted.
func found(t *Tree[int], filter string) []string {
	got := []string{}
	t.Match(filter, func(topic string, _ int) bool { got = append(got, topic); return true })
	slices.Sort(got)
	return got
}

func empty[V any](t *Tree[V]) bool {
	return t.Len() == 0 && t.root.kids == nil && !t.topics.used()
}

// checkNodes fails the test unless the tree is as small as it should be: a node
// without a value has children, holds nothing of a removed topic, and neither
// does the index of its parent.
func checkNodes(t fataler, n *node[int]) {
	if n.kids == nil {
		return
	}
	for i, c := range n.kids.list {
		switch {
		case c.parent != n || int(c.place) != i:
			t.Fatalf("%q has place %d, want %d", c.text, c.place, i)
		case n.child(c.name()) != c:
			t.Fatalf("%q is not found in its parent", c.name())
		case c.lone && (c.kids != nil || !c.set), !c.set && c.kids == nil:
			t.Fatalf("%q is a lone node with children or without a value", c.text)
		case !c.set && (c.value != 0 || c.text != c.name()):
			t.Fatalf("%q without a value holds the value %d, text %q", c.name(), c.value, c.text)
		}
		checkNodes(t, c)
	}
	if n.kids.names.used() && len(n.kids.names.m) != len(n.kids.list) {
		t.Fatalf("%q indexes %d of %d children", n.text, len(n.kids.names.m), len(n.kids.list))
	}
	for name, c := range n.kids.names.m {
		if !c.set && unsafe.StringData(name) != unsafe.StringData(c.text) {
			t.Fatalf("the index keeps another text for %q", name)
		}
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		filter string
		topics []string
		want   []string
	}{
		{filter: "#", topics: nil, want: []string{}},
		{filter: "#", topics: []string{"a", "a/b", "$SYS/x", "/", "b/"}, want: []string{"/", "a", "a/b", "b/"}},
		{filter: "+", topics: []string{"a", "a/b", "$SYS", "/"}, want: []string{"a"}},
		{filter: "+/+", topics: []string{"a", "a/b", "/", "$a/b", "a/", "a/b/c"}, want: []string{"/", "a/", "a/b"}},
		{filter: "+/#", topics: []string{"a", "a/b/c", "$a", "$a/b"}, want: []string{"a", "a/b/c"}},
		{filter: "$SYS/#", topics: []string{"$SYS", "$SYS/a", "$SYS/a/b", "x"}, want: []string{"$SYS", "$SYS/a", "$SYS/a/b"}},
		{filter: "$SYS/+", topics: []string{"$SYS", "$SYS/a", "$SYS/a/b"}, want: []string{"$SYS/a"}},
		{filter: "a/+", topics: []string{"a/$x", "a/$y/z", "b/$x"}, want: []string{"a/$x"}},
		{filter: "a/#", topics: []string{"a", "a/b", "a/b/c", "ab", "ab/c"}, want: []string{"a", "a/b", "a/b/c"}},
		{filter: "a/+/c", topics: []string{"a/b/c", "a/b", "a/b/c/d", "a//c", "a/x/c"}, want: []string{"a//c", "a/b/c", "a/x/c"}},
		{filter: "a/b", topics: []string{"a/b", "a/b/c", "a"}, want: []string{"a/b"}},
		{filter: "a/b", topics: []string{"a/b/c"}, want: []string{}},
	}
	for _, tt := range tests {
		var tree Tree[int]
		for i, topic := range tt.topics {
			tree.Set(topic, i)
		}
		if got := found(&tree, tt.filter); !slices.Equal(got, tt.want) {
			t.Errorf("Match(%q) of %q = %q, want %q", tt.filter, tt.topics, got, tt.want)
		}
	}
}

func TestMatchStops(t *testing.T) {
	t.Parallel()
	var tree Tree[int]
	for i := range 100 {
		tree.Set(fmt.Sprintf("a/%d/b", i), i)
	}
	for _, filter := range []string{"#", "a/+/b", "a/#"} {
		n := 0
		tree.Match(filter, func(string, int) bool { n++; return n < 3 })
		if n != 3 {
			t.Errorf("Match(%q) visited %d topics, want 3", filter, n)
		}
	}
}

func TestDeepTopics(t *testing.T) {
	t.Parallel()
	topics := []string{
		strings.Repeat("/", mqtt.MaxTopicBytes),
		strings.Repeat("/", mqtt.MaxTopicBytes-1),
		strings.Repeat("/", mqtt.MaxTopicBytes-1) + "a",
		strings.Repeat("a/", mqtt.MaxTopicBytes/2),
	}
	slices.Sort(topics)
	var tree Tree[int]
	for i, topic := range topics {
		tree.Set(topic, i)
	}
	plus := strings.Repeat("+/", mqtt.MaxTopicBytes/2)
	for _, filter := range []string{"#", "+/#", plus + "#"} {
		if got := found(&tree, filter); !slices.Equal(got, topics) {
			t.Errorf("Match(%.10q) found %d topics, want %d", filter, len(got), len(topics))
		}
	}
	if got, want := found(&tree, plus+"+"), topics[3:]; !slices.Equal(got, want) {
		t.Errorf("Match(+/+/…) found %d topics, want %d", len(got), len(want))
	}
	for i, topic := range topics {
		if got, ok := tree.Delete(topic); !ok || got != i {
			t.Errorf("Delete of topic %d = %d, %v, want %d, true", i, got, ok, i)
		}
	}
	if !empty(&tree) {
		t.Error("nodes remain")
	}
}

func TestModel(t *testing.T) {
	t.Parallel()
	topics := rapid.StringMatching(`([ab$]{0,1}/|[a-z]/){0,4}([ab$]{0,1}|[a-z])`).Filter(func(s string) bool { return s != "" })
	filters := rapid.StringMatching(`(([ab$]{0,1}|\+)/){0,4}([ab$]{0,1}|\+|#)`).Filter(func(s string) bool { return s != "" })
	rapid.Check(t, func(t *rapid.T) {
		tree, m, id := &Tree[int]{}, map[string]int{}, 0
		known := func(t *rapid.T) string { // a topic of the model, or any
			return rapid.SampledFrom(append(slices.Sorted(maps.Keys(m)), topics.Draw(t, "topic"))).Draw(t, "known")
		}
		set := func(t *rapid.T) {
			topic := known(t)
			id++
			old, had := tree.Set(topic, id)
			if want, ok := m[topic]; old != want || had != ok {
				t.Fatalf("Set(%q) = %v, %v, want %v, %v", topic, old, had, want, ok)
			}
			m[topic] = id
		}
		t.Repeat(map[string]func(*rapid.T){
			"set": set, "set more": set,
			"delete": func(t *rapid.T) {
				topic := known(t)
				old, had := tree.Delete(topic)
				if want, ok := m[topic]; old != want || had != ok {
					t.Fatalf("Delete(%q) = %v, %v, want %v, %v", topic, old, had, want, ok)
				}
				delete(m, topic)
			},
			"get": func(t *rapid.T) {
				topic := known(t)
				want, ok := m[topic]
				if got, had := tree.Get(topic); got != want || had != ok {
					t.Fatalf("Get(%q) = %v, %v, want %v, %v", topic, got, had, want, ok)
				}
				if got, had := tree.GetBytes([]byte(topic)); got != want || had != ok {
					t.Fatalf("GetBytes(%q) = %v, %v, want %v, %v", topic, got, had, want, ok)
				}
			},
			"": func(t *rapid.T) { checkModel(t, tree, m, filters.Draw(t, "filter")) },
		})
		for topic := range m {
			tree.Delete(topic)
		}
		if !empty(tree) {
			t.Fatal("nodes remain after the last Delete")
		}
	})
}

type fataler interface {
	Fatalf(format string, args ...any)
}

func checkModel(t fataler, tree *Tree[int], m map[string]int, filter string) {
	f, err := mqtt.ParseFilter(filter)
	if err != nil {
		t.Fatalf("ParseFilter(%q): %v", filter, err)
	}
	want := map[string]int{}
	for topic, v := range m {
		if f.Match(topic) {
			want[topic] = v
		}
	}
	got, n := map[string]int{}, 0
	tree.Match(filter, func(topic string, v int) bool { got[topic] = v; n++; return true })
	if !maps.Equal(got, want) || n != len(want) || tree.Len() != len(m) {
		t.Fatalf("Match(%q) = %v in %d visits, want %v of %v", filter, got, n, want, m)
	}
	if len(m) == 0 && !empty(tree) {
		t.Fatalf("nodes remain in an empty tree")
	}
	checkNodes(t, &tree.root)
}

// Wide nodes index their children by name; the index must follow every change.
func TestWide(t *testing.T) {
	t.Parallel()
	tree, m := &Tree[int]{}, map[string]int{}
	rnd := rand.New(rand.NewPCG(1, 2))
	check := func() {
		for _, filter := range []string{"#", "+/+/x", "7/#", "+", "+/1/+", "99/2/x"} {
			checkModel(t, tree, m, filter)
		}
	}
	for step := range 12_000 {
		topic := fmt.Sprint(rnd.IntN(100))
		if rnd.IntN(3) > 0 {
			topic += fmt.Sprintf("/%d/x", rnd.IntN(12))
		}
		if fill := step/3000%2 == 0; fill == (rnd.IntN(5) > 0) {
			tree.Set(topic, step+1)
			m[topic] = step + 1
		} else {
			tree.Delete(topic)
			delete(m, topic)
		}
		if step%100 == 0 {
			check()
		}
	}
	for topic := range m {
		tree.Delete(topic)
		delete(m, topic)
		if len(m)%50 == 0 {
			check()
		}
	}
	if !empty(tree) {
		t.Error("nodes remain")
	}
}

// FuzzMatch reads lines: the first is the filter, the others are topics to set
// or, after a minus, to delete.
func FuzzMatch(f *testing.F) {
	f.Add("a/+\na/b\na/c\na/b/c\na\n-a/b")
	f.Add("#\n$S\n$S/a\na\n-$S")
	f.Add("+/#\n//\n/\na//\n-/")
	f.Fuzz(func(t *testing.T, script string) {
		lines := strings.Split(script, "\n")
		if p, err := mqtt.ParseFilter(lines[0]); err != nil || p.ShareGroup() != "" {
			return
		}
		tree, m := &Tree[int]{}, map[string]int{}
		for i, line := range lines[1:] {
			topic, minus := strings.CutPrefix(line, "-")
			if mqtt.CheckTopic(topic) != nil {
				continue
			}
			if minus {
				tree.Delete(topic)
				delete(m, topic)
			} else {
				tree.Set(topic, i)
				m[topic] = i
			}
		}
		checkModel(t, tree, m, lines[0])
	})
}

func TestAllocs(t *testing.T) {
	tree, _ := filled(1000)
	topic, n := []byte("bench/retained/500/state"), 0
	if got := testing.AllocsPerRun(100, func() {
		if _, ok := tree.GetBytes(topic); ok {
			n++
		}
		tree.Match("bench/+/500/#", func(string, *int) bool { n++; return true })
	}); got != 0 || n != 202 {
		t.Errorf("GetBytes and Match allocate %v times and found %d, want 0 and 202", got, n)
	}
}

func filled(n int) (*Tree[*int], []string) {
	topics := make([]string, n)
	for i := range topics {
		topics[i] = fmt.Sprintf("bench/retained/%d/state", i)
	}
	tree, v := &Tree[*int]{}, new(int)
	for _, topic := range topics {
		tree.Set(topic, v)
	}
	return tree, topics
}

const benchTopics = 100_000

func BenchmarkSet(b *testing.B) {
	var before, after runtime.MemStats
	_, topics := filled(benchTopics)
	var tree *Tree[*int]
	v := new(int)
	runtime.GC()
	runtime.ReadMemStats(&before)
	for b.Loop() {
		tree = &Tree[*int]{}
		for _, topic := range topics {
			tree.Set(topic, v)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchTopics, "ns/topic")
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/benchTopics, "bytes/topic")
	runtime.KeepAlive(tree)
	runtime.KeepAlive(topics)
}

func BenchmarkSetAgain(b *testing.B) {
	tree, topics := filled(benchTopics)
	v := new(int)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		tree.Set(topics[i%len(topics)], v)
	}
}

func BenchmarkMatch(b *testing.B) {
	tree, _ := filled(benchTopics)
	for _, filter := range []string{"#", "bench/retained/+/state"} {
		b.Run(filter, func(b *testing.B) {
			n := 0
			for b.Loop() {
				tree.Match(filter, func(string, *int) bool { n++; return true })
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/topic")
		})
	}
}
