package wal

import (
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
)

var errCrash = errors.New("the machine has crashed")

// simFS is a file system that forgets what was not synced, and can end or fail
// at any operation. Content and length become durable with File.Sync, names
// with SyncDir. A sync that is made to fail behaves like Linux: the bytes stay
// readable, count as written, and are not on the disk.
type simFS struct {
	mu      sync.Mutex
	names   map[string]*node
	durable map[string]*node
	changes []change // of names since the last SyncDir
	ops     int      // operations that change something
	crashAt int      // the operation that is the last one; 0 is none
	crashed bool
	locked  bool
	space   int // bytes of all files; 0 is unlimited
	rng     *rand.Rand
	// fail is asked before each operation that changes something.
	fail   func(n int, op string) error
	nsync  int
	gate   chan struct{} // syncs of files wait for it to be closed
	inSync chan struct{}
}

type node struct {
	data    []byte // as a reader sees it
	durable []byte
	pending []patch // since the last Sync
}

// patch is a write at off, or with nil data a change of the length to off.
type patch struct {
	off  int64
	data []byte
}

// change is a created file (from is empty), a rename, or a removal (to is empty).
type change struct {
	from, to string
	node     *node
}

func newSimFS() *simFS {
	return &simFS{names: map[string]*node{}, durable: map[string]*node{}, rng: rand.New(rand.NewPCG(1, 2))}
}

// op counts an operation; a non-nil error ends it. last is true for the
// operation in which the crash comes: it may be done in part.
func (s *simFS) op(name string) (last bool, err error) {
	if s.crashed {
		return false, errCrash
	}
	s.ops++
	if s.ops == s.crashAt {
		s.crashed = true
		return true, nil
	}
	if s.fail != nil {
		return false, s.fail(s.ops, name)
	}
	return false, nil
}

func (s *simFS) syncs() int { s.mu.Lock(); defer s.mu.Unlock(); return s.nsync }

// blockSync makes syncs of files wait until the returned function is called.
func (s *simFS) blockSync() func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate, s.inSync = make(chan struct{}), make(chan struct{}, 100)
	gate := s.gate
	return func() { s.mu.Lock(); s.gate = nil; s.mu.Unlock(); close(gate) }
}

func (s *simFS) awaitSync() { <-s.inSync }

func (s *simFS) MkdirAll(string) error { return nil }

func (s *simFS) Lock(dir string, _ bool) (io.Closer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.locked {
		return nil, &LockedError{Dir: dir}
	}
	s.locked = true
	return simLock{s}, nil
}

type simLock struct{ s *simFS }

func (l simLock) Close() error { l.s.mu.Lock(); defer l.s.mu.Unlock(); l.s.locked = false; return nil }

func (s *simFS) List(string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for name := range s.names {
		out = append(out, filepath.Base(name))
	}
	return out, nil
}

func (s *simFS) Open(name string, m Mode) (File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.names[name]
	if m != Create {
		if n == nil {
			return nil, os.ErrNotExist
		}
		return &simFile{s, n}, nil
	}
	last, err := s.op("create")
	if err != nil {
		return nil, err
	}
	n = &node{}
	s.rename(change{to: name, node: n})
	if last {
		return nil, errCrash
	}
	return &simFile{s, n}, nil
}

func (s *simFS) rename(c change) {
	s.changes = append(s.changes, c)
	c.apply(s.names)
}

func (c change) apply(names map[string]*node) {
	if c.from != "" {
		if names[c.from] != c.node {
			return // an earlier change did not make it to the disk
		}
		delete(names, c.from)
	}
	if c.to != "" {
		names[c.to] = c.node
	}
}

func (s *simFS) Rename(from, to string) error { return s.move("rename", from, to) }
func (s *simFS) Remove(name string) error     { return s.move("remove", name, "") }

func (s *simFS) move(op, from, to string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, err := s.op(op)
	if err != nil {
		return err
	}
	if s.names[from] == nil {
		return os.ErrNotExist
	}
	s.rename(change{from, to, s.names[from]})
	if last {
		return errCrash
	}
	return nil
}

func (s *simFS) SyncDir(string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last, err := s.op("syncdir"); err != nil || last {
		return errors.Join(err, crashIf(last))
	}
	s.durable, s.changes = maps.Clone(s.names), nil
	return nil
}

func crashIf(last bool) error {
	if last {
		return errCrash
	}
	return nil
}

type simFile struct {
	s *simFS
	n *node
}

func (f *simFile) Close() error { return nil }

func (f *simFile) ReadAt(b []byte, off int64) (int, error) {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	if f.s.crashed {
		return 0, errCrash
	}
	if off >= int64(len(f.n.data)) {
		return 0, io.EOF
	}
	n := copy(b, f.n.data[off:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (f *simFile) Size() (int64, error) {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	return int64(len(f.n.data)), nil
}

func (f *simFile) WriteAt(b []byte, off int64) (int, error) {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	last, err := f.s.op("write")
	n := len(b)
	if last || errors.Is(err, errCrash) {
		err = errCrash
		if last {
			n = f.s.rng.IntN(n + 1)
		}
	}
	if room := f.s.room(); err == nil && room < max(0, int(off)+n-len(f.n.data)) {
		n, err = max(0, min(n, len(f.n.data)+room-int(off))), syscall.ENOSPC
	} else if err != nil && !last {
		n = n / 2 // a failed write may have written a part
		if errors.Is(err, errCrash) {
			return 0, err
		}
	}
	f.n.change(patch{off, slices.Clone(b[:n:n])})
	return n, err
}

// room is the free space.
func (s *simFS) room() int {
	if s.space == 0 {
		return 1 << 40
	}
	used := 0
	for _, n := range s.names {
		used += len(n.data)
	}
	return s.space - used
}

func (n *node) change(p patch) {
	if p.data != nil && len(p.data) == 0 {
		return
	}
	n.pending = append(n.pending, p)
	n.data = p.apply(n.data)
}

func (p patch) apply(b []byte) []byte {
	end := p.off + int64(len(p.data))
	if p.data == nil && end < int64(len(b)) {
		return b[:end:end]
	}
	if grow := end - int64(len(b)); grow > 0 {
		b = append(b, make([]byte, grow)...)
	}
	copy(b[p.off:], p.data)
	return b
}

func (f *simFile) Truncate(size int64) error { return f.resize("truncate", size) }
func (f *simFile) Allocate(size int64) error { return f.resize("allocate", size) }

func (f *simFile) resize(op string, size int64) error {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	last, err := f.s.op(op)
	if err != nil {
		return err
	}
	if f.s.room() < int(size)-len(f.n.data) {
		return syscall.ENOSPC
	}
	f.n.change(patch{off: size})
	return crashIf(last)
}

func (f *simFile) Sync() error {
	f.s.mu.Lock()
	if gate := f.s.gate; gate != nil {
		f.s.mu.Unlock()
		f.s.inSync <- struct{}{}
		<-gate
		f.s.mu.Lock()
	}
	defer f.s.mu.Unlock()
	last, err := f.s.op("sync")
	if errors.Is(err, errCrash) || last {
		return errCrash
	}
	f.s.nsync++
	if err == nil {
		for _, p := range f.n.pending {
			f.n.durable = p.apply(f.n.durable)
		}
	}
	f.n.pending = nil
	return err
}
