package result

import (
	"fmt"
	"math"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The histograms of this package count microseconds, with three digits.
const (
	lowest  = 1
	Highest = 120_000_000 // the largest value a histogram holds: 120 s in µs
	digits  = 3
)

// longest is the widest range of a foreign histogram that is read: an hour.
// It bounds the memory that a hostile file can ask for.
const longest = 3_600_000_000

// Dist is a distribution of durations, in nanoseconds.
type Dist struct {
	Count   uint64 `json:"count"`
	Min     int64  `json:"min_ns"`
	Mean    int64  `json:"mean_ns"`
	P50     int64  `json:"p50_ns"`
	P90     int64  `json:"p90_ns"`
	P95     int64  `json:"p95_ns"`
	P99     int64  `json:"p99_ns"`
	P999    int64  `json:"p99_9_ns"`
	P9999   int64  `json:"p99_99_ns"`
	Max     int64  `json:"max_ns"`
	Clipped uint64 `json:"clipped"` // above the histogram's range, counted as its largest value
	// HDR is the histogram, of microseconds, compressed in HdrHistogram's V2
	// encoding and base64.
	HDR string `json:"hdr"`
}

// NewHistogram returns an empty histogram as all of a Result are: of
// microseconds, from 1 µs to Highest, with three digits.
func NewHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(lowest, Highest, digits)
}

// NewDist returns the distribution that h, a histogram of microseconds, holds;
// clipped is how many of its values were larger than its range.
func NewDist(h *hdrhistogram.Histogram, clipped uint64) Dist {
	d := Summarize(h, clipped)
	d.HDR = Encode(h)
	return d
}

// Summarize is NewDist without HDR, which takes the longest.
func Summarize(h *hdrhistogram.Histogram, clipped uint64) Dist {
	d := Dist{Clipped: clipped}
	if h.TotalCount() == 0 {
		return d
	}
	p := percentiles(h, 50, 90, 95, 99, 99.9, 99.99)
	d.Count = uint64(h.TotalCount())
	d.Min, d.Max = nanoseconds(h.Min()), nanoseconds(h.Max())
	d.Mean = int64(math.Round(h.Mean() * 1000))
	d.P50, d.P90, d.P95 = nanoseconds(p[0]), nanoseconds(p[1]), nanoseconds(p[2])
	d.P99, d.P999, d.P9999 = nanoseconds(p[3]), nanoseconds(p[4]), nanoseconds(p[5])
	return d
}

// percentiles returns the smallest values that at least so many per cent of all
// do not exceed, as HdrHistogram has them in Java and JavaScript. In Go it takes
// the nearest rank, which may be one below.
func percentiles(h *hdrhistogram.Histogram, of ...float64) []int64 {
	n := float64(h.TotalCount())
	for i, q := range of {
		rank := math.Ceil(math.Nextafter(q/100*n, 0)) // a product just above a whole number is that number
		of[i] = 100 * rank / n
	}
	return h.ValueAtPercentilesSlice(of)
}

func nanoseconds(microseconds int64) int64 { return microseconds * 1000 }

// Encode returns h compressed in HdrHistogram's V2 encoding and base64.
func Encode(h *hdrhistogram.Histogram) string {
	b, err := h.EncodeV2()
	if err != nil {
		panic("result: a histogram in memory cannot be encoded: " + err.Error())
	}
	return string(b)
}

// Decode returns the histogram of microseconds that Encode made a text of, or
// another program in the same encoding. It refuses what no load test measures:
// fractions of a microsecond, more than three digits, more than an hour.
func Decode(text string) (*hdrhistogram.Histogram, error) {
	h, err := hdrhistogram.Decode([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("decode histogram: %w", err)
	}
	if h.LowestTrackableValue() != lowest || h.HighestTrackableValue() > longest || h.SignificantFigures() > digits {
		return nil, fmt.Errorf("decode histogram: its range of %d to %d with %d digits is not one of a load test",
			h.LowestTrackableValue(), h.HighestTrackableValue(), h.SignificantFigures())
	}
	return h, nil
}

// Histogram returns the histogram in d.HDR, of microseconds.
func (d Dist) Histogram() (*hdrhistogram.Histogram, error) { return Decode(d.HDR) }
