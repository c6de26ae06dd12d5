package result

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"

	"golang.org/x/perf/benchmath"
)

// Comparison is how two sets of runs differ.
type Comparison struct {
	Old int `json:"old_runs"` // how many there are
	New int `json:"new_runs"`
	// Indicative tells that there are too few runs to find any difference
	// significant, so that the changes may be chance.
	Indicative bool     `json:"indicative"`
	Changes    []Change `json:"changes"`  // of what both have measured, in the order of reports
	Warnings   []string `json:"warnings"` // why the runs may not be comparable
}

// Change is what became of one metric. Its name is that of thresholds, such as
// "response.p99".
type Change struct {
	Metric string  `json:"metric"`
	Unit   string  `json:"unit"`
	Old    float64 `json:"old"` // median of the runs
	New    float64 `json:"new"`
	// Percent is the change in per cent of Old, nil when Old is 0 and New is not.
	Percent *float64 `json:"percent"`
	// P is of the Mann-Whitney U test, which looks at this metric alone; nil:
	// there are too few runs.
	P *float64 `json:"p"`
	// PJoint is how likely chance makes any of all compared metrics differ as
	// much as this one; nil: there are too few runs.
	PJoint *float64 `json:"p_joint"`
	// Significant tells that this is hardly chance, although so many metrics
	// were looked at: PJoint is below 0.05.
	Significant bool `json:"significant"`
}

// Alone tells that the change would be significant if no other metric had been
// looked at: P is below 0.05.
func (c Change) Alone() bool { return c.P != nil && *c.P < alpha }

// alpha is the level below which a difference is significant.
const alpha = 0.05

// Compare returns how after differs from before: medians of the runs, and
// whether the differences are significant: when nothing has changed, one of
// them all is in one comparison of twenty at most. A metric that one run of
// each does not have is left out. It fails when there are no runs, or runs of
// different scenarios.
func Compare(before, after []*Result) (Comparison, error) {
	if len(before) == 0 || len(after) == 0 {
		return Comparison{}, errors.New("compare: there must be old and new results\nhint: give two files that mqt bench -o json:FILE wrote")
	}
	for _, r := range append(before[1:len(before):len(before)], after...) {
		if r.Scenario.Name != before[0].Scenario.Name {
			return Comparison{}, fmt.Errorf("compare: results are of scenarios %s and %s\nhint: run the same scenario twice", before[0].Scenario.Name, r.Scenario.Name)
		}
	}
	c := Comparison{Old: len(before), New: len(after), Changes: []Change{}, Warnings: list(incomparable(before, after))}
	c.Indicative = smallest(c.Old, c.New) >= alpha
	if !c.Indicative && inRows(before, after) {
		c.Warnings = append(c.Warnings, "all runs of one side were made before those of the other: what else the machine did meanwhile counts as a difference, too; make old and new runs in turn")
	}
	all := newJoint(c.Old, c.New)
	for _, m := range compared() {
		x, y := values(before, m), values(after, m)
		if x != nil && y != nil {
			c.Changes = append(c.Changes, c.change(m, x, y))
			all.add(x, y)
		}
	}
	if !c.Indicative {
		c.judge(all.p())
	}
	return c, nil
}

// judge says of each change how significant it is among all.
func (c *Comparison) judge(p []float64) {
	for i := range c.Changes {
		c.Changes[i].PJoint = &p[i]
		c.Changes[i].Significant = p[i] < alpha
	}
}

// compared returns what Compare compares, in the order of reports.
func compared() []Metric {
	limit := Metric{"max.rate", PerSecond, func(r *Result) *float64 {
		if r.Search == nil {
			return nil
		}
		return r.Search.Pass
	}}
	numbers := slices.DeleteFunc(Metrics(), func(m Metric) bool { return m.Unit == State })
	return append([]Metric{limit}, numbers...)
}

// values returns the metric of all runs, nil when one has not measured it.
func values(runs []*Result, m Metric) []float64 {
	var out []float64
	for _, r := range runs {
		v := m.Value(r)
		if v == nil {
			return nil
		}
		out = append(out, *v)
	}
	return out
}

func (c *Comparison) change(m Metric, x, y []float64) Change {
	a, b := benchmath.NewSample(x, &benchmath.DefaultThresholds), benchmath.NewSample(y, &benchmath.DefaultThresholds)
	out := Change{Metric: m.Name, Unit: m.Unit, Old: median(a), New: median(b)}
	switch {
	case out.Old == out.New:
		out.Percent = new(0.0)
	case out.Old != 0:
		out.Percent = new(100 * (out.New - out.Old) / out.Old)
	}
	if !c.Indicative {
		out.P = new(benchmath.AssumeNothing.Compare(a, b).P)
	}
	return out
}

func median(s *benchmath.Sample) float64 {
	return benchmath.AssumeNothing.Summary(s, 0.95).Center
}

// smallest is the smallest P that the Mann-Whitney U test can find for n and m
// runs: two of all the ways to mix them put all of one before all of the other.
func smallest(n, m int) float64 {
	ways := 1.0
	for i := 1; i <= min(n, m); i++ {
		ways *= float64(n+m-i+1) / float64(i)
	}
	return math.Min(1, 2/ways)
}

// inRows tells whether all runs of one side were made before all of the other.
// The test takes each run for an independent one; runs made in a row have the
// machine's mood in common.
func inRows(before, after []*Result) bool {
	started := func(a, b *Result) int { return a.Run.Started.Compare(b.Run.Started) }
	precede := func(a, b []*Result) bool {
		return slices.MaxFunc(a, started).Run.Started.Before(slices.MinFunc(b, started).Run.Started)
	}
	return precede(before, after) || precede(after, before)
}

// incomparable says what differs between runs beside what was measured.
func incomparable(before, after []*Result) []string {
	var out []string
	first := before[0]
	differs := func(what string, of func(*Result) any) {
		for _, r := range append(before[1:len(before):len(before)], after...) {
			if !reflect.DeepEqual(of(r), of(first)) {
				out = append(out, what+" differ between the runs")
				return
			}
		}
	}
	differs("numbers of clients", func(r *Result) any {
		return [3]int{r.Scenario.Publishers, r.Scenario.Subscribers, r.Scenario.Idle}
	})
	differs("QoS or retain flags", func(r *Result) any { return []any{r.Scenario.QoS, r.Scenario.Retain} })
	differs("payload sizes", func(r *Result) any { return list(r.Scenario.Sizes) })
	differs("schedules", func(r *Result) any { return []any{r.Scenario.Target, r.Scenario.Arrival, r.Scenario.Late} })
	differs("lengths of the measured time", func(r *Result) any { return math.Round(float64(r.Run.Duration) / 1e9) })
	differs("protocol versions", func(r *Result) any { return r.Target.Version })
	differs("machines", func(r *Result) any { return []any{r.Host.Name, r.Host.CPUs, r.Host.CPU} })
	for _, r := range append(before[:len(before):len(before)], after...) {
		if r.Verdict.Generator != OK {
			return append(out, "the generator was the limit of some runs: they measure it, not the broker")
		}
	}
	return out
}
