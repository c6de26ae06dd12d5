package slo

import (
	"context"
	"errors"
	"fmt"
	"math"

	"mqt/bench/result"
)

// Search looks for the highest rate that meets thresholds. Zero values stand
// for the defaults.
type Search struct {
	Start      float64 // messages a second of the first trial; 0 is 1,000
	Factor     float64 // between trials until one fails; 0 is 2, the least is 1.01
	Resolution float64 // part of the rate by which pass and fail may differ at the end; 0 is 0.03, the least is 0.001
	Confirm    int     // trials that agree on each end of the bracket; 0 is 3, fewer than 2 are no more than on any rate
	Max        float64 // highest rate to try; 0 is 10⁹
	Trials     int     // largest number of trials; 0 is 60
	// Trial makes a load test at a rate, and fills in the result's verdict.
	Trial func(ctx context.Context, rate float64) (*result.Result, error)
}

// agree is how many trials have to say the same of a rate before the search
// goes on. As long as none has failed, one is enough.
const agree = 2

// Errors of FindMax.
var (
	ErrTrials       = errors.New("the search has used up its trials before both ends of the bracket were confirmed")
	errNoThresholds = errors.New("a search for the highest rate needs thresholds")
)

// FindMax raises the rate until it fails, or lowers it until it passes, halves
// the gap between pass and fail until it is within the resolution, and then
// confirms both ends, so that neither is owed to chance.
//
// The majority of its trials decides on a rate: a single one may fail because
// the machine stood still for a moment. Near the limit two of three agree, at
// the ends of the bracket three of five, or as Confirm says. An end that does
// not stand moves, and the search goes on from there.
//
// A trial that failed while something else slowed the machine down does not
// count, and is made again, but no more than three in a row are; nor does a
// trial whose generator was the limit. After three of those in a row, or six
// while something else slowed the machine down, the rate is out of reach, and
// the search goes on below it. When that is all that bounds the rate that
// passed, Limit is set: Pass is a lower bound, and Fail a rate that failed
// beyond, if one did. The search ends when a rate is out of reach that passed,
// or when none has. When no rate down to a thousandth of Start passes there is
// no Pass, and when Max passes there is no Fail.
//
// What is known is returned beside every error too: ctx's own when it ended,
// ErrTrials, or that of a trial.
func (s Search) FindMax(ctx context.Context) (result.Search, error) {
	s = s.withDefaults()
	var out result.Search
	reach := unbounded // rates from here on are out of reach
	var discarded row  // trials in a row that do not count
	for len(out.Trial) < s.Trials {
		rate, more := s.next(out, reach)
		if !more {
			return out, nil
		}
		r, err := s.Trial(ctx, rate)
		if ctx.Err() != nil {
			return out, context.Cause(ctx) // that trial was cut short
		}
		if err != nil {
			return out, fmt.Errorf("trial at %v messages/s: %w", rate, err)
		}
		if r.Verdict.Passed == nil {
			return out, errNoThresholds
		}
		t := trial(rate, r)
		t.Discarded = discarded.add(r.Verdict)
		out.Trial = append(out.Trial, t)
		out.Pass, out.Fail = bracket(votes(out.Trial))
		if discarded.hopeless(r.Verdict) {
			reach, discarded = rate, row{}
		}
		out.Limit = reach < unbounded && reach <= least(out.Fail)
		if reach == rate && (out.Pass == nil || rate <= *out.Pass) {
			return out, nil
		}
	}
	if _, more := s.next(out, reach); more {
		return out, ErrTrials
	}
	return out, nil
}

// unbounded is more than any rate.
const unbounded = math.MaxFloat64

// least returns a rate, and more than any when there is none.
func least(rate *float64) float64 {
	if rate == nil {
		return unbounded
	}
	return *rate
}

func (s Search) withDefaults() Search {
	if s.Start <= 0 {
		s.Start = 1000
	}
	if s.Factor <= 1 {
		s.Factor = 2
	}
	s.Factor = max(s.Factor, 1.01)
	if s.Resolution <= 0 {
		s.Resolution = 0.03
	}
	s.Resolution = max(s.Resolution, 0.001)
	if s.Confirm == 0 {
		s.Confirm = 3
	}
	if s.Max <= 0 {
		s.Max = 1e9
	}
	s.Start = min(s.Start, s.Max)
	if s.Trials <= 0 {
		s.Trials = 60
	}
	return s
}

// next returns the rate of the next trial, and false when there is none.
func (s Search) next(known result.Search, reach float64) (float64, bool) {
	all := votes(known.Trial)
	if rate, ok := undecided(known.Trial, all); ok && rate < reach {
		return rate, true
	}
	pass, fail := known.Pass, known.Fail
	upper := min(least(fail), reach)
	switch {
	case pass == nil && fail == nil:
		return s.Start, true
	case pass == nil:
		rate := rounded(*fail / s.Factor)
		return rate, rate >= s.Start/1000
	case upper == unbounded && *pass < s.Max:
		return min(rounded(*pass*s.Factor), s.Max), true
	case upper < unbounded && upper > *pass*(1+s.Resolution):
		return rounded(math.Sqrt(*pass * upper)), true
	case fail != nil && *fail < reach:
		return s.unconfirmed(all, *pass, *fail)
	}
	return s.unconfirmed(all, *pass)
}

// undecided returns the rate of the last trial when it has to be tried again
// before anything else.
func undecided(trials []result.Trial, all map[float64]vote) (float64, bool) {
	if len(trials) == 0 {
		return 0, false
	}
	need := 1
	for _, v := range all {
		if v.fails > 0 {
			need = agree
		}
	}
	last := trials[len(trials)-1].Rate
	return last, !all[last].settled(need)
}

// unconfirmed returns the end of the bracket that has to be tried again: of
// two, the one that fewer trials were made of, so that they take turns.
func (s Search) unconfirmed(all map[float64]vote, ends ...float64) (rate float64, found bool) {
	for _, end := range ends {
		if all[end].settled(s.Confirm) {
			continue
		}
		if !found || all[end].trials() < all[rate].trials() {
			rate, found = end, true
		}
	}
	return rate, found
}

// trial returns what is kept of a result.
func trial(rate float64, r *result.Result) result.Trial {
	t := result.Trial{Rate: rate, Passed: *r.Verdict.Passed, Generator: r.Verdict.Generator, SLO: r.Verdict.SLO}
	if d := r.Latency[result.Response]; d.Count > 0 {
		t.P50, t.P99, t.P999 = new(d.P50), new(d.P99), new(d.P999)
	}
	return t
}

// rounded keeps five digits, so that people can read rates.
func rounded(rate float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(rate))-4)
	return exact(math.Round(rate/unit) * unit)
}
