package cmd

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mqt/bench/result"
)

// segmentFile writes the result of part i of two, with n responses, slow of
// which took long, and returns the name of its file.
func segmentFile(t *testing.T, i int, n, slow int64, slo ...result.Threshold) string {
	t.Helper()
	h := result.NewHistogram()
	for took, times := range map[time.Duration]int64{time.Millisecond: n - slow, time.Second: slow} {
		if err := h.RecordValues(took.Microseconds(), times); err != nil {
			t.Fatal(err)
		}
	}
	r := aResult()
	r.Run.Segment = &result.Segment{Index: i, Of: 2}
	r.Latency[result.Response] = result.NewDist(h, 0)
	r.Verdict.SLO, r.Verdict.Passed = slo, new(false)
	var out bytes.Buffer
	if err := result.Write(&out, r); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "part.json")
	if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// Thresholds are held against the histograms together, not against what the
// parts have said.
func TestBenchMergeJudges(t *testing.T) {
	t.Parallel()
	asked := func(text string) result.Threshold { return result.Threshold{Expression: text, Measured: new(7.0)} }
	tests := []struct {
		name        string
		first, more []result.Threshold
		slow        int64 // of the thousand of the first part; the second has ten thousand
		want        int
		text, out   string
	}{
		{name: "the part alone fails", first: []result.Threshold{asked("response.p99<50ms")}, slow: 50, want: exitDone, out: "ok    response.p99<50ms  1"},
		{name: "the whole fails", first: []result.Threshold{asked("response.p99<50ms")}, slow: 200, want: exitThresholds, text: "bench: failed: response.p99<50ms", out: "FAIL  response.p99<50ms  100"},
		{name: "of one part only", more: []result.Threshold{asked("lost==0"), asked("sent==20")}, want: exitDone, out: "ok    sent==20  20"},
		{name: "the same in both", first: []result.Threshold{asked("sent>=30")}, more: []result.Threshold{asked("sent>=30")}, want: exitThresholds, text: "bench: failed: sent>=30"},
		{name: "none", want: exitDone, out: "DONE"},
		{name: "unknown", first: []result.Threshold{asked("dreams>5")}, want: exitFailed, text: `bench merge: threshold "dreams>5": there is no metric`},
	}
	for _, tt := range tests {
		env := testEnv()
		var out bytes.Buffer
		env.Stdout = &out
		o := &benchMergeOptions{Files: []string{segmentFile(t, 1, 1000, tt.slow, tt.first...), segmentFile(t, 2, 10_000, 0, tt.more...)}}
		err := runBenchMerge(t.Context(), env, o)
		if exitCode(err) != tt.want || err != nil && !strings.HasPrefix(err.Error(), tt.text) || !strings.Contains(out.String(), tt.out) {
			t.Errorf("%s: %v, exit code %d, want %d and %q; wrote %s", tt.name, err, exitCode(err), tt.want, tt.text, out.String())
		}
	}
}
