package bench

import (
	"slices"
	"testing"
	"time"

	"mqt/bench/internal/load"
	"mqt/bench/result"
)

func TestWarnings(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		counts result.Counts
		want   []string
	}{
		{"fine", result.Counts{Intended: 2, Sent: 2, Expected: 2, Delivered: 1, Lost: 1}, []string{}},
		{"unsent", result.Counts{Intended: 9, Sent: 2, Skipped: 3},
			[]string{"4 messages were due and never sent: the rate is more than the broker or the clients take"}},
		{"nothing delivered", result.Counts{Intended: 2, Sent: 2, Expected: 2, Lost: 2},
			[]string{"nothing was delivered: may the clients read these topics, and does the broker know this kind of subscription?"}},
	} {
		if got := warnings(&result.Result{Counts: tc.counts}, &load.Outcome{}); !slices.Equal(got, tc.want) {
			t.Errorf("%s: warnings = %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestBusyLimitsOnlyWhatIsNotPaced(t *testing.T) {
	t.Parallel()
	pacing := func(us int64) load.Latencies {
		h := result.NewHistogram()
		if err := h.RecordValue(us); err != nil {
			t.Fatal(err)
		}
		return load.Latencies{Pacing: load.Histogram{H: h}}
	}
	for _, tc := range []struct {
		name string
		view load.View
		want []string
	}{
		{"closed loop", load.View{Busy: 0.97}, []string{"the load thread was busy 97 % of the time"}},
		{"closed loop that waits", load.View{Busy: 0.5}, []string{}},
		{"paced, in time", load.View{Busy: 0.97, Latencies: pacing(500)}, []string{}},
		{"paced, late", load.View{Busy: 0.97, Latencies: pacing(3000)}, []string{"messages were due 3ms before the generator woke up, at the 99th percentile"}},
	} {
		o := &observer{canary: &canary{}}
		if got := o.limited(tc.view); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestUpperBoundsAreRoundedUp(t *testing.T) {
	t.Parallel()
	for ns, want := range map[int64]time.Duration{20e6: 20 * time.Millisecond, 20e6 + 1: 21 * time.Millisecond, 83_886_080: 84 * time.Millisecond} {
		if got := wholly(ns); got != want {
			t.Errorf("wholly(%d) = %v, want %v", ns, got, want)
		}
	}
}
