package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mqt/bench"
	"mqt/bench/result"
	"mqt/bench/slo"
)

// defaultStart is the rate that a search begins with, in messages a second.
const defaultStart = 1000

// A search waits for a quiet machine before each trial, and no longer than this.
const (
	quietPause = 500 * time.Millisecond // always
	quietTrial = 30 * time.Second
	quietTotal = 5 * time.Minute // before all trials together
)

// benchSearch is a search for the highest rate.
type benchSearch struct {
	job    *benchJob
	config bench.Config
	loads  []*result.Result // of the trials, in order
	waited time.Duration    // for a quiet machine
}

// findMax makes loads at many rates. Its result is that of the highest rate
// that has met the thresholds, or of the last when none has, with the search.
func (j *benchJob) findMax(ctx context.Context, c bench.Config) (*result.Result, error) {
	b := &benchSearch{job: j, config: c}
	search, err := slo.Search{
		Start:      cmp.Or(j.options.Load.total(j.options.Clients.Roles.publishers), defaultStart),
		Resolution: j.options.Goal.Resolution / 100,
		Trial:      b.trial,
	}.FindMax(ctx)
	if len(b.loads) == 0 {
		return nil, err
	}
	r := representative(b.loads, search)
	search.Waited = int64(b.waited)
	r.Search = &search
	disturbed := func(r *result.Result) bool {
		return r.Verdict.Generator == result.Limited && len(r.Verdict.Disturbed) > 0
	}
	if search.Limit && slices.ContainsFunc(b.loads, disturbed) {
		r.Warnings = append(r.Warnings, "something else kept this machine busy, which may be why the generator was the limit: repeat the search when that is over")
	}
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

// trial makes one load of the search, when the machine is quiet.
func (b *benchSearch) trial(ctx context.Context, rate float64) (*result.Result, error) {
	j, c := b.job, b.config
	if err := j.options.schedule(&c, rate); err != nil {
		return nil, err
	}
	b.waited += j.quiet(ctx, max(quietPause, min(quietTrial, quietTotal-b.waited)))
	r, err := j.load(ctx, c)
	j.view.close()
	if err != nil {
		return nil, err
	}
	j.judge(r)
	b.loads = append(b.loads, r)
	if !j.options.Out.Quiet {
		j.env.notef("trial %d: %.0f messages/s: %s", len(b.loads), rate, trialText(r))
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
	if why := r.Verdict.Disturbed; len(why) > 0 {
		text += "; " + strings.Join(why, "; ")
	}
	return text
}

// representative returns, of the results at the rate that has passed, the one
// in the middle by response time; the last of all when no rate has.
func representative(all []*result.Result, search result.Search) *result.Result {
	if search.Pass == nil {
		return all[len(all)-1]
	}
	var passed []*result.Result
	for i, t := range search.Trial {
		if t.Rate == *search.Pass && t.Passed && t.Discarded == "" {
			passed = append(passed, all[i])
		}
	}
	slices.SortStableFunc(passed, func(a, b *result.Result) int {
		return cmp.Compare(a.Latency[result.Response].P99, b.Latency[result.Response].P99)
	})
	return passed[len(passed)/2]
}
