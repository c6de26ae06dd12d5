package report

import (
	"math"
	"strconv"
)

// axis maps values to pixels.
type axis struct {
	lo, hi   float64 // values at the ends
	from, to float64 // pixels at the ends
	log      bool    // logarithmic, lo > 0
	label    func(float64) string
}

func (a axis) at(v float64) float64 {
	lo, hi := a.lo, a.hi
	if a.log {
		v, lo, hi = math.Log10(math.Max(v, lo)), math.Log10(lo), math.Log10(hi)
	}
	part := min(1, max(0, (v-lo)/(hi-lo)))
	return a.from + part*(a.to-a.from)
}

// linear returns an axis from 0 to a little above the largest value.
func linear(top float64, label func(float64) string) axis {
	if !(top > 0) {
		top = 1
	}
	return axis{hi: top * 1.08, label: label}
}

// logarithmic returns an axis whose ends are steps of 1, 2 or 5 around values.
func logarithmic(lo, hi float64, label func(float64) string) axis {
	if !(lo > 0) {
		lo = 1
	}
	hi = math.Max(hi, lo)
	a := axis{lo: below(lo), hi: -1, log: true, label: label}
	for a.hi = a.lo; a.hi < hi || a.hi < a.lo*5; {
		a.hi = above(a.hi)
	}
	return a
}

// below returns the largest step of 1, 2 or 5 that is not above v.
func below(v float64) float64 {
	scale := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range []float64{5, 2} {
		if v >= step*scale {
			return step * scale
		}
	}
	return scale
}

// above returns the step of 1, 2 or 5 after v, which is one.
func above(v float64) float64 {
	scale := math.Pow(10, math.Floor(math.Log10(v*1.01)))
	switch lead := math.Round(v / scale); {
	case lead < 2:
		return 2 * scale
	case lead < 5:
		return 5 * scale
	}
	return 10 * scale
}

// ticks returns where labels go, about n of them.
func (a axis) ticks(n int) []float64 {
	var all []float64
	if a.log {
		decades := math.Log10(a.hi / a.lo)
		for v := a.lo; v <= a.hi*1.001; v = above(v) {
			if lead := strconv.FormatFloat(v, 'e', 0, 64)[0]; decades < 3.2 || lead == '1' {
				all = append(all, v)
			}
		}
		return all
	}
	step := above(below((a.hi - a.lo) / float64(n) / 2))
	for i := math.Ceil(a.lo / step); i*step <= a.hi; i++ {
		all = append(all, i*step)
	}
	return all
}

// seconds returns an axis of time from 0, with a tick at whole seconds or
// minutes.
func seconds(n float64) axis {
	return axis{hi: math.Max(n, 1), label: func(v float64) string { return length(int64(v * 1e9)) }}
}

// timeTicks returns about n places at steps that people count time in.
func (a axis) timeTicks(n int) []float64 {
	step := 1.0
	for _, s := range []float64{1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400} {
		step = s
		if a.hi/s <= float64(n) {
			break
		}
	}
	var all []float64
	for v := 0.0; v <= a.hi && len(all) < 100; v += step {
		all = append(all, v)
	}
	return all
}
