// Package slo holds the results of load tests against what was promised:
// thresholds such as "response.p99<50ms", and the search for the highest rate
// that meets them.
package slo

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"mqt/bench/result"
)

// Thresholds are what a result has to meet, all of them.
type Thresholds []Threshold

// Threshold compares a metric with a number.
type Threshold struct {
	text   string
	metric result.Metric
	op     Op
	limit  float64 // in the metric's unit
	size   float64 // of the unit that the expression is in
}

// Op is a comparison: "<", "<=", ">", ">=", "==" or "!=".
type Op string

// ops are the comparisons, the longest first.
var ops = []Op{"<=", ">=", "==", "!=", "<", ">"}

// Holds reports whether a and b compare so.
func (o Op) Holds(a, b float64) bool {
	switch o {
	case "<=":
		return a <= b
	case ">=":
		return a >= b
	case "==":
		return a == b
	case "!=":
		return a != b
	case "<":
		return a < b
	}
	return a > b
}

var errNoOp = errors.New("there is no comparison: <, <=, >, >=, == or !=")

// Parse reads thresholds separated by commas, such as
// "response.p99<50ms, lost==0, achieved>=99%". The metrics are result.Metrics.
// Times have a unit (ns, us, ms, s), achieved has a %; counts and rates may
// have k or M, and rates /s; sizes may have KiB, MiB or GiB. A generator is OK
// or LIMITED.
func Parse(text string) (Thresholds, error) {
	var all Thresholds
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		t, err := parse(word)
		if err != nil {
			return nil, fmt.Errorf("threshold %q: %w", word, err)
		}
		all = append(all, t)
	}
	return all, nil
}

func parse(text string) (Threshold, error) {
	name, op, value, err := split(text)
	if err != nil {
		return Threshold{}, err
	}
	m, err := find(name)
	if err != nil {
		return Threshold{}, err
	}
	k := kindOf(m.Unit)
	if k.units == nil && op != "==" && op != "!=" {
		return Threshold{}, fmt.Errorf("%s can only be compared with == and !=", name)
	}
	limit, size, err := k.parse(value)
	return Threshold{text, m, op, limit, size}, err
}

// split cuts an expression at its comparison.
func split(text string) (name string, op Op, value string, err error) {
	i := strings.IndexAny(text, "<>=!")
	if i < 0 {
		return "", "", "", errNoOp
	}
	k := slices.IndexFunc(ops, func(o Op) bool { return strings.HasPrefix(text[i:], string(o)) })
	if k < 0 {
		return "", "", "", errNoOp
	}
	op = ops[k]
	return strings.TrimSpace(text[:i]), op, strings.TrimSpace(text[i+len(op):]), nil
}

// String returns the expression as it was written.
func (t Threshold) String() string { return t.text }

// Upper reports whether only growth of the metric can break the threshold.
func (t Threshold) Upper() bool {
	return t.op == "<" || t.op == "<=" || t.op == "==" && t.limit == 0
}

// Evaluate holds a result against the thresholds. What was not measured fails.
func (all Thresholds) Evaluate(r *result.Result) []result.Threshold {
	out := make([]result.Threshold, len(all))
	for i, t := range all {
		out[i] = t.evaluate(r)
	}
	return out
}

func (t Threshold) evaluate(r *result.Result) result.Threshold {
	out := result.Threshold{Expression: t.text}
	if v := t.metric.Value(r); v != nil {
		out.Passed = t.op.Holds(*v, t.limit)
		out.Measured = new(*v / t.size)
	}
	return out
}

// Passed reports whether all of them passed, and nil when there are none, as
// result.Verdict has it.
func Passed(all []result.Threshold) *bool {
	if len(all) == 0 {
		return nil
	}
	return new(!slices.ContainsFunc(all, func(t result.Threshold) bool { return !t.Passed }))
}
