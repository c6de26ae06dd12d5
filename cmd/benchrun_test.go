package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mqt/bench"
	"mqt/bench/result"
)

// aResult is what a load ends with that nothing is wrong with.
func aResult() *result.Result {
	return &result.Result{
		Schema: result.Schema, Version: result.Version,
		Scenario: result.Scenario{Name: "p2p"},
		Verdict:  result.Verdict{Generator: result.OK},
		Counts:   result.Counts{Sent: 10, Delivered: 10, Expected: 10},
		Rates:    result.Rates{Achieved: new(1.0)},
		Latency:  map[string]result.Dist{},
	}
}

// loads is a fake of bench.Run: it makes no load, and remembers what was asked.
type loads struct {
	cache   string // directory for what is kept; empty is a new one
	configs []bench.Config
	waits   []time.Duration // for a quiet machine, at most
	make    func(ctx context.Context, c bench.Config) (*result.Result, error)
}

func (l *loads) run(ctx context.Context, c bench.Config) (*result.Result, error) {
	l.configs = append(l.configs, c)
	if l.make == nil {
		return aResult(), nil
	}
	return l.make(ctx, c)
}

// quiet is a machine that is never quiet.
func (l *loads) quiet(_ context.Context, limit time.Duration) time.Duration {
	l.waits = append(l.waits, limit)
	return limit
}

func (l *loads) calibrate(context.Context, bench.Config) (float64, error) { return 5e5, nil }

// runJob runs mqt bench with args and the loads of l.
func runJob(t *testing.T, ctx context.Context, l *loads, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, notes bytes.Buffer
	if l.cache == "" {
		l.cache = filepath.Join(t.TempDir(), "cache")
	}
	err = parse(t, benchWith(testEnv(), func(_ context.Context, env *Env, o *benchOptions) error {
		env.Stdout, env.Stderr = &out, &notes
		env.Getenv = func(name string) string { return map[string]string{"XDG_CACHE_HOME": l.cache}[name] }
		j := &benchJob{env: env, options: o, load: l.run, calibrate: l.calibrate, quiet: l.quiet, machine: func() machine { return machine{} }}
		return j.run(ctx)
	}), args...)
	return out.String(), notes.String(), err
}

func TestBenchExitCodes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		args  []string
		spoil func(*result.Result)
		want  int
		text  string
	}{
		{name: "fine", args: []string{"--slo", "lost==0"}, want: exitDone},
		{name: "no thresholds", spoil: func(r *result.Result) { r.Counts.Lost = 5 }, want: exitDone},
		{name: "failed", args: []string{"--slo", "lost==0,sent>5"}, spoil: func(r *result.Result) { r.Counts.Lost = 5 }, want: exitThresholds, text: "bench: failed: lost==0"},
		{name: "limited", spoil: limit, want: exitDone},
		{name: "limited, strict", args: []string{"--strict"}, spoil: limit, want: exitLimited, text: "bench: the generator was the limit: it was slow"},
		{name: "both", args: []string{"--strict", "--slo", "lost==1"}, spoil: limit, want: exitLimited},
		{name: "negative", args: []string{"--slo", "lost==1"}, spoil: func(r *result.Result) { r.Counts.Negative = 2 }, want: exitFailed, text: "2 messages came before they were sent"},
	}
	for _, tt := range tests {
		l := &loads{make: func(context.Context, bench.Config) (*result.Result, error) {
			r := aResult()
			if tt.spoil != nil {
				tt.spoil(r)
			}
			return r, nil
		}}
		out, _, err := runJob(t, t.Context(), l, append([]string{"p2p", "-o", "json"}, tt.args...)...)
		if exitCode(err) != tt.want || tt.text != "" && !strings.Contains(err.Error(), tt.text) || !strings.Contains(out, result.Schema) {
			t.Errorf("%s: %v, exit code %d, want %d and %q; wrote %q", tt.name, err, exitCode(err), tt.want, tt.text, out)
		}
	}
}

func limit(r *result.Result) {
	r.Verdict.Generator, r.Verdict.Reasons = result.Limited, []string{"it was slow"}
}

// A signal ends the load; its result is written, and the exit code tells.
func TestBenchInterrupted(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--repeat", "3"}, {"--rate", "5", "--find-max", "--slo", "lost==0"}} {
		ctx, cancel := context.WithCancelCause(t.Context())
		l := &loads{make: func(context.Context, bench.Config) (*result.Result, error) {
			cancel(&SignalError{Number: 2})
			r := aResult()
			r.Run.Interrupted = true
			return r, nil
		}}
		out, _, err := runJob(t, ctx, l, append([]string{"p2p", "-o", "json"}, args...)...)
		if exitCode(err) != 130 || len(l.configs) != 1 || !strings.Contains(out, `"interrupted": true`) {
			t.Errorf("%q: %v after %d loads, wrote %q, want exit code 130 after one", args, err, len(l.configs), out)
		}
	}
}

