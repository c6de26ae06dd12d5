package wal

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// A full disk refuses records, and the log goes on when there is space again.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	fs := newSimFS()
	o := Options{FS: fs, SegmentSize: 1 << 10}
	l := mustOpen(t, "d", o)
	want := []string{"fits"}
	mustAppend(t, l, "fits")
	fs.setSpace(1500)
	var refused int
	for i := range 40 {
		rec := fmt.Sprint("record ", i, strings.Repeat("-", 50))
		err := l.Wait(l.Append([]byte(rec)))
		switch {
		case err == nil:
			want = append(want, rec)
		case errors.Is(err, syscall.ENOSPC) && !errors.Is(err, ErrPoisoned):
			refused++
		default:
			t.Fatalf("commit on a full disk: %v, want ENOSPC", err)
		}
	}
	if refused == 0 || len(want) < 5 {
		t.Fatalf("%d records refused, %d accepted: the test does not test", refused, len(want))
	}
	if s := l.Stats(); s.Failed != uint64(refused) || s.Pending != 0 {
		t.Errorf("Stats() = %+v, want %d failed and nothing pending", s, refused)
	}
	for _, name := range fs.image().files() {
		if strings.HasSuffix(name, tmpSuffix) {
			t.Errorf("%s takes space on the full disk", name)
		}
	}
	fs.setSpace(0)
	mustAppend(t, l, "after")
	mustClose(t, l)
	if got := replay(t, mustOpen(t, "d", o)); !slices.Equal(got, append(want, "after")) {
		t.Errorf("Replay() = %q, want %q and after", got, want)
	}
}

func (s *simFS) setSpace(n int) { s.mu.Lock(); defer s.mu.Unlock(); s.space = n }

// A snapshot of a smaller state makes room on a full disk.
func TestSnapshotMakesRoom(t *testing.T) {
	t.Parallel()
	fs := newSimFS()
	fs.space = 3000
	o := Options{FS: fs, SegmentSize: 1000}
	l := mustOpen(t, "d", o)
	for l.Wait(l.Append(make([]byte, 300))) == nil {
	}
	fs.setSpace(3100) // enough for the snapshot, not for a record
	if err := l.Snapshot(func(add func([]byte) error) error { return add([]byte("state")) }); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, l, "room")
	mustClose(t, l)
	if got := replay(t, mustOpen(t, "d", o)); !slices.Equal(got, []string{"state", "room"}) {
		t.Errorf("Replay() = %q, want state and room", got)
	}
}

// A failed sync is never retried: everything after it fails, snapshots too.
func TestSyncFailure(t *testing.T) {
	t.Parallel()
	for _, mode := range []Sync{SyncAlways, SyncInterval} {
		fs := newSimFS()
		o := Options{FS: fs, Sync: mode, Interval: 1, SegmentSize: 1000}
		l := mustOpen(t, "d", o)
		mustAppend(t, l, "good")
		fs.setFail(func(_ int, op string) error {
			if op == "sync" {
				return syscall.EIO
			}
			return nil
		})
		err := l.Wait(l.Append([]byte("bad")))
		for mode == SyncInterval && err == nil { // the sync comes later
			err = l.Wait(l.Append([]byte("bad")))
		}
		fs.setFail(nil)
		if !errors.Is(err, ErrPoisoned) || !errors.Is(err, syscall.EIO) {
			t.Errorf("sync mode %d: commit error %v, want EIO and ErrPoisoned", mode, err)
		}
		written := len(fs.image()[logPath(1)])
		if err := l.Wait(l.Append([]byte("later"))); !errors.Is(err, ErrPoisoned) {
			t.Errorf("sync mode %d: a later commit: %v, want ErrPoisoned", mode, err)
		}
		if err := l.Snapshot(func(func([]byte) error) error { return nil }); !errors.Is(err, ErrPoisoned) {
			t.Errorf("sync mode %d: a later snapshot: %v, want ErrPoisoned", mode, err)
		}
		if err := l.Close(); !errors.Is(err, ErrPoisoned) {
			t.Errorf("sync mode %d: Close() = %v, want ErrPoisoned", mode, err)
		}
		if n := len(fs.image()[logPath(1)]); n != written {
			t.Errorf("sync mode %d: a poisoned log wrote %d bytes", mode, n-written)
		}
	}
}

