package wal

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// model is what a caller of the log knows: records have ascending ids, from 1.
type model struct {
	rng      *rand.Rand
	next     int          // id of the next record
	alive    map[int]bool // in the log as far as the caller knows
	acked    map[int]bool
	failed   map[int]bool // reported as failed while the log went on
	gone     map[int]bool // not there after a restart
	poisoned bool         // failed ones may be there
	noticed  bool         // some call returned an error
}

func newModel(seed uint64) *model {
	return &model{
		rng: rand.New(rand.NewPCG(seed, 7)), next: 1,
		alive: map[int]bool{}, acked: map[int]bool{},
		failed: map[int]bool{}, gone: map[int]bool{},
	}
}

// record makes the record of an id: its text never occurs in another one.
func record(id int) []byte {
	return []byte(fmt.Sprintf("r %d %s", id, strings.Repeat("abcdefg"[id%7:id%7+1], id*37%150)))
}

// parse returns the ids that a replayed record stands for.
func parse(rec []byte) (ids []int, err error) {
	kind, rest, _ := strings.Cut(string(rec), " ")
	switch kind {
	case "r":
		num, _, _ := strings.Cut(rest, " ")
		id, err := strconv.Atoi(num)
		if err != nil || string(record(id)) != string(rec) {
			return nil, fmt.Errorf("invented record %q", rec)
		}
		return []int{id}, nil
	case "s":
		for _, f := range strings.Fields(rest) {
			id, err := strconv.Atoi(f)
			if err != nil {
				return nil, fmt.Errorf("invented snapshot record %q", rec)
			}
			ids = append(ids, id)
		}
		return ids, nil
	}
	return nil, fmt.Errorf("invented record %q", rec)
}

