package report

import (
	"time"

	"mqt/bench/result"
)

// each picks of all snapshots the first of each phase and of each interval in
// it. It goes by the snapshots' own time.
type each struct {
	interval time.Duration
	phase    result.Phase
	last     int64
}

func (e *each) next(s result.Snapshot) bool {
	n := int64(s.Elapsed / e.interval)
	if s.Phase == e.phase && n <= e.last {
		return false
	}
	e.phase, e.last = s.Phase, n
	return true
}
