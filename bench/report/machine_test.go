package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/perf/benchfmt"

	"mqt/bench/result"
)

// TestHlog reads the log with the library's reader.
func TestHlog(t *testing.T) {
	t.Parallel()
	log := hdrhistogram.NewHistogramLogReader(strings.NewReader(written(t, "hlog", Options{}, sample())))
	total, tags := hdrhistogram.New(1, result.Highest, 3), ""
	for {
		h, err := log.NextIntervalHistogram()
		if err != nil {
			t.Fatal(err)
		}
		if h == nil {
			break
		}
		if h.Tag() == "" {
			total.Merge(h)
		} else {
			tags += " " + h.Tag()
		}
	}
	if total.TotalCount() != 60*200 || tags != " connect subscribe ack service send_lag" {
		t.Errorf("log holds %d response times and%s", total.TotalCount(), tags)
	}
	lines := strings.Split(written(t, "hlog", Options{}, sample()), "\n")
	if lines[2] != "#[StartTime: 1795608000.000 (seconds since epoch), 2026-11-25T12:00:00Z]" || !strings.HasPrefix(lines[6], "1.000,1.000,12.007,HISTFAAA") {
		t.Errorf("log begins\n%.60s\n%.60s", lines[2], lines[6])
	}
}

func TestHlogWithoutSeconds(t *testing.T) {
	t.Parallel()
	r := sample()
	r.Series = nil
	out := written(t, "hlog", Options{}, r)
	if !strings.Contains(out, "\n0.000,60.000,120.") || strings.Contains(out, "Tag=response") {
		t.Errorf("log without seconds:\n%.600s", out)
	}
}

// TestGobench reads the line with the reader that benchstat has.
func TestGobench(t *testing.T) {
	t.Parallel()
	in := benchfmt.NewReader(strings.NewReader(written(t, "gobench", Options{}, sample(), bare())), "out")
	var all []*benchfmt.Result
	for in.Scan() {
		switch rec := in.Result().(type) {
		case *benchfmt.SyntaxError:
			t.Fatal(rec)
		case *benchfmt.Result:
			all = append(all, rec.Clone())
		}
	}
	if len(all) != 2 || in.Err() != nil {
		t.Fatalf("%d results, error %v", len(all), in.Err())
	}
	if v, ok := all[0].Value("response-p99-sec"); !ok || v < 0.11 || v > 0.112 {
		t.Errorf("response-p99-sec = %v, %t of %v", v, ok, all[0].Values)
	}
	if v, ok := all[0].Value("delivered-msg/s"); !ok || v != 999.7 {
		t.Errorf("delivered-msg/s = %v, %t", v, ok)
	}
}

func snapshot(phase result.Phase, elapsed time.Duration) result.Snapshot {
	return result.Snapshot{Phase: phase, Elapsed: elapsed, Length: 10 * time.Second, Generator: result.OK}
}

func TestNDJSON(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w, err := New("ndjson", &out, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range time.Duration(9) {
		if err := w.Watch(snapshot(result.Measuring, i*250*time.Millisecond)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Watch(snapshot(result.Draining, 0)); err != nil {
		t.Fatal(err)
	}
	if err := w.Result(sample()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for text := range strings.Lines(out.String()) {
		var line struct {
			Type, Phase string
			Elapsed     time.Duration `json:"elapsed_ns"`
			Result      json.RawMessage
		}
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		got = append(got, strings.TrimSpace(line.Type+" "+line.Phase))
		if line.Type == "result" {
			if _, err := result.Read(bytes.NewReader(line.Result)); err != nil {
				t.Error(err)
			}
		}
	}
	if want := "snapshot measure,snapshot measure,snapshot measure,snapshot drain,result"; strings.Join(got, ",") != want {
		t.Errorf("lines are %q, want %q", got, want)
	}
}

func TestCSVOfTwoRunsHasOneHeader(t *testing.T) {
	t.Parallel()
	out := written(t, "csv", Options{}, sample(), bare(), sample())
	if strings.Count(out, "run,second") != 1 || strings.Count(out, "\n") != 121 || !strings.Contains(out, "\n3,59,1000,") {
		t.Errorf("table of three runs:\n%s", out)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	r, err := result.Read(strings.NewReader(written(t, "json", Options{}, sample())))
	if err != nil || r.Counts != sample().Counts {
		t.Errorf("Read = %+v, %v", r, err)
	}
}
