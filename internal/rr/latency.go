package rr

import (
	"math/rand/v2"
	"slices"
	"time"
)

// maxSamples is how many values Latency keeps.
const maxSamples = 100_000

// Latency summarises durations. Minimum, maximum and mean are exact; quantiles
// are, until there are 100,000 values, and come from a random choice of that
// many then. The zero value is empty.
type Latency struct {
	n        uint64
	min, max time.Duration
	sum      time.Duration
	samples  []time.Duration
}

func (l *Latency) add(d time.Duration) {
	if l.n == 0 || d < l.min {
		l.min = d
	}
	l.max = max(l.max, d)
	l.sum += d
	l.n++
	if len(l.samples) < maxSamples {
		l.samples = append(l.samples, d)
	} else if i := rand.Uint64N(l.n); i < maxSamples {
		l.samples[i] = d
	}
}

// Min returns the shortest; 0 when there is none.
func (l *Latency) Min() time.Duration { return l.min }

// Max returns the longest; 0 when there is none.
func (l *Latency) Max() time.Duration { return l.max }

// Mean returns the average; 0 when there is none.
func (l *Latency) Mean() time.Duration {
	if l.n == 0 {
		return 0
	}
	return l.sum / time.Duration(l.n)
}

// Quantile returns the value that the share q, from 0 to 1, of all values is
// not above; 0 when there is none.
func (l *Latency) Quantile(q float64) time.Duration {
	if len(l.samples) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(l.samples))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
