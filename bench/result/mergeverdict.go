package result

import (
	"fmt"
	"slices"
)

// mergeVerdict is as bad as the worst of all. Its thresholds are those of all
// segments, each once, and not evaluated: what a part has met or not says
// nothing of the whole.
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
		if i > 0 {
			out.Ceiling = sum(out.Ceiling, v.Ceiling)
		}
		for _, t := range v.SLO {
			asked := Threshold{Expression: t.Expression}
			if !slices.Contains(out.SLO, asked) {
				out.SLO = append(out.SLO, asked)
			}
		}
	}
	return out
}
