package report

import (
	"fmt"
	"math"
	"strconv"

	"mqt/bench/result"
)

const sinceStart = "time since measuring began"

// points makes a point of each second, at its middle.
func points(all []result.Second, of func(result.Second) *float64) []point {
	var out []point
	for _, s := range all {
		out = append(out, point{float64(s.At)/1e9 + 0.5, of(s)})
	}
	return out
}

// span is the time axis of a result.
func span(all []result.Second) axis { return seconds(float64(all[len(all)-1].At)/1e9 + 1) }

func rateFigure(r *result.Result) *Figure {
	if len(r.Series) == 0 {
		return nil
	}
	top := uint64(0)
	for _, s := range r.Series {
		top = max(top, s.Intended, s.Sent, s.Acked, s.Delivered)
	}
	if top == 0 {
		return nil
	}
	p := newPlot(span(r.Series), linear(float64(top), rateLabel), sinceStart, "messages/s")
	p.xTicks(p.x.timeTicks(10))
	rate := func(class, name string, total uint64, of func(result.Second) uint64) {
		if total > 0 {
			p.line(class, name, points(r.Series, func(s result.Second) *float64 { return new(float64(of(s))) }))
		}
	}
	rate("s1 wide", "offered (sent)", r.Counts.Sent, func(s result.Second) uint64 { return s.Sent })
	rate("s3", "acknowledged", r.Counts.Acked, func(s result.Second) uint64 { return s.Acked })
	rate("s2", "delivered", r.Counts.Delivered, func(s result.Second) uint64 { return s.Delivered })
	if r.Scenario.Target != nil {
		rate("s0", "target", r.Counts.Intended, func(s result.Second) uint64 { return s.Intended })
	}
	return p.figure("Rate", "Messages of each second, by the time they were due.")
}

// rateLabel is a rate without the digits that are 0.
func rateLabel(v float64) string {
	short := func(scale float64) string { return strconv.FormatFloat(math.Round(v/scale*100)/100, 'f', -1, 64) }
	switch {
	case v >= 1e6:
		return short(1e6) + "M"
	case v >= 1e4:
		return short(1e3) + "k"
	}
	return whole(v)
}

// tickLabel is duration without the digits that are 0.
func tickLabel(v float64) string {
	for _, u := range []struct {
		scale float64
		name  string
	}{{1e9, " s"}, {1e6, " ms"}, {1e3, " µs"}} {
		if v >= u.scale*0.999 {
			return strconv.FormatFloat(math.Round(v/u.scale*100)/100, 'f', -1, 64) + u.name
		}
	}
	return strconv.FormatFloat(v, 'f', 0, 64) + " ns"
}

func latencyFigure(r *result.Result) *Figure {
	lo, hi := math.Inf(1), 0.0
	for _, s := range r.Series {
		if s.P50 != nil && s.Max != nil {
			lo, hi = math.Min(lo, float64(*s.P50)), math.Max(hi, float64(*s.Max))
		}
	}
	if hi <= 0 {
		return nil
	}
	p := newPlot(span(r.Series), logarithmic(lo, hi, tickLabel), sinceStart, "response time (logarithmic)")
	p.xTicks(p.x.timeTicks(10))
	p.line("s4", "maximum", points(r.Series, func(s result.Second) *float64 { return float(s.Max) }))
	p.line("s2", "p99", points(r.Series, func(s result.Second) *float64 { return float(s.P99) }))
	p.line("s1", "p50", points(r.Series, func(s result.Second) *float64 { return float(s.P50) }))
	return p.figure("Latency over time", "From when a message was due to when it was received, by the second it was due in.")
}

// curve is a distribution by percentile, on an axis of nines: x is how many
// nines, 1 for 90 %, 2 for 99 %.
func curve(d result.Dist) []point {
	h, err := d.Histogram()
	if err != nil || h.TotalCount() == 0 {
		return nil
	}
	var all []point
	most := math.Log10(float64(h.TotalCount()))
	for x := 0.0; ; x += 0.02 {
		x = math.Min(x, most)
		v := float64(h.ValueAtPercentile(100*(1-math.Pow(10, -x)))) * 1000
		all = append(all, point{x, &v})
		if x == most {
			return all
		}
	}
}

