package wal

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"
)

// writer is the disk side of the log: the segment being written. It belongs
// to the log's goroutine.
type writer struct {
	fsys        FS
	dir         string
	segmentSize int64

	seg     *segment // nil until something is written
	next    uint64   // number of the next file
	seq     uint64   // of the last record written
	durable uint64   // of the last record synced
	marked  bool     // the segment ends with a mark that says all is synced
	bad     error    // why nothing may be written any more
	syncs   uint64
	syncing time.Duration // the last sync

	syncTimes Histogram
}

// segment is the file being written.
type segment struct {
	f    File
	name string
	size int64 // reserved
	off  int64 // where the next frame goes
	sealer
}

// poison ends writing for good. It returns the error for the caller's use.
func (w *writer) poison(err error) error {
	if w.bad == nil {
		w.bad = fmt.Errorf("%w: %w", ErrPoisoned, err)
	}
	return w.bad
}

// write appends a batch of frames, the first one a mark, in one write. When it
// returns an error, none of the batch is in the log; w.bad tells whether a
// later batch may succeed.
func (w *writer) write(buf []byte) error {
	if w.bad != nil {
		return w.bad
	}
	if w.seg != nil && w.seg.off+int64(len(buf)) > w.seg.size {
		if err := w.finish(); err != nil {
			return err
		}
	}
	if w.seg == nil {
		if err := w.create(int64(len(buf))); err != nil {
			return err
		}
	}
	seq := w.seal(buf)
	if err := writeAll(w.seg.f, buf, w.seg.off); err != nil {
		return w.undo(fmt.Errorf("write %s: %w", w.seg.name, err))
	}
	w.seg.off += int64(len(buf))
	w.seq, w.marked = seq, false
	return nil
}

// seal completes the frames of a batch and returns the sequence number of its
// last record.
func (w *writer) seal(buf []byte) uint64 {
	off, seq := w.seg.seal(buf, w.durable), w.seq
	for off < len(buf) {
		seq++
		off += w.seg.seal(buf[off:], seq)
	}
	return seq
}

// undo handles a failed write. A full disk is no harm once what was written of
// the batch is durably gone; then the next batch gets a new segment.
func (w *writer) undo(cause error) error {
	if !isNoSpace(cause) {
		return w.poison(cause)
	}
	if err := w.seg.f.Truncate(w.seg.off); err != nil {
		return w.poison(errors.Join(cause, err))
	}
	if err := w.flush(); err != nil {
		return err
	}
	w.seg.f.Close() // synced
	w.seg = nil
	return cause
}

// sync makes everything written durable.
func (w *writer) sync() error {
	if w.bad != nil || w.seg == nil || w.durable == w.seq {
		return w.bad
	}
	return w.flush()
}

func (w *writer) flush() error {
	start := time.Now()
	if err := w.seg.f.Sync(); err != nil {
		return w.poison(fmt.Errorf("sync %s: %w", w.seg.name, err))
	}
	w.syncing = time.Since(start)
	w.syncTimes.observe(w.syncing)
	w.syncs++
	w.durable = w.seq
	return nil
}

// mark writes down that all is synced, for the next Open to tell a torn tail
// from damage. It is not synced itself, and costs nothing when it is lost.
func (w *writer) mark() error {
	if w.bad != nil || w.seg == nil || w.marked || w.durable != w.seq {
		return w.bad
	}
	buf := appendOpen(nil, frameMark, nil)
	w.seg.seal(buf, w.durable)
	if err := writeAll(w.seg.f, buf, w.seg.off); err != nil {
		return w.undo(fmt.Errorf("write %s: %w", w.seg.name, err))
	}
	w.seg.off += int64(len(buf))
	w.marked = true
	return nil
}

