package result

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

func TestMerge(t *testing.T) {
	t.Parallel()
	parts := segments(3)
	slices.Reverse(parts)
	got, err := Merge(parts)
	if err != nil {
		t.Fatal(err)
	}
	want := Counts{Connected: 6, Subscribed: 3, Intended: 3006, Sent: 3006, Acked: 3006, Expected: 3006, Delivered: 3000, Lost: 6,
		BytesSent: 48096, BytesDelivered: 48000}
	if got.Counts != want {
		t.Errorf("Counts = %+v, want %+v", got.Counts, want)
	}
	if got.Run.Segment != nil || !reflect.DeepEqual(got.Scenario, sample().Scenario) || got.Host.CPUs != 6 || got.Host.Name != "host1, host2, host3" {
		t.Errorf("run %+v, host %+v, scenario %+v", got.Run, got.Host, got.Scenario)
	}
	rates := Rates{ptr(300.0), ptr(1503.0), ptr(1503.0), ptr(1503.0), ptr(1500.0), ptr(0.998)}
	if !reflect.DeepEqual(got.Rates, rates) {
		t.Errorf("Rates = %+v, want %+v", got.Rates, rates)
	}
	if len(got.Series) != 2 || got.Series[1].Delivered != 1500 || got.Series[1].Clients != 6 {
		t.Errorf("Series = %+v", got.Series)
	}
	if len(got.Errors) != 1 || got.Errors[0].Count != 3 || got.Streams.Count != 3 || len(got.Streams.Worst) != 3 {
		t.Errorf("Errors = %+v, Streams = %+v", got.Errors, got.Streams)
	}
	if err := validate(t, compiled(t), written(t, got)); err != nil {
		t.Error(err)
	}
}

// TestMergeTakesPercentilesOfAll compares with one histogram of all values: no
// mean of percentiles gives that.
func TestMergeTakesPercentilesOfAll(t *testing.T) {
	t.Parallel()
	parts, all := segments(3), NewHistogram()
	parts[0].Latency[Response] = dist(5000, time.Millisecond, time.Microsecond)
	parts[2].Latency[Response] = dist(10, time.Second, time.Second)
	for _, r := range parts {
		h, err := r.Latency[Response].Histogram()
		if err != nil {
			t.Fatal(err)
		}
		all.Merge(h)
	}
	got, err := Merge(parts)
	if err != nil {
		t.Fatal(err)
	}
	if want := NewDist(all, 0); got.Latency[Response] != want {
		t.Errorf("merged response %+v, want %+v", got.Latency[Response], want)
	}
}

// TestMergeTakesTheWorstVerdict of the generators; thresholds are left to be
// evaluated.
func TestMergeTakesTheWorstVerdict(t *testing.T) {
	t.Parallel()
	parts := segments(3)
	for i, r := range parts {
		r.Verdict = Verdict{Generator: OK, Passed: ptr(true), SLO: []Threshold{{"response.p99<50ms", ptr(float64(10 + i)), true},
			{"achieved>=99%", ptr(float64(100 - i)), true}}}
	}
	parts[1].Verdict.Generator, parts[1].Verdict.Reasons = Limited, []string{"send lag"}
	parts[2].Verdict.Disturbed = []string{"other processes"}
	parts[1].Verdict.Passed, parts[1].Verdict.SLO[0] = ptr(false), Threshold{"response.p99<50ms", ptr(51.0), false}
	got, err := Merge(parts)
	if err != nil {
		t.Fatal(err)
	}
	want := Verdict{Generator: Limited, Reasons: []string{"segment 2: send lag"}, Disturbed: []string{"segment 3: other processes"},
		SLO: []Threshold{{Expression: "response.p99<50ms"}, {Expression: "achieved>=99%"}}}
	if !reflect.DeepEqual(got.Verdict, want) {
		t.Errorf("Verdict = %+v, want %+v", got.Verdict, want)
	}
}

func TestMergeWarns(t *testing.T) {
	t.Parallel()
	parts := segments(2)
	parts[1].Run.Started = parts[1].Run.Started.Add(2 * time.Second)
	got, err := Merge(parts)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Warnings) != 3 || got.Warnings[0] != "segment 1: a warning" || !strings.Contains(got.Warnings[2], "2s apart") {
		t.Errorf("Warnings = %q", got.Warnings)
	}
}

func TestMergeRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(r []*Result) []*Result
		want   string
	}{
		{"nothing", func([]*Result) []*Result { return nil }, "no results"},
		{"a whole load", func(r []*Result) []*Result { r[1].Run.Segment = nil; return r }, "a whole load"},
		{"a search", func(r []*Result) []*Result { r[1].Search = &Search{}; return r }, "--find-max"},
		{"one missing", func(r []*Result) []*Result { return r[:2] }, "segment 3/3 is missing"},
		{"one twice", func(r []*Result) []*Result { return append(r, r[0]) }, "segment 1/3 is there twice"},
		{"other parts", func(r []*Result) []*Result { r[1].Run.Segment.Of = 4; return r }, "in 3 and in 4 parts"},
		{"no such part", func(r []*Result) []*Result { r[1].Run.Segment.Index = 4; return r }, "no segment 4/3"},
		{"other scenario", func(r []*Result) []*Result { r[1].Scenario.Name = "pub"; return r }, "different scenarios"},
		{"other clients", func(r []*Result) []*Result { r[1].Scenario.Subscribers = 7; return r }, "different numbers of clients"},
		{"other rate", func(r []*Result) []*Result { r[1].Scenario.Target = ptr(7.0); return r }, "different schedules"},
		{"other QoS", func(r []*Result) []*Result { r[1].Scenario.QoS = 2; return r }, "different QoS"},
		{"other sizes", func(r []*Result) []*Result { r[1].Scenario.Sizes = nil; return r }, "different payload sizes"},
		{"other schedule", func(r []*Result) []*Result { r[1].Scenario.Target = nil; return r }, "different schedules"},
		{"other broker", func(r []*Result) []*Result { r[1].Target.URL = "x"; return r }, "different brokers"},
		{"other seed", func(r []*Result) []*Result { r[2].Run.Seed = 7; return r }, "segments 1 and 3 have different seeds"},
		{"other warm-up", func(r []*Result) []*Result { r[2].Run.Warmup = 7; return r }, "different warm-ups"},
		{"broken histogram", func(r []*Result) []*Result { r[1].Latency[Response] = Dist{HDR: "x"}; return r }, "response of segment 2"},
		{"broken second", func(r []*Result) []*Result { r[1].Series[1].HDR = ptr("x"); return r }, "second 1"},
	}
	for _, tt := range tests {
		_, err := Merge(tt.change(segments(3)))
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Count(err.Error(), "\nhint: ") != 1 {
			t.Errorf("Merge with %s: error %v, want one with %q and a hint", tt.name, err, tt.want)
		}
	}
}

// TestCountsAddUp fails when a new field of Counts is not added.
func TestCountsAddUp(t *testing.T) {
	t.Parallel()
	var one Counts
	v := reflect.ValueOf(&one).Elem()
	for i := range v.NumField() {
		v.Field(i).SetUint(uint64(i + 1))
	}
	two := reflect.ValueOf(addCounts(one, one))
	for i := range two.NumField() {
		if got := two.Field(i).Uint(); got != uint64(2*(i+1)) {
			t.Errorf("addCounts: %s = %d, want %d", v.Type().Field(i).Name, got, 2*(i+1))
		}
	}
}

// TestMergeClips merges a foreign histogram with a value above our range.
func TestMergeClips(t *testing.T) {
	t.Parallel()
	wide := hdrhistogram.New(1, 3_000_000_000, 3)
	if err := wide.RecordValue(200_000_000); err != nil {
		t.Fatal(err)
	}
	parts := segments(2)
	parts[0].Latency[Response], parts[1].Latency[Response] = NewDist(wide, 0), dist(9, time.Second, 0)
	got, err := Merge(parts)
	if err != nil {
		t.Fatal(err)
	}
	if d := got.Latency[Response]; d.Count != 10 || d.Clipped != 1 || d.Max < 120e9 || d.Max > 120.1e9 {
		t.Errorf("merged: %+v, want 10 of which one is clipped to 120 s", d)
	}
}
