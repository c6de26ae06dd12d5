package wal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// mustOpen opens a log that the test must Close itself when it opens another.
func mustOpen(t testing.TB, dir string, o Options) *Log {
	t.Helper()
	l, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func replay(t testing.TB, l *Log) []string {
	t.Helper()
	var got []string
	if err := l.Replay(func(rec []byte) error { got = append(got, string(rec)); return nil }); err != nil {
		t.Fatal(err)
	}
	return got
}

// mustAppend commits each record.
func mustAppend(t testing.TB, l *Log, recs ...string) {
	t.Helper()
	for _, rec := range recs {
		if err := l.Wait(l.Append([]byte(rec))); err != nil {
			t.Fatalf("commit %.20q: %v", rec, err)
		}
	}
}

func mustClose(t testing.TB, l *Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestReopen(t *testing.T) {
	t.Parallel()
	for _, mode := range []Sync{SyncAlways, SyncOS, SyncInterval} {
		t.Run(strconv.Itoa(int(mode)), func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "a", "b")
			o := Options{Sync: mode, SegmentSize: 4096, Interval: time.Millisecond}
			var want []string
			for round := range 4 {
				l := mustOpen(t, dir, o)
				if got := replay(t, l); !slices.Equal(got, want) {
					t.Fatalf("round %d: Replay() = %.200q, want %.200q", round, got, want)
				}
				for i := range 40 {
					rec := strings.Repeat(strconv.Itoa(i), i*i+1)
					mustAppend(t, l, rec)
					want = append(want, rec)
				}
				mustClose(t, l)
				if got := l.Recovery(); got.TornBytes != 0 || got.Damage != nil {
					t.Errorf("round %d: Recovery() = %+v, want nothing torn", round, got)
				}
			}
			checkFiles(t, dir)
		})
	}
}

// Files are private and there is more than one segment.
func checkFiles(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) < 3 {
		t.Fatalf("%d files (%v), want several segments", len(entries), err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v (%v), want 0600", e.Name(), info.Mode(), err)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("directory: mode %v (%v), want 0700", info.Mode(), err)
	}
}

func TestLock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := mustOpen(t, dir, Options{})
	want := &LockedError{Dir: dir, PID: os.Getpid()}
	var got *LockedError
	if _, err := Open(dir, Options{}); !errors.As(err, &got) || *got != *want {
		t.Errorf("second Open: %v, want %v", err, want)
	}
	if _, err := Check(dir, ReadOptions{}); !errors.As(err, &got) {
		t.Errorf("Check of a log in use: %v, want a LockedError", err)
	}
	if _, err := Check(dir, ReadOptions{InUse: true}); err != nil {
		t.Errorf("Check with InUse: %v", err)
	}
	mustClose(t, l)
	if _, err := Check(dir, ReadOptions{}); err != nil {
		t.Errorf("Check of a closed log: %v", err)
	}
	mustOpen(t, dir, Options{})
}

func TestRecordSize(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := mustOpen(t, dir, Options{SegmentSize: 1000})
	big := strings.Repeat("x", 3<<20)
	a, empty, b := l.Append([]byte("a")), l.Append(nil), l.Append([]byte(big))
	huge := l.Append(make([]byte, MaxRecord+1))
	got := []error{l.Wait(huge), l.Wait(b), l.Wait(empty), l.Wait(a)}
	if want := []error{ErrRecordSize, nil, ErrRecordSize, nil}; !slices.Equal(got, want) {
		t.Errorf("Wait() = %v, want %v", got, want)
	}
	mustClose(t, l)
	if got := replay(t, mustOpen(t, dir, Options{})); !slices.Equal(got, []string{"a", big}) {
		t.Errorf("Replay() returned %d records, want a and the big one", len(got))
	}
}

// Commits that wait together are answered in order, whatever order they were
// asked for in, and exactly once.
func TestCommitOrder(t *testing.T) {
	t.Parallel()
	fs := newSimFS()
	l := mustOpen(t, "d", Options{FS: fs, SegmentSize: 1 << 20})
	mustAppend(t, l, "makes the segment")
	release := fs.blockSync()
	first := l.Append([]byte("first"))
	var mu sync.Mutex
	var got []uint64
	var wg sync.WaitGroup
	commit := func(seq uint64) {
		wg.Add(1)
		l.Commit(seq, func(err error) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, seq)
			if err != nil {
				t.Errorf("commit %d: %v", seq, err)
			}
			wg.Done()
		})
	}
	commit(first)
	fs.awaitSync() // the log is busy now
	var want []uint64
	for i := range 20 {
		seq := l.Append([]byte("more"))
		want = append(want, seq)
		if i%2 == 1 {
			commit(seq)
			commit(seq - 1)
		}
	}
	before := fs.syncs()
	release()
	wg.Wait()
	if want = append([]uint64{first}, want...); !slices.Equal(got, want) {
		t.Errorf("commits were answered as %v, want %v", got, want)
	}
	if n := fs.syncs() - before; n > 2 {
		t.Errorf("20 commits took %d syncs, want them to share", n)
	}
	if s := l.Stats(); s.Commits != 22 || s.Records != 22 || s.Pending != 0 || len(s.Recent) != 3 {
		t.Errorf("Stats() = %+v, want 22 commits and records in 3 groups", s)
	}
}