// finish closes the segment: the next batch starts another one.
func (w *writer) finish() error {
	if w.bad != nil || w.seg == nil {
		return w.bad
	}
	if err := w.sync(); err != nil {
		return err
	}
	if err := w.mark(); err != nil || w.seg == nil {
		return w.bad
	}
	// Zeros behind the end mean the same, so this only saves space.
	_ = w.seg.f.Truncate(w.seg.off)
	w.seg.f.Close() // synced
	w.seg = nil
	return nil
}

// close ends the log with a mark, so that all of it is known to be synced.
func (w *writer) close() error {
	if w.seg == nil {
		return w.bad
	}
	seg := w.seg
	defer seg.f.Close()
	if w.bad != nil {
		return w.bad
	}
	if err := w.sync(); err != nil {
		return err
	}
	if err := w.mark(); err != nil || w.seg == nil {
		return w.bad // all is synced; when the disk is full only the mark is missing
	}
	if err := seg.f.Truncate(seg.off); err != nil {
		return w.poison(err)
	}
	return w.flush()
}

// create makes a new segment for a batch of need bytes. A full disk and a
// shortage of file descriptors are no harm: nothing is in the file yet.
func (w *writer) create(need int64) error {
	h := newHeader(kindLog, w.next, w.seq+1)
	w.next++
	name := fileID{kindLog, h.number}.name()
	seg := &segment{name: name, off: headerSize, sealer: h.sealer()}
	path := filepath.Join(w.dir, name)
	tmp := path + tmpSuffix
	f, err := w.fsys.Open(tmp, Create)
	if err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	if seg.size, err = w.prepare(f, h, need); err != nil {
		f.Close()
		w.fsys.Remove(tmp) // the next Open removes it otherwise
		return w.soft(fmt.Errorf("create %s: %w", name, err))
	}
	if err := f.Close(); err != nil { // synced; renaming open files is not portable
		return w.poison(err)
	}
	if err := publish(w.fsys, w.dir, name); err != nil {
		w.fsys.Remove(tmp)
		return w.soft(err)
	}
	if seg.f, err = w.fsys.Open(path, ReadWrite); err != nil {
		return fmt.Errorf("open %s: %w", name, err)
	}
	w.seg, w.marked = seg, true // the header says as much as a mark
	return nil
}

// prepare reserves the segment's space, or when the disk has too little just
// what the batch needs, and writes its header.
func (w *writer) prepare(f File, h header, need int64) (size int64, err error) {
	need += headerSize
	size = max(w.segmentSize, need)
	err = f.Allocate(size)
	if isNoSpace(err) && size > need {
		if err = f.Truncate(0); err == nil {
			size = need
			err = f.Allocate(size)
		}
	}
	if err != nil {
		return 0, err
	}
	if err := writeAll(f, h.append(nil), 0); err != nil {
		return 0, err
	}
	return size, f.Sync()
}

// soft returns err, after poisoning the log unless the disk is just full.
func (w *writer) soft(err error) error {
	if isNoSpace(err) {
		return err
	}
	return w.poison(err)
}

// publish gives a finished and synced file its name, durably.
func publish(fsys FS, dir, name string) error {
	path := filepath.Join(dir, name)
	if err := fsys.Rename(path+tmpSuffix, path); err != nil {
		return fmt.Errorf("rename %s: %w", name, err)
	}
	if err := fsys.SyncDir(dir); err != nil {
		return fmt.Errorf("sync directory %s: %w", dir, err)
	}
	return nil
}

func newHeader(kind uint16, number, first uint64) header {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return header{kind: kind, number: number, first: first, salt: binary.LittleEndian.Uint64(b[:])}
}

// writeAll also copes with a file that writes less than asked without an error.
func writeAll(f io.WriterAt, b []byte, off int64) error {
	for len(b) > 0 {
		n, err := f.WriteAt(b, off)
		if err != nil {
			return err
		}
		if n <= 0 {
			return io.ErrShortWrite
		}
		b, off = b[n:], off+int64(n)
	}
	return nil
}
