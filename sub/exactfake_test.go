package sub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"mqt/internal/mqtt"
)

// What is asked for by name is complete with its last message: nothing more is
// waited for, or an export of many messages would take longer than its time.
func TestGatherExactWaitsForNothing(t *testing.T) {
	t.Parallel()
	for _, version := range []mqtt.Version{mqtt.V5, mqtt.V311} {
		t.Run(version.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const n, queued = batchTopics + 20, 10 // two batches
				var store []mqtt.Message
				for i := range n {
					store = append(store, live(fmt.Sprintf("x/%05d", i), "x"))
				}
				f := newFake(store...)
				f.queue = queued
				defer f.close()
				var total int
				var counts []int
				o := CollectOptions{Filters: []mqtt.Filter{filter(t, "#")}, Version: version, Quiet: time.Minute}
				o.Again = func(n int) { total, counts = n, nil }
				o.Progress = func(n int) { counts = append(counts, n) }
				start := time.Now()
				got, _, err := GatherExact(t.Context(), f, o)
				if took := time.Since(start); err != nil || len(got) != n || took != 2*time.Minute {
					t.Errorf("GatherExact = %d messages, %v after %v, want %d after two quiet times", len(got), err, took, n)
				}
				want := make([]int, n-queued)
				for i := range want {
					want[i] = i + 1
				}
				if total != len(want) || !slices.Equal(counts, want) {
					t.Errorf("GatherExact announced %d messages by name and counted %d, want %d", total, len(counts), len(want))
				}
			})
		})
	}
}

// A message that is removed meanwhile is waited for, and then left out.
func TestGatherExactMisses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(live("a", "1"), live("b", "2"), live("c", "3"))
		f.queue = 1
		defer f.close()
		o := CollectOptions{Filters: []mqtt.Filter{filter(t, "#")}, Version: mqtt.V5}
		o.Again = func(int) { delete(f.retained, "b") }
		got, _, err := GatherExact(t.Context(), f, o)
		if s := topics(got); err != nil || s != "a=1 c=3" {
			t.Errorf("GatherExact = %s, %v, want a=1 c=3", s, err)
		}
	})
}

// A broker that falls silent is no other error than the time.
func TestGatherExactTimesOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(live("a", "1"), live("b", "2"))
		f.queue, f.deaf = 1, true
		defer f.close()
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, ErrTimeout)
		defer cancel()
		_, _, err := GatherExact(ctx, f, CollectOptions{Filters: []mqtt.Filter{filter(t, "#")}, Version: mqtt.V5})
		if !errors.Is(err, ErrTimeout) {
			t.Errorf("GatherExact = %v, want %v", err, ErrTimeout)
		}
	})
}
