package broker

import (
	"time"

	"mqt/broker/internal/wal"
)

// Histogram counts durations by size.
type Histogram struct {
	Count   int64
	Sum     time.Duration
	Buckets []Bucket // by size; durations above the last one's are in Count only
}

// Bucket is one size of a Histogram.
type Bucket struct {
	UpTo  time.Duration // the longest duration that is counted
	Count int64         // durations up to that, those of smaller buckets included
}

// CommitStats tells how a Store keeps up.
type CommitStats struct {
	// Waits is the time from the first record of a group commit until the
	// group is as durable as the store promises, and so about the longest time
	// that an acknowledgement waited for the store.
	Waits Histogram
	// Syncs is the time that the disk took for each sync.
	Syncs Histogram
	// Pending is how many commits have been asked for and not answered.
	Pending int64
	// PendingBytes is the size of the records that are not yet written.
	PendingBytes int64
}

// StoreStats is a Store that tells how it keeps up; Stats has it then.
type StoreStats interface {
	// CommitStats counts since the store was opened.
	CommitStats() CommitStats
}

var _ StoreStats = (*FileStore)(nil)

// CommitStats implements StoreStats.
func (f *FileStore) CommitStats() CommitStats {
	s := f.Log.Stats()
	return CommitStats{Waits: histogram(&s.Waits), Syncs: histogram(&s.SyncTimes), Pending: int64(s.Waiting), PendingBytes: s.Pending}
}

func histogram(h *wal.Histogram) Histogram {
	out := Histogram{Count: int64(h.Count), Sum: h.Sum, Buckets: make([]Bucket, wal.Buckets)}
	sum := int64(0)
	for i, n := range h.Counts {
		sum += int64(n)
		out.Buckets[i] = Bucket{UpTo: wal.Bound(i), Count: sum}
	}
	return out
}
