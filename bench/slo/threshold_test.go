package slo

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mqt/bench/result"
)

// measured returns a result in which each number is another.
func measured() *result.Result {
	return &result.Result{
		Verdict:   result.Verdict{Generator: result.Limited},
		Counts:    result.Counts{Sent: 1000, Lost: 0, Delivered: 999, Wills: 12_000},
		Rates:     result.Rates{Delivered: new(50_000.5), Achieved: new(0.29)},
		Resources: result.Resources{TargetCPU: new(0.25), TargetRSS: new(int64(64 << 20))},
		Latency: map[string]result.Dist{
			result.Response: {Count: 9, Min: 1, Mean: 2000, P50: 3_000_000, P90: 4_000_000, P95: 5_000_000,
				P99: 49_900_000, P999: 60_000_000, P9999: 70_000_000, Max: 8_000_000_000},
			result.Service: {Count: 1, Max: 1001},
			result.Ack:     {}, // nothing came
		},
	}
}

func TestEvaluate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text     string
		measured *float64
		passed   bool
	}{
		{"response.p99<50ms", new(49.9), true},
		{"response.p99 <= 49.9 ms", new(49.9), true},
		{"response.p99<49.9ms", new(49.9), false},
		{"response.p99<0.05s", new(0.0499), true},
		{"response.min<2ns", new(1.0), true},
		{"response.mean==2us", new(2.0), true},
		{"response.mean==2µs", new(2.0), true},
		{"response.p50<3ms", new(3.0), false},
		{"service.max<=1.001us", new(1.001), true},
		{"response.p90>3ms", new(4.0), true},
		{"response.p95>=5ms", new(5.0), true},
		{"response.p99.9!=60ms", new(60.0), false},
		{"response.p99.99>70000us", new(70_000.0), false},
		{"response.max>=8s", new(8.0), true},
		{"ack.p99<1s", nil, false},
		{"connect.p99>0s", nil, false},
		{"lost==0", new(0.0), true},
		{"sent>1k", new(1.0), false},
		{"delivered==999", new(999.0), true},
		{"wills>=0.012M", new(0.012), true},
		{"delivered.rate>50k/s", new(50.0005), true},
		{"delivered.rate>50001", new(50_000.5), false},
		{"sent.rate>0/s", nil, false},
		{"achieved>=29%", new(29.0), true},
		{"achieved>29%", new(29.0), false},
		{"target.rss<=64MiB", new(64.0), true},
		{"target.rss<65536KiB", new(65536.0), false},
		{"target.cpu<0.5", new(0.25), true},
		{"target.cpu_per_message<1us", nil, false},
		{"generator==OK", new(0.0), false},
		{"generator==limited", new(0.0), true},
		{"generator!=OK", new(0.0), true},
	}
	for _, tc := range tests {
		all, err := Parse(tc.text)
		if err != nil {
			t.Errorf("Parse(%q) = %v", tc.text, err)
			continue
		}
		want := []result.Threshold{{Expression: tc.text, Measured: tc.measured, Passed: tc.passed}}
		if got := all.Evaluate(measured()); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, want %+v", tc.text, got, want)
		}
	}
}

func TestParseList(t *testing.T) {
	t.Parallel()
	all, err := Parse(" response.p99 < 50ms,lost==0 , generator==OK")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, x := range all {
		got = append(got, x.String())
	}
	if want := []string{"response.p99 < 50ms", "lost==0", "generator==OK"}; !slices.Equal(got, want) {
		t.Errorf("Parse = %q, want %q", got, want)
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"", `threshold "": there is no comparison`},
		{"lost==0,", `threshold "": there is no comparison`},
		{"lost", `threshold "lost": there is no comparison`},
		{"lost=0", `threshold "lost=0": there is no comparison`},
		{"lots==0", "there is no metric \"lots\"\nhint: use a latency and a statistic as in response.p99 (connect, subscribe,"},
		{"sent.p99<1s", `there is no metric "sent.p99"`},
		{"response<1s", `there is no metric "response"`},
		{"response.p98<1s", "\"p98\" is not a statistic of response\nhint: use one of min, mean, p50, p90, p95, p99, p99.9, p99.99, max"},
		{"response.p99<50", `"50" is not a time such as 50ms`},
		{"response.p99<50m", `"50m" is not a time such as 50ms`},
		{"response.p99<-5ms", `"-5ms" is not a time`},
		{"response.p99<<5ms", `"<5ms" is not a time`},
		{"response.p99<1e3ms", `"1e3ms" is not a time`},
		{"response.p99<", `"" is not a time`},
		{"achieved>=0.99", `"0.99" is not a percentage such as 99%`},
		{"lost==0%", `"0%" is not a number`},
		{"lost<99999999999999999999", "is not a number"},
		{"sent.rate>1ms", `"1ms" is not a rate`},
		{"target.rss<5MB", `"5MB" is not a size such as 64MiB`},
		{"cpu<5%", `"5%" is not a number of processors`},
		{"generator==good", `"good" is not OK or LIMITED`},
		{"generator>OK", "generator can only be compared with == and !="},
	}
	for _, tc := range tests {
		got, err := Parse(tc.text)
		if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Count(err.Error(), "\n") > 1 {
			t.Errorf("Parse(%q) = %v, %v, want %q", tc.text, got, err, tc.want)
		}
	}
}

// TestEveryMetric parses a threshold for every metric there is.
func TestEveryMetric(t *testing.T) {
	t.Parallel()
	values := map[string]string{result.Nanoseconds: "5ms", result.Part: "5%", result.State: "OK"}
	for _, m := range result.Metrics() {
		text := m.Name + "==" + cmp.Or(values[m.Unit], "5")
		if all, err := Parse(text); err != nil || all[0].metric.Name != m.Name {
			t.Errorf("Parse(%q) = %+v, %v", text, all, err)
		}
	}
}

func TestPassed(t *testing.T) {
	t.Parallel()
	yes, no := result.Threshold{Passed: true}, result.Threshold{}
	if got := Passed(nil); got != nil {
		t.Errorf("Passed of nothing = %v, want nil", *got)
	}
	if got := Passed([]result.Threshold{yes, yes}); got == nil || !*got {
		t.Errorf("Passed of two that passed = %v, want true", got)
	}
	if got := Passed([]result.Threshold{yes, no}); got == nil || *got {
		t.Errorf("Passed of one that failed = %v, want false", got)
	}
}

func TestUpper(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"response.p99<5ms": true, "lost<=5": true, "lost==0": true, "sent==5": false, "sent>5": false,
		"achieved>=99%": false, "lost!=0": false} {
		all, err := Parse(text)
		if err != nil || all[0].Upper() != want {
			t.Errorf("%q is an upper limit: %v, %v, want %v", text, !want, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("response.p99<50ms, lost==0, achieved>=99%")
	f.Add("delivered.rate>=1M/s,generator!=LIMITED")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := Parse(text)
		if err != nil {
			return
		}
		var words []string
		for i, out := range all.Evaluate(measured()) {
			if out.Expression != all[i].String() || out.Measured == nil && out.Passed {
				t.Errorf("%q: %+v", text, out)
			}
			words = append(words, out.Expression)
		}
		if again, err := Parse(strings.Join(words, ", ")); err != nil || len(again) != len(all) {
			t.Errorf("Parse of what was parsed from %q = %v, %v", text, again, err)
		}
	})
}
