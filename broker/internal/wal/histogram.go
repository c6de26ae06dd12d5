package wal

import (
	"slices"
	"time"
)

// Buckets is how many sizes of durations a Histogram tells apart, but for those
// above the largest.
const Buckets = 16

// bounds are the buckets' upper ends, fine enough for a fast disk and wide
// enough for one that is failing.
var bounds = [Buckets]time.Duration{
	100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond,
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond,
	10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second,
	10 * time.Second,
}

// Histogram counts durations by size. The zero value is empty.
type Histogram struct {
	Count uint64
	Sum   time.Duration
	// Counts holds how many durations were at most as long as the bucket's
	// Bound and longer than that of the one before. Longer ones are in Count.
	Counts [Buckets]uint64
}

// Bound returns the longest duration that bucket i counts.
func Bound(i int) time.Duration { return bounds[i] }

func (h *Histogram) observe(d time.Duration) {
	h.Count++
	h.Sum += d
	if i, _ := slices.BinarySearch(bounds[:], d); i < Buckets {
		h.Counts[i]++
	}
}
