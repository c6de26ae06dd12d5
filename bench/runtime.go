package bench

import (
	"math"
	"runtime/metrics"
)

// runtimeCounts are the Go runtime's distributions of what can hold a load
// back, at one moment.
type runtimeCounts struct {
	pauses, sched *metrics.Float64Histogram
}

func readRuntime() runtimeCounts {
	samples := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}, {Name: "/sched/latencies:seconds"}}
	metrics.Read(samples)
	return runtimeCounts{samples[0].Value.Float64Histogram(), samples[1].Value.Float64Histogram()}
}

// since returns the longest pause of the garbage collector and the 99th
// percentile of scheduler latency since c was read, in nanoseconds; nil when
// there was none. The runtime counts in ranges, so both are upper bounds.
func (c runtimeCounts) since() (pause, sched *int64) {
	now := readRuntime()
	return quantile(c.pauses, now.pauses, 1), quantile(c.sched, now.sched, 0.99)
}

// quantile returns the upper end of the range that a quantile is in, of what
// was counted between two moments; nil when there is nothing, or no end.
func quantile(from, to *metrics.Float64Histogram, q float64) *int64 {
	total := uint64(0)
	for i := range to.Counts {
		total += to.Counts[i] - from.Counts[i]
	}
	if total == 0 {
		return nil
	}
	rank := uint64(math.Ceil(q * float64(total)))
	for i := range to.Counts {
		n := to.Counts[i] - from.Counts[i]
		if n < rank {
			rank -= n
			continue
		}
		upper := to.Buckets[i+1]
		if math.IsInf(upper, 1) {
			break
		}
		return new(int64(math.Ceil(math.Round(upper*1e12) / 1e3))) // 2.5e-6 × 1e9 is a little more than 2500
	}
	return nil
}
