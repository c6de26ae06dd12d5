package bench

import (
	"slices"
	"testing"
	"time"

	"mqt/bench/result"
)

func TestDisturbed(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		held  time.Duration
		other *float64
		want  []string
	}{
		{"fine", 15 * time.Millisecond, new(0.1), []string{}},
		{"unknown", 0, nil, []string{}},
		{"held", 34 * time.Millisecond, nil, []string{"this machine stood still for 34ms"}},
		{"others", 0, new(1.5), []string{"other processes used 1.50 processors"}},
	} {
		if got := disturbed(tc.held, result.Resources{OtherCPU: tc.other}); !slices.Equal(got, tc.want) {
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
