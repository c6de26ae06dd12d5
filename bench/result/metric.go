package result

import (
	"math"
	"reflect"
)

// Metric is a number of a result: what thresholds are about, and comparisons.
type Metric struct {
	Name string // such as "response.p99"
	Unit string
	read func(*Result) *float64
}

// The units of metrics.
const (
	Nanoseconds = "ns"
	PerSecond   = "msg/s"
	Part        = "%"
	Number      = ""
	Processors  = "CPU"
	Bytes       = "B"
	State       = "state" // 1 for OK, 0 for LIMITED
)

// Value returns the metric of r in its unit, nil when it was not measured.
func (m Metric) Value(r *Result) *float64 { return m.read(r) }

// Metrics returns the metrics of a run, in the order of reports.
func Metrics() []Metric {
	all := []Metric{{"achieved", Part, achievedPercent}, {"generator", State, generator}}
	for i, name := range jsonNames[Rates]() {
		if name != "achieved" {
			all = append(all, Metric{name + ".rate", PerSecond, func(r *Result) *float64 {
				return reflect.ValueOf(r.Rates).Field(i).Interface().(*float64)
			}})
		}
	}
	all = append(all, latencies()...)
	for i, name := range jsonNames[Counts]() {
		all = append(all, Metric{name, Number, func(r *Result) *float64 {
			return new(float64(reflect.ValueOf(r.Counts).Field(i).Uint()))
		}})
	}
	return append(all,
		Metric{"cpu", Processors, func(r *Result) *float64 { return r.Resources.CPU }},
		Metric{"target.cpu", Processors, func(r *Result) *float64 { return r.Resources.TargetCPU }},
		Metric{"target.rss", Bytes, func(r *Result) *float64 { return float(r.Resources.TargetRSS) }},
		Metric{"target.cpu_per_message", Nanoseconds, func(r *Result) *float64 { return r.Resources.CPUPerMsg }})
}

func achievedPercent(r *Result) *float64 {
	if r.Rates.Achieved == nil {
		return nil
	}
	return new(math.Round(*r.Rates.Achieved*1e8) / 1e6) // 0.29 × 100 is a little less than 29
}

func generator(r *Result) *float64 {
	if r.Verdict.Generator == OK {
		return new(1.0)
	}
	return new(0.0)
}

func latencies() []Metric {
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
	var all []Metric
	for _, name := range Latencies() {
		for _, s := range statistics {
			all = append(all, Metric{name + "." + s.name, Nanoseconds, func(r *Result) *float64 {
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
