package wal

import (
	"fmt"
	"path/filepath"
)

// policy says what a scan does about damage.
type policy int

const (
	strict  policy = iota // damage is an error
	check                 // damage is reported, and the scan goes on
	salvage               // as check, and even records behind a torn place count
)

// Entry is one record and where it is.
type Entry struct {
	File   string // base name
	Offset int64  // of its frame in the file, in bytes
	// Seq counts the records of the log from 1 over its whole life; in a
	// snapshot it counts that snapshot's records from 1.
	Seq      uint64
	Snapshot bool
	Record   []byte // valid during the call
}

// Report is what reading a directory found.
type Report struct {
	Snapshot        string // base name of the file; empty when there is none
	SnapshotRecords uint64
	Segments        int
	Records         uint64 // in the segments
	Bytes           int64  // of frames in the segments

	// The torn tail, which a crash leaves behind: bytes of the last segment
	// that were never reported as committed. TornRecords counts the complete
	// records among them.
	TornFile    string // base name; empty when there is no torn tail
	TornOffset  int64
	TornBytes   int64
	TornRecords uint64

	// Damage is empty unless the disk lost or changed what it had accepted.
	Damage []CorruptError
}

// scanner reads the files of a directory in order.
type scanner struct {
	fsys   FS
	dir    string
	policy policy
	visit  func(Entry) error // nil: only look

	rep    Report
	files  listing
	expect uint64  // sequence number of the next record
	used   uint64  // number of the snapshot that was read; 0 for none
	last   lastLog // the last segment
	// doubt is the bad end of the segment read last, unless the next one
	// shows that no record is missing.
	doubt *CorruptError
}

// lastLog is what recovery needs to know about the last segment.
type lastLog struct {
	name    string
	records uint64
	size    int64
	end     int64 // after the last good frame
	safe    int64 // what is before is known to be synced
}

// run reads everything.
func (s *scanner) run() error {
	files, err := list(s.fsys, s.dir)
	if err != nil {
		return err
	}
	s.files, s.expect = files, 1
	if err := s.snapshots(); err != nil {
		return err
	}
	logs := files.logsAfter(s.used)
	for i, number := range logs {
		if err := s.file(fileID{kindLog, number}, i == len(logs)-1); err != nil {
			return err
		}
	}
	return nil
}

// snapshots reads the newest snapshot. Only a salvage that cannot even read
// its header tries an older one.
func (s *scanner) snapshots() error {
	for i := len(s.files.snaps) - 1; i >= 0 && s.used == 0; i-- {
		if err := s.file(fileID{kindSnap, s.files.snaps[i]}, false); err != nil {
			return err
		}
	}
	return nil
}

func (s *scanner) file(id fileID, last bool) error {
	f, err := s.fsys.Open(filepath.Join(s.dir, id.name()), ReadOnly)
	if err != nil {
		return err
	}
	defer f.Close()
	r, reason, err := newReader(f)
	if err != nil {
		return fmt.Errorf("%s: %w", id.name(), err)
	}
	if reason == "" && (r.head.number != id.number || r.head.kind != id.kind) {
		reason = "the file was renamed or swapped with another"
	}
	w := &walk{scanner: s, r: r, name: id.name(), last: last, off: headerSize}
	if reason != "" {
		return w.damage(rest{bytes: r.size}, 0, reason)
	}
	if id.kind == kindSnap {
		return w.snapshot()
	}
	return w.log()
}

// walk goes through the frames of one file.
type walk struct {
	*scanner
	r    *reader
	name string
	last bool // the last segment
	off  int64
	safe int64 // see lastLog
	// recEnd is the end of the last record. The marks behind it say that it
	// was synced, not that they were.
	recEnd int64
}

func (w *walk) snapshot() error {
	w.used, w.rep.Snapshot = w.r.head.number, w.name
	next := uint64(1)
	for {
		f, ok, err := w.r.frame(w.off)
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", w.name, err)
		case ok && f.kind == frameRecord && f.seq == next:
			if err := w.record(f, true); err != nil {
				return err
			}
			next++
			w.rep.SnapshotRecords++
		case ok && f.kind == frameEnd && f.seq == next-1 && f.end == w.r.size:
			w.expect = w.r.head.first
			return nil
		default:
			if next, err = w.jump(next); err != nil {
				return err
			}
			if next == 0 {
				w.expect = w.r.head.first
				return nil
			}
		}
	}
}

