package cmd

import (
	"errors"

	"mqt/bench/result"
	"mqt/bench/slo"
)

// errAborted is why a load was ended early.
var errAborted = errors.New("a threshold was passed")

// exceeded reports whether a load that goes on can no longer meet the
// thresholds: one with an upper limit is passed already. A percentile may come
// down again; it is held against its limit as it is.
func exceeded(all slo.Thresholds, s result.Snapshot) bool {
	r := &result.Result{Counts: s.Counts, Latency: map[string]result.Dist{}}
	name := result.Response
	if s.Target == nil {
		name = result.Service // nothing is due at a time
	}
	if s.Response.Count > 0 {
		r.Latency[name] = s.Response
	}
	for i, t := range all.Evaluate(r) {
		if t.Measured != nil && !t.Passed && all[i].Upper() {
			return true
		}
	}
	return false
}
