package wal

import "io"

// Mode says how FS.Open opens a file.
type Mode int

// Modes of FS.Open.
const (
	ReadOnly  Mode = iota // must exist
	ReadWrite             // must exist
	Create                // for reading and writing; emptied when it exists; 0600
)

// FS is what the log needs of the file system, so that tests can make any
// step fail or be the last one before a crash. Names are paths. Its methods are
// called from several goroutines.
type FS interface {
	// MkdirAll makes the directory (0700) and its missing parents, durably.
	MkdirAll(dir string) error
	// Lock takes the directory's lock or returns a *LockedError at once;
	// shared locks exclude only the other kind. Closing gives it back.
	Lock(dir string, shared bool) (io.Closer, error)
	// List returns the base names of the directory's entries.
	List(dir string) ([]string, error)
	Open(name string, m Mode) (File, error)
	// Rename replaces to when it exists. It is durable after SyncDir.
	Rename(from, to string) error
	Remove(name string) error
	// SyncDir makes the directory's entries durable.
	SyncDir(dir string) error
}

// File is an open file of an FS.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Size returns the length in bytes.
	Size() (int64, error)
	// Truncate cuts the file, or extends it with zeros.
	Truncate(size int64) error
	// Allocate extends the file to size with zeros and reserves the disk space
	// where the system can.
	Allocate(size int64) error
	// Sync makes the content and the length durable.
	Sync() error
}
