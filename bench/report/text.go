package report

import (
	"fmt"
	"io"
	"strings"

	"mqt/bench/result"
)

// writeText writes the report for people, what matters most first.
func writeText(w io.Writer, r *result.Result, o Options) error {
	p := &page{theme: newTheme(w, o.Color), width: o.width()}
	p.verdict(r)
	p.search(r.Search)
	p.command(r.Run.Command)
	p.delivery(r)
	p.latency(r.Latency)
	p.histogram(r)
	p.series(r.Series)
	p.resources(r.Resources)
	p.notes(r, o.Files)
	_, err := io.WriteString(w, p.text.String())
	return err
}

// outcome is the word for a result.
func outcome(r *result.Result) string {
	switch {
	case r.Counts.Negative > 0 || r.Verdict.Passed != nil && !*r.Verdict.Passed:
		return "FAILED"
	case r.Verdict.Generator != result.OK:
		return "LIMITED"
	case r.Verdict.Passed != nil:
		return "PASSED"
	}
	return "DONE"
}

func (p *page) verdict(r *result.Result) {
	word := outcome(r)
	look := map[string]paint{"FAILED": p.theme.bad, "LIMITED": p.theme.fair, "PASSED": p.theme.good, "DONE": p.theme.title}[word]
	p.line(look.of(word), "  ", clean(summary(r)))
	for _, why := range explained(r) {
		p.words(strings.Fields(clean(why)), "")
	}
	widest := 0
	for _, t := range r.Verdict.SLO {
		widest = max(widest, len([]rune(t.Expression)))
	}
	for _, t := range r.Verdict.SLO {
		mark := p.theme.good.of("ok  ")
		if !t.Passed {
			mark = p.theme.bad.of("FAIL")
		}
		p.line("  ", mark, "  ", left(clean(t.Expression), min(widest, p.width/2)), "  ", measured(t))
	}
}

// summary is what was run, in less than a line.
func summary(r *result.Result) string {
	name := r.Scenario.Name
	if r.Scenario.Preset != "" {
		name = r.Scenario.Preset
	}
	out := fmt.Sprintf("%s, MQTT %s, QoS %d, %s", name, r.Target.Version, r.Scenario.QoS, length(r.Run.Duration))
	if r.Run.Interrupted {
		out += ", interrupted"
	}
	return out
}

// explained are the sentences behind the verdict.
func explained(r *result.Result) []string {
	s := r.Scenario
	out := []string{fmt.Sprintf("%s publishers, %s subscribers and %s idle clients of %s", count(uint64(s.Publishers)),
		count(uint64(s.Subscribers)), count(uint64(s.Idle)), r.Target.URL)}
	if r.Verdict.Generator == result.OK {
		out = append(out, "generator OK"+ceiling(r))
	}
	for _, why := range r.Verdict.Reasons {
		out = append(out, "generator LIMITED: "+why)
	}
	if r.Verdict.Generator != result.OK && len(r.Verdict.Reasons) == 0 {
		out = append(out, "generator LIMITED")
	}
	for _, why := range r.Verdict.Disturbed {
		out = append(out, "disturbed: "+why)
	}
	if n := r.Counts.Negative; n > 0 {
		out = append(out, fmt.Sprintf("%s latencies were negative: the clock is not to be trusted", count(n)))
	}
	return out
}

// ceiling says how near the generator came to what it can do.
func ceiling(r *result.Result) string {
	c, sent := r.Verdict.Ceiling, r.Rates.Sent
	if c == nil || sent == nil || *c <= 0 {
		return ""
	}
	return fmt.Sprintf(", at %s of its ceiling of %s msg/s", percent(*sent / *c), scaled(*c))
}

// measured is what came of a threshold, in the unit of its expression.
func measured(t result.Threshold) string {
	if t.Measured == nil {
		return "not measured"
	}
	unit := t.Expression[strings.LastIndexAny(t.Expression, "0123456789.")+1:]
	if strings.ContainsAny(unit, "<>=!") {
		unit = ""
	}
	return fmt.Sprintf("%.6g%s", *t.Measured, clean(unit))
}

func (p *page) command(text string) {
	if text == "" {
		return
	}
	p.title("Command")
	for c := range strings.Lines(text) {
		p.words(shellWords(clean(strings.TrimSpace(c))), " \\")
	}
}

func (p *page) notes(r *result.Result, files []string) {
	if len(r.Warnings)+len(r.Errors) > 0 {
		p.title("Warnings")
	}
	for _, w := range r.Warnings {
		p.words(strings.Fields(clean(w)), "")
	}
	for _, e := range r.Errors {
		p.words(strings.Fields(count(e.Count)+" × "+clean(e.Text)), "")
	}
	if len(files) > 0 {
		p.title("Files")
	}
	for _, f := range files {
		p.line("  ", clean(f))
	}
}
