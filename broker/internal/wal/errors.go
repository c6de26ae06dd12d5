package wal

import (
	"errors"
	"fmt"
)

// Errors of the log, to be told apart with errors.Is.
var (
	// ErrClosed is reported by every call after Close.
	ErrClosed = errors.New("log is closed")
	// ErrPoisoned is reported by each Commit after a write or sync that failed
	// for another reason than a full disk: nothing more is written. Only a new
	// Open finds out what the disk really holds.
	ErrPoisoned = errors.New("log is unusable after a failed write")
	// ErrRecordSize is the Commit error of a record that is empty or longer
	// than MaxRecord. It concerns that record alone.
	ErrRecordSize = errors.New("record is empty or too long")
	// ErrSnapshotRunning is returned by Begin and Snapshot while another
	// snapshot is being written.
	ErrSnapshotRunning = errors.New("another snapshot is being written")

	errReplayed    = errors.New("replay: log was replayed or appended to before")
	errCommitLate  = errors.New("commit asked for too late to know how the record fared")
	errSnapshotEnd = errors.New("snapshot has ended")
)

// LockedError says that another Log, here or in another process, uses the
// directory.
type LockedError struct {
	Dir string
	PID int // of the holder; 0 when it left none
}

// Error implements error.
func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("directory %s is in use by another process", e.Dir)
	}
	return fmt.Sprintf("directory %s is in use by process %d", e.Dir, e.PID)
}

// CorruptError says where a file holds something else than what was written
// to it. Options.Salvage reads around it.
type CorruptError struct {
	File   string // base name
	Offset int64  // of the bad frame, in bytes from the start of the file
	Bytes  int64  // to the next good record, or to the end of what is written
	Reason string
}

// Error implements error.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s is damaged at offset %d: %s", e.File, e.Offset, e.Reason)
}
