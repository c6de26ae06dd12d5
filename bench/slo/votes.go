package slo

import (
	"strings"

	"mqt/bench/result"
)

// vote is what the trials at one rate say.
type vote struct{ passes, fails int }

// settled reports whether n trials agree, and are more than the others.
func (v vote) settled(n int) bool { return max(v.passes, v.fails) >= n && v.passes != v.fails }

func (v vote) trials() int { return v.passes + v.fails }

// votes counts by rate the trials that count.
func votes(all []result.Trial) map[float64]vote {
	out := map[float64]vote{}
	for _, t := range all {
		v := out[t.Rate]
		switch {
		case t.Discarded != "":
		case t.Passed:
			v.passes++
		default:
			v.fails++
		}
		out[t.Rate] = v
	}
	return out
}

// bracket returns the lowest rate at which most trials failed, and the highest
// below it at which most passed.
func bracket(all map[float64]vote) (pass, fail *float64) {
	for rate, v := range all {
		if v.fails > v.passes && (fail == nil || rate < *fail) {
			fail = new(rate)
		}
	}
	for rate, v := range all {
		if v.passes > v.fails && (fail == nil || rate < *fail) && (pass == nil || rate > *pass) {
			pass = new(rate)
		}
	}
	return pass, fail
}

// Trials whose numbers are not the broker's alone are made again. After so many
// in a row of one kind they are not:
const (
	limitedTrials   = 3 // the generator was the limit
	disturbedTrials = 3 // something else slowed the machine down, and the trial failed
)

// row counts trials in a row that do not count for the same reason.
type row struct{ limited, disturbed int }

// add takes note of a trial, and returns why it does not count; empty is that
// it does. A trial that passed did so whatever disturbed it.
func (r *row) add(v result.Verdict) string {
	switch {
	case v.Generator == result.Limited:
		*r = row{limited: r.limited + 1}
		return "the generator was the limit: " + strings.Join(append(v.Reasons[:len(v.Reasons):len(v.Reasons)], v.Disturbed...), "; ")
	case !*v.Passed && len(v.Disturbed) > 0 && r.disturbed < disturbedTrials:
		*r = row{disturbed: r.disturbed + 1}
		return "failed while disturbed: " + strings.Join(v.Disturbed, "; ")
	}
	*r = row{}
	return ""
}

// hopeless reports whether the rate of the last trial added, v, is out of
// reach. Where something else slows the machine down, that may be why the
// generator was the limit, and it is given twice the patience.
func (r *row) hopeless(v result.Verdict) bool {
	patience := limitedTrials
	if len(v.Disturbed) > 0 {
		patience += disturbedTrials
	}
	return r.limited >= patience
}
