package report

import (
	"fmt"
	"math"
	"strings"
	"text/template"
)

// The size of a plot in pixels of its own, and the margins for labels.
const (
	plotWidth, plotHeight = 900.0, 300.0
	plotLeft, plotRight   = 64.0, 22.0
	plotTop, plotBottom   = 26.0, 44.0
)

// plot draws an SVG. Its colors are classes of the page: s0 to s4 for series.
type plot struct {
	x, y axis
	svg  strings.Builder
	keys []Key
}

// Key is an entry of a plot's legend.
type Key struct{ Class, Name string }

// Figure is a plot on the page.
type Figure struct {
	Title, Note string
	Keys        []Key
	SVG         string
}

// newPlot begins a plot. The texts name what is on the axes, with units.
func newPlot(x, y axis, xName, yName string) *plot {
	x.from, x.to = plotLeft, plotWidth-plotRight
	y.from, y.to = plotHeight-plotBottom, plotTop
	p := &plot{x: x, y: y}
	p.add(`<svg viewBox="0 0 %g %g" role="img" aria-label="%s over %s">`, plotWidth, plotHeight, escape(yName), escape(xName))
	p.text(0, 12, "start", yName)
	p.text((plotLeft+plotWidth-plotRight)/2, plotHeight-6, "middle", xName)
	for _, v := range y.ticks(5) {
		at := p.y.at(v)
		p.add(`<line class="grid" x1="%g" x2="%g" y1="%.1f" y2="%.1f"/>`, plotLeft, plotWidth-plotRight, at, at)
		p.text(plotLeft-8, at+4, "end", y.label(v))
	}
	return p
}

// xTicks writes the labels of the axis below.
func (p *plot) xTicks(at []float64) {
	for _, v := range at {
		x := p.x.at(v)
		p.add(`<line class="grid" x1="%.1f" x2="%.1f" y1="%g" y2="%g"/>`, x, x, plotTop, plotHeight-plotBottom+4)
		p.text(x, plotHeight-plotBottom+18, "middle", p.x.label(v))
	}
}

func (p *plot) add(format string, args ...any) { fmt.Fprintf(&p.svg, format, args...) }

func (p *plot) text(x, y float64, anchor, text string) {
	p.add(`<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>`, x, y, anchor, escape(text))
}

func escape(text string) string { return template.HTMLEscapeString(text) }

// point is a place on a line; one without a value leaves a gap.
type point struct {
	x float64
	y *float64
}

// line draws a series. Class is one of the page.
func (p *plot) line(class, name string, all []point) {
	var path strings.Builder
	pen, drawn := "M", 0
	for _, pt := range all {
		if pt.y == nil || math.IsNaN(*pt.y) {
			pen = "M"
			continue
		}
		fmt.Fprintf(&path, "%s%.1f %.1f", pen, p.x.at(pt.x), p.y.at(*pt.y))
		pen = "L"
		drawn++
	}
	if drawn == 0 {
		return
	}
	if drawn == 1 {
		path.WriteString("h2") // a dot
	}
	p.add(`<path class="line %s" d="%s"/>`, class, path.String())
	p.keys = append(p.keys, Key{class, name})
}

// dots marks the points of a series, which all have a value.
func (p *plot) dots(class string, all []point) {
	for _, pt := range all {
		p.add(`<circle class="line %s" cx="%.1f" cy="%.1f" r="3"/>`, class, p.x.at(pt.x), p.y.at(*pt.y))
	}
}

// figure ends the plot.
func (p *plot) figure(title, note string) *Figure {
	p.add(`</svg>`)
	return &Figure{title, note, p.keys, p.svg.String()}
}