func percentileFigure(r, baseline *result.Result) *Figure {
	type series struct {
		class, name string
		points      []point
	}
	var all []series
	add := func(from *result.Result, class, key, name string) {
		if c := curve(from.Latency[key]); c != nil {
			all = append(all, series{class, name, c})
		}
	}
	if baseline != nil {
		add(baseline, "s0", result.Response, "response of the baseline")
	}
	add(r, "s3", result.Ack, "ack")
	add(r, "s2", result.Service, "service")
	add(r, "s1", result.Response, "response")
	lo, hi, nines := math.Inf(1), 0.0, 1.0
	for _, s := range all {
		last := s.points[len(s.points)-1]
		lo, hi, nines = math.Min(lo, *s.points[0].y), math.Max(hi, *last.y), math.Max(nines, last.x)
	}
	if hi <= 0 {
		return nil
	}
	x := axis{hi: nines, label: ninesLabel}
	p := newPlot(x, logarithmic(lo, hi, tickLabel), "percentile", "latency (logarithmic)")
	ticks := []float64{0, -math.Log10(0.5), -math.Log10(0.25)}
	for n := 1.0; n <= nines; n++ {
		ticks = append(ticks, n)
	}
	p.xTicks(ticks)
	for _, s := range all {
		p.line(s.class, s.name, s.points)
	}
	return p.figure("Latency by percentile", "Read: at 99 %, 99 of 100 messages took that long or less.")
}

// ninesLabel is the percentile at so many nines.
func ninesLabel(x float64) string {
	return strconv.FormatFloat(100-100*math.Pow(10, -x), 'f', max(0, int(math.Round(x))-2), 64) + " %"
}

func brokerFigure(r *result.Result) *Figure {
	top := 0.0
	for _, s := range r.Series {
		if s.TargetCPU != nil {
			top = math.Max(top, *s.TargetCPU)
		}
	}
	if top <= 0 {
		return nil
	}
	p := newPlot(span(r.Series), linear(top, func(v float64) string { return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64) }), sinceStart, "processors in use")
	p.xTicks(p.x.timeTicks(10))
	p.line("s1", "broker", points(r.Series, func(s result.Second) *float64 { return s.TargetCPU }))
	return p.figure("Processor use of the broker", "1 is one whole processor.")
}

func searchFigure(r *result.Result) *Figure {
	if r.Search == nil {
		return nil
	}
	lo, hi, top := math.Inf(1), 0.0, 0.0
	for _, t := range r.Search.Trial {
		if t.P50 != nil && t.P999 != nil {
			lo, hi, top = math.Min(lo, float64(*t.P50)), math.Max(hi, float64(*t.P999)), math.Max(top, t.Rate)
		}
	}
	if hi <= 0 {
		return nil
	}
	p := newPlot(linear(top, rateLabel), logarithmic(lo, hi, tickLabel), "messages/s", "response time (logarithmic)")
	p.xTicks(p.x.ticks(8))
	for _, l := range []struct {
		class, name string
		of          func(result.Trial) *int64
	}{{"s4", "p99.9", func(t result.Trial) *int64 { return t.P999 }}, {"s2", "p99", func(t result.Trial) *int64 { return t.P99 }},
		{"s1", "p50", func(t result.Trial) *int64 { return t.P50 }}} {
		var all []point
		for _, t := range byRate(r.Search.Trial) {
			if v := float(l.of(t)); v != nil {
				all = append(all, point{t.Rate, v})
			}
		}
		p.line(l.class, l.name, all)
		p.dots(l.class, all)
	}
	return p.figure("Latency by rate", fmt.Sprintf("The %d trials of the search.", len(r.Search.Trial)))
}
