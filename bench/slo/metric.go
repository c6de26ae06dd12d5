// Package slo holds the results of load tests against what was promised:
// thresholds such as "response.p99<50ms", and the search for the highest rate
// that meets them.
package slo

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"mqt/bench/result"
)

// metric is a number of a result.
type metric struct {
	name string
	kind kind
	// read returns the number in the kind's base unit, nil when it was not
	// measured.
	read func(*result.Result) *float64
}

// statistic is a number of a distribution.
type statistic struct {
	name string
	read func(result.Dist) int64
}

var statistics = []statistic{
	{"min", func(d result.Dist) int64 { return d.Min }},
	{"mean", func(d result.Dist) int64 { return d.Mean }},
	{"p50", func(d result.Dist) int64 { return d.P50 }},
	{"p90", func(d result.Dist) int64 { return d.P90 }},
	{"p95", func(d result.Dist) int64 { return d.P95 }},
	{"p99", func(d result.Dist) int64 { return d.P99 }},
	{"p99.9", func(d result.Dist) int64 { return d.P999 }},
	{"p99.99", func(d result.Dist) int64 { return d.P9999 }},
	{"max", func(d result.Dist) int64 { return d.Max }},
}

// metrics returns all metrics, in the order of reports.
func metrics() []metric {
	all := latencies()
	all = append(all, metric{"achieved", percents, func(r *result.Result) *float64 {
		if r.Rates.Achieved == nil {
			return nil
		}
		return new(exact(100 * *r.Rates.Achieved))
	}}, metric{"generator", states, func(r *result.Result) *float64 {
		if r.Verdict.Generator == result.OK {
			return new(1.0)
		}
		return new(0.0)
	}})
	for i, name := range jsonNames(result.Counts{}) {
		all = append(all, metric{name, counts, func(r *result.Result) *float64 {
			return new(float64(reflect.ValueOf(r.Counts).Field(i).Uint()))
		}})
	}
	for i, name := range jsonNames(result.Rates{}) {
		if name != "achieved" {
			all = append(all, metric{name + ".rate", rates, func(r *result.Result) *float64 {
				return reflect.ValueOf(r.Rates).Field(i).Interface().(*float64)
			}})
		}
	}
	return all
}

func latencies() []metric {
	var all []metric
	for _, name := range result.Latencies() {
		for _, s := range statistics {
			all = append(all, metric{name + "." + s.name, durations, func(r *result.Result) *float64 {
				d, ok := r.Latency[name]
				if !ok || d.Count == 0 {
					return nil
				}
				return new(float64(s.read(d)))
			}})
		}
	}
	return all
}

// jsonNames returns the names that the fields of a struct have in JSON.
func jsonNames(v any) []string {
	var names []string
	for f := range reflect.TypeOf(v).Fields() {
		names = append(names, f.Tag.Get("json"))
	}
	return names
}

// Names returns the names of all metrics, in the order of reports.
func Names() []string {
	var names []string
	for _, m := range metrics() {
		names = append(names, m.name)
	}
	return names
}

// Value returns the metric of that name: latencies in nanoseconds, achieved in
// per cent, rates in messages a second, generator as 1 for OK and 0 for
// LIMITED. It is nil when it was not measured, and when there is no such metric.
func Value(name string, r *result.Result) *float64 {
	m, err := find(name)
	if err != nil {
		return nil
	}
	return m.read(r)
}

// find returns the metric of that name.
func find(name string) (metric, error) {
	all := metrics()
	if i := slices.IndexFunc(all, func(m metric) bool { return m.name == name }); i >= 0 {
		return all[i], nil
	}
	before, after, _ := strings.Cut(name, ".")
	if slices.Contains(result.Latencies(), before) && after != "" {
		return metric{}, fmt.Errorf("%q is not a statistic of %s\nhint: use one of %s", after, before, list(statistics))
	}
	return metric{}, fmt.Errorf("there is no metric %q\nhint: use a latency and a statistic as in response.p99 (%s), achieved, generator, a count (%s) or a rate as in delivered.rate (%s)",
		name, strings.Join(result.Latencies(), ", "), strings.Join(jsonNames(result.Counts{}), ", "), strings.Join(rateNames(), ", "))
}

func rateNames() []string {
	return slices.DeleteFunc(jsonNames(result.Rates{}), func(n string) bool { return n == "achieved" })
}

func list(all []statistic) string {
	var names []string
	for _, s := range all {
		names = append(names, s.name)
	}
	return strings.Join(names, ", ")
}
