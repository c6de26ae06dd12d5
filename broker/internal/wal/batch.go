package wal

import "time"

// batch collects the frames of one write: a mark, then records.
type batch struct {
	buf     []byte
	records int
	last    uint64    // Append's number for the last record
	since   time.Time // when the first record was added
	// cut, when set, is a snapshot that begins here: the batch starts a new
	// segment.
	cut *Snapshot
}

// keep is the capacity up to which an empty batch is used again.
const keep = 4 << 20

func (b *batch) reset() {
	if cap(b.buf) > keep {
		b.buf = nil
	}
	b.buf = appendOpen(b.buf[:0], frameMark, nil)
	b.records, b.last, b.cut = 0, 0, nil
}

func (b *batch) add(rec []byte) {
	if b.records == 0 {
		b.since = time.Now()
	}
	b.buf = appendOpen(b.buf, frameRecord, rec)
	b.records++
}

// waiter is a Commit that was not answered.
type waiter struct {
	seq  uint64
	done func(error)
	err  error
}

// failure is a range of records that are not in the log.
type failure struct {
	first, last uint64
	err         error
}

// maxFailures bounds the memory for failures. Commits come soon after their
// Appends, so old ones are of no interest.
const maxFailures = 64

// failures remembers which records failed, in ascending order.
type failures struct {
	ranges []failure
	// forgotten is the last record of the ranges that were dropped. A Commit
	// up to here might ask for one of them, and is told that it failed.
	forgotten uint64
}

func (f *failures) add(first, last uint64, err error) {
	if n := len(f.ranges); n > 0 && f.ranges[n-1].last+1 == first && alike(f.ranges[n-1].err, err) {
		f.ranges[n-1].last, f.ranges[n-1].err = last, err
		return
	}
	if len(f.ranges) == maxFailures {
		f.forgotten = max(f.forgotten, f.ranges[0].last)
		f.ranges = append(f.ranges[:0], f.ranges[1:]...)
	}
	f.ranges = append(f.ranges, failure{first, last, err})
}

// alike lets a long time without disk space be one failure.
func alike(a, b error) bool { return a == b || isNoSpace(a) && isNoSpace(b) }

func (f *failures) of(seq uint64) error {
	if seq <= f.forgotten {
		return errCommitLate
	}
	for _, r := range f.ranges {
		if r.first <= seq && seq <= r.last {
			return r.err
		}
	}
	return nil
}

// pending is the number of bytes of records and their frames.
func (b *batch) pending() int64 { return int64(len(b.buf)) - frameSize }
