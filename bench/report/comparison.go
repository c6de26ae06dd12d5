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
	for _, ch := range c.Changes {
		if !telling(ch) {
			continue
		}
		change := right(ch.Delta(), 14)
		note := ""
		if ch.PJoint != nil {
			note = fmt.Sprintf("  p=%.3f", *ch.PJoint)
		}
		switch {
		case ch.Significant:
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
		p.words(strings.Fields(fmt.Sprintf("medians of %d and %d runs; p: how likely chance moves any of the metrics so far; ~: p ≥ 0.05", c.Old, c.New)), "")
		p.words(strings.Fields(found(c.Changes)), "")
	}
	for _, w := range c.Warnings {
		p.words(strings.Fields("warning: "+clean(w)), "")
	}
}

// found says how many of the changes in the table are significant, and names
// what would be missed: what is significant beside the table when nothing in
// it is, and what would be significant if it had been looked at alone.
func found(changes []result.Change) string {
	shown, marked := 0, 0
	var beside, alone []string
	for _, ch := range changes {
		inTable := telling(ch)
		switch {
		case ch.Significant && inTable:
			marked++
		case ch.Significant:
			beside = append(beside, fmt.Sprintf("%s %s (p=%.3f)", ch.Metric, ch.Delta(), *ch.PJoint))
		case ch.Alone() && inTable:
			alone = append(alone, fmt.Sprintf("%s %s (p=%.3f)", ch.Metric, ch.Delta(), *ch.P))
		}
		if inTable {
			shown++
		}
	}
	out := "no significant difference"
	switch {
	case marked > 0:
		out = fmt.Sprintf("significant: %d of %d", marked, shown)
	case len(beside) > 0:
		out = "significant: none of these, but " + strings.Join(beside, ", ")
	}
	if len(alone) > 0 {
		out += "; looked at alone, not among so many: " + strings.Join(alone, ", ")
	}
	return out
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
