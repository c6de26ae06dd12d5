package wal

import (
	"errors"
	"slices"
	"testing"
)

// A snapshot replaces exactly what was appended before Begin, even if nothing
// of it was written yet.
func TestSnapshotBegins(t *testing.T) {
	t.Parallel()
	fs := newSimFS()
	o := Options{FS: fs, SegmentSize: 1000}
	l := mustOpen(t, "d", o)
	mustAppend(t, l, "committed")
	l.Append([]byte("pending"))
	s, err := l.Begin()
	if err != nil {
		t.Fatal(err)
	}
	l.Append([]byte("meanwhile"))
	if err := errors.Join(s.Add([]byte("state")), s.Commit()); err != nil {
		t.Fatal(err)
	}
	s.Abort()
	if err := s.Add([]byte("late")); err == nil {
		t.Error("Add after Commit worked")
	}
	mustAppend(t, l, "after")
	if n, want := l.Size(), int64(4*frameSize+len("meanwhile")+len("after")); n != want {
		t.Errorf("Size() = %d, want %d", n, want)
	}
	mustClose(t, l)
	if got := replay(t, mustOpen(t, "d", o)); !slices.Equal(got, []string{"state", "meanwhile", "after"}) {
		t.Errorf("Replay() = %q, want state, meanwhile and after", got)
	}
	if n := len(fs.image()); n != 2 {
		t.Errorf("%d files are left, want a snapshot and a segment: %v", n, fs.image().files())
	}
}

// One snapshot at a time; one that ends without Commit changes nothing.
func TestSnapshotAbort(t *testing.T) {
	t.Parallel()
	fs := newSimFS()
	o := Options{FS: fs, SegmentSize: 1000}
	l := mustOpen(t, "d", o)
	mustAppend(t, l, "first")
	s, err := l.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Begin(); !errors.Is(err, ErrSnapshotRunning) {
		t.Errorf("second Begin: %v, want ErrSnapshotRunning", err)
	}
	if err := s.Add([]byte("state")); err != nil {
		t.Fatal(err)
	}
	s.Abort()
	want := errors.New("no state")
	if err := l.Snapshot(func(func([]byte) error) error { return want }); !errors.Is(err, want) {
		t.Errorf("Snapshot() = %v, want %v", err, want)
	}
	if err := l.Snapshot(func(add func([]byte) error) error { return add(nil) }); !errors.Is(err, ErrRecordSize) {
		t.Errorf("Snapshot() of an empty record = %v, want ErrRecordSize", err)
	}
	mustAppend(t, l, "second")
	mustClose(t, l)
	l = mustOpen(t, "d", o)
	if got := replay(t, l); !slices.Equal(got, []string{"first", "second"}) {
		t.Errorf("Replay() = %q, want first and second", got)
	}
	if err := l.Snapshot(func(func([]byte) error) error { return nil }); err != nil {
		t.Errorf("empty snapshot: %v", err)
	}
	mustClose(t, l)
	if got := replay(t, mustOpen(t, "d", o)); len(got) > 0 {
		t.Errorf("Replay() = %q after an empty snapshot, want nothing", got)
	}
}

// A snapshot that outlives the log touches nothing more.
func TestSnapshotAfterClose(t *testing.T) {
	t.Parallel()
	fs := newSimFS()
	o := Options{FS: fs, SegmentSize: 1000}
	l := mustOpen(t, "d", o)
	mustAppend(t, l, "first")
	s, err := l.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add([]byte("state")); err != nil {
		t.Fatal(err)
	}
	mustClose(t, l)
	if err := s.Commit(); !errors.Is(err, ErrClosed) {
		t.Errorf("Commit after Close: %v, want ErrClosed", err)
	}
	if got := replay(t, mustOpen(t, "d", o)); !slices.Equal(got, []string{"first"}) {
		t.Errorf("Replay() = %q, want first", got)
	}
}

// A large snapshot is written in pieces and read back.
func TestSnapshotLarge(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := mustOpen(t, dir, Options{})
	rec := make([]byte, 100_000)
	const n = 300 // beyond snapSync
	if err := l.Snapshot(func(add func([]byte) error) error {
		for i := range n {
			rec[0] = byte(i)
			if err := add(rec); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	mustClose(t, l)
	got := replay(t, mustOpen(t, dir, Options{}))
	if len(got) != n {
		t.Fatalf("Replay() returned %d records, want %d", len(got), n)
	}
	for i, r := range got {
		if len(r) != len(rec) || r[0] != byte(i) {
			t.Fatalf("record %d has length %d and starts with %d", i, len(r), r[0])
		}
	}
}
