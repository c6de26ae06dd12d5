package report

import (
	"math"
	"strings"
	"time"

	"mqt/bench/result"
)

const blocks = "▁▂▃▄▅▆▇█"

// spark draws values as a line of blocks, at most width of them, on a scale
// from zero to the largest. A value that is not there leaves a gap.
func spark(values []*float64, width int) string {
	values = shrink(values, width)
	top := 0.0
	for _, v := range values {
		if v != nil {
			top = math.Max(top, *v)
		}
	}
	steps := []rune(blocks)
	var out strings.Builder
	for _, v := range values {
		switch {
		case v == nil:
			out.WriteByte(' ')
		case top <= 0:
			out.WriteRune(steps[0])
		default:
			out.WriteRune(steps[max(0, int(math.Ceil(*v/top*float64(len(steps))))-1)])
		}
	}
	return out.String()
}

// shrink takes the largest of neighbours, so that at most width remain.
func shrink(values []*float64, width int) []*float64 {
	if len(values) <= width {
		return values
	}
	out := make([]*float64, width)
	for i, v := range values {
		at := i * width / len(values)
		if v != nil && (out[at] == nil || *v > *out[at]) {
			out[at] = v
		}
	}
	return out
}

// series writes a line of blocks for each rate, and for latency.
func (p *page) series(all []result.Second) {
	if len(all) < 2 {
		return
	}
	p.title("Over " + length(int64(len(all))*1e9))
	rate := func(name string, of func(result.Second) uint64) {
		p.spark(all, name, scaled, func(s result.Second) *float64 { return new(float64(of(s))) })
	}
	rate("intended", func(s result.Second) uint64 { return s.Intended })
	rate("sent", func(s result.Second) uint64 { return s.Sent })
	rate("acked", func(s result.Second) uint64 { return s.Acked })
	rate("delivered", func(s result.Second) uint64 { return s.Delivered })
	latency := func(v float64) string { return duration(int64(v)) }
	p.spark(all, "p50", latency, func(s result.Second) *float64 { return float(s.P50) })
	p.spark(all, "p99", latency, func(s result.Second) *float64 { return float(s.P99) })
	p.spark(all, "broker CPU", three, func(s result.Second) *float64 { return s.TargetCPU })
}

// spark writes one line, with the smallest and the largest value behind it.
func (p *page) spark(all []result.Second, name string, show func(float64) string, of func(result.Second) *float64) {
	least, most := math.Inf(1), math.Inf(-1)
	var values []*float64
	for _, s := range all {
		v := of(s)
		values = append(values, v)
		if v != nil {
			least, most = math.Min(least, *v), math.Max(most, *v)
		}
	}
	if most <= 0 {
		return
	}
	bars := left(spark(values, min(p.width-33, 60)), min(p.width-33, len(all)))
	p.line("  ", left(name, 11), p.theme.bar.of(bars), "  ", show(least), " to ", show(most))
}

func float(n *int64) *float64 {
	if n == nil {
		return nil
	}
	return new(float64(*n))
}

// headline returns the distribution that a reader wants to see first: how long
// messages took, or what else was measured.
func headline(r *result.Result) (string, result.Dist) {
	for _, name := range []string{result.Response, result.Service, result.Ack, result.Connect} {
		if d, ok := r.Latency[name]; ok && d.Count > 0 {
			return name, d
		}
	}
	return "", result.Dist{}
}

// bin is a row of the histogram: how many took more than the one before and
// at most UpTo microseconds.
type bin struct {
	UpTo  int64
	Count int64
}

// bins sorts a distribution into steps of 1, 2 and 5, from the first that has
// any to the last.
func bins(d result.Dist) []bin {
	h, err := d.Histogram()
	if err != nil || h.TotalCount() == 0 {
		return nil
	}
	var all []bin
	for scale := int64(1); scale < h.HighestTrackableValue()*10; scale *= 10 {
		for _, step := range []int64{1, 2, 5} {
			all = append(all, bin{UpTo: step * scale})
		}
	}
	i := 0
	for _, b := range h.Distribution() {
		for b.From > all[i].UpTo && i < len(all)-1 {
			i++
		}
		all[i].Count += b.Count
	}
	first, last := 0, len(all)-1
	for all[first].Count == 0 && first < last {
		first++
	}
	for all[last].Count == 0 && last > first {
		last--
	}
	return all[first : last+1]
}

func (p *page) histogram(r *result.Result) {
	name, d := headline(r)
	rows := bins(d)
	if len(rows) < 2 {
		return
	}
	p.title("Histogram of " + latencyName(name))
	most, total := int64(0), int64(0)
	for _, b := range rows {
		most, total = max(most, b.Count), total+b.Count
	}
	for _, b := range rows {
		room := p.width - 33
		bar := strings.Repeat("█", int(math.Round(float64(b.Count)/float64(most)*float64(room))))
		if bar == "" && b.Count > 0 {
			bar = "▏"
		}
		p.line("  ≤", right((time.Duration(b.UpTo)*time.Microsecond).String(), 7), right(count(uint64(b.Count)), 12), right(percent(float64(b.Count)/float64(total)), 9), "  ", p.theme.bar.of(bar))
	}
}
