package result

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestJoint(t *testing.T) {
	t.Parallel()
	one := []float64{1, 2, 3, 4, 5}
	ten := []float64{11, 12, 13, 14, 15}
	mixed := []float64{1, 5, 2, 4, 3}
	same := []float64{7, 7, 7, 7, 7}
	tests := []struct {
		name    string
		metrics [][2][]float64
		want    []float64
	}{
		{"two of six ways", [][2][]float64{{{1, 2}, {3, 4}}}, []float64{2. / 6}},
		{"apart, two of 252 ways", [][2][]float64{{one, ten}}, []float64{2. / 252}},
		{"the same values", [][2][]float64{{same, same}}, []float64{1}},
		{"no difference of means", [][2][]float64{{one, mixed}}, []float64{1}},
		{"one of three and six: 84 ways", [][2][]float64{{{1, 2, 3}, {11, 12, 13, 14, 15, 16}}}, []float64{1. / 84}},
		{"what follows another costs nothing", [][2][]float64{{one, ten}, {one, ten}, {same, same}}, []float64{2. / 252, 2. / 252, 1}},
		{"more runs than are dealt in all ways", [][2][]float64{{slices.Concat(one, one, one), slices.Concat(ten, ten, ten)}}, []float64{1. / 10000}},
	}
	for _, tt := range tests {
		j := newJoint(len(tt.metrics[0][0]), len(tt.metrics[0][1]))
		for _, m := range tt.metrics {
			j.add(m[0], m[1])
		}
		got := j.p()
		if !slices.EqualFunc(got, tt.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }) {
			t.Errorf("%s: p = %v, want %v", tt.name, got, tt.want)
		}
	}
}

// When nothing has changed, one comparison of twenty finds something among its
// thirty metrics, and when one metric has, it is found.
func TestJointErrors(t *testing.T) {
	t.Parallel()
	const comparisons, metrics, runs = 1000, 30, 5
	random := rand.New(rand.NewPCG(5, 6))
	draw := func(shift float64) []float64 {
		out := make([]float64, runs)
		for i := range out {
			out[i] = math.Exp(random.NormFloat64()) + shift
		}
		return out
	}
	wrong, found := 0, 0
	for range comparisons {
		j := newJoint(runs, runs)
		j.add(draw(0), draw(50))
		for range metrics - 1 {
			j.add(draw(0), draw(0))
		}
		p := j.p()
		if p[0] < alpha {
			found++
		}
		if slices.Min(p[1:]) < alpha {
			wrong++
		}
	}
	// Three standard deviations above 5 % of them.
	if limit := 50 + 3*math.Sqrt(50*0.95); float64(wrong) > limit || wrong < 5 {
		t.Errorf("%d of %d comparisons find a change where there is none, want about 50", wrong, comparisons)
	}
	if found < comparisons*9/10 {
		t.Errorf("%d of %d comparisons find the change", found, comparisons)
	}
}
