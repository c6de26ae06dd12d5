package bench

import (
	"testing"
	"time"

	"mqt/bench/pace"
)

// What is intended is what the schedule has within the duration, whatever the
// warm-up.
func TestRunIntendsTheSchedule(t *testing.T) {
	t.Parallel()
	url := serve(t)
	const duration = 400 * time.Millisecond
	for _, s := range []pace.Schedule{
		pace.Constant(1000), pace.Ramp(0, 1000, duration), pace.Step(1000, 4, duration), pace.Poisson(1000, duration, 7), pace.Burst(1000, 100*time.Millisecond),
		pace.Stages([]pace.Stage{{Rate: 500}, {For: duration / 2, Rate: 1000}, {For: duration / 2, Rate: 10, Hold: true}}),
	} {
		for _, warmup := range []time.Duration{0, 150 * time.Millisecond} {
			t.Run(s.Name()+"/"+warmup.String(), func(t *testing.T) {
				t.Parallel()
				r, err := Run(t.Context(), Config{
					Scenario: "p2p", Target: Target{URLs: []string{url}}, Load: Workload{Schedule: s},
					Warmup: warmup, Duration: duration, Drain: time.Minute,
				})
				if err != nil {
					t.Fatal(err)
				}
				want := s.Count(duration)
				if n := r.Counts; n.Intended != want || n.Delivered != want {
					t.Errorf("intended %d, delivered %d, want %d", n.Intended, n.Delivered, want)
				}
			})
		}
	}
}
