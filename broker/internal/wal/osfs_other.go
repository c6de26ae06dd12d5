//go:build !linux

package wal

import "os"

// datasync is a full sync; on macOS it also flushes the drive's cache.
func datasync(f *os.File) error { return f.Sync() }

// allocate extends the file with zeros; the space is found when it is written.
func allocate(f *os.File, size int64) error { return f.Truncate(size) }
