package report

import (
	"cmp"
	"math"
	"slices"

	"github.com/HdrHistogram/hdrhistogram-go"

	"mqt/bench/result"
)

// The most cells of the heat map, in each direction.
const (
	heatColumns = 120
	heatRows    = 28
)

// heat is how many responses came in each part of time and of latency.
type heat struct {
	from, to float64 // of time, in seconds
	counts   [heatRows]int64
}

// heatFigure is nil without the histograms of seconds.
func heatFigure(r *result.Result) *Figure {
	lo, hi := math.Inf(1), 0.0
	for _, s := range r.Series {
		if h := secondHistogram(s); h != nil {
			lo, hi = math.Min(lo, float64(h.Min())*1000), math.Max(hi, float64(h.Max())*1000)
		}
	}
	if hi <= 0 {
		return nil
	}
	p := newPlot(span(r.Series), logarithmic(lo, hi, tickLabel), sinceStart, "response time (logarithmic)")
	p.xTicks(p.x.timeTicks(10))
	most := int64(0)
	columns := heatOf(r.Series, p.y)
	for _, c := range columns {
		most = max(most, slices.Max(c.counts[:]))
	}
	height := (p.y.from - p.y.to) / heatRows
	for _, c := range columns {
		x := p.x.at(c.from)
		for i, n := range c.counts {
			if n > 0 {
				p.add(`<rect class="heat" x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill-opacity="%.2f"><title>%s: %s responses</title></rect>`, x, p.y.from-float64(i+1)*height,
					p.x.at(c.to)-x, height, 0.08+0.92*math.Log1p(float64(n))/math.Log1p(float64(most)), length(int64(c.from*1e9)), count(uint64(n)))
			}
		}
	}
	return p.figure("Heat map of latency", "The stronger the color, the more responses took that long: up to "+count(uint64(most))+" in a cell, on a logarithmic scale.")
}

// heatOf sorts responses into cells. Neighbouring seconds share a column where
// there are too many.
func heatOf(all []result.Second, y axis) []heat {
	each := (len(all) + heatColumns - 1) / heatColumns
	var out []heat
	for part := range slices.Chunk(all, each) {
		c := heat{from: float64(part[0].At) / 1e9, to: float64(part[len(part)-1].At)/1e9 + 1}
		for _, s := range part {
			h := secondHistogram(s)
			if h == nil {
				continue
			}
			for _, bar := range h.Distribution() {
				if bar.Count > 0 {
					c.counts[heatRow(float64(bar.To)*1000, y)] += bar.Count
				}
			}
		}
		out = append(out, c)
	}
	return out
}

func heatRow(v float64, y axis) int {
	part := (y.at(v) - y.from) / (y.to - y.from)
	return min(heatRows-1, int(part*heatRows))
}

// secondHistogram returns the response histogram of a second, nil when there
// is none.
func secondHistogram(s result.Second) *hdrhistogram.Histogram {
	if s.HDR == nil {
		return nil
	}
	h, err := result.Decode(*s.HDR)
	if err != nil || h.TotalCount() == 0 {
		return nil
	}
	return h
}

func byRate(all []result.Trial) []result.Trial {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b result.Trial) int { return cmp.Compare(a.Rate, b.Rate) })
	return all
}