// An upper limit that is passed ends the load.
func TestBenchAbortOnFail(t *testing.T) {
	t.Parallel()
	l := &loads{make: func(ctx context.Context, c bench.Config) (*result.Result, error) {
		for _, s := range []result.Snapshot{
			{Phase: result.Warming, Counts: result.Counts{Lost: 9}},
			{Phase: result.Measuring},
			{Phase: result.Measuring, Target: new(5.0), Response: result.Dist{Count: 1, P99: 2e6}},
		} {
			if c.Watch(s); ctx.Err() != nil {
				break
			}
		}
		if ctx.Err() == nil {
			return nil, errors.New("was not ended")
		}
		r := aResult()
		r.Latency[result.Response] = result.Dist{Count: 1, P99: 2e6}
		return r, nil
	}}
	out, _, err := runJob(t, t.Context(), l, "p2p", "--rate", "5", "--slo", "response.p99<1ms,sent>1M,lost==0", "--abort-on-fail", "--quiet", "-o", "json")
	if exitCode(err) != exitThresholds || !strings.Contains(out, "ended early by --abort-on-fail") {
		t.Errorf("%v, wrote %q, want exit code 99 and a warning", err, out)
	}
}

// The search makes loads at many rates, and its result is that of the rate
// that passed.
func TestBenchFindMax(t *testing.T) {
	t.Parallel()
	const knee = 5000
	l := &loads{make: func(_ context.Context, c bench.Config) (*result.Result, error) {
		r := aResult()
		rate := c.Load.Schedule.Rate(0)
		r.Scenario.Target = &rate
		if rate > knee {
			r.Counts.Lost = 1
		}
		return r, nil
	}}
	out, notes, err := runJob(t, t.Context(), l, "p2p", "--find-max", "--slo", "lost==0", "--resolution", "10", "-o", "json")
	if err != nil {
		t.Fatal(err)
	}
	var r result.Result
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	s := r.Search
	if s == nil || s.Pass == nil || s.Fail == nil || *s.Pass > knee || *s.Fail <= knee || *r.Scenario.Target != *s.Pass {
		t.Errorf("the search ended with %+v, result at %v, want a bracket of %d", s, *r.Scenario.Target, knee)
	}
	if !strings.Contains(notes, "mqt: trial 1: 1000 messages/s: passed\n") || !strings.Contains(notes, "failed lost==0\n") {
		t.Errorf("the notes on trials are %q", notes)
	}
	if n := len(l.configs); n != len(s.Trial) {
		t.Errorf("%d loads, but %d trials", n, len(s.Trial))
	}
	if w := l.configs[0].Warmup; w != time.Second {
		t.Errorf("a trial warms up for %v, want a second", w)
	}
	var waited time.Duration
	for _, w := range l.waits {
		waited += w
	}
	if s.Waited != int64(waited) || l.waits[0] != quietTrial || waited > quietTotal+time.Duration(len(l.waits))*quietPause {
		t.Errorf("waited for a quiet machine for %v, result says %v", l.waits, time.Duration(s.Waited))
	}
}

// A search that something else on the machine has limited says so.
func TestBenchFindMaxDisturbed(t *testing.T) {
	t.Parallel()
	l := &loads{make: func(context.Context, bench.Config) (*result.Result, error) {
		r := aResult()
		limit(r)
		r.Verdict.Disturbed = []string{"other processes used 1.90 processors"}
		return r, nil
	}}
	out, notes, err := runJob(t, t.Context(), l, "p2p", "--find-max", "--slo", "lost==0", "-o", "json")
	if err != nil || len(l.configs) != 6 {
		t.Errorf("%v after %d loads, want 6", err, len(l.configs))
	}
	for _, want := range []string{`"generator_limited": true`, "something else kept this machine busy, which may be why", `"discarded": "the generator was the limit: it was slow; other processes`} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in %s", want, out)
		}
	}
	if !strings.Contains(notes, "limited by the generator; other processes used 1.90 processors\n") {
		t.Errorf("the notes on trials are %q", notes)
	}
}

