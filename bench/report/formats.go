// Package report writes what comes of a load test: while it runs, lines or a
// live view of the terminal, and at its end one of several formats.
package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"mqt/bench/result"
)

// Options say how to write.
type Options struct {
	Width    int            // columns of the terminal; 0 is 80
	Color    ColorMode      // the zero value lets the writer decide
	Files    []string       // other files that were written, for the text report
	Baseline *result.Result // another run to show beside this one, in HTML
}

func (o Options) width() int {
	if o.Width == 0 {
		return defaultWidth
	}
	return max(o.Width, narrowest)
}

// defaultWidth is that of a terminal that does not tell its own, and of pipes.
// No line of text is longer, but for words that are.
const (
	defaultWidth = 80
	narrowest    = 40
)

// Writer writes the results of runs in one format.
type Writer interface {
	// Watch takes the state of a run, in the order of time. Most formats do
	// nothing with it.
	Watch(result.Snapshot) error
	// Result writes one result. It may be called for each of several runs.
	Result(*result.Result) error
}

// Format is a kind of report.
type Format struct {
	Name string // as flags have it
	Help string // what it is for, in a few words
	new  func(w io.Writer, o Options) Writer
}

var formats = []Format{
	{"text", "for people, in a terminal", once(writeText)},
	{"json", "everything, in the form of the published schema", once(writeJSON)},
	{"ndjson", "a JSON object each second, and one with the result", newNDJSON},
	{"csv", "a table with one row a second", newCSV},
	{"hlog", "histograms of each second, in HdrHistogram's log format 1.3", once(writeHlog)},
	{"html", "one page for a browser, which needs no network", newHTML},
	{"gobench", "lines for benchstat", once(writeGobench)},
}

// Formats returns all formats, in the order of help.
func Formats() []Format { return slices.Clone(formats) }

// Names returns the names of all formats, in the order of help.
func Names() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.Name)
	}
	return names
}

// New returns a Writer of the format with that name, which writes to w.
func New(name string, w io.Writer, o Options) (Writer, error) {
	i := slices.IndexFunc(formats, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("there is no format %q of reports\nhint: use one of %s", name, strings.Join(Names(), ", "))
	}
	return formats[i].new(w, o), nil
}

// once makes a Writer of a function that writes a whole result.
func once(write func(io.Writer, *result.Result, Options) error) func(io.Writer, Options) Writer {
	return func(w io.Writer, o Options) Writer { return &onceWriter{w, o, write} }
}

type onceWriter struct {
	w     io.Writer
	o     Options
	write func(io.Writer, *result.Result, Options) error
}

// Watch implements Writer.
func (*onceWriter) Watch(result.Snapshot) error { return nil }

// Result implements Writer.
func (w *onceWriter) Result(r *result.Result) error {
	if err := w.write(w.w, r, w.o); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func writeJSON(w io.Writer, r *result.Result, _ Options) error { return result.Write(w, r) }
