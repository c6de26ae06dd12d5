package slo

import (
	"fmt"
	"slices"
	"strings"

	"mqt/bench/result"
)

// find returns the metric of that name.
func find(name string) (result.Metric, error) {
	all := result.Metrics()
	if i := slices.IndexFunc(all, func(m result.Metric) bool { return m.Name == name }); i >= 0 {
		return all[i], nil
	}
	before, after, _ := strings.Cut(name, ".")
	if slices.Contains(result.Latencies(), before) && after != "" {
		return result.Metric{}, fmt.Errorf("%q is not a statistic of %s\nhint: use one of %s", after, before, statistics(all, before))
	}
	return result.Metric{}, fmt.Errorf("there is no metric %q\nhint: use a latency and a statistic as in response.p99 (%s), a count (%s), a rate as in delivered.rate (%s), achieved, generator, cpu, target.cpu, target.rss or target.cpu_per_message",
		name, strings.Join(result.Latencies(), ", "), measuredIn(all, result.Number), strings.ReplaceAll(measuredIn(all, result.PerSecond), ".rate", ""))
}

// statistics lists what a latency has.
func statistics(all []result.Metric, latency string) string {
	var names []string
	for _, m := range all {
		if name, ok := strings.CutPrefix(m.Name, latency+"."); ok {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// measuredIn lists the metrics with a unit.
func measuredIn(all []result.Metric, unit string) string {
	var names []string
	for _, m := range all {
		if m.Unit == unit {
			names = append(names, m.Name)
		}
	}
	return strings.Join(names, ", ")
}
