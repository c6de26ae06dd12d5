package bench

import (
	"slices"
	"testing"
	"time"

	"mqt/bench/result"
)

// A process that does not run for a moment tells nothing of others where the
// generator and the broker use all processors themselves.
func TestDisturbed(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name               string
		held               time.Duration
		own, target, other *float64
		want               []string
	}{
		{"fine", 15 * time.Millisecond, new(0.5), new(0.5), new(0.1), []string{}},
		{"unknown", 0, nil, nil, nil, []string{}},
		{"held", 34 * time.Millisecond, new(0.5), new(0.5), new(0.1), []string{"this machine stood still for 34ms"}},
		{"held, others unknown", 34 * time.Millisecond, new(1.9), nil, nil, []string{"this machine stood still for 34ms"}},
		{"held by the load", 34 * time.Millisecond, new(0.9), new(0.95), new(0.1), []string{}},
		{"held by the load and others", 34 * time.Millisecond, new(0.9), new(0.95), new(0.3),
			[]string{"this machine stood still for 34ms", "other processes used 0.30 processors"}},
		{"others", 0, new(0.2), new(0.2), new(1.5), []string{"other processes used 1.50 processors"}},
	} {
		r := result.Resources{CPU: tc.own, TargetCPU: tc.target, OtherCPU: tc.other}
		if got := disturbed(tc.held, r, 2); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestOthers(t *testing.T) {
	t.Parallel()
	now := time.Now()
	from := used{at: now, own: time.Second, target: time.Second, all: time.Minute, known: true}
	to := used{at: now.Add(2 * time.Second), own: 2 * time.Second, target: 3 * time.Second, all: time.Minute + 4*time.Second, known: true}
	if got := others(from, to); got == nil || *got != 0.5 {
		t.Errorf("others = %v, want half a processor", got)
	}
	from.known = false
	if got := others(from, to); got != nil {
		t.Errorf("others without the target's = %v, want nil", *got)
	}
}
