package result

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// runs returns results whose response times begin at these milliseconds.
func runs(ms ...float64) []*Result {
	var out []*Result
	for _, m := range ms {
		r := sample()
		r.Latency[Response] = dist(100, time.Duration(m*1e6), time.Microsecond)
		out = append(out, r)
	}
	return out
}

func compare(t *testing.T, before, after []*Result) Comparison {
	t.Helper()
	c, err := Compare(before, after)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func find(t *testing.T, c Comparison, name string) Change {
	t.Helper()
	i := slices.IndexFunc(c.Changes, func(ch Change) bool { return ch.Metric == name })
	if i < 0 {
		t.Fatalf("no %s in %+v", name, c.Changes)
	}
	return c.Changes[i]
}

func TestCompareMedians(t *testing.T) {
	t.Parallel()
	c := compare(t, runs(10, 30, 11, 10.5, 9), runs(20, 21, 22, 90, 23))
	got := find(t, c, "response.min")
	if got.Old != 10.496e6 || got.New != 22e6 || got.Unit != Nanoseconds || math.Abs(*got.Percent-109.6) > 0.1 {
		t.Errorf("response.min: %+v, want from 10.496 ms to 22 ms", got)
	}
	if c.Indicative || c.Old != 5 || c.New != 5 || got.P == nil {
		t.Errorf("comparison of 5 and 5: %+v, P %v", c.Indicative, got.P)
	}
}

func TestCompareSignificance(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		before, after []*Result
		indicative    bool
		significant   bool
	}{
		{"apart", runs(10, 11, 12, 13), runs(20, 21, 22, 23), false, true},
		{"mixed", runs(10, 12, 14, 16), runs(11, 13, 15, 17), false, false},
		{"the same", runs(10, 10, 10, 10), runs(10, 10, 10, 10), false, false},
		{"three each", runs(10, 11, 12), runs(20, 21, 22), true, false},
		{"three and six", runs(10, 11, 12), runs(20, 21, 22, 23, 24, 25), false, true},
		{"one each", runs(10), runs(20), true, false},
	}
	for _, tt := range tests {
		c := compare(t, tt.before, tt.after)
		got := find(t, c, "response.p99")
		if c.Indicative != tt.indicative || got.Significant != tt.significant || (got.P == nil) != tt.indicative {
			t.Errorf("%s: indicative %t, %+v, want indicative %t, significant %t", tt.name, c.Indicative, got, tt.indicative, tt.significant)
		}
	}
}

// Who looks at many metrics finds one that moved; who named it beforehand
// asks about that one.
func TestCompareAlone(t *testing.T) {
	t.Parallel()
	before, after := runs(10, 11, 12, 15, 16), runs(14, 17, 18, 19, 60)
	noise := rand.New(rand.NewPCG(3, 4))
	for _, r := range slices.Concat(before, after) {
		for _, name := range []string{Ack, Connect, Service} {
			r.Latency[name] = dist(100, time.Duration(1e6+1e6*noise.Float64()), time.Microsecond)
		}
	}
	c := compare(t, before, after)
	got := find(t, c, "response.p99")
	if got.Significant || !got.Alone() || *got.P >= alpha || *got.PJoint < alpha {
		t.Errorf("response.p99: P %v, PJoint %v, want it significant only alone", *got.P, *got.PJoint)
	}
	if failed, err := c.Fail("response.p99>+5%"); err != nil || len(failed) != 1 {
		t.Errorf("Fail of a named metric = %q, %v, want that it failed", failed, err)
	}
}

func TestCompareWarns(t *testing.T) {
	t.Parallel()
	after := runs(10)
	after[0].Scenario.QoS, after[0].Host.CPUs, after[0].Verdict.Generator = 2, 64, Limited
	got := compare(t, runs(10), after).Warnings
	if len(got) != 3 || !strings.HasPrefix(got[0], "QoS") || !strings.HasPrefix(got[1], "machines") || !strings.Contains(got[2], "generator") {
		t.Errorf("Warnings = %q", got)
	}
	if got := compare(t, runs(10), runs(20)).Warnings; len(got) != 0 {
		t.Errorf("Warnings of like runs = %q", got)
	}
}

