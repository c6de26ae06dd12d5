package report

import (
	_ "embed" // page.html
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/template"

	"mqt/bench/result"
)

//go:embed page.html
var pageHTML string

// document is what the page shows.
type document struct {
	Outcome, Class, Summary, When, Host, Command, Build string

	Explained  []string
	Thresholds []threshold
	Tiles      []tile
	Figures    []*Figure
	Latency    table
	Search     *table
	Tables     []table
	Warnings   []string
	JSON       string
}

type threshold struct {
	Expression, Measured string
	Passed               bool
}

type tile struct{ Name, Value string }

// table is a table of text; the first cell of a row names it.
type table struct {
	Title string
	Head  []string
	Rows  [][]string
}

// htmlWriter writes one page with everything in it: no script, nothing that
// is loaded. The runs of a page follow each other.
type htmlWriter struct {
	w    io.Writer
	o    Options
	runs int
}

func newHTML(w io.Writer, o Options) Writer { return &htmlWriter{w: w, o: o} }

// Watch implements Writer.
func (*htmlWriter) Watch(result.Snapshot) error { return nil }

// Result implements Writer.
func (w *htmlWriter) Result(r *result.Result) error {
	if err := w.run(r); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func (w *htmlWriter) run(r *result.Result) error {
	t, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	d := document{Outcome: outcome(r), Class: strings.ToLower(outcome(r)), Summary: summary(r), Explained: explained(r),
		When: r.Run.Started.UTC().Format("2006-01-02 15:04:05 UTC"), Host: hostText(r.Host), Command: r.Run.Command, Build: r.Run.Build,
		Tiles: tiles(r), Latency: latencyTable(r), Search: searchTable(r.Search), Tables: tables(r), Warnings: warnings(r),
		JSON: "data:application/json;base64," + base64.StdEncoding.EncodeToString(raw)}
	for _, s := range r.Verdict.SLO {
		d.Thresholds = append(d.Thresholds, threshold{s.Expression, measured(s), s.Passed})
	}
	d.Figures = figures(r, w.o.Baseline)
	if w.runs++; w.runs == 1 {
		if err := t.Execute(w.w, d); err != nil {
			return err
		}
	}
	return t.ExecuteTemplate(w.w, "run", d)
}

// figures returns the plots that there are numbers for.
func figures(r, baseline *result.Result) []*Figure {
	all := []*Figure{searchFigure(r), rateFigure(r), latencyFigure(r), percentileFigure(r, baseline), heatFigure(r), brokerFigure(r)}
	return slices.DeleteFunc(all, func(f *Figure) bool { return f == nil })
}

func hostText(h result.Host) string {
	out := fmt.Sprintf("%s, %d processors", h.Name, h.CPUs)
	if h.CPU != "" {
		out += " (" + h.CPU + ")"
	}
	return out + ", " + size(h.Memory) + ", " + h.OS + "/" + h.Arch
}

// tiles are the numbers that are asked for first.
func tiles(r *result.Result) []tile {
	var out []tile
	if r.Rates.Delivered != nil && r.Counts.Delivered > 0 {
		out = append(out, tile{"delivered, msg/s", whole(*r.Rates.Delivered)})
	} else if r.Rates.Sent != nil {
		out = append(out, tile{"sent, msg/s", whole(*r.Rates.Sent)})
	}
	if name, d := headline(r); name != "" {
		name = latencyName(name)
		out = append(out, tile{name + " p50", duration(d.P50)}, tile{name + " p99", duration(d.P99)}, tile{name + " p99.9", duration(d.P999)})
	}
	if r.Counts.Expected > 0 {
		out = append(out, tile{"lost", count(r.Counts.Lost)})
	}
	if r.Rates.Achieved != nil {
		out = append(out, tile{"achieved", percent(*r.Rates.Achieved)})
	}
	return out
}

func warnings(r *result.Result) []string {
	out := slices.Clone(r.Warnings)
	for _, e := range r.Errors {
		out = append(out, count(e.Count)+" × "+clean(e.Text))
	}
	return out
}