// work is a life of the log: appends and commits in groups, snapshots with
// appends meanwhile, and a clean restart. It ends early when the log fails.
func (m *model) work(fs FS, o Options) error {
	o.FS = fs
	for range 2 {
		l, err := Open("d", o)
		if err != nil {
			return err
		}
		err = m.session(l)
		if cerr := l.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *model) session(l *Log) error {
	if err := m.check(l); err != nil {
		return err
	}
	for i := range 6 {
		if err := m.group(l, 1+m.rng.IntN(4)); err != nil {
			return err
		}
		if i%3 != 2 {
			continue
		}
		if err := m.snapshot(l); err != nil {
			return err
		}
	}
	return nil
}

// group appends n records and waits. Only a log that goes on has no error.
func (m *model) group(l *Log, n int) error {
	first := l.Append(record(m.next))
	for i := 1; i < n; i++ {
		l.Append(record(m.next + i))
	}
	var errs []error
	for i := range n {
		id, err := m.next+i, l.Wait(first+uint64(i))
		errs = append(errs, err)
		m.noticed = m.noticed || err != nil
		switch {
		case err == nil:
			m.acked[id], m.alive[id] = true, true
		case errors.Is(err, ErrPoisoned):
			m.poisoned, m.alive[id] = true, true // perhaps
		default:
			m.failed[id] = true
		}
	}
	m.next += n
	if m.poisoned {
		return errors.Join(errs...)
	}
	return nil
}

func (m *model) ids() []int {
	var ids []int
	for id := range m.alive {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func (m *model) snapshot(l *Log) error {
	s, err := l.Begin()
	if err != nil {
		return err
	}
	defer s.Abort()
	ids := m.ids()
	if err := m.group(l, 2); err != nil { // meanwhile
		return err
	}
	for part := range slices.Chunk(ids, 5) {
		if err := s.Add([]byte("s " + strings.Trim(fmt.Sprint(part), "[]"))); err != nil {
			return m.tolerate(err)
		}
	}
	return m.tolerate(s.Commit())
}

// tolerate lets the work go on without the snapshot when the disk is full.
func (m *model) tolerate(err error) error {
	m.noticed = m.noticed || err != nil
	if errors.Is(err, errCrash) || errors.Is(err, ErrPoisoned) {
		return err
	}
	return nil
}

// errPromise is a broken promise of the log.
var errPromise = errors.New("broken promise")

// check replays: what was committed is there, in order, and nothing else but
// records whose fate was never reported. What it finds is the new truth.
func (m *model) check(l *Log) error {
	var got []int
	err := l.Replay(func(rec []byte) error {
		ids, err := parse(rec)
		got = append(got, ids...)
		if err != nil {
			return fmt.Errorf("%w: %w", errPromise, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	there := map[int]bool{}
	for i, id := range got {
		there[id] = true
		switch {
		case i > 0 && got[i-1] >= id:
			return fmt.Errorf("%w: order of %v", errPromise, got)
		case id >= m.next:
			return fmt.Errorf("%w: record %d was never appended", errPromise, id)
		case m.gone[id]:
			return fmt.Errorf("%w: record %d came back", errPromise, id)
		case m.failed[id] && !m.poisoned:
			return fmt.Errorf("%w: record %d had failed", errPromise, id)
		}
	}
	for id := range m.acked {
		if !there[id] {
			return fmt.Errorf("%w: committed record %d is missing in %v", errPromise, id, got)
		}
	}
	m.alive, m.poisoned, m.failed = there, false, map[int]bool{}
	for id := 1; id < m.next; id++ {
		if there[id] {
			m.acked[id] = true // Open made it durable
		} else {
			m.gone[id] = true
		}
	}
	return nil
}

// verify is check after the last restart.
func (m *model) verify(t *testing.T, fs FS, o Options, what ...any) {
	t.Helper()
	o.FS = fs
	l, err := Open("d", o)
	if err != nil {
		t.Fatalf("%v: open: %v", what, err)
	}
	if err := m.check(l); err != nil {
		t.Fatalf("%v: %v", what, err)
	}
	if err := l.Close(); err != nil {
		t.Fatalf("%v: close: %v", what, err)
	}
}

// The machine crashes at every single operation, loses whatever was not synced
// in several ways, crashes once more during recovery or later, and still keeps
// its promise.
func TestCrashAnywhere(t *testing.T) {
	t.Parallel()
	modes := []struct {
		sync Sync
		loss []loss
	}{
		{SyncAlways, []loss{loseNothing, loseAll, loseSuffix, loseSome, loseSome, loseSome}},
		{SyncOS, []loss{loseNothing}},
		{SyncInterval, []loss{loseNothing}},
	}
	for _, mode := range modes {
		for n, how := range mode.loss {
			t.Run(fmt.Sprintf("sync %d loss %d.%d", mode.sync, how, n), func(t *testing.T) {
				t.Parallel()
				o := Options{Sync: mode.sync, SegmentSize: 700}
				for at := 1; crashAt(t, o, crash{at, how, uint64(n)}); at++ {
				}
			})
		}
	}
}

type crash struct {
	at   int
	how  loss
	seed uint64
}

// crashAt runs one experiment and reports whether it got as far as the crash.
func crashAt(t *testing.T, o Options, c crash) bool {
	t.Helper()
	m := newModel(c.seed*1000 + uint64(c.at))
	fs := newSimFS()
	fs.crashAt = c.at
	for generation := range 3 {
		err := m.work(fs, o)
		if errors.Is(err, errPromise) || !fs.crashed && err != nil {
			t.Fatalf("crash %+v, generation %d: %v", c, generation, err)
		}
		if generation == 0 && !fs.crashed {
			return false
		}
		how := c.how
		if o.Sync == SyncAlways && generation > 0 {
			how = loss(m.rng.IntN(int(losses)))
		}
		m.poisoned = true // nobody was told what became of the last group
		fs = fs.restart(how, m.rng)
		fs.crashAt = 1 + m.rng.IntN(30)
	}
	fs.crashAt = 0
	m.verify(t, fs, o, c)
	return true
}

// After a power failure, SyncOS and SyncInterval may have lost the end, but the
// log opens, and what is there is a beginning.
func TestPowerFailureWithoutSync(t *testing.T) {
	t.Parallel()
	for at := 1; at < 150; at++ {
		m := newModel(uint64(at))
		fs := newSimFS()
		fs.crashAt = at
		o := Options{FS: fs, Sync: SyncOS, SegmentSize: 700}
		err := m.work(fs, o)
		if errors.Is(err, errPromise) || !fs.crashed && err != nil {
			t.Fatalf("crash at %d: %v", at, err)
		}
		o.FS = fs.restart(loseSome, m.rng)
		l := mustOpen(t, "d", o)
		next := 1
		for _, rec := range replay(t, l) {
			ids, err := parse([]byte(rec))
			if err != nil {
				t.Fatalf("crash at %d: %v", at, err)
			}
			for _, id := range ids {
				if id != next {
					t.Fatalf("crash at %d: record %d follows %d", at, id, next-1)
				}
				next++
			}
		}
		mustClose(t, l)
	}
}

// One operation fails, with each error, and the log either goes on or says that
// it is poisoned; a reopened one keeps the promise, even after a power failure.
func TestFailAnywhere(t *testing.T) {
	t.Parallel()
	for _, cause := range []error{syscall.ENOSPC, syscall.EIO} {
		t.Run(cause.Error(), func(t *testing.T) {
			t.Parallel()
			for at := 1; failAt(t, at, cause); at++ {
			}
		})
	}
}

func failAt(t *testing.T, at int, cause error) bool {
	t.Helper()
	m := newModel(uint64(at))
	fs := newSimFS()
	failed := ""
	fs.fail = func(n int, op string) error {
		if n != at {
			return nil
		}
		failed = op
		return cause
	}
	o := Options{SegmentSize: 700}
	err := m.work(fs, o)
	fs.fail = nil
	if errors.Is(err, errPromise) {
		t.Fatalf("%s fails at %d: %v", failed, at, err)
	}
	if failed == "" {
		return false
	}
	if failed == "sync" && err == nil && !m.noticed {
		t.Errorf("sync fails at %d, and nobody noticed", at)
	}
	m.verify(t, fs, o, failed, "fails at", at)
	// What the reopened log showed is there after a power failure too, though
	// the kernel had forgotten that it was not written.
	fs = fs.restart(loseAll, m.rng)
	m.verify(t, fs, o, failed, "fails at", at, "then power failure")
	if err := m.work(fs, o); err != nil {
		t.Fatalf("%s fails at %d, after the restart: %v", failed, at, err)
	}
	m.verify(t, fs, o, failed, "fails at", at, "then work")
	return true
}

// The disk is full at any operation, and soon after the power fails.
func TestFullThenCrash(t *testing.T) {
	t.Parallel()
	for at := range 150 {
		for seed := range uint64(10) {
			m := newModel(seed<<32 + uint64(at))
			fs := newSimFS()
			fs.fail = func(n int, _ string) error {
				if n == at {
					return syscall.ENOSPC
				}
				return nil
			}
			fs.crashAt = at + 1 + m.rng.IntN(12)
			o := Options{SegmentSize: 700}
			if err := m.work(fs, o); errors.Is(err, errPromise) {
				t.Fatalf("full at %d: %v", at, err)
			}
			m.poisoned = true // nobody was told what became of the last group
			m.verify(t, fs.restart(loss(m.rng.IntN(int(losses))), m.rng), o, "full at", at, "seed", seed)
		}
	}
}
