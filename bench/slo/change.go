package slo

import (
	"fmt"
	"strings"
)

// Change is a change of a metric between two results, in per cent of the
// first: "response.p99>+5%" holds when the metric has grown by more than that.
type Change struct {
	Metric  string
	Op      Op
	Percent float64 // negative when the metric gets smaller
}

// ParseChange reads a change. The number has a sign and a %, as the change of
// a metric that is in per cent itself could not be told from its value.
func ParseChange(text string) (Change, error) {
	c, err := parseChange(strings.TrimSpace(text))
	if err != nil {
		return Change{}, fmt.Errorf("change %q: %w", text, err)
	}
	return c, nil
}

func parseChange(text string) (Change, error) {
	name, op, value, err := split(text)
	if err != nil {
		return Change{}, err
	}
	m, err := find(name)
	if err != nil {
		return Change{}, err
	}
	if m.kind.units == nil {
		return Change{}, fmt.Errorf("%s is not a number that changes", name)
	}
	digits, signed := strings.CutPrefix(value, "+")
	sign := 1.0
	if !signed {
		digits, signed = strings.CutPrefix(value, "-")
		sign = -1
	}
	digits, unit := strings.CutSuffix(digits, "%")
	n, ok := number(digits)
	if !signed || !unit || !ok {
		return Change{}, fmt.Errorf("%q is not a change such as +5%% or -2.5%%", value)
	}
	return Change{name, op, sign * n}, nil
}

// Holds reports whether a metric has changed so from one value to another. A
// change from 0 to anything else is without limit.
func (c Change) Holds(from, to float64) bool {
	if from == to {
		return c.Op.Holds(0, c.Percent)
	}
	return c.Op.Holds(100*(to-from)/from, c.Percent)
}
