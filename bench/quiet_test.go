package bench

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

func TestAwaitQuiet(t *testing.T) {
	t.Parallel()
	all := float64(runtime.NumCPU())
	for _, tc := range []struct {
		name string
		busy time.Duration // all processors are, for so long
		idle float64       // processors in use then
		err  error
		want time.Duration
	}{
		{name: "quiet", want: 0},
		{name: "nearly quiet", idle: 0.2, want: 0},
		{name: "quiet after a while", busy: 2 * time.Second, want: 2 * time.Second},
		{name: "never quiet", busy: time.Hour, want: 9500 * time.Millisecond},
		{name: "unknown", err: errors.New("unknown"), want: 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			used := func() (time.Duration, error) {
				d := time.Since(began)
				busy := min(d, tc.busy)
				return time.Duration(all*float64(busy) + tc.idle*float64(d-busy)), tc.err
			}
			if got := awaitQuiet(t.Context(), 10*time.Second, used); got != tc.want {
				t.Errorf("%s: waited %v, want %v", tc.name, got, tc.want)
			}
		})
	}
}

func TestAwaitQuietEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		began := time.Now()
		used := func() (time.Duration, error) { return 0, nil }
		if got := awaitQuiet(ctx, time.Hour, used); got != 0 || time.Since(began) != 100*time.Millisecond {
			t.Errorf("waited %v too long, for %v in all, want 0 and 100ms", got, time.Since(began))
		}
	})
}
