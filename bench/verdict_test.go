package bench

import (
	"slices"
	"testing"

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
