package wal

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/windows"
)

// flock tries to lock f and reports whether somebody else has it. It locks a
// byte far behind the process id, which others may then still read.
func flock(f *os.File, shared bool) (busy bool, err error) {
	flags := uint32(windows.LOCKFILE_FAIL_IMMEDIATELY)
	if !shared {
		flags |= windows.LOCKFILE_EXCLUSIVE_LOCK
	}
	at := &windows.Overlapped{OffsetHigh: 1}
	err = windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return true, nil
	}
	return false, err
}

// unlock leaves it to the closing, as no other process has the handle.
func unlock(*os.File) error { return nil }

// syncDir does nothing: Windows has no such call, NTFS journals its entries.
func syncDir(string) error { return nil }

func isNoSpace(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) ||
		errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) || errors.Is(err, syscall.ENOSPC)
}
