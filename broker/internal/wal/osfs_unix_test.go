//go:build unix

package wal

import (
	"testing"

	"golang.org/x/sys/unix"
)

// A child process between fork and exec has the descriptor of the lock, too.
func TestLockEndsWithClose(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	lock, err := osFS{}.Lock(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	other, err := unix.Dup(int(lock.(lockedFile).Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(other)
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := osFS{}.Lock(dir, false)
	if err != nil {
		t.Fatalf("Lock after Close = %v, want the lock", err)
	}
	again.Close()
}
