package wal

import (
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Sync says when a record counts as committed.
type Sync int

const (
	// SyncAlways: after fdatasync. Survives a power failure.
	SyncAlways Sync = iota
	// SyncOS: after write(2). Survives the end of the process, however it
	// comes; what a power failure takes is up to the operating system.
	SyncOS
	// SyncInterval: as SyncOS, and at most Options.Interval later synced.
	SyncInterval
)

// Options of a log. The zero value is the safest choice.
type Options struct {
	FS   FS // nil: the operating system's
	Sync Sync
	// Interval is the time between syncs with SyncInterval; 0 means 100 ms.
	Interval time.Duration
	// SegmentSize is the length in bytes that segments are reserved with; 0
	// means 64 MiB. A batch that is larger gets a larger segment.
	SegmentSize int64
	// Salvage reads around damage instead of returning a *CorruptError.
	// Recovery says what was lost. The damage stays on disk, and so each Open
	// needs Salvage, until a Snapshot has replaced it.
	Salvage bool
	Logger  *slog.Logger // nil: no log
}

func (o Options) withDefaults() Options {
	if o.FS == nil {
		o.FS = osFS{}
	}
	if o.SegmentSize <= 0 {
		o.SegmentSize = 64 << 20
	}
	switch {
	case o.Sync != SyncInterval:
		o.Interval = 0
	case o.Interval <= 0:
		o.Interval = 100 * time.Millisecond
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// lazy is the longest time that a record without a Commit stays in memory, and
// eager the number of bytes that are written without waiting for either.
const (
	lazy  = 50 * time.Millisecond
	eager = 1 << 20
)

// Log is a segmented write-ahead log with compact snapshots. All methods may be
// called from any goroutine.
//
// A full disk fails the records that were being written and those appended
// meanwhile; they are not in the log, later records are tried afresh. Whoever
// keeps state in memory that such a record describes should drop it or take a
// Snapshot. Any other failure of a write or sync poisons the log, see
// ErrPoisoned.
type Log struct {
	// Set by Open; read-only after.
	dir     string
	opts    Options
	fsys    FS
	lock    io.Closer
	found   Report
	wake    chan struct{} // capacity 1
	stop    chan struct{} // closed by Close
	stopped chan struct{} // closed when the log's goroutine is over
	timer   *time.Timer   // kicks when records lie around without a Commit

	// Owned by the log's goroutine.
	w     writer
	ready []waiter

	size    atomic.Int64 // bytes since the last snapshot
	pending atomic.Int64 // bytes appended and not yet written

	disk     sync.Mutex // held by snapshots during each file operation; taken before mu
	released bool       // guarded by disk: the directory is not ours any more

	mu        sync.Mutex // guards the fields below
	queue     []*batch   // to be written, in order; Append adds to the last
	free      []*batch
	appended  uint64 // number of the last record
	completed uint64 // records up to here are decided
	failed    failures
	waiters   []waiter // ascending
	err       error    // poisoned
	frozen    bool     // no Replay any more
	closed    bool     // no more records
	over      bool     // nobody answers waiters any more
	snapping  bool     // a snapshot is being written
	stats     Stats
}

// Append copies rec, of 1 byte to MaxRecord, into the write buffer and returns
// its number. It never waits for the disk. Without a Commit the record is
// written soon, but nobody learns how it fared; Pending tells how much memory
// waits for the disk. Numbers grow by one.
func (l *Log) Append(rec []byte) uint64 {
	l.mu.Lock()
	l.frozen = true
	l.appended++
	seq := l.appended
	if err := l.refuses(rec); err != nil {
		if l.err == nil { // else all that are not completed fail
			l.failed.add(seq, seq, err)
		}
		l.mu.Unlock()
		return seq
	}
	b := l.openBatch()
	b.last = seq
	b.add(rec)
	first, full := b.records == 1, len(b.buf) >= eager
	l.pending.Add(int64(frameSize + len(rec)))
	l.mu.Unlock()
	switch {
	case full:
		l.kick()
	case first:
		l.timer.Reset(lazy)
	}
	return seq
}

// refuses tells why the record cannot be written. mu is held.
func (l *Log) refuses(rec []byte) error {
	switch {
	case l.err != nil:
		return l.err
	case l.closed:
		return ErrClosed
	case len(rec) == 0 || len(rec) > MaxRecord:
		return ErrRecordSize
	}
	return nil
}

// openBatch returns the batch that takes the next record.
func (l *Log) openBatch() *batch {
	if n := len(l.queue); n > 0 {
		return l.queue[n-1]
	}
	return l.newBatch()
}

func (l *Log) newBatch() *batch {
	b := new(batch)
	if n := len(l.free); n > 0 {
		b, l.free = l.free[n-1], l.free[:n-1]
	}
	b.reset()
	l.queue = append(l.queue, b)
	return b
}

// Commit calls done once, with nil when the record seq and all records before
// it that did not fail are as durable as Options.Sync says, or with the error
// that kept the record out of the log. The calls come from the log's
// goroutine, in the order of seq among the Commits that wait at that time;
// done must be quick and must not call Wait, Snapshot or Close. After Close,
// done is called before Commit returns.
func (l *Log) Commit(seq uint64, done func(err error)) {
	l.mu.Lock()
	if l.over {
		err := l.fate(seq)
		l.mu.Unlock()
		done(err)
		return
	}
	i := len(l.waiters)
	l.waiters = append(l.waiters, waiter{})
	for ; i > 0 && l.waiters[i-1].seq > seq; i-- {
		l.waiters[i] = l.waiters[i-1]
	}
	l.waiters[i] = waiter{seq: seq, done: done}
	l.mu.Unlock()
	l.kick()
}

// Wait is Commit for callers that have nothing else to do.
func (l *Log) Wait(seq uint64) error {
	c := make(chan error, 1)
	l.Commit(seq, func(err error) { c <- err })
	return <-c
}

// fate tells how a record fared. mu is held.
func (l *Log) fate(seq uint64) error {
	if seq > l.completed {
		return ErrClosed
	}
	return l.failed.of(seq)
}

// Size returns the bytes in the log since the last snapshot, to decide when the
// next one is due.
func (l *Log) Size() int64 { return l.size.Load() }

// Pending returns the bytes that are appended and not yet written. It grows
// without limit while the disk is too slow, unless the callers slow down.
func (l *Log) Pending() int64 { return l.pending.Load() }

// Recovery returns what Open found.
func (l *Log) Recovery() Report { return l.found }

// Close writes and syncs everything appended, answers each Commit, and gives
// the directory back. It waits for the disk; a snapshot that is being written
// ends with ErrClosed. Closing again does nothing.
func (l *Log) Close() error {
	l.mu.Lock()
	again := l.closed
	l.closed = true
	l.mu.Unlock()
	if again {
		<-l.stopped
		return nil
	}
	l.timer.Stop()
	close(l.stop)
	<-l.stopped
	l.disk.Lock()
	defer l.disk.Unlock()
	l.released = true
	err := l.lock.Close()
	if l.w.bad != nil {
		return l.w.bad
	}
	return err
}

func (l *Log) kick() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}
