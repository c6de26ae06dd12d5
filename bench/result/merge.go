package result

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// apart is how much later than the first a segment may begin without a warning.
const apart = time.Second

// Merge returns the result of the load whose segments are all, in any order:
// counts and rates are added, percentiles are those of the histograms
// together, the generator's verdict is the worst. The thresholds of all
// segments are in it and not evaluated, so that Passed is nil: see package slo.
// It fails when the segments are not those of one load, or not all of them.
func Merge(all []*Result) (*Result, error) {
	all = slices.Clone(all)
	if err := checkSegments(all); err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b *Result) int { return a.Run.Segment.Index - b.Run.Segment.Index })
	for _, r := range all[1:] {
		if what := difference(all[0], r); what != "" {
			return nil, fmt.Errorf("merge: segments %d and %d have different %s\nhint: run all segments with the same flags, but for --segment",
				all[0].Run.Segment.Index, r.Run.Segment.Index, what)
		}
	}
	out := &Result{Schema: Schema, Version: Version, Target: all[0].Target, Scenario: all[0].Scenario, Latency: map[string]Dist{}}
	out.Target.PID = nil
	for _, name := range names(all) {
		d, err := mergeLatency(all, name)
		if err != nil {
			return nil, err
		}
		out.Latency[name] = d
	}
	var err error
	if out.Series, err = mergeSeries(all); err != nil {
		return nil, err
	}
	out.Run, out.Host, out.Verdict = mergeRun(all), mergeHost(all), mergeVerdict(all)
	out.Rates, out.Resources, out.Streams = mergeRates(all), mergeResources(all), mergeStreams(all)
	out.Errors, out.Warnings = mergeErrors(all), mergeWarnings(all)
	for _, r := range all {
		out.Counts = addCounts(out.Counts, r.Counts)
	}
	out.Resources.CPUPerMsg = cpuPerMessage(out)
	return out.filled(), nil
}

// checkSegments wants each segment of a load, and each once.
func checkSegments(all []*Result) error {
	const each = "\nhint: give the results of all segments, each once"
	if len(all) == 0 {
		return errors.New("merge: there are no results" + each)
	}
	seen := map[int]bool{}
	for _, r := range all {
		s := r.Run.Segment
		switch {
		case s == nil:
			return errors.New("merge: a result is of a whole load, not of a segment\nhint: run mqt bench --segment i/n on each machine; \"mqt bench compare\" is for whole loads")
		case r.Search != nil:
			return errors.New("merge: a result is of --find-max, which does not take segments\nhint: run each segment with --rate")
		case s.Index < 1 || s.Index > s.Of:
			return fmt.Errorf("merge: there is no segment %d/%d%s", s.Index, s.Of, each)
		case s.Of != all[0].Run.Segment.Of:
			return fmt.Errorf("merge: segments are of loads in %d and in %d parts%s", all[0].Run.Segment.Of, s.Of, each)
		case seen[s.Index]:
			return fmt.Errorf("merge: segment %d/%d is there twice%s", s.Index, s.Of, each)
		}
		seen[s.Index] = true
	}
	for i := 1; i <= all[0].Run.Segment.Of; i++ {
		if !seen[i] {
			return fmt.Errorf("merge: segment %d/%d is missing%s", i, all[0].Run.Segment.Of, each)
		}
	}
	return nil
}

// difference says in what two segments do not belong together, or nothing.
func difference(a, b *Result) string {
	x, y := a.Scenario, b.Scenario
	clients := func(s Scenario) [3]int { return [3]int{s.Publishers, s.Subscribers, s.Idle} }
	switch {
	case x.Name != y.Name || x.Preset != y.Preset:
		return "scenarios"
	case clients(x) != clients(y):
		return "numbers of clients"
	case x.QoS != y.QoS || x.Retain != y.Retain:
		return "QoS or retain flags"
	case !reflect.DeepEqual(list(x.Sizes), list(y.Sizes)):
		return "payload sizes"
	case x.Arrival != y.Arrival || x.Late != y.Late || !reflect.DeepEqual(x.Target, y.Target):
		return "schedules"
	case a.Target.URL != b.Target.URL || a.Target.Version != b.Target.Version:
		return "brokers or protocol versions"
	case a.Run.Seed != b.Run.Seed:
		return "seeds"
	case a.Run.Warmup != b.Run.Warmup && !a.Run.Interrupted && !b.Run.Interrupted:
		return "warm-ups"
	}
	return ""
}

func mergeRun(all []*Result) Run {
	out := all[0].Run
	out.Segment = nil
	var commands []string
	for _, r := range all {
		commands = append(commands, r.Run.Command)
		if r.Run.Started.Before(out.Started) {
			out.Started = r.Run.Started
		}
		out.Warmup = max(out.Warmup, r.Run.Warmup)
		out.Duration = max(out.Duration, r.Run.Duration)
		out.Drain = max(out.Drain, r.Run.Drain)
		out.Interrupted = out.Interrupted || r.Run.Interrupted
	}
	out.Command = strings.Join(commands, "\n")
	return out
}

// mergeHost adds up the machines, each once.
func mergeHost(all []*Result) Host {
	out := all[0].Host
	seen := []string{out.Name}
	for _, r := range all[1:] {
		if slices.Contains(seen, r.Host.Name) {
			continue
		}
		seen = append(seen, r.Host.Name)
		out.CPUs += r.Host.CPUs
		out.Memory += r.Host.Memory
		for _, f := range [][2]*string{{&out.OS, &r.Host.OS}, {&out.Arch, &r.Host.Arch}, {&out.CPU, &r.Host.CPU}, {&out.Go, &r.Host.Go}} {
			if !slices.Contains(strings.Split(*f[0], ", "), *f[1]) {
				*f[0] += ", " + *f[1]
			}
		}
	}
	out.Name = strings.Join(seen, ", ")
	return out
}

func mergeWarnings(all []*Result) []string {
	var out []string
	first, last := all[0].Run.Started, all[0].Run.Started
	for _, r := range all {
		if r.Run.Started.Before(first) {
			first = r.Run.Started
		}
		if r.Run.Started.After(last) {
			last = r.Run.Started
		}
		for _, w := range r.Warnings {
			out = append(out, fmt.Sprintf("segment %d: %s", r.Run.Segment.Index, w))
		}
	}
	if d := last.Sub(first); d > apart {
		out = append(out, fmt.Sprintf("segments began up to %s apart, so that the load was not a whole one all the time; start them with --start-at", d.Round(time.Millisecond)))
	}
	return out
}

func mergeErrors(all []*Result) []Failure {
	var out []Failure
	for _, r := range all {
		for _, f := range r.Errors {
			if i := slices.IndexFunc(out, func(o Failure) bool { return o.Text == f.Text }); i >= 0 {
				out[i].Count += f.Count
			} else {
				out = append(out, f)
			}
		}
	}
	return out
}
