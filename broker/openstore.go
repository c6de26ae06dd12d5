package broker

import (
	"log/slog"
	"time"

	"mqt/broker/internal/wal"
)

// Sync says how durable a FileStore makes a record before it is committed.
type Sync int

const (
	// SyncAlways waits for the disk: what is acknowledged survives a power
	// failure.
	SyncAlways Sync = iota
	// SyncOS waits for the operating system: what is acknowledged survives the
	// end of the process, however it comes.
	SyncOS
	// SyncInterval is SyncOS with a sync every so often: a power failure takes
	// at most that.
	SyncInterval
)

// StoreOptions are the options of OpenStore. The zero value is the safest.
type StoreOptions struct {
	// Sync says what an acknowledged message survives.
	Sync Sync
	// Interval is the time between syncs with SyncInterval. Default 100 ms.
	Interval time.Duration
	// Salvage reads around damage instead of refusing to open.
	Salvage bool
	// Logger receives what was found and what failed. Nil discards it.
	Logger *slog.Logger
}

// FileStore is a Store in a directory: a write-ahead log with snapshots.
type FileStore struct{ *wal.Log }

var (
	_ Store        = (*FileStore)(nil)
	_ StoreBacklog = (*FileStore)(nil)
)

// OpenStore opens the store in dir, which is created (mode 0700) when missing.
// One server at a time can have it. A torn end, as a crash leaves it, is cut
// off; other damage is an error unless Salvage is set. Close it after the
// server.
func OpenStore(dir string, o StoreOptions) (*FileStore, error) {
	l, err := wal.Open(dir, wal.Options{Sync: wal.Sync(o.Sync), Interval: o.Interval, Salvage: o.Salvage, Logger: o.Logger})
	if err != nil {
		return nil, err
	}
	return &FileStore{l}, nil
}
