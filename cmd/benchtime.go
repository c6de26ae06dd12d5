package cmd

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"mqt/bench/result"
)

// benchTime says for how long, and when.
type benchTime struct {
	Duration seconds
	Warmup   seconds
	Drain    seconds
	Count    amount
	Seed     uint64
	Segment  *result.Segment
	StartAt  time.Time

	unending bool // the number of messages is the end, not a time
}

func (o *benchTime) bind(f *pflag.FlagSet, s scenario) {
	o.Duration, o.Seed = seconds(10*time.Second), 42
	if s.counted() {
		o.Duration, o.Count = 0, 1000
	}
	f.Var(&o.Duration, "duration", "measure for so many `seconds`, after the warm-up")
	f.Var(&o.Warmup, "warmup", "first load for so many `seconds` without measuring")
	f.Var(&o.Drain, "drain", "wait at most so many `seconds` in the end for what is on its way (default 2, or 5 times the 99.9th percentile)")
	if s.sends() {
		f.VarP(&o.Count, "count", "L", "end after `n` messages in all, such as 1000 or 1M; then the time ends it only where --duration is given too")
	}
	f.Uint64Var(&o.Seed, "seed", o.Seed, "`number` that everything random follows from")
	f.Var(segmentFlag{&o.Segment}, "segment", "make part `i/n` of the load, on one of n machines; see mqt bench merge")
	f.Var(startFlag{&o.StartAt}, "start-at", "begin at this `time`, such as 15:04:05 or 2026-01-02T15:04:05Z, when all clients are connected by then")
}

func (o *benchTime) finish(f *pflag.FlagSet) error {
	switch {
	case f.Changed("duration") && o.Duration == 0:
		return usagef("bench: --duration 0: the time is more than 0")
	case f.Changed("count") && o.Count == 0 && f.Changed("duration"):
		return nil // emqtt_bench's "no limit"
	}
	o.unending = o.Count > 0 && !f.Changed("duration")
	return nil
}

// measured returns how long is measured; 0 is until the last message.
func (o *benchTime) measured() time.Duration {
	if o.unending {
		return 0
	}
	return o.Duration.duration()
}

// segmentFlag is a flag value: a part of a load.
type segmentFlag struct{ to **result.Segment }

// String returns the part as it can be typed.
func (v segmentFlag) String() string {
	if v.to == nil || *v.to == nil {
		return ""
	}
	return fmt.Sprintf("%d/%d", (*v.to).Index, (*v.to).Of)
}

// Type names the value in help texts.
func (v segmentFlag) Type() string { return "i/n" }

// Set parses a value.
func (v segmentFlag) Set(s string) error {
	var seg result.Segment
	if n, err := fmt.Sscanf(s, "%d/%d", &seg.Index, &seg.Of); n != 2 || err != nil || fmt.Sprintf("%d/%d", seg.Index, seg.Of) != s ||
		seg.Index < 1 || seg.Index > seg.Of {
		return errors.New("is not a part such as 1/3, 2/3 or 3/3")
	}
	*v.to = &seg
	return nil
}

// startFlag is a flag value: a time of this day, or a time with its date.
type startFlag struct{ to *time.Time }

// String returns the time as it can be typed.
func (v startFlag) String() string {
	if v.to == nil || v.to.IsZero() {
		return ""
	}
	return v.to.Format(time.RFC3339Nano)
}

// Type names the value in help texts.
func (v startFlag) Type() string { return "time" }

// Set parses a value.
func (v startFlag) Set(s string) error {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		*v.to = t
		return nil
	}
	now := time.Now()
	for _, layout := range []string{"15:04:05", "15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			*v.to = time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), t.Second(), 0, now.Location())
			return nil
		}
	}
	return errors.New("is not a time such as 15:04:05 or 2026-01-02T15:04:05Z")
}
