package pace

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Limits of what a schedule can be made of; the functions that make one keep
// to the nearest limit. Rates are kept to a millionth.
const (
	MaxRate  = 1_000_000_000    // messages a second
	MaxTime  = 1000 * time.Hour // of all stages together
	MaxSteps = 1000             // of Step
	micro    = 1_000_000        // the unit of rates, in a message a second
)

// lines is a schedule of straight lines, the last of which has no end.
type lines struct {
	name string
	all  []line
}

// Constant returns the schedule of evenly spaced messages. A rate of 0 has none.
func Constant(rate float64) Schedule {
	return newLines("constant", []Stage{{Rate: rate}})
}

// Ramp returns the schedule whose rate goes from one value to another in a
// straight line over a time, and stays there.
func Ramp(from, to float64, over time.Duration) Schedule {
	return newLines("ramp", []Stage{{Rate: from}, {For: over, Rate: to}})
}

// Step returns the schedule whose rate rises to a value in equal steps over a
// time, and stays there. The first step is made at once, and each is held for
// the same time.
func Step(to float64, steps int, over time.Duration) Schedule {
	steps, over = min(max(1, steps), MaxSteps), min(max(0, over), MaxTime)
	all := make([]Stage, steps)
	for k := range all {
		begin, end := over*time.Duration(k)/time.Duration(steps), over*time.Duration(k+1)/time.Duration(steps)
		all[k] = Stage{For: end - begin, Rate: to * float64(k+1) / float64(steps), Hold: true}
	}
	return newLines("step", all)
}

// Stages returns the schedule of stages after each other. The rate is 0 before
// the first, and after the last it stays as it is.
func Stages(stages []Stage) Schedule { return newLines("stages", stages) }

func newLines(name string, stages []Stage) *lines {
	s := &lines{name: name}
	var at line // where the next one begins
	for _, stage := range stages {
		to := millionths(stage.Rate)
		if stage.Hold || stage.For <= 0 {
			at.from = to
		}
		if at.length = uint64(min(max(0, stage.For), MaxTime-time.Duration(at.start))); at.length > 0 {
			at.to = to
			s.all = append(s.all, at)
			at.before = at.before.plus(at.area(at.length))
			at.start += at.length
		}
		at.from = to
	}
	at.to, at.length = at.from, uint64(Never)-at.start
	s.all = append(s.all, at)
	return s
}

func millionths(rate float64) uint64 {
	if !(rate > 0) {
		return 0
	}
	return uint64(math.Round(min(rate, MaxRate) * micro))
}

// Due implements Schedule.
func (s *lines) Due(i uint64) time.Duration {
	a := messages(i)
	k := len(s.all) - 1
	for k > 0 && a.less(s.all[k].before) {
		k--
	}
	l := &s.all[k]
	t := l.due(a.minus(l.before))
	return time.Duration(l.start + min(t, uint64(Never)-l.start))
}

// Count implements Schedule.
func (s *lines) Count(d time.Duration) uint64 {
	if d <= 0 {
		return 0
	}
	l := s.at(d)
	n, more := l.before.plus(l.area(uint64(d) - l.start)).over(message)
	if more {
		n++
	}
	return n
}

// Rate implements Schedule.
func (s *lines) Rate(d time.Duration) float64 {
	d = max(0, d)
	l := s.at(d)
	return l.rate(uint64(d) - l.start)
}

// Name implements Schedule.
func (s *lines) Name() string { return s.name }

// at returns the line that d is in; one that begins at d, of two.
func (s *lines) at(d time.Duration) *line {
	k, found := slices.BinarySearchFunc(s.all, uint64(d), func(l line, d uint64) int { return cmp.Compare(l.start, d) })
	if !found {
		k--
	}
	return &s.all[k]
}
