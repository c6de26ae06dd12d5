package pace

import (
	"math"
	"sync"
	"testing"
	"time"
)

// TestPoissonIsExponential looks at the gaps between messages of one seed: as
// many are longer than x means as the exponential distribution has.
func TestPoissonIsExponential(t *testing.T) {
	t.Parallel()
	const n = 1_000_000
	s := Poisson(n/10, 10*time.Second, 42)
	mean := float64(10*time.Second) / n
	limits := []float64{0.1, 0.5, 1, 2, 4, 8}
	longer := make([]float64, len(limits))
	for i := range uint64(n - 1) {
		gap := float64(s.Due(i+1)-s.Due(i)) / mean
		for k, x := range limits {
			if gap > x {
				longer[k]++
			}
		}
	}
	for k, x := range limits {
		want := math.Exp(-x)
		if off := math.Abs(longer[k]/n - want); off > 5*math.Sqrt(want/n) {
			t.Errorf("gaps over %v means: %v of all, want %v", x, longer[k]/n, want)
		}
	}
}

// TestPoissonVaries looks at the messages of long intervals: their variance is
// their mean, as it is not when each interval has its share.
func TestPoissonVaries(t *testing.T) {
	t.Parallel()
	const intervals, mean = 2000, 20_000
	s := Poisson(mean, intervals*time.Second, 42)
	var variance float64
	for k := range intervals {
		n := s.Count(time.Duration(k+1)*time.Second) - s.Count(time.Duration(k)*time.Second)
		off := float64(n) - mean
		variance += off * off / intervals
	}
	// Its own deviation is √(2 ÷ intervals), 3 %.
	if ratio := variance / mean; ratio < 0.85 || ratio > 1.15 {
		t.Errorf("variance ÷ mean = %v, want 1", ratio)
	}
}

func TestPoissonIsReproducible(t *testing.T) {
	t.Parallel()
	a, b, other := Poisson(5000, time.Minute, 7), Poisson(5000, time.Minute, 7), Poisson(5000, time.Minute, 8)
	same := 0
	for i := uint64(0); i < 400_000; i += 13 {
		due := a.Due(i)
		if got := b.Due(i); got != due {
			t.Fatalf("Due(%d) = %v and %v", i, due, got)
		}
		if other.Due(i) == due {
			same++
		}
	}
	if same > 10 {
		t.Errorf("another seed has %d equal times", same)
	}
	want := []time.Duration{64595, 386603, 455714}
	for i, w := range want {
		if got := a.Due(uint64(i)); got != w {
			t.Errorf("Due(%d) = %d, want %d: other machines and versions have to agree", i, got, w)
		}
	}
	if got, want := a.Due(123_456_789), time.Duration(24_691_317_867_426); got != want {
		t.Errorf("Due(123456789) = %d, want %d: other machines and versions have to agree", got, want)
	}
}

func TestPoissonConcurrently(t *testing.T) {
	t.Parallel()
	const workers, n = 4, 20_000
	s, alone := Poisson(1e6, time.Second, 3), Poisson(1e6, time.Second, 3)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := uint64(w); i < n; i += workers {
				if due := s.Due(i); s.Count(due) > i {
					t.Errorf("Due(%d) = %d, Count of it = %d", i, due, s.Count(due))
				}
			}
		})
	}
	all.Wait()
	for i := range uint64(n) {
		if got, want := s.Due(i), alone.Due(i); got != want {
			t.Fatalf("Due(%d) = %d, want %d", i, got, want)
		}
	}
}
