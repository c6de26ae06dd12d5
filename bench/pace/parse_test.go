package pace

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParseStages(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want []Stage
		err  string // contained in the error
	}{
		{"30s:1000", []Stage{{30 * time.Second, 1000, false}}, ""},
		{"30s:1000,1m:50k", []Stage{{30 * time.Second, 1000, false}, {time.Minute, 50_000, false}}, ""},
		{" 1m30s : =2.5k/s , 0s:0 ", []Stage{{90 * time.Second, 2500, true}, {0, 0, false}}, ""},
		{"1ms:1M", []Stage{{time.Millisecond, 1_000_000, false}}, ""},
		{"", nil, `stage "": there is no colon`},
		{"30s:1000,", nil, `stage "": there is no colon`},
		{"30s:1000,1m", nil, `stage "1m": there is no colon`},
		{"30:1000", nil, `"30" is not a time`},
		{"-1s:1000", nil, `"-1s" is not a time`},
		{"1s:", nil, `"" is not a rate`},
		{"1s:-5", nil, `"-5" is not a rate`},
		{"1s:1e3", nil, `"1e3" is not a rate`},
		{"1s:Inf", nil, `"Inf" is not a rate`},
		{"1s:==5", nil, `"=5" is not a rate`},
		{"1s:1001M", nil, "the rate 1001M is above the highest, 1000M"},
		{"1s:0.0000001", nil, "the rate 0.0000001 is below the lowest"},
		{"600h:1,600h:1", nil, "more than 1000 hours"},
		{"2562047h:1,2562047h:1", nil, "more than 1000 hours"},
	}
	for _, tc := range tests {
		got, err := ParseStages(tc.text)
		if !reflect.DeepEqual(got, tc.want) || (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
			t.Errorf("ParseStages(%q) = %v, %v, want %v, %q", tc.text, got, err, tc.want, tc.err)
		}
	}
}

func TestArrival(t *testing.T) {
	t.Parallel()
	load := Load{Rate: 1000, Length: 10 * time.Second, Seed: 1}
	tests := []struct {
		text  string
		load  Load
		name  string
		first uint64 // messages of the first second
		err   string
	}{
		{"constant", load, "constant", 1000, ""},
		{"poisson", load, "poisson", 975, ""},
		{"ramp", load, "ramp", 50, ""},
		{"ramp:100", load, "ramp", 145, ""},
		{"step", load, "step", 100, ""},
		{"step:5", load, "step", 200, ""},
		{"burst", load, "burst", 1000, ""},
		{"burst:10s", load, "burst", 10_000, ""},
		{"poisson", Load{Rate: 1000}, "poisson", 1000, ""},
		{"constant:1", load, "", 0, `arrival "constant:1": takes no option`},
		{"poisson:1", load, "", 0, "takes no option"},
		{"ramp", Load{Rate: 1000}, "", 0, "needs to know how long the load is"},
		{"step", Load{Rate: 1000}, "", 0, "needs to know how long the load is"},
		{"ramp:x", load, "", 0, `"x" is not a rate`},
		{"step:0", load, "", 0, `"0" is not a number of steps`},
		{"burst:0s", load, "", 0, `"0s" is not an interval`},
		{"constant", Load{}, "", 0, "arrival constant needs a rate above 0"},
		{"uniform", load, "", 0, "there is no arrival \"uniform\"\nhint: use one of constant, poisson, ramp, step, burst"},
	}
	for _, tc := range tests {
		s, err := Arrival(tc.text, tc.load)
		if err != nil || tc.err != "" {
			if err == nil || tc.err == "" || !strings.Contains(err.Error(), tc.err) {
				t.Errorf("Arrival(%q) = %v, want %q", tc.text, err, tc.err)
			}
			continue
		}
		if s.Name() != tc.name || s.Count(time.Second) != tc.first {
			t.Errorf("Arrival(%q) = %s with %d messages in a second, want %s with %d", tc.text, s.Name(), s.Count(time.Second), tc.name, tc.first)
		}
	}
}

func TestWays(t *testing.T) {
	t.Parallel()
	for _, w := range Ways() {
		s, err := Arrival(w.Name, Load{Rate: 5, Length: time.Second})
		if err != nil || s.Name() != w.Name || w.About == "" {
			t.Errorf("%v: %v, %v", w, s, err)
		}
	}
}

func FuzzParseStages(f *testing.F) {
	f.Add("30s:1000,1m:50k")
	f.Add("1ns:=0.000001,0s:1000M, 999h : 5/s")
	f.Fuzz(func(t *testing.T, text string) {
		stages, err := ParseStages(text)
		if err != nil {
			return
		}
		checkSchedule(t, Stages(stages), Length(stages))
	})
}

func FuzzArrival(f *testing.F) {
	for _, w := range Ways() {
		f.Add(w.Name, 1000.0, int64(time.Second), uint64(42))
	}
	f.Add("burst:100ms", 1e-6, int64(1), uint64(0))
	f.Add("ramp:1M", 1e9, int64(time.Hour), uint64(0))
	f.Add("step:1000", 0.3, int64(-1), uint64(0))
	f.Fuzz(func(t *testing.T, text string, rate float64, length int64, seed uint64) {
		s, err := Arrival(text, Load{rate, time.Duration(length), seed})
		if err == nil {
			checkSchedule(t, s, time.Duration(length))
		}
	})
}

// checkSchedule asks a schedule for its messages about the time d.
func checkSchedule(t *testing.T, s Schedule, d time.Duration) {
	t.Helper()
	n := s.Count(d)
	for i := max(n, 2) - 2; i < n; i++ {
		if due := s.Due(i); due >= d || s.Count(due) > i || s.Count(due+1) <= i {
			t.Errorf("%s: Count(%d) = %d, Due(%d) = %d, Count of that %d and then %d", s.Name(), d, n, i, due, s.Count(due), s.Count(due+1))
		}
	}
	if due := s.Due(n); due < d {
		t.Errorf("%s: Count(%d) = %d, Due(%d) = %d", s.Name(), d, n, n, due)
	}
}
