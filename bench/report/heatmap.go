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

// heat is what came in one part of the time.
type heat struct {
	from, to float64 // in seconds
	all      *hdrhistogram.Histogram
}

// heatOf collects the responses of each column. Neighbouring seconds share one
// where there are too many.
func heatOf(series []result.Second) []heat {
	each := max(1, (len(series)+heatColumns-1)/heatColumns)
	var out []heat
	for part := range slices.Chunk(series, each) {
		c := heat{from: float64(part[0].At) / 1e9, to: float64(part[len(part)-1].At)/1e9 + 1, all: result.NewHistogram()}
		for _, s := range part {
			if h := secondHistogram(s); h != nil {
				c.all.Merge(h)
			}
		}
		if c.all.TotalCount() > 0 {
			out = append(out, c)
		}
	}
	return out
}

// rows counts the responses of a column in each part of the axis.
func (c heat) rows(y axis) []int64 {
	counts := make([]int64, heatRows)
	for _, bar := range c.all.Distribution() {
		if bar.Count > 0 {
			counts[heatRow(float64(bar.To)*1000, y)] += bar.Count
		}
	}
	return counts
}

// heatFigure is nil without the histograms of seconds.
func heatFigure(r *result.Result) *Figure {
	columns := heatOf(r.Series)
	lo, hi := math.Inf(1), 0.0
	for _, c := range columns {
		lo, hi = math.Min(lo, float64(c.all.Min())*1000), math.Max(hi, float64(c.all.Max())*1000)
	}
	if hi <= 0 {
		return nil
	}
	p := newPlot(span(r.Series), logarithmic(lo, hi, tickLabel), sinceStart, "response time (logarithmic)")
	p.xTicks(p.x.timeTicks(10))
	most := int64(0)
	for _, c := range columns {
		most = max(most, slices.Max(c.rows(p.y)))
	}
	for _, c := range columns {
		p.heat(c, most)
	}
	return p.figure("Heat map of latency", "The stronger the color, the more responses took that long: up to "+count(uint64(most))+" in a cell, on a logarithmic scale.")
}

// heat draws a column.
func (p *plot) heat(c heat, most int64) {
	height := (p.y.from - p.y.to) / heatRows
	x := p.x.at(c.from)
	for i, n := range c.rows(p.y) {
		if n > 0 {
			p.add(`<rect class="heat" x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill-opacity="%.2f"><title>%s: %s responses</title></rect>`,
				x, p.y.from-float64(i+1)*height, p.x.at(c.to)-x, height, 0.08+0.92*math.Log1p(float64(n))/math.Log1p(float64(most)),
				length(int64(c.from*1e9)), count(uint64(n)))
		}
	}
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
