package report

import (
	"fmt"
	"io"
	"strings"

	"mqt/bench/result"
)

// writeGobench writes a run as a line of Go's benchmark format, for benchstat.
//
// Source: https://golang.org/design/14313-benchmark-format.
func writeGobench(w io.Writer, r *result.Result, _ Options) error {
	var out strings.Builder
	for _, c := range [][2]string{{"goos", r.Host.OS}, {"goarch", r.Host.Arch}, {"cpu", r.Host.CPU}, {"broker", r.Target.URL}} {
		if c[1] != "" {
			fmt.Fprintf(&out, "%s: %s\n", c[0], clean(c[1]))
		}
	}
	for _, unit := range []string{"sent-msg/s", "delivered-msg/s", "achieved-%"} {
		fmt.Fprintf(&out, "Unit %s better=higher\n", unit)
	}
	out.WriteString(benchName(r))
	fmt.Fprintf(&out, " %d", max(1, r.Counts.Delivered, r.Counts.Sent))
	for _, name := range result.Latencies() {
		d, ok := r.Latency[name]
		if !ok || d.Count == 0 || name == result.Pacing || name == result.Canary {
			continue
		}
		label := strings.ReplaceAll(name, "_", "-")
		fmt.Fprintf(&out, " %d %s-p50-ns %d %s-p99-ns %d %s-p99.9-ns", d.P50, label, d.P99, label, d.P999, label)
	}
	value := func(v *float64, scale float64, unit string) {
		if v != nil {
			fmt.Fprintf(&out, " %.6g %s", *v*scale, unit)
		}
	}
	value(r.Rates.Sent, 1, "sent-msg/s")
	value(r.Rates.Delivered, 1, "delivered-msg/s")
	value(r.Rates.Achieved, 100, "achieved-%")
	value(r.Resources.CPUPerMsg, 1, "broker-cpu-ns/msg")
	lost := float64(r.Counts.Lost)
	value(&lost, 1, "lost")
	out.WriteByte('\n')
	_, err := io.WriteString(w, out.String())
	return err
}

// benchName says what was run, as parts that benchstat can compare by.
func benchName(r *result.Result) string {
	name := r.Scenario.Name
	if r.Scenario.Preset != "" {
		name = r.Scenario.Preset
	}
	name = strings.Map(func(c rune) rune {
		if c == ' ' || c == '/' || unprintable(c) {
			return '_'
		}
		return c
	}, name)
	return fmt.Sprintf("BenchmarkMQTT/scenario=%s/qos=%d/pubs=%d/subs=%d", name, r.Scenario.QoS, r.Scenario.Publishers, r.Scenario.Subscribers)
}