func (w *walk) log() error {
	w.rep.Segments++
	if err := w.follows(w.r.head.first); err != nil {
		return err
	}
	w.safe, w.recEnd = headerSize, headerSize
	start := w.expect
	for more := true; more; {
		var err error
		if more, err = w.step(); err != nil {
			return err
		}
	}
	w.rep.Bytes += w.off - headerSize
	w.scanner.last = lastLog{name: w.name, records: w.expect - start, size: w.r.size, end: w.off, safe: w.safe}
	return nil
}

// follows checks that a segment that starts with the record first is the next
// one. If it is not, the bad end of the one before is the damage.
func (w *walk) follows(first uint64) error {
	d := CorruptError{File: w.name, Reason: fmt.Sprintf("it starts with record %d, but record %d should follow", first, w.expect)}
	if w.doubt != nil {
		d, w.doubt = *w.doubt, nil
	}
	if first == w.expect {
		return nil
	}
	w.expect = max(first, w.expect)
	return w.damaged(d)
}

// step handles what is at the walk's offset in a segment and reports whether
// anything follows.
func (w *walk) step() (more bool, err error) {
	f, ok, err := w.r.frame(w.off)
	switch {
	case err != nil:
		return false, fmt.Errorf("%s: %w", w.name, err)
	case ok && f.kind == frameRecord && f.seq == w.expect:
		w.rep.Records++
		w.expect++
		return true, w.record(f, false)
	case ok && f.kind == frameMark && f.seq < w.expect:
		if f.seq == w.expect-1 {
			w.safe = w.recEnd
		}
		w.off = f.end
		return true, nil
	}
	next, err := w.jump(w.expect)
	if next > 0 {
		w.expect = next
	}
	return next > 0, err
}

func (w *walk) record(f frame, snap bool) error {
	w.off, w.recEnd = f.end, f.end
	if w.visit == nil {
		return nil
	}
	return w.visit(Entry{File: w.name, Offset: f.off, Seq: f.seq, Snapshot: snap, Record: f.payload})
}

// jump decides what the bad frame at the walk's offset is, where the record
// next should be: the end (0 is returned), damage that the policy forbids (an
// error), or damage to jump over: then the next record is returned.
func (w *walk) jump(next uint64) (uint64, error) {
	isLog := w.r.head.kind == kindLog
	s, err := w.r.search(w.off, next, !w.last)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", w.name, err)
	}
	if isLog && s.bytes == 0 {
		return 0, nil
	}
	if isLog && !w.last && s.next == 0 { // perhaps only a torn mark
		w.doubt = &CorruptError{File: w.name, Offset: w.off, Bytes: s.bytes, Reason: "the rest cannot be read"}
		return 0, nil
	}
	if w.last && !s.synced && (w.policy != salvage || s.next == 0) {
		w.rep.TornFile, w.rep.TornOffset = w.name, w.off
		w.rep.TornBytes, w.rep.TornRecords = s.bytes, s.records
		return 0, nil
	}
	reason := "a record is damaged"
	if s.next == 0 {
		reason = "the rest cannot be read"
	}
	if err := w.damage(s, w.off, reason); err != nil || s.next == 0 {
		return 0, err
	}
	f, _, err := w.r.frame(s.next)
	w.off = f.off
	return f.seq, err
}

func (w *walk) damage(s rest, off int64, reason string) error {
	e := CorruptError{File: w.name, Offset: off, Bytes: s.bytes, Reason: reason}
	if s.next > 0 {
		e.Bytes = s.next - off
	}
	return w.damaged(e)
}

func (s *scanner) damaged(e CorruptError) error {
	if s.policy == strict {
		return &e
	}
	s.rep.Damage = append(s.rep.Damage, e)
	return nil
}
