package result

import (
	"math"
	"math/bits"
	"math/rand/v2"
)

// joint says how far two sets of runs differ in several metrics at once: for
// each, how likely it is that chance makes any of them differ as much.
//
// It is the permutation test of Westfall and Young (Resampling-Based Multiple
// Testing, 1993, "max T"): the runs are dealt anew into an old and a new set,
// and the largest difference among all metrics is kept. The difference is the
// correlation of a metric with being new, which grows with Student's t.
// Metrics that follow each other cost nothing that way, and no form of
// distribution is assumed.
type joint struct {
	before, runs int         // of runs, the first so many are old
	metrics      [][]float64 // each: one value a run, of mean 0 and length 1
}

const (
	// exactRuns is how many runs are dealt in all ways: at most 12,870.
	exactRuns = 16
	// deals is in how many ways more runs are dealt.
	deals = 9999
	// rounding is how much equal correlations may differ.
	rounding = 1e-9
)

func newJoint(before, after int) *joint { return &joint{before: before, runs: before + after} }

// add takes one more metric: its values of all runs, the old ones first.
func (j *joint) add(x, y []float64) {
	values := append(x[:len(x):len(x)], y...)
	mean, length := 0.0, 0.0
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for i, v := range values {
		values[i] = v - mean
		length = math.Hypot(length, values[i])
	}
	for i := range values {
		if length <= rounding*math.Abs(mean) {
			values[i] = 0 // all the same
		} else {
			values[i] /= length
		}
	}
	j.metrics = append(j.metrics, values)
}

// p returns the probability of each metric, in the order of add.
func (j *joint) p() []float64 {
	old := make([]bool, j.runs)
	for i := range j.before {
		old[i] = true
	}
	found := make([]float64, len(j.metrics))
	for i, m := range j.metrics {
		found[i] = correlation(m, old)
	}
	dealt, reached := 0.0, make([]float64, len(j.metrics))
	j.deal(old, func() {
		largest := 0.0
		for _, m := range j.metrics {
			largest = max(largest, correlation(m, old))
		}
		dealt++
		for i, f := range found {
			if largest >= f-rounding {
				reached[i]++
			}
		}
	})
	for i := range reached {
		reached[i] /= dealt
	}
	return reached
}

// deal calls each with old set in every way there is, or, when there are too
// many, as it is and in random ways, the same every time.
func (j *joint) deal(old []bool, each func()) {
	if j.runs <= exactRuns {
		for set := range uint64(1) << j.runs {
			if bits.OnesCount64(set) != j.before {
				continue
			}
			for i := range old {
				old[i] = set>>i&1 == 1
			}
			each()
		}
		return
	}
	each()
	random := rand.New(rand.NewPCG(1, 2))
	for range deals {
		random.Shuffle(len(old), func(a, b int) { old[a], old[b] = old[b], old[a] })
		each()
	}
}

// correlation is proportional to that of values with being old.
func correlation(values []float64, old []bool) float64 {
	sum := 0.0
	for i, v := range values {
		if old[i] {
			sum += v
		}
	}
	return math.Abs(sum)
}
