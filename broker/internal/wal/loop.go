package wal

import (
	"runtime"
	"time"
)

// run is the log's goroutine, until Close: it writes what was appended, syncs,
// and answers Commits. What is appended during a sync rides on the next one.
func (l *Log) run() {
	defer close(l.stopped)
	interval := time.NewTimer(time.Hour)
	interval.Stop()
	defer interval.Stop()
	for armed := false; ; {
		select {
		case <-l.wake:
			// Who was woken by the last round may have more to append.
			runtime.Gosched()
			l.round()
			if l.opts.Interval > 0 && !armed && l.w.durable != l.w.seq {
				interval.Reset(l.opts.Interval)
				armed = true
			}
		case <-interval.C:
			armed = false
			l.background()
		case <-l.stop:
			l.round()
			l.end()
			return
		}
	}
}

// round writes and, with SyncAlways, syncs what is queued.
func (l *Log) round() {
	start := time.Now()
	queue, upto := l.take()
	g, good, err := l.write(queue)
	if l.opts.Sync == SyncAlways {
		if bad := l.w.sync(); bad != nil {
			good, err = 0, bad
		}
	}
	g.Latency = time.Since(start)
	l.settle(outcome{queue: queue, upto: upto, good: good, err: err, group: g})
	l.idle()
}

// take empties the queue.
func (l *Log) take() (queue []*batch, upto uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	queue, l.queue = l.queue, nil
	if l.err != nil && l.w.bad == nil { // a snapshot poisoned the log
		l.w.bad = l.err
	}
	return queue, l.appended
}

// write writes the batches, stopping at the first failure. good is the last
// record written. Snapshots get their cut in any case: on a full disk they are
// the way out.
func (l *Log) write(queue []*batch) (g GroupCommit, good uint64, err error) {
	err = l.w.bad
	for _, b := range queue {
		if b.cut != nil {
			b.cut.begin <- l.cut()
		}
		if err == nil && b.records > 0 {
			err = l.w.write(b.buf)
			if err == nil {
				g.Records += b.records
				g.Bytes += int64(len(b.buf))
				l.size.Add(int64(len(b.buf)))
			}
		}
		if err == nil {
			good = max(good, b.last)
		}
	}
	return g, good, err
}

// outcome is how a round went.
type outcome struct {
	queue []*batch
	upto  uint64 // the last record that belongs to the round
	good  uint64 // the last one that succeeded; 0 for none
	err   error  // of those after good
	group GroupCommit
}

// settle decides the round's records and answers their Commits.
func (l *Log) settle(o outcome) {
	l.mu.Lock()
	if l.w.bad != nil && l.err == nil {
		l.err = l.w.bad
		l.opts.Logger.Error("write-ahead log failed", "dir", l.dir, "err", l.err)
	}
	for _, b := range o.queue {
		l.pending.Add(-b.pending())
	}
	if o.err != nil {
		o.upto = l.appended
		l.discard()
		if first := max(o.good, l.completed) + 1; first <= o.upto {
			l.failed.add(first, o.upto, o.err)
			l.stats.Failed += o.upto + 1 - first
		}
	}
	if o.err == nil {
		l.waited(o.queue)
	}
	l.completed = o.upto
	l.record(o.group)
	l.answerable()
	if len(l.free) == 0 && len(o.queue) > 0 {
		o.queue[0].reset()
		l.free = append(l.free, o.queue[0])
	}
	l.mu.Unlock()
	for i, wt := range l.ready {
		wt.done(wt.err)
		l.ready[i] = waiter{}
	}
	l.ready = l.ready[:0]
}

// discard drops what was appended during a round that failed: it may build on
// records that are not in the log. mu is held.
func (l *Log) discard() {
	for _, b := range l.queue {
		l.pending.Add(-b.pending())
		cut := b.cut
		b.reset()
		b.cut = cut
	}
}

// answerable moves the Commits that are decided from waiters to ready. mu is
// held.
func (l *Log) answerable() {
	n := 0
	for n < len(l.waiters) && l.waiters[n].seq <= l.completed {
		wt := l.waiters[n]
		wt.err = l.failed.of(wt.seq)
		l.ready = append(l.ready, wt)
		n++
	}
	if n == 0 {
		return
	}
	rest := copy(l.waiters, l.waiters[n:])
	clear(l.waiters[rest:])
	l.waiters = l.waiters[:rest]
	l.stats.Commits += uint64(n)
}

// idle marks the end of the log while there is nothing better to do.
func (l *Log) idle() {
	l.mu.Lock()
	busy := len(l.queue) > 0
	l.mu.Unlock()
	if !busy {
		l.check(l.w.mark())
	}
}

// background is the sync of SyncInterval.
func (l *Log) background() {
	l.check(l.w.sync())
	l.idle()
}

// check notices a failure that no Commit waits for; those to come report it.
func (l *Log) check(err error) {
	if err != nil && l.w.bad != nil {
		l.settle(outcome{err: err, good: l.completed, upto: l.completed})
	}
}

// end closes the segment and answers the last Commits.
func (l *Log) end() {
	err := l.w.close()
	if err != nil {
		l.check(err)
	}
	l.mu.Lock()
	l.over = true
	left := l.waiters
	l.waiters = nil
	for i := range left {
		left[i].err = l.fate(left[i].seq)
	}
	l.mu.Unlock()
	for _, wt := range left {
		wt.done(wt.err)
	}
}
