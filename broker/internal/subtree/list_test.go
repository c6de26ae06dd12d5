package subtree

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

func sorted(s []int) []int { return slices.Sorted(slices.Values(s)) }

// Lists of several blocks: random adds, removals and replacements, up and down
// again, against a plain slice. Lists that readers hold must not change.
func TestLongList(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	type kept struct{ got, want []int }
	var (
		l     *list[int]
		model []int
		held  []kept
	)
	for i := range 30_000 {
		up := i < 8000 || i >= 16_000 && i < 22_000
		switch n := rnd.IntN(10); {
		case len(model) == 0 || up && n < 7 || n < 2:
			l = l.with(i)
			model = append(model, i)
		case n == 9:
			k := rnd.IntN(len(model))
			p, _ := l.find(model[k])
			l, model[k] = l.replaced(p, i), i
		default:
			k := rnd.IntN(len(model))
			p, ok := l.find(model[k])
			if !ok {
				t.Fatalf("step %d: find(%d) = false, want true", i, model[k])
			}
			l = l.without(p)
			model = slices.Delete(model, k, k+1)
		}
		if i%100 == 0 && l != nil {
			held = append(held, kept{l.entries(), sorted(model)})
			checkBlocks(t, l)
		}
	}
	if len(held) == 0 {
		t.Fatal("nothing was compared")
	}
	for i, k := range held {
		if got := sorted(k.got); !slices.Equal(got, k.want) {
			t.Fatalf("list %d has %d entries, want %d: it changed or was wrong", i, len(got), len(k.want))
		}
	}
}

func checkBlocks(t *testing.T, l *list[int]) {
	t.Helper()
	if l.many == nil {
		return
	}
	for i, b := range l.many.blocks {
		if len(b) == 0 || len(b) > blockMax {
			t.Fatalf("a block has %d entries, want 1 to %d", len(b), blockMax)
		}
		if i > 0 && len(b)+len(l.many.blocks[i-1]) <= blockMax/2 {
			t.Fatalf("blocks of %d and %d entries were not joined", len(l.many.blocks[i-1]), len(b))
		}
	}
}

// Readers put the blocks of a long list together while a writer extends it.
func TestLongListConcurrent(t *testing.T) {
	t.Parallel()
	const n = 3 * blockMax
	var tree Tree[int]
	for i := range n {
		tree.Add("a/+", i)
	}
	var wg sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				low := 0
				tree.Match([]byte("a/b"), func(entries []int) {
					for _, e := range entries {
						if e < n {
							low++
						}
					}
				})
				if low != n {
					t.Errorf("found %d of the entries that stay, want %d", low, n)
					return
				}
			}
		})
	}
	for i := range 1500 {
		tree.Add("a/+", n+i)
		if i%3 == 0 {
			tree.Remove("a/+", n+i/2)
		}
	}
	close(done)
	wg.Wait()
}

// Entries that leave in order of a block, from its front or its back, leave
// neither empty nor tiny blocks behind.
func TestLongListInOrder(t *testing.T) {
	t.Parallel()
	const n = 5 * blockMax
	orders := []struct {
		name  string
		first int // then upwards, from 0 again after n-1
	}{
		{name: "first block first", first: 0},
		{name: "middle block first", first: 2 * blockMax},
		{name: "last block first", first: 4 * blockMax},
	}
	for _, o := range orders {
		var l *list[int]
		for i := range n {
			l = l.with(i)
		}
		for i := range n {
			p, ok := l.find((o.first + i) % n)
			if !ok {
				t.Fatalf("%s: entry %d is missing", o.name, i)
			}
			if l = l.without(p); l != nil {
				checkBlocks(t, l)
			}
		}
		if l != nil {
			t.Errorf("%s: %d entries remain, want none", o.name, len(l.entries()))
		}
	}
}