// Runs in a row share what the machine did meanwhile.
func TestCompareWarnsOfRunsInARow(t *testing.T) {
	t.Parallel()
	at := func(ms []float64, minutes ...int) []*Result {
		out := runs(ms...)
		for i, r := range out {
			r.Run.Started = time.Date(2026, 1, 2, 3, minutes[i], 0, 0, time.UTC)
		}
		return out
	}
	four, one := []float64{10, 11, 12, 13}, []float64{10}
	for _, tt := range []struct {
		name          string
		before, after []*Result
		want          bool
	}{
		{"old first", at(four, 1, 2, 3, 4), at(four, 8, 7, 6, 5), true},
		{"new first", at(four, 5, 6, 7, 8), at(four, 1, 2, 3, 4), true},
		{"in turn", at(four, 1, 3, 5, 7), at(four, 2, 4, 6, 8), false},
		{"around", at(four, 1, 2, 7, 8), at(four, 3, 4, 5, 6), false},
		{"indicative anyway", at(one, 1), at(one, 2), false},
	} {
		got := compare(t, tt.before, tt.after).Warnings
		if (len(got) == 1 && strings.Contains(got[0], "in turn")) != tt.want || len(got) > 1 {
			t.Errorf("%s: warnings %q, want one: %t", tt.name, got, tt.want)
		}
	}
}

func TestCompareLeavesOutWhatWasNotMeasured(t *testing.T) {
	t.Parallel()
	after := runs(10)
	delete(after[0].Latency, Response)
	after[0].Rates.Acked = nil
	for _, ch := range compare(t, runs(10), after).Changes {
		if ch.Metric == "response.p99" || ch.Metric == "acked.rate" {
			t.Errorf("compared %+v", ch)
		}
	}
}

func TestCompareRefuses(t *testing.T) {
	t.Parallel()
	other := runs(10)
	other[0].Scenario.Name = "pub"
	for name, after := range map[string][]*Result{"nothing": nil, "another scenario": other} {
		if _, err := Compare(runs(10), after); err == nil || !strings.Contains(err.Error(), "\nhint: ") {
			t.Errorf("Compare with %s: error %v, want one with a hint", name, err)
		}
	}
}

func TestFail(t *testing.T) {
	t.Parallel()
	lost := runs(10)
	lost[0].Counts.Lost = 0
	tests := []struct {
		name          string
		before, after []*Result
		expr          string
		want          []string
	}{
		{"grown", runs(10), runs(20), "response.p99>+5%", []string{"response.p99>+5%: +99.1 %"}},
		{"not that much", runs(10), runs(20), "response.p99>+100%", nil},
		{"shrunk", runs(20), runs(10), "response.p99>+5%", nil},
		{"shrunk too much", runs(20), runs(10), "response.p99 < -5%", []string{"response.p99 < -5%: -49.8 %"}},
		{"two", runs(10), runs(20), "response.p50>5%, lost>0%", []string{"response.p50>5%: +99.5 %"}},
		{"from nothing", lost, runs(10), "lost>+5%", []string{"lost>+5%: from 0 to 2"}},
		{"chance", runs(10, 12, 14, 16), runs(11, 13, 15, 19), "response.p99>+1%", nil},
		{"not chance", runs(10, 11, 12, 13), runs(20, 21, 22, 23), "response.p99>+1%", []string{"response.p99>+1%: +86.2 %"}},
		{"not measured", runs(10), runs(10), "canary.p99>+5%", []string{"canary.p99>+5%: was not measured in all runs"}},
	}
	for _, tt := range tests {
		got, err := compare(t, tt.before, tt.after).Fail(tt.expr)
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: Fail(%q) = %q, %v, want %q", tt.name, tt.expr, got, err, tt.want)
		}
	}
}

func TestFailRefuses(t *testing.T) {
	t.Parallel()
	for _, expr := range []string{"", "response.p99", "response.p99>+5", "response.p98>+5%", "x>5%", "response.p99>five%", "response.p99>NaN%", "lost>1%,", "lost==0"} {
		if _, err := (Comparison{}).Fail(expr); err == nil || !strings.Contains(err.Error(), "\nhint: ") {
			t.Errorf("Fail(%q): error %v, want one with a hint", expr, err)
		}
	}
}
