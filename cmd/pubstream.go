package cmd

import (
	"context"
	"math"
	"time"

	"github.com/spf13/pflag"

	"mqt/pub"
)

// streamOptions say how many messages mqt pub takes from its input, and when
// it sends them.
type streamOptions struct {
	Count uint64 // --count; 0: all of a stream, else one
	Every seconds
	Rate  float64 // --rate, in messages a second; 0 is as fast as possible
}

func (o *streamOptions) bind(f *pflag.FlagSet) {
	f.Uint64Var(&o.Count, "count", 0, "publish `n` messages: the same one again, or the first of many")
	f.Var(&o.Every, "every", "publish a message every so many `seconds`; one message again and again, without --count until interrupted")
	f.Float64Var(&o.Rate, "rate", 0, "publish so many `messages` a second; else like --every")
}

func (o *streamOptions) check(f *pflag.FlagSet) error {
	for _, pair := range [][2]string{{"every", "rate"}, {"repeat", "count"}, {"repeat", "every"}, {"repeat", "rate"},
		{"repeat-delay", "count"}, {"repeat-delay", "every"}, {"repeat-delay", "rate"}} {
		if f.Changed(pair[0]) && f.Changed(pair[1]) {
			return usagef("pub: --%s and --%s cannot be used together", pair[0], pair[1])
		}
	}
	switch {
	case f.Changed("count") && o.Count == 0:
		return usagef("pub: --count 0: the count is 1 or more")
	case f.Changed("every") && o.Every == 0:
		return usagef("pub: --every 0: the time is more than 0")
	case f.Changed("rate") && !(o.Rate >= 1e-6 && o.Rate <= 1e9):
		return usagef("pub: --rate %v: the rate is a number of messages a second, above 0", o.Rate)
	}
	return nil
}

// interval returns the time from one message to the next; 0 is none.
func (o *streamOptions) interval() time.Duration {
	if o.Rate > 0 {
		return time.Duration(float64(time.Second) / o.Rate)
	}
	return o.Every.duration()
}

// times returns how often a single message is published.
func (o *pubOptions) times() int {
	switch s := &o.Stream; {
	case s.Count > 0:
		return int(min(s.Count, math.MaxInt))
	case s.interval() > 0:
		return math.MaxInt // until interrupted
	}
	return o.Repeat
}

// shape gives a source the length and the pace that the flags ask for.
func (o *streamOptions) shape(ctx context.Context, src messages) messages {
	if d := o.interval(); d > 0 {
		src = pub.Every(ctx, src, d)
	}
	if o.Count > 0 {
		src = pub.Limit(src, o.Count)
	}
	return src
}
