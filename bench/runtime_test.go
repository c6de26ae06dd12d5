package bench

import (
	"math"
	"runtime/metrics"
	"testing"
)

// A quantile of buckets is known as the upper bound of one; where that has
// none, nothing is known.
func TestQuantileIsABound(t *testing.T) {
	t.Parallel()
	buckets := []float64{0, 1e-6, 2.5e-6, 0.0000000101e3, math.Inf(1)}
	from := &metrics.Float64Histogram{Counts: []uint64{5, 0, 0, 0}, Buckets: buckets}
	for _, tc := range []struct {
		name   string
		counts []uint64
		q      float64
		want   *int64
	}{
		{"nothing since", []uint64{5, 0, 0, 0}, 1, nil},
		{"longest", []uint64{6, 3, 1, 0}, 1, new(int64(10_100))},
		{"most", []uint64{6, 98, 1, 0}, 0.99, new(int64(2500))},
		{"without a bound", []uint64{6, 3, 0, 1}, 1, nil},
	} {
		got := quantile(from, &metrics.Float64Histogram{Counts: tc.counts, Buckets: buckets}, tc.q)
		if (got == nil) != (tc.want == nil) || got != nil && *got != *tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}
