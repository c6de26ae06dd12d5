package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"mqt/bench/result"
)

// Comparison writes how two sets of runs differ: a row for each metric that
// says most, with a star where the difference is hardly chance.
func Comparison(w io.Writer, c result.Comparison, o Options) error {
	p := &page{theme: newTheme(w, o.Color), width: o.width()}
	p.line(fmt.Sprintf("%d old and %d new runs", c.Old, c.New))
	if c.Indicative {
		p.words(strings.Fields("indicative: so few runs tell no difference from chance; make more with --repeat 5"), "")
	}
	p.title(left("Metric", 24) + right("old", 12) + right("new", 12) + right("change", 12) + right("p", 8))
	for _, ch := range c.Changes {
		if shown(ch) {
			p.change(ch)
		}
	}
	if len(c.Warnings) > 0 {
		p.title("Warnings")
		for _, text := range c.Warnings {
			p.words(strings.Fields(clean(text)), "")
		}
	}
	if _, err := io.WriteString(w, p.text.String()); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	return nil
}

// shown reports whether a change has a row: most statistics of latencies have
// none, nor has what is nothing in both.
func shown(ch result.Change) bool {
	if ch.Old == 0 && ch.New == 0 {
		return false
	}
	name, statistic, found := strings.Cut(ch.Metric, ".")
	return !found || !slices.Contains(result.Latencies(), name) || statistic == "rate" ||
		slices.Contains([]string{"mean", "p50", "p99", "p99.9"}, statistic)
}

func (p *page) change(ch result.Change) {
	show := scaled
	if ch.Unit == result.Nanoseconds {
		show = func(v float64) string { return duration(int64(v)) }
	}
	star := " "
	if ch.Significant {
		star = "*"
	}
	p.line("  ", left(ch.Metric, 22), right(show(ch.Old), 12), right(show(ch.New), 12), right(ch.Delta(), 12),
		right(known(ch.P, func(v float64) string { return fmt.Sprintf("%.3f", v) }), 8), " ", star)
}
