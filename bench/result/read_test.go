package result

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"
)

func written(t testing.TB, r *Result) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestReadWhatWasWritten(t *testing.T) {
	t.Parallel()
	want := sample().filled()
	got, err := Read(strings.NewReader(written(t, sample())))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Read = %+v, want %+v", got, want)
	}
}

func TestReadToleratesAdditions(t *testing.T) {
	t.Parallel()
	text := strings.Replace(written(t, sample()), `"tool": "mqt"`, `"tool": "mqt", "later": {"a": [1]}`, 1)
	text = strings.Replace(text, `"version": "1.0.0"`, `"version": "1.7.1"`, 1)
	if _, err := Read(strings.NewReader(text)); err != nil {
		t.Error(err)
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	good := written(t, sample())
	tests := []struct{ name, text, want string }{
		{"nothing", "", "read result: the file is empty"},
		{"not JSON", "hello", "read result: not JSON: invalid character 'h'"},
		{"cut off", good[:len(good)/2], "read result: not JSON: unexpected end"},
		{"two results", good + good, "read result: not JSON: invalid character '{' after top-level value"},
		{"another file", `{"name":"x"}`, `read result: there is no "schema"`},
		{"null", "null", `read result: there is no "schema"`},
		{"another schema", `{"schema":"k6"}`, `read result: the schema is "k6", not "mqt.bench.result"`},
		{"no version", `{"schema":"mqt.bench.result"}`, `read result: there is no "version"`},
		{"later version", strings.Replace(good, `"1.0.0"`, `"2.0.0"`, 1), `read result: version "2.0.0" of the form is not one of 1.x`},
		{"version like ours", strings.Replace(good, `"1.0.0"`, `"10.0.0"`, 1), `read result: version "10.0.0"`},
		{"wrong type", strings.Replace(good, `"sent": 1002`, `"sent": "many"`, 1), "read result: counts.sent must not be a string"},
		{"negative count", strings.Replace(good, `"sent": 1002`, `"sent": -1`, 1), "read result: counts.sent must not be a number -1"},
	}
	for _, tt := range tests {
		_, err := Read(strings.NewReader(tt.text))
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) || strings.Count(err.Error(), "\nhint: ") != 1 {
			t.Errorf("Read of %s: error %v, want %s, and a hint", tt.name, err, tt.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	const begin = `{"schema":"mqt.bench.result","version":"1.0.0",` // small seeds are minimized soon
	f.Add(begin + `"run":{"started":"2026-11-25T12:00:00Z","segment":{"index":1,"of":2}},"counts":{"sent":1}}`)
	f.Add(begin + `"latency":{"ack":{"count":1,"p99_ns":5,"hdr":"` + dist(1, time.Microsecond, 0).HDR + `"}}}`)
	f.Add(begin + `"search":{"pass_rate":1e3},"series":[{"response_p50_ns":null}],"errors":[{}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Read(strings.NewReader(text))
		if err != nil {
			return
		}
		again, err := Read(strings.NewReader(written(t, r)))
		if err != nil || !reflect.DeepEqual(again, r.filled()) {
			t.Errorf("Read of what was read and written = %+v, %v, want %+v", again, err, r)
		}
		for _, d := range r.Latency {
			if h, err := d.Histogram(); err == nil {
				Summarize(h, d.Clipped)
			}
		}
	})
}
