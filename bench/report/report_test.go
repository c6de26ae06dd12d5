package report

import (
	"bytes"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"mqt/bench/result"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// dist returns n durations spread between low and high, most of them low.
func dist(n int, low, high time.Duration) result.Dist {
	h := result.NewHistogram()
	for i := range n {
		x := math.Pow(float64(i+1)/float64(n), 8)
		if err := h.RecordValue((low + time.Duration(x*float64(high-low))).Microseconds()); err != nil {
			panic(err)
		}
	}
	return result.NewDist(h, 0)
}

// sample is a run of a minute with something to see in every report.
func sample() *result.Result {
	r, err := result.Read(strings.NewReader(made()))
	if err != nil {
		panic(err)
	}
	return r
}

// made is the sample as JSON, so that it is made only once.
var made = sync.OnceValue(func() string {
	var out strings.Builder
	if err := result.Write(&out, newSample()); err != nil {
		panic(err)
	}
	return out.String()
})

func newSample() *result.Result {
	r := &result.Result{
		Run: result.Run{Tool: "mqt", Build: "1.2.3", Started: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), Warmup: 5e9, Duration: 60e9, Drain: 2e9, Seed: 42,
			Command: "mqt bench p2p -h localhost -c 1000 --rate 1000 --duration 60s -q 1 --slo 'response.p99<50ms, lost==0' --slo 'achieved>=99%' -o html:out.html"},
		Host:   result.Host{Name: "bench-1", OS: "linux", Arch: "amd64", CPUs: 2, CPU: "Example CPU", Memory: 8 << 30, Go: "go1.26.0"},
		Target: result.Target{URL: "mqtt://localhost:1883", Version: "5.0", PID: new(4711)},
		Scenario: result.Scenario{Name: "p2p", Preset: "p2p-1K-1K-1K-1K", Publishers: 1000, Subscribers: 1000, QoS: 1, Sizes: []int{16},
			Target: new(1000.0), Arrival: "constant", Late: "queue"},
		Verdict: result.Verdict{Generator: result.OK, Passed: new(false), Ceiling: new(250_000.0), SLO: []result.Threshold{
			{Expression: "response.p99<50ms", Measured: new(38.27), Passed: true}, {Expression: "lost==0", Measured: new(20.0)},
			{Expression: "achieved>=99%", Measured: new(99.97), Passed: true}, {Expression: "canary.p99<1ms"}}},
		Counts: result.Counts{Connected: 2000, ConnectFailed: 3, Disconnected: 1, Subscribed: 1000, Intended: 60000, Sent: 60000, Acked: 59990, Refused: 10,
			Expected: 60000, Delivered: 59980, Lost: 20, Duplicated: 4, Reordered: 1, BytesSent: 960_000, BytesDelivered: 959_680},
		Rates: result.Rates{Connect: new(512.3), Offered: new(1000.0), Sent: new(1000.0), Acked: new(999.8), Delivered: new(999.7), Achieved: new(0.9997)},
		Latency: map[string]result.Dist{
			result.Connect:   dist(2000, 300*time.Microsecond, 40*time.Millisecond),
			result.Subscribe: dist(1000, 200*time.Microsecond, 9*time.Millisecond),
			result.Ack:       dist(6000, 250*time.Microsecond, 90*time.Millisecond),
			result.Response:  dist(6000, 400*time.Microsecond, 120*time.Millisecond),
			result.Service:   dist(6000, 350*time.Microsecond, 100*time.Millisecond),
			result.SendLag:   dist(6000, 20*time.Microsecond, 800*time.Microsecond),
		},
		Streams: result.Streams{Count: 1000, Worst: []result.Stream{{Publisher: 7, Subscriber: 7, Expected: 60, Lost: 12, Duplicated: 2},
			{Publisher: 912, Subscriber: 912, Expected: 60, Lost: 8, Reordered: 1}}},
		Resources: result.Resources{CPU: new(0.31), RSS: new(int64(38 << 20)), GCPause: new(int64(212_000)), Scheduling: new(int64(1_900_000)),
			TargetCPU: new(0.82), TargetRSS: new(int64(61 << 20)), OtherCPU: new(0.03), CPUPerMsg: new(820_000.0), BytesPerCon: new(4300.0)},
		Warnings: []string{"the broker and the load generator run on the same machine and take processor time from each other, so that rates are lower than from another machine"},
		Errors:   []result.Failure{{Text: "connect: connection refused", Count: 3}, {Text: "not \x1b[31mauthorized", Count: 10}},
	}
	for i := range 60 {
		slow := 1 + 9*math.Exp(-math.Pow(float64(i-35)/4, 2))
		d := dist(200, time.Duration(slow*float64(400*time.Microsecond)), time.Duration(slow*float64(12*time.Millisecond)))
		n := 1000 - uint64(slow*8) + 8
		r.Series = append(r.Series, result.Second{At: int64(i) * 1e9, Intended: 1000, Sent: 1000, Acked: n, Delivered: n, Clients: 2000,
			P50: &d.P50, P99: &d.P99, Max: &d.Max, HDR: &d.HDR, TargetCPU: new(0.5 + slow/20), TargetRSS: new(int64(61<<20 + i<<14))})
	}
	return r
}

