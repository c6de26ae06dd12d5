package report

import (
	"fmt"

	"mqt/bench/result"
)

func latencyTable(r *result.Result) table {
	t := table{Head: []string{"", "min", "mean", "p50", "p90", "p95", "p99", "p99.9", "p99.99", "max", "n"}}
	for _, name := range result.Latencies() {
		d, ok := r.Latency[name]
		if !ok {
			continue
		}
		row := []string{latencyName(name)}
		for _, v := range []int64{d.Min, d.Mean, d.P50, d.P90, d.P95, d.P99, d.P999, d.P9999, d.Max} {
			row = append(row, duration(v))
		}
		t.Rows = append(t.Rows, append(row, count(d.Count)))
	}
	return t
}

func searchTable(s *result.Search) *table {
	if s == nil {
		return nil
	}
	t := table{Head: []string{"rate, msg/s", "p50", "p99", "p99.9", "verdict"}}
	for _, trial := range s.Trial {
		verdict := trialText(trial)
		if trial.Discarded != "" {
			verdict += ", does not count: " + trial.Discarded
		}
		t.Rows = append(t.Rows, []string{whole(trial.Rate), known(trial.P50, duration), known(trial.P99, duration), known(trial.P999, duration), verdict})
	}
	return &t
}

// tables are integrity, connections and resources.
func tables(r *result.Result) []table {
	c := r.Counts
	all := []table{
		{Title: "Integrity", Rows: [][]string{{"deliveries expected", count(c.Expected)}, {"delivered", count(c.Delivered)}, {"lost", count(c.Lost)},
			{"duplicated", count(c.Duplicated)}, {"reordered", count(c.Reordered)}, {"payloads of others", count(c.Unparsed)},
			{"negative latencies", count(c.Negative)}, {"wills received", count(c.Wills)}}},
		{Title: "Messages", Rows: [][]string{{"due", count(c.Intended)}, {"sent", count(c.Sent)}, {"late and skipped", count(c.Skipped)}, {"acknowledged", count(c.Acked)},
			{"refused", count(c.Refused)}, {"payload sent", size(int64(c.BytesSent))}, {"payload delivered", size(int64(c.BytesDelivered))}}},
		{Title: "Connection phase", Rows: [][]string{{"connected", count(c.Connected)}, {"connections/s", known(r.Rates.Connect, whole)},
			{"attempts failed", count(c.ConnectFailed)}, {"lost while in use", count(c.Disconnected)}, {"filters granted", count(c.Subscribed)},
			{"connect p50", of(r, result.Connect, func(d result.Dist) int64 { return d.P50 })}, {"connect p99", of(r, result.Connect, func(d result.Dist) int64 { return d.P99 })},
			{"subscribe p99", of(r, result.Subscribe, func(d result.Dist) int64 { return d.P99 })}}},
		resourceTable(r.Resources),
	}
	if len(r.Streams.Worst) > 0 {
		t := table{Title: fmt.Sprintf("Worst of %s streams, publisher → subscriber", count(r.Streams.Count)), Head: []string{"stream", "expected", "lost", "duplicated", "reordered"}}
		for _, s := range r.Streams.Worst {
			t.Rows = append(t.Rows, []string{fmt.Sprintf("%d → %d", s.Publisher, s.Subscriber), count(s.Expected), count(s.Lost), count(s.Duplicated), count(s.Reordered)})
		}
		all = append(all, t)
	}
	return all
}

func of(r *result.Result, name string, value func(result.Dist) int64) string {
	d, ok := r.Latency[name]
	if !ok || d.Count == 0 {
		return none
	}
	return duration(value(d))
}

func resourceTable(r result.Resources) table {
	cpu := func(v float64) string { return three(v) + " CPU" }
	return table{Title: "Resources", Rows: [][]string{{"generator, processor", known(r.CPU, cpu)}, {"generator, memory", known(r.RSS, size)},
		{"generator, memory/connection", known(r.BytesPerCon, func(v float64) string { return size(int64(v)) })},
		{"longest GC pause", known(r.GCPause, atMost)}, {"scheduling p99", known(r.Scheduling, atMost)},
		{"broker, processor", known(r.TargetCPU, cpu)}, {"broker, memory", known(r.TargetRSS, size)},
		{"other processes, processor", known(r.OtherCPU, cpu)},
		{"broker, processor/message", known(r.CPUPerMsg, func(v float64) string { return duration(int64(v)) })}}}
}
