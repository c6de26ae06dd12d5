package wal

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestHistogram(t *testing.T) {
	t.Parallel()
	var got Histogram
	for _, d := range []time.Duration{0, Bound(0), Bound(0) + 1, Bound(Buckets - 1), Bound(Buckets-1) + 1} {
		got.observe(d)
	}
	want := Histogram{Count: 5, Sum: 2*Bound(0) + 1 + 2*Bound(Buckets-1) + 1}
	want.Counts[0], want.Counts[1], want.Counts[Buckets-1] = 2, 1, 1
	if got != want {
		t.Errorf("histogram = %+v, want %+v", got, want)
	}
}

// TestCommitLatency: a group's wait begins with its first record, also when it
// rides on a later sync, and what failed is not counted.
func TestCommitLatency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fs := newSimFS()
		l := mustOpen(t, "d", Options{FS: fs, SegmentSize: 1 << 20})
		defer l.Close()
		mustAppend(t, l, "makes the segment") // in no time
		before := l.Stats()
		release := fs.blockSync()
		first := l.Append([]byte("first"))
		l.Commit(first, func(error) {})
		fs.awaitSync()
		time.Sleep(2 * time.Millisecond) // virtual time
		second := l.Append([]byte("second"))
		l.Commit(second, func(error) {})
		time.Sleep(time.Millisecond)
		if s := l.Stats(); s.Waiting != 2 || s.Pending == 0 {
			t.Errorf("Stats() = %+v, want 2 waiting and something pending", s)
		}
		release()
		if err := l.Wait(second); err != nil {
			t.Fatal(err)
		}
		s := l.Stats()
		if n, sum := s.Waits.Count-before.Waits.Count, s.Waits.Sum-before.Waits.Sum; n != 2 || sum != 4*time.Millisecond {
			t.Errorf("%d groups waited %v, want 2 and 3 ms + 1 ms", n, sum)
		}
		if n, sum := s.SyncTimes.Count-before.SyncTimes.Count, s.SyncTimes.Sum-before.SyncTimes.Sum; n != 2 || sum != 3*time.Millisecond {
			t.Errorf("%d syncs took %v, want 2 and 3 ms", n, sum)
		}
		if s.Waiting != 0 {
			t.Errorf("%d commits are waiting, want none", s.Waiting)
		}
	})
}