// bare is a run that measured almost nothing.
func bare() *result.Result {
	return &result.Result{Run: result.Run{Duration: 1e9, Interrupted: true}, Target: result.Target{URL: "mqtt://localhost:1883", Version: "3.1.1"},
		Scenario: result.Scenario{Name: "conn", Idle: 10}, Verdict: result.Verdict{Generator: result.Limited}}
}

// searched is the last run of a search for the limit.
func searched() *result.Result {
	r := sample()
	r.Verdict = result.Verdict{Generator: result.OK, Disturbed: []string{"this machine stood still for 34ms"}, Passed: new(true), SLO: r.Verdict.SLO[:1]}
	r.Search = &result.Search{Pass: new(84_000.0), Fail: new(86_500.0), Waited: 12.4e9, Trial: []result.Trial{
		{Rate: 50e3, Passed: true, Generator: result.OK, P50: new(int64(1.1e6)), P99: new(int64(9e6)), P999: new(int64(31e6))},
		{Rate: 100e3, Generator: result.OK, P50: new(int64(50e6)), P99: new(int64(900e6)), P999: new(int64(1310e6))},
		{Rate: 86.5e3, Generator: result.Limited, Discarded: "the generator was the limit: it was slow"},
		{Rate: 86.5e3, Generator: result.OK, P99: new(int64(31e6)), Discarded: "failed while disturbed: other processes used 1.50 processors"},
		{Rate: 86.5e3, Generator: result.OK, P99: new(int64(29e6))}, {Rate: 84e3, Passed: true, Generator: result.OK, P50: new(int64(1.3e6))}}}
	return r
}

func written(t testing.TB, format string, o Options, all ...*result.Result) string {
	t.Helper()
	var out bytes.Buffer
	w, err := New(format, &out, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if err := w.Result(r); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// golden compares got with a file, or writes that file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got:\n%s", file, got)
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	tests := []struct {
		file, format string
		r            *result.Result
		o            Options
	}{
		{"text", "text", sample(), Options{Files: []string{"out.html", "out.json"}}},
		{"text-color", "text", sample(), Options{Color: ColorAlways}},
		{"text-wide", "text", sample(), Options{Width: 120}},
		{"text-bare", "text", bare(), Options{}},
		{"text-search", "text", searched(), Options{}},
		{"csv", "csv", sample(), Options{}},
		{"gobench", "gobench", sample(), Options{}},
		{"gobench-bare", "gobench", bare(), Options{}},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			golden(t, tt.file, written(t, tt.format, tt.o, tt.r))
		})
	}
}

func TestTextFitsTheTerminal(t *testing.T) {
	t.Parallel()
	for _, r := range []*result.Result{sample(), bare(), searched()} {
		for line := range strings.Lines(written(t, "text", Options{}, r)) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
				t.Errorf("%d columns: %s", n, line)
			}
			if strings.ContainsRune(line, '\x1b') {
				t.Errorf("escape sequence on a pipe: %q", line)
			}
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	_, err := New("xml", nil, Options{})
	if err == nil || !strings.Contains(err.Error(), "\nhint: use one of text, json, ndjson, csv, hlog, html, gobench") {
		t.Errorf("New(xml) = %v, want an error that names the formats", err)
	}
}

func TestTextOfTheLimit(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		search result.Search
		want   string
	}{
		{"bracket", result.Search{Pass: new(1000.0), Fail: new(1030.0)}, "pass 1.00k msg/s, fail 1.03k msg/s"},
		{"lower bound", result.Search{Pass: new(1000.0), Limit: true}, "≥ 1.00k msg/s (generator limit)"},
		{"limited within", result.Search{Pass: new(1000.0), Fail: new(2000.0), Limit: true}, "pass 1.00k msg/s, fail 2.00k msg/s (generator limit)"},
		{"limited and failed", result.Search{Fail: new(1.5), Limit: true}, "below 1.50 msg/s, which failed (generator limit)"},
		{"limited at once", result.Search{Limit: true}, "unknown (generator limit)"},
		{"nothing passes", result.Search{Fail: new(1.5)}, "no rate met all thresholds; the lowest that was tried is 1.50 msg/s"},
	} {
		r := bare()
		r.Search = &tc.search
		if got := written(t, "text", Options{}, r); !strings.Contains(got, "  "+tc.want+"\n") {
			t.Errorf("%s: %q is not in\n%s", tc.name, tc.want, got)
		}
	}
}
