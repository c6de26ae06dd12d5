package bench

import (
	"math"

	"github.com/HdrHistogram/hdrhistogram-go"

	"mqt/bench/result"
)

// newDist returns the distribution that h, a histogram of microseconds, holds.
func newDist(h *hdrhistogram.Histogram, clipped uint64) result.Dist {
	d := summarize(h, clipped)
	if b, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase); err == nil { // it writes to memory
		d.HDR = string(b)
	}
	return d
}

// summarize is newDist without the histogram.
func summarize(h *hdrhistogram.Histogram, clipped uint64) result.Dist {
	if h == nil || h.TotalCount() == 0 {
		return result.Dist{Clipped: clipped}
	}
	p := h.ValueAtPercentilesSlice([]float64{50, 90, 95, 99, 99.9, 99.99})
	return result.Dist{
		Count: uint64(h.TotalCount()), Min: h.Min() * 1000, Mean: int64(math.Round(h.Mean() * 1000)), Max: h.Max() * 1000,
		P50: p[0] * 1000, P90: p[1] * 1000, P95: p[2] * 1000, P99: p[3] * 1000, P999: p[4] * 1000, P9999: p[5] * 1000,
		Clipped: clipped,
	}
}
