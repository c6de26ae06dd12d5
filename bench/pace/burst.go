package pace

import (
	"math"
	"time"
)

// burst is a schedule whose messages wait for the beginning of an interval.
type burst struct {
	even  Schedule
	every uint64 // nanoseconds, at least 1
}

// Burst returns the schedule that has a rate in the long run, but whose
// messages are due together, at the beginning of each interval: those that
// Constant has in the interval. At 1,000 messages a second and half a second,
// these are 500 at once, and 500 half a second later.
func Burst(rate float64, every time.Duration) Schedule {
	return &burst{Constant(rate), uint64(min(max(1, every), MaxTime))}
}

// Due implements Schedule.
func (b *burst) Due(i uint64) time.Duration {
	d := b.even.Due(i)
	if d == Never {
		return Never
	}
	return d - time.Duration(uint64(d)%b.every)
}

// Count implements Schedule.
func (b *burst) Count(d time.Duration) uint64 {
	if d <= 0 {
		return 0
	}
	intervals := (uint64(d)-1)/b.every + 1
	return b.even.Count(time.Duration(min(intervals*b.every, math.MaxInt64)))
}

// Rate implements Schedule. It is the mean.
func (b *burst) Rate(d time.Duration) float64 { return b.even.Rate(d) }

// Name implements Schedule.
func (b *burst) Name() string { return "burst" }
