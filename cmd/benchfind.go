package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mqt/bench"
	"mqt/bench/result"
	"mqt/bench/slo"
)

// defaultStart is the rate that a search begins with, in messages a second.
const defaultStart = 1000

// findMax makes loads at many rates. Its result is that of the highest rate
// that has met the thresholds, or of the last when none has, with the search.
func (j *benchJob) findMax(ctx context.Context, c bench.Config) (*result.Result, error) {
	goal := &j.options.Goal
	start := j.options.Load.total(j.options.Clients.Roles.publishers)
	if start == 0 {
		start = defaultStart
	}
	var all []*result.Result
	s := slo.Search{Start: start, Resolution: goal.Resolution / 100,
		Trial: func(ctx context.Context, rate float64) (*result.Result, error) {
			r, err := j.trial(ctx, c, rate, len(all)+1)
			if r != nil {
				all = append(all, r)
			}
			return r, err
		}}
	search, err := s.FindMax(ctx)
	if len(all) == 0 {
		return nil, err
	}
	r := representative(all, search)
	r.Search = &search
	switch {
	case ctx.Err() != nil:
		r.Run.Interrupted = true
	case errors.Is(err, slo.ErrTrials):
		r.Warnings = append(r.Warnings, err.Error())
	case err != nil:
		return nil, err
	}
	return r, nil
}

// trial makes one load of a search.
func (j *benchJob) trial(ctx context.Context, c bench.Config, rate float64, number int) (*result.Result, error) {
	if err := j.options.schedule(&c, rate); err != nil {
		return nil, err
	}
	r, err := j.load(ctx, c)
	j.view.close()
	if err != nil {
		return nil, err
	}
	j.judge(r)
	if !j.options.Out.Quiet {
		j.env.notef("trial %d: %.0f messages/s: %s", number, rate, trialText(r))
	}
	return r, nil
}

// trialText says what came of a trial.
func trialText(r *result.Result) string {
	text := "failed"
	if r.Verdict.Passed != nil && *r.Verdict.Passed {
		text = "passed"
	}
	for _, t := range r.Verdict.SLO {
		if !t.Passed {
			text += " " + t.Expression
		}
	}
	if r.Verdict.Generator == result.Limited {
		text += ", limited by the generator"
	}
	if d, ok := r.Latency[result.Response]; ok && d.Count > 0 {
		text += fmt.Sprintf(", response p99 %v", brieflyTimed(time.Duration(d.P99)))
	}
	return text
}

// representative returns the last result at the rate that has passed.
func representative(all []*result.Result, search result.Search) *result.Result {
	last := all[len(all)-1]
	if search.Pass == nil {
		return last
	}
	for i, t := range search.Trial {
		if t.Rate == *search.Pass && t.Passed {
			last = all[i]
		}
	}
	return last
}
