package subtree

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// Writers churn around subscribers that are present the whole time; readers
// must find each of those exactly once in every match.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	const (
		topic   = "site/1/dev/7/temp"
		steady  = -1
		swapped = -2 // swapped with -3 all the time
	)
	var tree Tree[int]
	fixed := []string{topic, "site/+/dev/+/temp", "site/1/dev/#", "site/1/+/7/temp", "#", "site/1/dev/7/temp/#"}
	for _, f := range fixed {
		tree.Add(f, steady)
		tree.Add(f, swapped)
	}
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for w := range 2 {
		writers.Go(func() {
			churn(&tree, w, append(fixed[:len(fixed):len(fixed)], "site/+/dev/7/#", "site/1/dev/+/temp", "+/1/dev/7/temp"))
		})
	}
	writers.Go(func() {
		for i := range 2000 {
			f := fixed[i%len(fixed)]
			if !tree.Replace(f, swapped, -3) || !tree.Replace(f, -3, swapped) {
				t.Errorf("Replace under %q = false, want true", f)
			}
		}
	})
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					checkFixed(t, &tree, topic, len(fixed))
					runtime.Gosched()
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
	if got, want := tree.Len(), 2*len(fixed); got != want {
		t.Errorf("Len() = %d, want %d", got, want)
	}
}

func checkFixed(t *testing.T, tree *Tree[int], topic string, want int) {
	var steady, swapped int
	tree.Match([]byte(topic), func(entries []int) {
		for _, e := range entries {
			switch e {
			case -1:
				steady++
			case -2, -3:
				swapped++
			}
		}
	})
	if steady != want || swapped != want {
		t.Errorf("found %d steady and %d swapped entries, want %d of each", steady, swapped, want)
	}
}

// A lone filter's node is split, and then a second child moves the first into
// a table, over and over under a reader that must see that filter throughout.
func TestConcurrentSplit(t *testing.T) {
	t.Parallel()
	var tree Tree[int]
	var current atomic.Int64
	add := func(i int) { tree.Add(fmt.Sprintf("%d/a/+", i), i) }
	add(0)
	var reader sync.WaitGroup
	reader.Go(func() {
		for i := 0; i >= 0; i = int(current.Load()) {
			n := 0
			tree.Match(fmt.Appendf(nil, "%d/a/x", i), func([]int) { n++ })
			if n != 1 && int(current.Load()) == i {
				t.Errorf("found filter %d %d times, want once", i, n)
				return
			}
		}
	})
	for i := range 20_000 {
		tree.Add(fmt.Sprintf("%d/b/+", i), i) // beside the filter that the reader wants
		if i > 0 {
			tree.Remove(fmt.Sprintf("%d/a/+", i-1), i-1)
			tree.Remove(fmt.Sprintf("%d/b/+", i-1), i-1)
		}
		add(i + 1)
		current.Store(int64(i + 1))
	}
	current.Store(-1)
	reader.Wait()
}

// churn adds and removes entries at the shared filters, and filters beside
// them, so that nodes split, tables grow and shrink.
func churn(tree *Tree[int], w int, shared []string) {
	rnd := rand.New(rand.NewPCG(1, uint64(w)))
	type held struct {
		filter string
		e      int
	}
	var have []held
	for i := range 3000 {
		if len(have) > 200 || len(have) > 0 && rnd.IntN(3) == 0 {
			k := rnd.IntN(len(have))
			tree.Remove(have[k].filter, have[k].e)
			have = slices.Delete(have, k, k+1)
			continue
		}
		f := shared[rnd.IntN(len(shared))]
		switch n := rnd.IntN(50); rnd.IntN(4) {
		case 0:
			f = fmt.Sprintf("site/%d/dev/+/temp", n)
		case 1:
			f = fmt.Sprintf("site/1/dev/%d/+", n)
		case 2:
			f = fmt.Sprintf("site/1/dev/%d/temp", n)
		}
		h := held{f, 1 + i + w<<20}
		tree.Add(h.filter, h.e)
		have = append(have, h)
	}
	for _, h := range have {
		tree.Remove(h.filter, h.e)
	}
}
