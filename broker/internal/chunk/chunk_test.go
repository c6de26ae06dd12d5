package chunk

import (
	"sync"
	"testing"
)

func TestGet(t *testing.T) {
	t.Parallel()
	tests := []struct{ n, want int }{
		{n: -1, want: small}, {n: 0, want: small}, {n: small, want: small},
		{n: small + 1, want: medium}, {n: medium, want: medium},
		{n: medium + 1, want: Max}, {n: Max, want: Max}, {n: 1 << 30, want: Max},
	}
	for range 3 { // later rounds meet blocks of earlier ones
		for _, tt := range tests {
			b := Get(tt.n)
			if len(b.B) != 0 || cap(b.B) != tt.want {
				t.Errorf("Get(%d) has length %d and capacity %d, want 0 and %d", tt.n, len(b.B), cap(b.B), tt.want)
			}
			b.B = append(b.B, make([]byte, tt.want+1)...) // outgrown
			b.B = b.B[7:]
			b.Release()
		}
	}
}

func TestReleaseTwice(t *testing.T) {
	t.Parallel()
	if !checked {
		t.Skip("checked under the race detector only")
	}
	b := &Block{pool: new(sync.Pool)}
	b.Release()
	defer func() {
		if recover() == nil {
			t.Error("the second Release did not panic")
		}
	}()
	b.Release()
}

// No block is lent to two borrowers at a time.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 1000 {
				b := Get([]int{1, small + 1, medium + 1}[i%3])
				for range 100 {
					b.B = append(b.B, byte(g))
				}
				for _, c := range b.B {
					if c != byte(g) {
						t.Errorf("a block of borrower %d holds a byte of %d", g, c)
						return
					}
				}
				b.Release()
			}
		})
	}
	wg.Wait()
}

func TestAllocs(t *testing.T) {
	if checked {
		t.Skip("the race detector makes pools forget on purpose")
	}
	for _, n := range []int{small, medium, Max} {
		if got := testing.AllocsPerRun(1000, func() { Get(n).Release() }); got != 0 {
			t.Errorf("Get(%d) and Release allocate %v times, want 0", n, got)
		}
	}
}

func BenchmarkGetRelease(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Get(medium).Release()
	}
}

func BenchmarkGetReleaseParallel(b *testing.B) {
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			Get(small).Release()
		}
	})
}
