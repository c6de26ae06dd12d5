package cmd

import (
	"context"
	"io"
	"math"
	"time"

	"github.com/spf13/pflag"

	"mqt/pub"
)

// paceRecorded sends records at the times they carry.
const paceRecorded = "recorded"

// streamOptions say how many messages mqt pub takes from its input, and when
// it sends them.
type streamOptions struct {
	Count uint64 // --count; 0: all of a stream, else one
	Every seconds
	Rate  float64 // --rate, in messages a second; 0 is as fast as possible

	Pace  string  // --pace: empty or paceRecorded
	Speed float64 // of paceRecorded
	Loop  bool
}

func (o *streamOptions) bind(f *pflag.FlagSet) {
	f.Uint64Var(&o.Count, "count", 0, "publish `n` messages: the same one again, or the first of many")
	f.Var(&o.Every, "every", "publish a message every so many `seconds`; one message again and again, without --count until interrupted")
	f.Float64Var(&o.Rate, "rate", 0, "publish so many `messages` a second; else like --every")
}

func (o *streamOptions) bindReplay(f *pflag.FlagSet) {
	f.Var(oneOf{&o.Pace, []string{paceRecorded}}, "pace", "replay --ndjson as it was `recorded`, by the times of the records")
	f.Float64Var(&o.Speed, "speed", 1, "replay so many `times` as fast")
	f.BoolVar(&o.Loop, "loop", false, "replay again and again, until interrupted or by --count")
}

// check refuses what makes no sense, in the name of the command who.
func (o *streamOptions) check(who string, f *pflag.FlagSet) error {
	for _, pair := range [][2]string{{"every", "rate"}, {"repeat", "count"}, {"repeat", "every"}, {"repeat", "rate"},
		{"pace", "every"}, {"pace", "rate"}, {"repeat-delay", "count"}, {"repeat-delay", "every"}, {"repeat-delay", "rate"}} {
		if f.Changed(pair[0]) && f.Changed(pair[1]) {
			return usagef("%s: --%s and --%s cannot be used together", who, pair[0], pair[1])
		}
	}
	if o.Pace == "" {
		for _, name := range []string{"speed", "loop"} {
			if f.Changed(name) {
				return usagef("%s: --%s is given, but no --pace\nhint: add --pace recorded", who, name)
			}
		}
	}
	switch {
	case o.Pace != "" && !f.Changed(string(inputNDJSON)):
		return usagef("%s: --pace recorded is for records\nhint: add --ndjson; \"mqt sub -o ndjson\" writes them", who)
	case o.Pace != "" && !(o.Speed >= 1e-6 && o.Speed <= 1e6):
		return usagef("%s: --speed %v: the speed is from 0.000001 to 1000000", who, o.Speed)
	case f.Changed("count") && o.Count == 0:
		return usagef("%s: --count 0: the count is 1 or more", who)
	case f.Changed("every") && o.Every == 0:
		return usagef("%s: --every 0: the time is more than 0", who)
	case f.Changed("rate") && !(o.Rate >= 1e-6 && o.Rate <= 1e9):
		return usagef("%s: --rate %v: the rate is a number of messages a second, above 0", who, o.Rate)
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

// records returns the records that r holds, each when its time has come if
// they are to be replayed.
func (o *streamOptions) records(ctx context.Context, r io.Reader) messages {
	if o.Pace == "" {
		return pub.NDJSON(pub.Interruptible(ctx, r))
	}
	ro := pub.ReplayOptions{Speed: o.Speed}
	if o.Loop {
		w := pub.NewRewinder(r)
		r = w
		ro.Again = func() (io.Reader, error) {
			again, err := w.Again()
			if err != nil {
				return nil, err
			}
			return pub.Interruptible(ctx, again), nil
		}
	}
	return pub.Replay(ctx, pub.Interruptible(ctx, r), ro)
}
