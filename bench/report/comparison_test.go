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

// Chance marks one metric of twenty; what the runs differ in marks more.
func TestFound(t *testing.T) {
	t.Parallel()
	const none = "no significant difference"
	for _, tt := range []struct {
		marked, of int
		want       string
	}{
		{0, 26, none},
		{0, 0, none},
		{1, 26, "significant: 1 of 26; chance alone marks about one in 20, so look again with more runs"},
		{2, 26, "significant: 2 of 26"},
		{2, 40, "significant: 2 of 40; chance alone marks about one in 20, so look again with more runs"},
		{1, 19, "significant: 1 of 19"},
		{26, 26, "significant: 26 of 26"},
	} {
		if got := found(tt.marked, tt.of); got != tt.want {
			t.Errorf("found(%d, %d) = %q, want %q", tt.marked, tt.of, got, tt.want)
		}
	}
}