func TestReplayOnce(t *testing.T) {
	t.Parallel()
	l := mustOpen(t, t.TempDir(), Options{})
	replay(t, l)
	none := func([]byte) error { return nil }
	if err := l.Replay(none); err == nil {
		t.Error("a second Replay worked")
	}
	l2 := mustOpen(t, t.TempDir(), Options{})
	mustAppend(t, l2, "a")
	if err := l2.Replay(none); err == nil {
		t.Error("Replay after Append worked")
	}
}

func TestReplayError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := mustOpen(t, dir, Options{})
	mustAppend(t, l, "a", "b")
	mustClose(t, l)
	want := errors.New("enough")
	n := 0
	got := mustOpen(t, dir, Options{}).Replay(func([]byte) error { n++; return want })
	if !errors.Is(got, want) || n != 1 {
		t.Errorf("Replay() = %v after %d records, want %v after 1", got, n, want)
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := mustOpen(t, dir, Options{})
	seq := l.Append([]byte("kept")) // Close writes it
	mustClose(t, l)
	mustClose(t, l)
	if err := l.Wait(seq); err != nil {
		t.Errorf("Wait after Close for a record before: %v", err)
	}
	if err := l.Wait(l.Append([]byte("x"))); !errors.Is(err, ErrClosed) {
		t.Errorf("Wait for a record appended after Close: %v, want ErrClosed", err)
	}
	if _, err := l.Begin(); !errors.Is(err, ErrClosed) {
		t.Errorf("Begin after Close: %v, want ErrClosed", err)
	}
	if got := replay(t, mustOpen(t, dir, Options{})); !slices.Equal(got, []string{"kept"}) {
		t.Errorf("Replay() = %q, want kept", got)
	}
}

// A record that nobody commits is written soon; SyncInterval syncs later.
func TestIdleWrites(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fs := newSimFS()
		l := mustOpen(t, "d", Options{FS: fs, Sync: SyncInterval, Interval: time.Second, SegmentSize: 1 << 20})
		defer l.Close()
		l.Append([]byte("uncommitted"))
		time.Sleep(lazy) // virtual time
		synctest.Wait()
		if p := l.Pending(); p != 0 {
			t.Errorf("Pending() = %d after %v, want 0", p, lazy)
		}
		before := l.Stats().Syncs
		time.Sleep(time.Second)
		synctest.Wait()
		mustAppend(t, l, "next") // refreshes the counters
		if after := l.Stats().Syncs; after != before+1 {
			t.Errorf("%d syncs in the interval, want 1", after-before)
		}
	})
}

func TestDump(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := mustOpen(t, dir, Options{})
	mustAppend(t, l, "a", "b")
	if err := l.Snapshot(func(add func([]byte) error) error { return add([]byte("ab")) }); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, l, "c")
	mustClose(t, l)
	var got []Entry
	if err := Dump(dir, ReadOptions{}, func(e Entry) error {
		e.Record = bytes.Clone(e.Record)
		got = append(got, e)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := []Entry{
		{File: "0000000000000002.snap", Offset: headerSize, Seq: 1, Snapshot: true, Record: []byte("ab")},
		{File: "0000000000000003.log", Offset: headerSize + frameSize, Seq: 3, Record: []byte("c")},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Dump() = %+v, want %+v", got, want)
	}
	rep, err := Check(dir, ReadOptions{})
	wantRep := Report{Snapshot: "0000000000000002.snap", SnapshotRecords: 1, Segments: 1, Records: 1, Bytes: 3*frameSize + 1}
	if err != nil || !reflect.DeepEqual(rep, wantRep) {
		t.Errorf("Check() = %+v, %v, want %+v", rep, err, wantRep)
	}
	if _, err := Check(filepath.Join(dir, "missing"), ReadOptions{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Check of a missing directory: %v, want ErrNotExist", err)
	}
}

// Concurrent appenders, snapshots and statistics: each appender's records are
// there in its order, once. For the race detector.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := mustOpen(t, dir, Options{SegmentSize: 20000})
	var mu sync.Mutex // as a caller's: guards state, appends under it
	var state []string
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 100 {
				rec := fmt.Sprintf("%d %d", g, i)
				mu.Lock()
				state = append(state, rec)
				seq := l.Append([]byte(rec))
				mu.Unlock()
				if err := l.Wait(seq); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Go(func() {
		for range 10 {
			mu.Lock()
			s, err := l.Begin()
			now := slices.Clone(state)
			mu.Unlock()
			for i := 0; i < len(now) && err == nil; i++ {
				err = s.Add([]byte(now[i]))
			}
			if err == nil {
				err = s.Commit()
			}
			if err != nil {
				t.Error(err)
				return
			}
			l.Stats()
		}
	})
	wg.Wait()
	mustClose(t, l)
	if got := replay(t, mustOpen(t, dir, Options{})); !slices.Equal(got, state) {
		t.Errorf("Replay() returned %d records, want the %d appended in order", len(got), len(state))
	}
}
