package result

import (
	"fmt"
	"slices"
	"strings"
)

// mergeVerdict is as bad as the worst of all. The thresholds were looked at
// by each segment for its own part.
func mergeVerdict(all []*Result) Verdict {
	out := Verdict{Generator: OK, Ceiling: all[0].Verdict.Ceiling}
	for i, r := range all {
		v := r.Verdict
		if v.Generator != OK {
			out.Generator = Limited
		}
		for _, why := range v.Reasons {
			out.Reasons = append(out.Reasons, fmt.Sprintf("segment %d: %s", r.Run.Segment.Index, why))
		}
		for _, why := range v.Disturbed {
			out.Disturbed = append(out.Disturbed, fmt.Sprintf("segment %d: %s", r.Run.Segment.Index, why))
		}
		if v.Passed != nil && (out.Passed == nil || !*v.Passed) {
			out.Passed = v.Passed
		}
		if i > 0 {
			out.Ceiling = sum(out.Ceiling, v.Ceiling)
		}
		for _, t := range v.SLO {
			out.SLO = addThreshold(out.SLO, t)
		}
	}
	return out
}

func addThreshold(all []Threshold, t Threshold) []Threshold {
	i := slices.IndexFunc(all, func(o Threshold) bool { return o.Expression == t.Expression })
	if i < 0 {
		return append(all, t)
	}
	if worse(t, all[i]) {
		all[i] = t
	}
	return all
}

// worse tells whether a is further from what the expression wants than b.
func worse(a, b Threshold) bool {
	switch {
	case a.Passed != b.Passed:
		return b.Passed
	case a.Measured == nil || b.Measured == nil:
		return a.Measured == nil
	case strings.Contains(a.Expression, ">"):
		return *a.Measured < *b.Measured
	}
	return *a.Measured > *b.Measured
}
