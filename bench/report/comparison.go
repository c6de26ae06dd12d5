package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"mqt/bench/result"
)

// Comparison writes how runs differ: as a table for people with format "text",
// everything with "json".
func Comparison(format string, w io.Writer, c result.Comparison, o Options) error {
	var out string
	switch format {
	case "text":
		p := &page{theme: newTheme(w, o.Color), width: o.width()}
		p.comparison(c)
		out = p.text.String()
	case "json":
		text, err := json.MarshalIndent(c, "", "  ")
		if err != nil {
			return fmt.Errorf("write comparison: %w", err)
		}
		out = string(text) + "\n"
	default:
		return fmt.Errorf("there is no format %q of comparisons\nhint: use text or json", format)
	}
	if _, err := io.WriteString(w, out); err != nil {
		return fmt.Errorf("write comparison: %w", err)
	}
	return nil
}

func (p *page) comparison(c result.Comparison) {
	p.line(p.theme.faint.of(left("", 24) + right("old", 12) + right("new", 12) + right("change", 14)))
	shown, marked := 0, 0
	for _, ch := range c.Changes {
		if !telling(ch) {
			continue
		}
		shown++
		change := right(ch.Delta(), 14)
		note := ""
		if ch.P != nil {
			note = fmt.Sprintf("  p=%.3f", *ch.P)
		}
		switch {
		case ch.Significant:
			marked++
			change = p.theme.fair.of(change)
		case !c.Indicative:
			change = right("~", 14)
		}
		p.line(left(ch.Metric, 24), right(inUnit(ch.Old, ch.Unit), 12), right(inUnit(ch.New, ch.Unit), 12), change, note)
	}
	p.line()
	if c.Indicative {
		p.words(strings.Fields(fmt.Sprintf("indicative: medians of %d and %d runs, which are too few to tell a difference from chance; use --repeat 4 or more", c.Old, c.New)), "")
	} else {
		p.words(strings.Fields(fmt.Sprintf("medians of %d and %d runs; ~ is what may be chance (Mann-Whitney U test, p ≥ 0.05)", c.Old, c.New)), "")
		p.words(strings.Fields(found(marked, shown)), "")
	}
	for _, w := range c.Warnings {
		p.words(strings.Fields("warning: "+clean(w)), "")
	}
}

// found says what so many significant changes of so many mean: at p < 0.05
// chance marks one in twenty.
func found(marked, of int) string {
	switch {
	case marked == 0:
		return "no significant difference"
	case marked <= of/20:
		return fmt.Sprintf("significant: %d of %d; chance alone marks about one in 20, so look again with more runs", marked, of)
	}
	return fmt.Sprintf("significant: %d of %d", marked, of)
}

// followsLoad are the counts that say how much load there was, which rates
// tell better.
var followsLoad = []string{"connected", "subscribed", "intended", "sent", "acked", "expected", "delivered", "wills", "bytes_sent", "bytes_delivered"}

// telling leaves out what nobody asks for first: most of the statistics, what
// follows from the load, and what is zero.
func telling(c result.Change) bool {
	name, statistic, isLatency := strings.Cut(c.Metric, ".")
	if isLatency && slices.Contains(result.Latencies(), name) && statistic != "rate" {
		return name != result.Pacing && name != result.Canary && slices.Contains([]string{"p50", "p99", "p99.9", "max"}, statistic)
	}
	return (c.Old != 0 || c.New != 0) && !slices.Contains(followsLoad, c.Metric)
}

func inUnit(v float64, unit string) string {
	switch unit {
	case result.Nanoseconds:
		return duration(int64(v))
	case result.Bytes:
		return size(int64(v))
	case result.Part:
		return percent(v / 100)
	case result.Processors:
		return three(v)
	}
	return whole(v)
}
