package result

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// limit is an expression of Fail.
type limit struct {
	text, metric string
	above        bool
	percent      float64
}

// Fail returns what of expr is the case, as sentences: none means that nothing
// fails. Expr is a list of changes in per cent of the old value, separated by
// commas: "response.p99>+5%" fails when that metric has grown by more than 5 %,
// "delivered.rate<-5%" when it fell by more. With enough runs to tell, a
// change that may be chance, looked at alone (Change.Alone), fails nothing: who
// names a metric beforehand asks about that one. A metric that was not measured
// fails. The error is about expr alone.
func (c Comparison) Fail(expr string) ([]string, error) {
	var out []string
	for text := range strings.SplitSeq(expr, ",") {
		l, err := parseLimit(strings.TrimSpace(text))
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(c.Changes, func(ch Change) bool { return ch.Metric == l.metric })
		if i < 0 {
			out = append(out, fmt.Sprintf("%s: was not measured in all runs", l.text))
		} else if ch := c.Changes[i]; (c.Indicative || ch.Alone()) && l.exceeded(ch) {
			out = append(out, fmt.Sprintf("%s: %s", l.text, ch.Delta()))
		}
	}
	return out, nil
}

func parseLimit(text string) (limit, error) {
	i := strings.IndexAny(text, "<>")
	if i < 0 {
		return limit{}, fmt.Errorf("%q is not a change\nhint: write it as in response.p99>+5%% or delivered.rate<-5%%", text)
	}
	l := limit{text: text, metric: strings.TrimSpace(text[:i]), above: text[i] == '>'}
	number, percent := strings.CutSuffix(strings.TrimSpace(text[i+1:]), "%")
	var err error
	l.percent, err = strconv.ParseFloat(number, 64)
	if err != nil || !percent || math.IsNaN(l.percent) || math.IsInf(l.percent, 0) {
		return limit{}, fmt.Errorf("%q has no change in per cent\nhint: write it as in response.p99>+5%% or delivered.rate<-5%%", text)
	}
	if !slices.ContainsFunc(compared(), func(m Metric) bool { return m.Name == l.metric }) {
		return limit{}, fmt.Errorf("%q: there is no metric %q\nhint: use a latency and a statistic as in response.p99, achieved, a count as lost, or a rate as delivered.rate", text, l.metric)
	}
	return l, nil
}

func (l limit) exceeded(c Change) bool {
	p := math.Inf(1) // something where there was nothing
	if c.Percent != nil {
		p = *c.Percent
	} else if c.New < 0 {
		p = math.Inf(-1)
	}
	if l.above {
		return p > l.percent
	}
	return p < l.percent
}

// Delta returns the change in words: "+5.0 %", or "from 0 to 3".
func (c Change) Delta() string {
	if c.Percent == nil {
		return fmt.Sprintf("from 0 to %v", c.New)
	}
	return fmt.Sprintf("%+.1f %%", *c.Percent)
}
