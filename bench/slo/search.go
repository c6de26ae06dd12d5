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
	Confirm    int     // how often the winner has to pass once more; 0 is 3, negative never
	Max        float64 // highest rate to try; 0 is 10⁹
	Trials     int     // largest number of trials; 0 is 40
	// Trial makes a load test at a rate, and fills in the result's verdict.
	Trial func(ctx context.Context, rate float64) (*result.Result, error)
}

// limitedTrials is how many trials in a row, whose generator was the limit, end
// a search.
const limitedTrials = 3

// Errors of FindMax.
var (
	ErrTrials       = errors.New("the search has used up its trials before a rate was confirmed")
	errNoThresholds = errors.New("a search for the highest rate needs thresholds")
)

// FindMax raises the rate until a trial fails, or lowers it until one passes,
// halves the gap between pass and fail until it is within the resolution, and
// confirms the rate that passed. One failure at a rate counts more than all
// passes there: it then goes on with the highest rate below that passed.
//
// A trial whose generator was the limit is made again, as something else may
// have disturbed it. Three in a row end the search, as rates above tell nothing
// about the broker: Limit is set, Pass is a lower bound, and Fail is a rate
// that failed before, if one did.
// When no rate down to a thousandth of Start passes there is no Pass,
// and when Max passes there is no Fail.
//
// What is known is returned beside every error too: ctx's own when it ended,
// ErrTrials, or that of a trial.
func (s Search) FindMax(ctx context.Context) (result.Search, error) {
	s = s.withDefaults()
	var out result.Search
	limited := 0 // trials in a row
	for len(out.Trial) < s.Trials {
		rate, more := s.next(out)
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
		out.Trial = append(out.Trial, trial(rate, r))
		out.Pass, out.Fail = bracket(out.Trial)
		if r.Verdict.Generator != result.Limited {
			limited = 0
			continue
		}
		if limited++; limited == limitedTrials {
			out.Limit = true
			return out, nil
		}
	}
	if _, more := s.next(out); more {
		return out, ErrTrials
	}
	return out, nil
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
		s.Trials = 40
	}
	return s
}

// next returns the rate of the next trial, and false when there is none.
func (s Search) next(known result.Search) (float64, bool) {
	pass, fail := known.Pass, known.Fail
	switch {
	case pass == nil && fail == nil:
		return s.Start, true
	case pass == nil:
		rate := rounded(*fail / s.Factor)
		return rate, rate >= s.Start/1000
	case fail == nil && *pass < s.Max:
		return min(rounded(*pass*s.Factor), s.Max), true
	case fail != nil && *fail > *pass*(1+s.Resolution):
		return rounded(math.Sqrt(*pass * *fail)), true
	}
	passes := 0
	for _, t := range known.Trial {
		if t.Rate == *pass && t.Generator != result.Limited {
			passes++
		}
	}
	return *pass, passes <= s.Confirm
}

// bracket returns the lowest rate that failed and the highest below it that
// did not. Trials whose generator was the limit are neither.
func bracket(all []result.Trial) (pass, fail *float64) {
	for _, t := range all {
		if !t.Passed && t.Generator != result.Limited && (fail == nil || t.Rate < *fail) {
			fail = new(t.Rate)
		}
	}
	for _, t := range all {
		if t.Passed && t.Generator != result.Limited && (fail == nil || t.Rate < *fail) && (pass == nil || t.Rate > *pass) {
			pass = new(t.Rate)
		}
	}
	return pass, fail
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