func (s *simFS) setFail(fail func(int, string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = fail
}

// Records appended while a write fails are refused with it: they may build on
// records that are not there.
func TestFailureTakesFollowers(t *testing.T) {
	t.Parallel()
	fs := newSimFS()
	o := Options{FS: fs, SegmentSize: 1000}
	l := mustOpen(t, "d", o)
	mustAppend(t, l, "first")
	var follower uint64
	fs.setFail(func(_ int, op string) error {
		if op != "write" {
			return nil
		}
		if follower == 0 { // in the log's goroutine, during the write
			follower = l.Append([]byte("follower"))
		}
		return syscall.ENOSPC
	})
	err := l.Wait(l.Append([]byte("refused")))
	fs.setFail(nil)
	if got := []error{err, l.Wait(follower)}; !errors.Is(got[0], syscall.ENOSPC) || !errors.Is(got[1], syscall.ENOSPC) {
		t.Errorf("Wait() = %v, want ENOSPC twice", got)
	}
	mustAppend(t, l, "later")
	mustClose(t, l)
	if got := replay(t, mustOpen(t, "d", o)); !slices.Equal(got, []string{"first", "later"}) {
		t.Errorf("Replay() = %q, want first and later", got)
	}
}

// A shortage of file descriptors is no harm either.
func TestNoDescriptors(t *testing.T) {
	t.Parallel()
	fs := newSimFS()
	o := Options{FS: fs, SegmentSize: 100}
	l := mustOpen(t, "d", o)
	mustAppend(t, l, "first")
	fs.setFail(func(_ int, op string) error {
		if op == "create" {
			return syscall.EMFILE
		}
		return nil
	})
	if err := l.Wait(l.Append(make([]byte, 100))); !errors.Is(err, syscall.EMFILE) || errors.Is(err, ErrPoisoned) {
		t.Errorf("Wait() = %v, want EMFILE", err)
	}
	fs.setFail(nil)
	mustAppend(t, l, "later")
	mustClose(t, l)
	if got := replay(t, mustOpen(t, "d", o)); !slices.Equal(got, []string{"first", "later"}) {
		t.Errorf("Replay() = %q, want first and later", got)
	}
}

// A file that writes less than asked, without an error, gets the rest.
func TestShortWrites(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := Options{FS: shortFS{osFS{}}}
	l := mustOpen(t, dir, o)
	mustAppend(t, l, "a record in pieces")
	if err := l.Snapshot(func(add func([]byte) error) error { return add([]byte("a snapshot in pieces")) }); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, l, "more")
	mustClose(t, l)
	if got := replay(t, mustOpen(t, dir, o)); !slices.Equal(got, []string{"a snapshot in pieces", "more"}) {
		t.Errorf("Replay() = %q, want the snapshot and more", got)
	}
}

type shortFS struct{ FS }

func (s shortFS) Open(name string, m Mode) (File, error) {
	f, err := s.FS.Open(name, m)
	return shortFile{f}, err
}

type shortFile struct{ File }

func (f shortFile) WriteAt(b []byte, off int64) (int, error) {
	return f.File.WriteAt(b[:min(7, len(b))], off)
}

func TestFailures(t *testing.T) {
	t.Parallel()
	var f failures
	full := func() error { return fmt.Errorf("write: %w", syscall.ENOSPC) }
	for i := range uint64(1000) {
		f.add(i*10, i*10+4, ErrClosed)
	}
	f.add(10000, 10001, full())
	f.add(10002, 10009, full())
	if len(f.ranges) != maxFailures {
		t.Errorf("%d ranges are kept, want %d", len(f.ranges), maxFailures)
	}
	tests := []struct {
		seq  uint64
		want error
	}{
		{seq: 10010}, {seq: 10009, want: syscall.ENOSPC}, {seq: 10000, want: syscall.ENOSPC}, {seq: 9999},
		{seq: 9994, want: ErrClosed}, {seq: 9989}, {seq: 5, want: errCommitLate},
	}
	for _, tt := range tests {
		if got := f.of(tt.seq); !errors.Is(got, tt.want) || tt.want == nil && got != nil {
			t.Errorf("of(%d) = %v, want %v", tt.seq, got, tt.want)
		}
	}
}

// A snapshot whose name may not be durable: nobody knows which files count.
func TestSnapshotDirectoryFailure(t *testing.T) {
	t.Parallel()
	fs := newSimFS()
	o := Options{FS: fs, SegmentSize: 1000}
	l := mustOpen(t, "d", o)
	mustAppend(t, l, "first")
	fs.setFail(func(_ int, op string) error {
		if op == "syncdir" {
			return syscall.EIO
		}
		return nil
	})
	snap := func() error {
		return l.Snapshot(func(add func([]byte) error) error { return add([]byte("first")) })
	}
	for i := range 2 {
		if err := snap(); !errors.Is(err, ErrPoisoned) {
			t.Errorf("Snapshot() number %d = %v, want ErrPoisoned", i, err)
		}
	}
	fs.setFail(nil)
	if err := l.Wait(l.Append([]byte("second"))); !errors.Is(err, ErrPoisoned) {
		t.Errorf("Wait() = %v, want ErrPoisoned", err)
	}
	l.Close()
	if got := replay(t, mustOpen(t, "d", o)); !slices.Equal(got, []string{"first"}) {
		t.Errorf("Replay() = %q, want first", got)
	}
}
