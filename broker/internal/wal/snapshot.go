package wal

import (
	"fmt"
	"path/filepath"
)

// Snapshot is a snapshot being written. It belongs to one goroutine; the log
// goes on beside it.
type Snapshot struct {
	l     *Log
	begin chan cut // gets one value, from the log's goroutine

	sealer
	at     cut
	f      File
	name   string
	buf    []byte
	off    int64
	synced int64
	count  uint64
	err    error // no further use
}

// cut is where the snapshot begins.
type cut struct {
	number uint64 // of its file
	first  uint64 // sequence number of the next record of the log
	size   int64  // bytes of the log that it replaces
	err    error
}

// snapSync is the number of bytes after which a snapshot is synced, so that the
// log's own syncs need not wait for all of it.
const snapSync = 16 << 20

// Snapshot compacts the log: the records that write adds replace everything
// appended before the call began; what is appended meanwhile stays, and is
// replayed after them. It waits for the disk and runs beside Appends. A crash or
// an error at any point leaves the log as it was.
//
// What write adds must be the state as of the call, or records appended
// meanwhile must do no harm when replayed onto a later state. When only a lock
// gives the exact state, use Begin under it.
func (l *Log) Snapshot(write func(add func(rec []byte) error) error) error {
	s, err := l.Begin()
	if err != nil {
		return err
	}
	defer s.Abort()
	if err := write(s.Add); err != nil {
		return err
	}
	return s.Commit()
}

// Begin starts a snapshot without waiting for anything: it will replace what
// was appended before this call. The caller must Commit or Abort it. There is
// one at a time, see ErrSnapshotRunning.
func (l *Log) Begin() (*Snapshot, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return nil, ErrClosed
	case l.err != nil:
		return nil, l.err
	case l.snapping:
		return nil, ErrSnapshotRunning
	}
	s := &Snapshot{l: l, begin: make(chan cut, 1)}
	l.snapping, l.frozen = true, true
	l.newBatch().cut = s
	l.kick()
	return s, nil
}

// cut ends the segment, for the log's goroutine.
func (l *Log) cut() cut {
	if err := l.w.finish(); err != nil {
		return cut{err: err}
	}
	c := cut{number: l.w.next, first: l.w.seq + 1, size: l.size.Load()}
	l.w.next++
	return c
}

// Add writes a record of 1 byte to MaxRecord, which it does not keep. After an
// error the snapshot is of no use. It waits for the disk.
func (s *Snapshot) Add(rec []byte) error {
	switch {
	case s.err != nil:
		return s.err
	case len(rec) == 0 || len(rec) > MaxRecord:
		return s.fail(ErrRecordSize)
	case s.f == nil:
		if err := s.open(); err != nil {
			return s.fail(err)
		}
	}
	s.count++
	s.frame(frameRecord, rec)
	if len(s.buf) < window {
		return nil
	}
	return s.fail(s.guard(s.flush))
}

// Commit makes the snapshot the one that counts, durably, and then removes the
// files it replaces.
func (s *Snapshot) Commit() error {
	if s.err != nil {
		return s.err
	}
	if s.f == nil {
		if err := s.open(); err != nil {
			return s.fail(err)
		}
	}
	s.frame(frameEnd, nil)
	if err := s.fail(s.guard(s.install)); err != nil {
		return err
	}
	s.l.size.Add(-s.at.size)
	s.end(errSnapshotEnd)
	return nil
}

// Abort drops the snapshot. After Commit it does nothing.
func (s *Snapshot) Abort() {
	if s.err == nil {
		s.fail(errSnapshotEnd)
	}
}

// fail ends the snapshot when there is an error, which it returns.
func (s *Snapshot) fail(err error) error {
	if err == nil {
		return nil
	}
	_ = s.guard(func() error { // the next Open removes it otherwise
		if s.f == nil {
			return nil
		}
		s.f.Close()
		return s.l.fsys.Remove(s.path() + tmpSuffix)
	})
	s.end(err)
	return err
}

func (s *Snapshot) end(why error) {
	s.err, s.f, s.buf = why, nil, nil
	s.l.mu.Lock()
	s.l.snapping = false
	s.l.mu.Unlock()
}

// guard runs a file operation, unless the directory was given back.
func (s *Snapshot) guard(op func() error) error {
	s.l.disk.Lock()
	defer s.l.disk.Unlock()
	if s.l.released {
		return ErrClosed
	}
	return op()
}

func (s *Snapshot) path() string { return filepath.Join(s.l.dir, s.name) }

func (s *Snapshot) open() error {
	if s.at = <-s.begin; s.at.err != nil {
		return fmt.Errorf("snapshot: %w", s.at.err)
	}
	h := newHeader(kindSnap, s.at.number, s.at.first)
	s.name, s.sealer = fileID{kindSnap, h.number}.name(), h.sealer()
	s.buf = h.append(s.buf)
	return s.guard(func() (err error) {
		s.f, err = s.l.fsys.Open(s.path()+tmpSuffix, Create)
		return err
	})
}

func (s *Snapshot) frame(kind uint32, rec []byte) {
	start := len(s.buf)
	s.buf = appendOpen(s.buf, kind, rec)
	s.seal(s.buf[start:], s.count)
}

func (s *Snapshot) flush() error {
	if err := writeAll(s.f, s.buf, s.off); err != nil {
		return fmt.Errorf("write %s: %w", s.name, err)
	}
	s.off += int64(len(s.buf))
	if s.buf = s.buf[:0]; cap(s.buf) > keep {
		s.buf = nil
	}
	if s.off-s.synced < snapSync {
		return nil
	}
	return s.sync()
}

func (s *Snapshot) sync() error {
	if err := s.f.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", s.name, err)
	}
	s.synced = s.off
	return nil
}

func (s *Snapshot) install() error {
	if err := s.flush(); err != nil {
		return err
	}
	if err := s.sync(); err != nil {
		return err
	}
	if err := s.f.Close(); err != nil {
		return err
	}
	if err := publish(s.l.fsys, s.l.dir, s.name); err != nil {
		return s.l.poison(err)
	}
	if err := removeObsolete(s.l.fsys, s.l.dir, s.at.number); err != nil {
		// The snapshot counts; the next one, or Open, removes them.
		s.l.opts.Logger.Warn("old log files are left over", "dir", s.l.dir, "err", err)
	}
	return nil
}

// poison ends the log after a snapshot whose name may or may not be durable,
// unless the disk is just full.
func (l *Log) poison(err error) error {
	if isNoSpace(err) {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = fmt.Errorf("%w: %w", ErrPoisoned, err)
	}
	return l.err
}
