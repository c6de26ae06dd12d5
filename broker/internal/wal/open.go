package wal

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"
)

// Open opens the log in dir, which is made (0700) when missing, and reads all of
// it: a torn tail is cut, see Recovery. Errors: *LockedError when the directory
// is in use, *CorruptError when the disk lost or changed what it had accepted.
func Open(dir string, o Options) (*Log, error) {
	o = o.withDefaults()
	if err := o.FS.MkdirAll(dir); err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	lock, err := o.FS.Lock(dir, false)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	l := &Log{
		dir: dir, opts: o, fsys: o.FS, lock: lock,
		wake: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	if err := l.recover(); err != nil {
		lock.Close()
		return nil, fmt.Errorf("open log: %w", err)
	}
	l.timer = time.AfterFunc(time.Hour, l.kick)
	l.timer.Stop()
	go l.run()
	return l, nil
}

// recover reads the files, removes what is not needed and makes sure that
// what was read is on the disk.
func (l *Log) recover() error {
	s := l.scan(nil)
	if err := s.run(); err != nil {
		return err
	}
	l.found = s.rep
	// The names that were read may be as fresh as the crash.
	if err := l.fsys.SyncDir(l.dir); err != nil {
		return fmt.Errorf("sync directory %s: %w", l.dir, err)
	}
	if err := removeAll(l.fsys, l.dir, s.files.temps); err != nil {
		return err
	}
	if err := removeObsolete(l.fsys, l.dir, s.used); err != nil {
		return err
	}
	if err := settleTail(l.fsys, l.dir, s.last); err != nil {
		return err
	}
	last := s.expect - 1
	l.w = writer{
		fsys: l.fsys, dir: l.dir, segmentSize: l.opts.SegmentSize,
		next: s.files.highest + 1, seq: last, durable: last,
	}
	l.appended, l.completed = last, last
	l.size.Store(s.rep.Bytes)
	l.report()
	return nil
}

func (l *Log) report() {
	r := l.found
	if r.TornBytes > 0 {
		l.opts.Logger.Warn("write-ahead log cut at its last good record", slog.String("file", r.TornFile),
			slog.Int64("offset", r.TornOffset), slog.Int64("bytes", r.TornBytes), slog.Uint64("records", r.TornRecords))
	}
	for _, d := range r.Damage {
		l.opts.Logger.Error("write-ahead log is damaged", slog.String("file", d.File),
			slog.Int64("offset", d.Offset), slog.Int64("bytes", d.Bytes), slog.String("reason", d.Reason))
	}
}

func (l *Log) scan(visit func(Entry) error) *scanner {
	s := &scanner{fsys: l.fsys, dir: l.dir, visit: visit}
	if l.opts.Salvage {
		s.policy = salvage
	}
	return s
}

// settleTail cuts the last segment behind its last good record and makes the
// rest durable. It writes the bytes again that were perhaps not synced: after a
// failed sync the kernel shows them and believes that they need no writing.
func settleTail(fsys FS, dir string, last lastLog) (err error) {
	if last.name == "" {
		return nil
	}
	f, err := fsys.Open(filepath.Join(dir, last.name), ReadWrite)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	buf := make([]byte, min(window, max(0, last.end-last.safe)))
	for off := last.safe; off < last.end; {
		b := buf[:min(window, last.end-off)]
		if n, err := f.ReadAt(b, off); n < len(b) && err != nil && err != io.EOF {
			return fmt.Errorf("%s: %w", last.name, err)
		} else if n == 0 {
			return fmt.Errorf("%s: %w", last.name, io.ErrUnexpectedEOF)
		} else if err := writeAll(f, b[:n], off); err != nil {
			return fmt.Errorf("%s: %w", last.name, err)
		} else {
			off += int64(n)
		}
	}
	if last.size > last.end {
		if err := f.Truncate(last.end); err != nil {
			return fmt.Errorf("%s: %w", last.name, err)
		}
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", last.name, err)
	}
	return nil
}

// Replay calls fn with each record of the snapshot and then each record after
// it. A record is valid during the call. It works once, before the first
// Append; an error of fn ends it and is returned.
func (l *Log) Replay(fn func(rec []byte) error) error {
	l.mu.Lock()
	frozen := l.frozen
	l.frozen = true
	l.mu.Unlock()
	if frozen {
		return errReplayed
	}
	return l.scan(func(e Entry) error { return fn(e.Record) }).run()
}

// ReadOptions of Check and Dump.
type ReadOptions struct {
	FS FS // nil: the operating system's
	// InUse reads also while a Log has the directory. What it writes at that
	// moment may look torn, and a snapshot may remove files under the reader.
	InUse bool
	// Salvage makes Dump read around damage.
	Salvage bool
}

// Check reads a directory without changing it and reports what is there,
// damage included; the error is about reading. A *LockedError means that the
// log is in use.
func Check(dir string, o ReadOptions) (Report, error) {
	return read(dir, o, &scanner{policy: check})
}

// Dump calls fn with each record that Replay would, without changing
// anything. An error of fn ends it and is returned.
func Dump(dir string, o ReadOptions, fn func(Entry) error) error {
	s := &scanner{visit: fn}
	if o.Salvage {
		s.policy = salvage
	}
	_, err := read(dir, o, s)
	return err
}

func read(dir string, o ReadOptions, s *scanner) (Report, error) {
	s.fsys, s.dir = o.FS, dir
	if s.fsys == nil {
		s.fsys = osFS{}
	}
	if !o.InUse {
		lock, err := s.fsys.Lock(dir, true)
		if err != nil {
			return Report{}, fmt.Errorf("read log: %w", err)
		}
		defer lock.Close()
	}
	if err := s.run(); err != nil {
		return Report{}, fmt.Errorf("read log: %w", err)
	}
	return s.rep, nil
}
