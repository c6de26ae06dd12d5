package report

import (
	"fmt"
	"strings"
	"time"

	"mqt/bench/result"
)

// search writes how the search for the limit went.
func (p *page) search(s *result.Search) {
	if s == nil {
		return
	}
	p.title("Limit")
	p.line("  ", bracket(s))
	p.line(p.theme.faint.of("       rate        p50        p99      p99.9"))
	for _, t := range s.Trial {
		p.line(right(scaled(t.Rate), 11), right(known(t.P50, duration), 11), right(known(t.P99, duration), 11),
			right(known(t.P999, duration), 11), "  ", trialText(t))
	}
	for i, t := range s.Trial {
		if t.Discarded != "" {
			p.words(strings.Fields(fmt.Sprintf("trial %d does not count: %s", i+1, clean(t.Discarded))), "")
		}
	}
	if d := time.Duration(s.Waited); d >= time.Second {
		p.words(strings.Fields(fmt.Sprintf("waited %v in all for a quiet machine", d.Round(time.Second))), "")
	}
}

// bracket is what a search has found.
func bracket(s *result.Search) string {
	rate := func(v *float64) string { return known(v, scaled) + " msg/s" }
	limited := ""
	if s.Limit {
		limited = " (generator limit)"
	}
	switch {
	case s.Pass != nil && s.Fail == nil && s.Limit:
		return "≥ " + rate(s.Pass) + " (generator limit)"
	case s.Pass == nil && s.Fail == nil && s.Limit:
		return "unknown (generator limit)"
	case s.Pass == nil && s.Limit:
		return "below " + rate(s.Fail) + ", which failed" + limited
	case s.Pass == nil:
		return "no rate met all thresholds; the lowest that was tried is " + rate(s.Fail)
	}
	return "pass " + rate(s.Pass) + ", fail " + rate(s.Fail) + limited
}

// trialText is what came of a trial.
func trialText(t result.Trial) string {
	switch {
	case t.Generator == result.Limited:
		return "generator LIMITED"
	case t.Discarded != "":
		return "disturbed"
	case !t.Passed:
		return "FAIL"
	}
	return "ok"
}
