package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"unicode/utf8"
)

// report prints a row as soon as it is measured.
type report struct {
	o      options
	out    io.Writer
	widths []int
	notes  []string
	failed bool // a broker lost or reordered messages

	measured, disturbed int // samples
}

func newReport(o options, out io.Writer) *report { return &report{o: o, out: out} }

func (r *report) begin() {
	fmt.Fprintf(r.out, "CPU time per delivered message, all threads of the broker; medians of %d.\n", r.o.rounds)
	fmt.Fprintf(r.out, "%d processors, %s; payload 64 bytes unless said; at QoS 1 and 2 each publisher has a window of 20.\n\n", runtime.NumCPU(), runtime.GOARCH)
	head := []string{"scenario"}
	for _, name := range r.o.brokers {
		head = append(head, name+" µs")
	}
	if r.compares() {
		head = append(head, "ratio")
	}
	for _, name := range r.o.brokers {
		head = append(head, name+"/s")
	}
	head = append(head, "generator µs", "other CPU")
	for i, h := range head {
		w := max(utf8.RuneCountInString(h), 9)
		if i == 0 {
			w = 30
		}
		r.widths = append(r.widths, w)
	}
	r.line(head)
	if r.o.markdown {
		fmt.Fprintln(r.out, "|---"+strings.Repeat("|---:", len(head)-1)+"|")
	}
}

func (r *report) compares() bool { return len(r.o.brokers) == 2 }

// row prints the medians of one scenario. samples is by broker.
func (r *report) row(t trial, samples [][]sample) {
	title := t.title
	if t.idle {
		title += ": connect"
	}
	r.print(title, samples, func(s sample) float64 { return s.cpu }, true)
	if t.idle {
		r.print(t.title+": KiB each", samples, func(s sample) float64 { return s.memory }, false)
	}
	for i, list := range samples {
		r.integrity(t.title+", "+r.o.brokers[i], list)
	}
}

// print prints one row; value is what is compared. rates says whether rate,
// generator and other belong to the row.
func (r *report) print(title string, samples [][]sample, value func(sample) float64, rates bool) {
	cells := []string{title}
	var medians []float64
	for _, list := range samples {
		m := median(list, value)
		medians = append(medians, m)
		cells = append(cells, significant(m))
	}
	if r.compares() {
		cells = append(cells, fmt.Sprintf("%.1f", medians[1]/medians[0]))
	}
	if rates {
		var own, other []string
		for _, list := range samples {
			cells = append(cells, fmt.Sprintf("%.0f", median(list, func(s sample) float64 { return s.rate })))
			own = append(own, significant(median(list, func(s sample) float64 { return s.generator })))
			other = append(other, fmt.Sprintf("%.2f", median(list, func(s sample) float64 { return s.other })))
		}
		cells = append(cells, strings.Join(own, "/"), strings.Join(other, "/"))
	}
	for len(cells) < len(r.widths) {
		cells = append(cells, "")
	}
	r.line(cells)
}

// integrity notes what a broker did not deliver as it should.
func (r *report) integrity(who string, list []sample) {
	var lost, duplicated, reordered, unparsed uint64
	r.measured += len(list)
	for _, s := range list {
		lost += s.counts.Lost
		duplicated += s.counts.Duplicated
		reordered += s.counts.Reordered
		unparsed += s.counts.Unparsed
		if s.other > maxOther {
			r.disturbed++
		}
	}
	if lost+duplicated+reordered+unparsed > 0 {
		r.failed = true
		r.notes = append(r.notes, fmt.Sprintf("%s: %d lost, %d duplicated, %d reordered, %d foreign", who, lost, duplicated, reordered, unparsed))
	}
}

func (r *report) line(cells []string) {
	if r.o.markdown {
		fmt.Fprintln(r.out, "| "+strings.Join(cells, " | ")+" |")
		return
	}
	var b strings.Builder
	for i, c := range cells {
		pad := strings.Repeat(" ", max(0, r.widths[i]-utf8.RuneCountInString(c)))
		if i == 0 {
			b.WriteString(c + pad)
		} else {
			b.WriteString("  " + pad + c)
		}
	}
	fmt.Fprintln(r.out, strings.TrimRight(b.String(), " "))
}

// end prints the notes. It fails when messages were lost, duplicated or
// reordered.
func (r *report) end() error {
	fmt.Fprintln(r.out)
	for _, n := range r.notes {
		fmt.Fprintln(r.out, "note: "+n)
	}
	if r.disturbed > 0 {
		fmt.Fprintf(r.out, "note: in %d of %d measurements something else used more than %.2f of a processor\n", r.disturbed, r.measured, maxOther)
	}
	if r.failed {
		return errors.New("not everything was delivered once and in order")
	}
	fmt.Fprintln(r.out, "Every message was delivered once and in order.")
	return nil
}

func median(list []sample, value func(sample) float64) float64 {
	var all []float64
	for _, s := range list {
		all = append(all, value(s))
	}
	slices.Sort(all)
	if n := len(all); n%2 == 0 {
		return (all[n/2-1] + all[n/2]) / 2
	}
	return all[len(all)/2]
}

// significant prints three digits, so that small and large costs compare.
func significant(v float64) string {
	switch {
	case v < 1:
		return fmt.Sprintf("%.3f", v)
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.1f", v)
}