// What the machine can generate is kept for other loads of that kind. To fill
// templates and to add user properties is work too.
func TestBenchCalibrate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "unique", "%UNIQUE%")
	write(t, dir, "micros", "%TIMESTAMPUS%") // as long
	write(t, dir, "text", "%16 characters%!")
	of := func(name string) string { return templatePrefix + filepath.Join(dir, name) }
	l := &loads{}
	for _, args := range [][]string{
		{"p2p"}, {"p2p", "--calibrate"}, {"p2p", "--rate", "5"}, {"p2p", "-q", "1"},
		{"p2p", "--payload-hdrs", "ts"}, {"p2p", "--payload-hdrs", "ts", "--calibrate"}, {"p2p", "--payload-hdrs", "ts"}, {"p2p", "--payload-hdrs", "ts,cnt64"},
		{"p2p", "-s", "32", "--calibrate"}, {"p2p", "-m", of("unique")}, {"p2p", "-m", of("text")},
		{"p2p", "-m", of("unique"), "--calibrate"}, {"p2p", "-m", of("unique")}, {"p2p", "-m", of("micros")},
	} {
		if _, _, err := runJob(t, t.Context(), l, append(args, "--quiet")...); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []float64{0, 5e5, 5e5, 0, 0, 5e5, 5e5, 0, 5e5, 0, 5e5, 5e5, 5e5, 0} {
		got := 0.0
		if c := l.configs[i].Ceiling; c != nil {
			got = *c
		}
		if got != want {
			t.Errorf("load %d has the ceiling %v, want %v", i, got, want)
		}
	}
}

// Files are whole or not there.
func TestBenchFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "result.json")
	l := &loads{}
	if _, _, err := runJob(t, t.Context(), l, "p2p", "-o", "json:"+name, "--repeat", "2"); err != nil {
		t.Fatal(err)
	}
	all, err := readResults(name)
	if err != nil || len(all) != 2 {
		t.Errorf("the file has %d results, %v, want 2", len(all), err)
	}
	before, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	l.make = func(context.Context, bench.Config) (*result.Result, error) { return nil, errors.New("no broker") }
	if _, _, err := runJob(t, t.Context(), l, "p2p", "-o", "json:"+name); err == nil || !strings.Contains(err.Error(), "bench: no broker") {
		t.Errorf("%v, want the load's error", err)
	}
	after, err := os.ReadFile(name)
	if err != nil || !slices.Equal(before, after) {
		t.Errorf("a load that failed has changed the file, %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%d files are left, want the result alone", len(entries))
	}
}

func TestBenchMetricsEnd(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	l := &loads{}
	_, notes, err := runJob(t, t.Context(), l, "p2p", "--restapi", "0", "--quiet")
	if err != nil || !strings.Contains(notes, "metrics are at http://127.0.0.1:") {
		t.Errorf("%v, wrote %q, want where the metrics are", err, notes)
	}
}

func TestBenchMachine(t *testing.T) {
	t.Parallel()
	tests := []struct {
		m       machine
		clients int
		sources []string
		urls    []string
		want    string
		proxy   *url.URL
	}{
		{machine{}, 1e6, nil, []string{"mqtt://a:1883"}, "", nil},
		{machine{descriptors: 1024}, 960, nil, []string{"mqtt://a:1883"}, "", nil},
		{machine{descriptors: 1024}, 961, nil, []string{"mqtt://a:1883"}, "961 clients need 1025 open files, and this process may have 1024\nhint: allow more: \"ulimit -Hn 1025\"", nil},
		{machine{ports: 28232}, 28233, nil, []string{"mqtt://a:1883"}, "28233 clients need as many local ports, and there are 28232\nhint: give 2 source addresses", nil},
		{machine{ports: 28232}, 28233, []string{"127.0.0.1", "127.0.0.2"}, []string{"mqtt://a:1883"}, "", nil},
		{machine{ports: 28232}, 28233, nil, []string{"mqtt://a:1883", "mqtt://b:1883"}, "", nil},
		{machine{ports: 28232}, 28233, nil, []string{"mqtt://a:1883", "mqtt://a:1883"}, "there are 28232", nil},
		{machine{ports: 28232}, 28233, nil, []string{"unix:///run/mqtt"}, "", nil},
		{machine{ports: 28232}, 28233, nil, []string{"mqtt://a:1883", "mqtt://b:1883"}, "there are 28232", &url.URL{Scheme: "socks5h", Host: "h"}},
	}
	for _, tt := range tests {
		err := tt.m.check(bench.Config{Clients: bench.Clients{Idle: tt.clients}, Target: bench.Target{URLs: tt.urls, Sources: tt.sources, Proxy: tt.proxy}})
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%+v with %d clients of %q from %q: %v, want %q", tt.m, tt.clients, tt.urls, tt.sources, err, tt.want)
		}
	}
}
