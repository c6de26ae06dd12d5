package result

import (
	"reflect"
)

// The units of metrics.
const (
	Nanoseconds = "ns"
	PerSecond   = "msg/s"
	Part        = "%"
	Number      = ""
	Processors  = "CPU"
	Bytes       = "B"
)

// metric is a number of a result that can be compared.
type metric struct {
	name, unit string
	read       func(*Result) *float64 // nil: not measured
}

// metrics returns what Compare compares, in the order of reports.
func metrics() []metric {
	all := []metric{
		{"max.rate", PerSecond, func(r *Result) *float64 {
			if r.Search == nil {
				return nil
			}
			return r.Search.Pass
		}},
		{"achieved", Part, func(r *Result) *float64 {
			if r.Rates.Achieved == nil {
				return nil
			}
			return new(100 * *r.Rates.Achieved)
		}},
	}
	for i, name := range jsonNames[Rates]() {
		if name != "achieved" {
			all = append(all, metric{name + ".rate", PerSecond, func(r *Result) *float64 {
				return reflect.ValueOf(r.Rates).Field(i).Interface().(*float64)
			}})
		}
	}
	all = append(all, latencies()...)
	for i, name := range jsonNames[Counts]() {
		all = append(all, metric{name, Number, func(r *Result) *float64 {
			return new(float64(reflect.ValueOf(r.Counts).Field(i).Uint()))
		}})
	}
	return append(all,
		metric{"cpu", Processors, func(r *Result) *float64 { return r.Resources.CPU }},
		metric{"target.cpu", Processors, func(r *Result) *float64 { return r.Resources.TargetCPU }},
		metric{"target.rss", Bytes, func(r *Result) *float64 { return float(r.Resources.TargetRSS) }},
		metric{"target.cpu_per_message", Nanoseconds, func(r *Result) *float64 { return r.Resources.CPUPerMsg }})
}

func latencies() []metric {
	statistics := []struct {
		name string
		read func(Dist) int64
	}{
		{"min", func(d Dist) int64 { return d.Min }},
		{"mean", func(d Dist) int64 { return d.Mean }},
		{"p50", func(d Dist) int64 { return d.P50 }},
		{"p90", func(d Dist) int64 { return d.P90 }},
		{"p95", func(d Dist) int64 { return d.P95 }},
		{"p99", func(d Dist) int64 { return d.P99 }},
		{"p99.9", func(d Dist) int64 { return d.P999 }},
		{"p99.99", func(d Dist) int64 { return d.P9999 }},
		{"max", func(d Dist) int64 { return d.Max }},
	}
	var all []metric
	for _, name := range Latencies() {
		for _, s := range statistics {
			all = append(all, metric{name + "." + s.name, Nanoseconds, func(r *Result) *float64 {
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

func float(n *int64) *float64 {
	if n == nil {
		return nil
	}
	return new(float64(*n))
}

// jsonNames returns the names that the fields of T have in JSON.
func jsonNames[T any]() []string {
	var all []string
	for f := range reflect.TypeFor[T]().Fields() {
		all = append(all, f.Tag.Get("json"))
	}
	return all
}
