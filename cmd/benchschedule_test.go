package cmd

import (
	"strings"
	"testing"
	"time"
)

// A schedule spans the measured time alone: with a warm-up it is the same, and
// all of its messages are those of the duration.
func TestBenchScheduleSpansDuration(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args     string
		intended uint64 // messages within the duration
		begin    float64
		end      float64 // rates then
		duration time.Duration
	}{
		{"--rate 100 --duration 10", 1000, 100, 100, 10 * time.Second},
		{"--rate 100 --duration 10 --arrival poisson", 1000, 100, 100, 10 * time.Second},
		{"--rate 100 --duration 10 --arrival ramp", 500, 0, 100, 10 * time.Second},
		{"--rate 100 --duration 10 --arrival ramp:50", 750, 50, 100, 10 * time.Second},
		{"--rate 100 --duration 10 --arrival step:2", 750, 50, 100, 10 * time.Second},
		{"--stages 0s:50,4s:100,6s:=10", 360, 50, 10, 10 * time.Second},
	}
	for _, tt := range tests {
		for _, warmup := range []string{"0", "5", "60"} {
			args := append([]string{"p2p", "--warmup", warmup}, strings.Fields(tt.args)...)
			c, err := benchConfig(t, args...)
			if err != nil {
				t.Errorf("%q: %v", args, err)
				continue
			}
			s := c.Load.Schedule
			if n, begin, end := s.Count(c.Duration), s.Rate(0), s.Rate(c.Duration); c.Duration != tt.duration || n != tt.intended || begin != tt.begin || end != tt.end {
				t.Errorf("%q: %d messages in %v, from %v to %v a second, want %d in %v, from %v to %v",
					args, n, c.Duration, begin, end, tt.intended, tt.duration, tt.begin, tt.end)
			}
		}
	}
}

func TestBenchStagesTakeTime(t *testing.T) {
	t.Parallel()
	const want = "bench: the stages take no time\nhint: give one a time, as in 30s:1000, or add --duration N"
	if _, err := benchConfig(t, "p2p", "--stages", "0s:1000"); err == nil || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
	if _, err := benchConfig(t, "p2p", "--stages", "0s:1000", "--duration", "5"); err != nil {
		t.Errorf("with a duration: %v", err)
	}
}
