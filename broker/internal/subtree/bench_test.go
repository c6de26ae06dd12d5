package subtree

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
)

const benchFilters = 100_000

type subscriber struct{ n int }

// filterNames returns n filters, half exact, half with a wildcard.
func filterNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		if i%2 == 0 {
			names[i] = fmt.Sprintf("site/%d/dev/%d/temp", i/2, i%10)
		} else {
			names[i] = fmt.Sprintf("site/%d/dev/+/temp", i/2)
		}
	}
	return names
}

func filled(names []string) *Tree[*subscriber] {
	tree, s := &Tree[*subscriber]{}, &subscriber{}
	for _, f := range names {
		tree.Add(f, s)
	}
	return tree
}

func TestMatchAllocs(t *testing.T) {
	tree := filled(filterNames(1000))
	for i := range 40 { // more matches than any buffer on a stack
		tree.Add("site/3/dev/6/temp", &subscriber{i})
	}
	tree.Add("site/#", nil)
	topic, dst := []byte("site/3/dev/6/temp"), make([][]*subscriber, 0, 8)
	n := 0
	if got := testing.AllocsPerRun(100, func() {
		tree.Match(topic, func(entries []*subscriber) { n += len(entries) })
	}); got != 0 || n == 0 {
		t.Errorf("Match allocates %v times and found %d, want 0 and some", got, n)
	}
	if got := testing.AllocsPerRun(100, func() { dst = tree.AppendMatches(dst[:0], topic) }); got != 0 || len(dst) != 3 {
		t.Errorf("AppendMatches allocates %v times and found %d filters, want 0 and 3", got, len(dst))
	}
}

func BenchmarkAdd(b *testing.B) {
	names := filterNames(benchFilters)
	var before, after runtime.MemStats
	var tree *Tree[*subscriber]
	runtime.GC()
	runtime.ReadMemStats(&before)
	for b.Loop() {
		tree = filled(names)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchFilters, "ns/filter")
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/benchFilters, "bytes/filter")
	runtime.KeepAlive(tree)
	runtime.KeepAlive(names)
}

func BenchmarkRemove(b *testing.B) {
	names := filterNames(benchFilters)
	for b.Loop() {
		b.StopTimer()
		tree := filled(names)
		s := tree.AppendMatches(nil, []byte(names[0]))[0][0]
		b.StartTimer()
		for _, f := range names {
			tree.Remove(f, s)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	tree := filled(filterNames(benchFilters))
	topics := make([][]byte, 1<<16)
	for i := range topics {
		topics[i] = fmt.Appendf(nil, "site/%d/dev/%d/temp", rand.IntN(benchFilters/2), rand.IntN(10))
	}
	dst := make([][]*subscriber, 0, 8)
	b.Run("random topic", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			dst = tree.AppendMatches(dst[:0], topics[i&(len(topics)-1)])
		}
	})
	b.Run("one topic", func(b *testing.B) {
		for b.Loop() {
			dst = tree.AppendMatches(dst[:0], topics[0])
		}
	})
	b.Run("no match", func(b *testing.B) {
		topic := []byte("other/thing")
		for b.Loop() {
			dst = tree.AppendMatches(dst[:0], topic)
		}
	})
}

func BenchmarkOneFilter(b *testing.B) {
	const n = 10_000
	entries := make([]*subscriber, n)
	for i := range entries {
		entries[i] = &subscriber{i}
	}
	for _, filter := range []string{"a/b", "a/+"} {
		b.Run(filter, func(b *testing.B) {
			for b.Loop() {
				var tree Tree[*subscriber]
				for _, e := range entries {
					tree.Add(filter, e)
				}
				for _, e := range entries {
					tree.Remove(filter, e)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/add+remove")
		})
	}
}
