package wal

import "time"

// recent is the number of group commits that Stats remembers.
const recent = 64

// GroupCommit is one round of the log: a write, and with SyncAlways a sync,
// for all records that had come together.
type GroupCommit struct {
	Records int
	Bytes   int64
	Latency time.Duration
}

// Stats counts since Open.
type Stats struct {
	Records uint64 // written
	Bytes   uint64 // written, frames included
	Groups  uint64 // group commits that wrote records
	Commits uint64 // answered Commits and Waits
	Failed  uint64 // records kept out by a failure
	Syncs   uint64
	Pending int64 // bytes appended and not yet written
	Waiting int   // Commits and Waits that are not answered
	// Waits counts for each group commit the time from the Append of its first
	// record until the group counted as committed.
	Waits Histogram
	// SyncTimes counts how long each sync took.
	SyncTimes Histogram
	// LastSync is how long the last sync took.
	LastSync time.Duration
	// Recent holds the last group commits, up to 64, oldest first.
	Recent []GroupCommit
}

// Stats returns a copy of the counters.
func (l *Log) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.stats
	s.Pending, s.Waiting = l.Pending(), len(l.waiters)
	s.Recent = nil
	at := int(s.Groups % recent) // of the oldest, when the ring is full
	if len(l.stats.Recent) < recent {
		at = 0
	}
	s.Recent = append(s.Recent, l.stats.Recent[at:]...)
	s.Recent = append(s.Recent, l.stats.Recent[:at]...)
	return s
}

// waited counts how long the first record of each batch waited. mu is held.
func (l *Log) waited(queue []*batch) {
	now := time.Now()
	for _, b := range queue {
		if b.records > 0 {
			l.stats.Waits.observe(now.Sub(b.since))
		}
	}
}

// record counts a round. mu is held.
func (l *Log) record(g GroupCommit) {
	s := &l.stats
	s.Syncs, s.LastSync, s.SyncTimes = l.w.syncs, l.w.syncing, l.w.syncTimes
	if g.Records == 0 {
		return
	}
	s.Records += uint64(g.Records)
	s.Bytes += uint64(g.Bytes)
	if len(s.Recent) < recent {
		s.Recent = append(s.Recent, g)
	} else {
		s.Recent[s.Groups%recent] = g
	}
	s.Groups++
}
