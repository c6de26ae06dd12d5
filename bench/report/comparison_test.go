package report

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"mqt/bench/result"
)

func compared(t *testing.T, n int) result.Comparison {
	t.Helper()
	var before, after []*result.Result
	for i := range n {
		a, b := sample(), sample()
		a.Latency[result.Response] = dist(1000, time.Duration(10+i)*time.Millisecond, 20*time.Millisecond)
		b.Latency[result.Response] = dist(1000, time.Duration(20+i)*time.Millisecond, 40*time.Millisecond)
		before, after = append(before, a), append(after, b)
	}
	after[0].Counts.Unparsed = 5
	c, err := result.Compare(before, after)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestComparison(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]int{"comparison": 5, "comparison-indicative": 1} {
		var out bytes.Buffer
		if err := Comparison("text", &out, compared(t, n), Options{}); err != nil {
			t.Fatal(err)
		}
		golden(t, name, out.String())
	}
}

func TestComparisonJSON(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := Comparison("json", &out, compared(t, 4), Options{}); err != nil {
		t.Fatal(err)
	}
	var got result.Comparison
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || !reflect.DeepEqual(got, compared(t, 4)) {
		t.Errorf("read back: %+v, %v", got, err)
	}
}

func TestComparisonRefuses(t *testing.T) {
	t.Parallel()
	if err := Comparison("csv", nil, result.Comparison{}, Options{}); err == nil || !strings.Contains(err.Error(), "\nhint: ") {
		t.Errorf("Comparison as csv: error %v, want one with a hint", err)
	}
	if err := Comparison("json", broken{}, result.Comparison{}, Options{}); err == nil {
		t.Error("Comparison on a broken writer: no error")
	}
}

// The last line counts what the table marks, and keeps quiet about nothing
// that somebody could be looking for.
func TestFound(t *testing.T) {
	t.Parallel()
	change := func(metric string, p, joint float64) result.Change {
		return result.Change{Metric: metric, Old: 10, New: 11, Percent: new(10.0), P: &p, PJoint: &joint, Significant: joint < 0.05}
	}
	chance, lone, real := change("cpu", 0.4, 1), change("cpu", 0.032, 0.3), change("sent.rate", 0.008, 0.008)
	beside := change("response.p90", 0.008, 0.016)
	for _, tt := range []struct {
		changes []result.Change
		want    string
	}{
		{nil, "no significant difference"},
		{[]result.Change{chance, chance}, "no significant difference"},
		{[]result.Change{chance, lone}, "no significant difference; looked at alone, not among so many: cpu +10.0 % (p=0.032)"},
		{[]result.Change{chance, real, beside}, "significant: 1 of 2"},
		{[]result.Change{real, lone}, "significant: 1 of 2; looked at alone, not among so many: cpu +10.0 % (p=0.032)"},
		{[]result.Change{chance, beside}, "significant: none of these, but response.p90 +10.0 % (p=0.016)"},
	} {
		if got := found(tt.changes); got != tt.want {
			t.Errorf("found(%+v) = %q, want %q", tt.changes, got, tt.want)
		}
	}
}
