package wal

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// lockName is the file that carries the lock and the holder's process id.
const lockName = "LOCK"

// osFS is the file system of the operating system.
type osFS struct{}

// OS returns the file system of the operating system, for tests that put
// failures between it and a log.
func OS() FS { return osFS{} }

func (osFS) MkdirAll(dir string) error {
	var missing []string
	for d := filepath.Clean(dir); ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); err == nil || d == filepath.Dir(d) {
			break
		}
		missing = append(missing, filepath.Dir(d))
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, parent := range missing {
		if err := syncDir(parent); err != nil {
			return err
		}
	}
	return nil
}

func (osFS) Lock(dir string, shared bool) (io.Closer, error) {
	name := filepath.Join(dir, lockName)
	if shared {
		f, err := os.Open(name)
		if os.IsNotExist(err) { // a copy, or never opened
			return io.NopCloser(nil), nil
		}
		return lockOpen(f, dir, err, true)
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	c, err := lockOpen(f, dir, err, false)
	if err != nil {
		return nil, err
	}
	if err := writePID(f); err != nil {
		f.Close()
		return nil, err
	}
	return c, nil
}

// lockOpen locks f, whose opening returned err.
func lockOpen(f *os.File, dir string, err error, shared bool) (io.Closer, error) {
	if err != nil {
		return nil, err
	}
	busy, err := flock(f, shared)
	if err == nil && !busy {
		return lockedFile{f}, nil
	}
	defer f.Close()
	if err != nil {
		return nil, &os.PathError{Op: "lock", Path: f.Name(), Err: err}
	}
	b := make([]byte, 32)
	n, _ := f.ReadAt(b, 0) // without a number the error still names the directory
	pid, _ := strconv.Atoi(strings.TrimSpace(string(b[:n])))
	return nil, &LockedError{Dir: dir, PID: pid}
}

// lockedFile is a file that this process has locked.
type lockedFile struct{ *os.File }

// Close unlocks the file first: a child process that has not yet come to its
// own program has the descriptor, too, and would keep the lock a little longer.
func (f lockedFile) Close() error {
	err := unlock(f.File)
	return errors.Join(err, f.File.Close())
}

func writePID(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	if isNoSpace(err) { // the lock holds without it
		return nil
	}
	return err
}

func (osFS) List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

func (osFS) Open(name string, m Mode) (File, error) {
	flag := os.O_RDONLY
	switch m {
	case ReadWrite:
		flag = os.O_RDWR
	case Create:
		flag = os.O_RDWR | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(name, flag, 0o600)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (osFS) Rename(from, to string) error { return os.Rename(from, to) }
func (osFS) Remove(name string) error     { return os.Remove(name) }
func (osFS) SyncDir(dir string) error     { return syncDir(dir) }

type osFile struct{ *os.File }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f osFile) Sync() error               { return datasync(f.File) }
func (f osFile) Allocate(size int64) error { return allocate(f.File, size) }
