package wal

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

// Callers that each append a record of 200 bytes and wait for it.
func BenchmarkCommit(b *testing.B) {
	for _, mode := range []struct {
		name string
		sync Sync
	}{{"always", SyncAlways}, {"os", SyncOS}, {"interval", SyncInterval}} {
		for _, waiters := range []int{1, 100, 1000} {
			b.Run(fmt.Sprintf("%s/%d", mode.name, waiters), func(b *testing.B) {
				l, err := Open(b.TempDir(), Options{Sync: mode.sync})
				if err != nil {
					b.Fatal(err)
				}
				benchWaiters(b, l, waiters)
				s := l.Stats()
				b.ReportMetric(float64(s.Records)/float64(max(1, s.Syncs)), "records/sync")
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
				if err := l.Close(); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

func benchWaiters(b *testing.B, l *Log, waiters int) {
	rec := make([]byte, 200)
	b.SetBytes(int64(len(rec)))
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for range waiters {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := l.Wait(l.Append(rec)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
}

// Append alone: what a caller's own goroutine pays.
func BenchmarkAppend(b *testing.B) {
	l, err := Open(b.TempDir(), Options{Sync: SyncOS})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	rec := make([]byte, 200)
	b.SetBytes(int64(len(rec)))
	b.ReportAllocs()
	for i := range b.N {
		seq := l.Append(rec)
		if i%4096 == 0 {
			if err := l.Wait(seq); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// Open and Replay of 100,000 records of 300 bytes in a snapshot and as many in
// the log.
func BenchmarkRecovery(b *testing.B) {
	dir := b.TempDir()
	l, err := Open(dir, Options{Sync: SyncOS})
	if err != nil {
		b.Fatal(err)
	}
	rec := make([]byte, 300)
	if err := l.Snapshot(func(add func([]byte) error) error {
		for range 100_000 {
			if err := add(rec); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	for range 100_000 {
		l.Append(rec)
	}
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		l, err := Open(dir, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := l.Replay(func([]byte) error { return nil }); err != nil {
			b.Fatal(err)
		}
		l.Close()
	}
}
