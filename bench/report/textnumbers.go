package report

import (
	"fmt"
	"strings"

	"mqt/bench/result"
)

// delivery writes what became of the messages.
func (p *page) delivery(r *result.Result) {
	c := r.Counts
	p.title("Delivery")
	p.line(p.theme.faint.of("               intended           sent          acked      delivered"))
	row := func(name string, cells ...string) {
		out := "  " + left(name, 6)
		for _, cell := range cells {
			out += right(cell, 15)
		}
		p.line(out)
	}
	acked := none
	if r.Scenario.QoS > 0 {
		acked = count(c.Acked)
	}
	row("count", count(c.Intended), count(c.Sent), acked, count(c.Delivered))
	row("msg/s", known(r.Rates.Offered, whole), known(r.Rates.Sent, whole), known(r.Rates.Acked, whole), known(r.Rates.Delivered, whole))
	row("bytes", none, size(int64(c.BytesSent)), none, size(int64(c.BytesDelivered)))
	p.fields("achieved"+" "+known(r.Rates.Achieved, percent), "expected"+" "+count(c.Expected),
		"lost"+" "+count(c.Lost), "duplicated"+" "+count(c.Duplicated),
		"reordered"+" "+count(c.Reordered))
	p.fields("skipped"+" "+count(c.Skipped), "refused"+" "+count(c.Refused),
		"unparsed"+" "+count(c.Unparsed), "wills"+" "+count(c.Wills))
	p.fields("connected"+" "+count(c.Connected), "connections/s"+" "+known(r.Rates.Connect, scaled),
		"failed"+" "+count(c.ConnectFailed), "disconnected"+" "+count(c.Disconnected))
	p.streams(r.Streams)
}

func (p *page) streams(s result.Streams) {
	for i, w := range s.Worst {
		if i == 3 {
			p.line(fmt.Sprintf("  and %d more of %s streams", len(s.Worst)-i, count(s.Count)))
			return
		}
		p.line(fmt.Sprintf("  publisher %d to subscriber %d: %s of %s lost, %s duplicated, %s reordered", w.Publisher, w.Subscriber,
			count(w.Lost), count(w.Expected), count(w.Duplicated), count(w.Reordered)))
	}
}

// latencyName is the word for one of result.Latencies, in at most nine columns.
func latencyName(name string) string { return strings.ReplaceAll(name, "_", " ") }

func (p *page) latency(all map[string]result.Dist) {
	if len(all) == 0 {
		return
	}
	p.title("Latency")
	head := left("", 9)
	for _, h := range []string{"min", "mean", "p50", "p90", "p95", "p99", "p99.9", "p99.99", "max"} {
		head += right(h, 7)
	}
	p.line(p.theme.faint.of(head + right("n", 7)))
	clipped := uint64(0)
	for _, name := range result.Latencies() {
		d, ok := all[name]
		if !ok {
			continue
		}
		row := left(latencyName(name), 9)
		for _, v := range []int64{d.Min, d.Mean, d.P50, d.P90, d.P95, d.P99, d.P999, d.P9999, d.Max} {
			row += right(duration(v), 7)
		}
		row += right(scaled(float64(d.Count)), 7)
		if name == result.Response {
			row = p.theme.title.of(row)
		}
		p.line(row)
		clipped += d.Clipped
	}
	if clipped > 0 {
		p.line(fmt.Sprintf("  %s were longer than 120s, and count as 120s", count(clipped)))
	}
}

func (p *page) resources(r result.Resources) {
	if r == (result.Resources{}) {
		return
	}
	p.title("Resources")
	cpu := func(v float64) string { return three(v) + " CPU" }
	p.fields("generator", known(r.CPU, cpu), known(r.RSS, size),
		known(r.BytesPerCon, func(v float64) string { return size(int64(v)) + "/connection" }),
		"longest GC pause "+known(r.GCPause, atMost), "scheduling p99 "+known(r.Scheduling, atMost))
	if r.TargetCPU != nil || r.TargetRSS != nil {
		p.fields("broker   ", known(r.TargetCPU, cpu), known(r.TargetRSS, size),
			known(r.CPUPerMsg, func(v float64) string { return duration(int64(v)) + " CPU/message" }))
	}
	if r.OtherCPU != nil {
		p.fields("others   ", cpu(*r.OtherCPU))
	}
}
