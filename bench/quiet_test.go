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
		{name: "quiet", want: 500 * time.Millisecond},
		{name: "nearly quiet", idle: 0.2, want: 500 * time.Millisecond},
		{name: "quiet after a while", busy: 2 * time.Second, want: 2500 * time.Millisecond},
		{name: "never quiet", busy: time.Hour, want: 10 * time.Second},
		{name: "unknown", err: errors.New("unknown"), want: 500 * time.Millisecond},
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
		used := func() (time.Duration, error) { return 0, nil }
		if got := awaitQuiet(ctx, time.Hour, used); got != 100*time.Millisecond {
			t.Errorf("waited %v, want 100ms", got)
		}
	})
}
