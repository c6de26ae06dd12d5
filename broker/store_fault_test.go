//go:build unix

package broker_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"mqt/broker"
	"mqt/broker/internal/wal"
	"mqt/internal/mqtt"
	"mqt/internal/wire"
)

// brokenDisk is the file system of the operating system until it is told to
// fail writes, as a full disk does, or syncs, as a dying one.
type brokenDisk struct {
	wal.FS
	full, dying atomic.Bool
}

func (d *brokenDisk) Open(name string, m wal.Mode) (wal.File, error) {
	f, err := d.FS.Open(name, m)
	if err == nil {
		f = brokenFile{f, d}
	}
	return f, err
}

type brokenFile struct {
	wal.File
	disk *brokenDisk
}

func (f brokenFile) WriteAt(b []byte, at int64) (int, error) {
	if f.disk.full.Load() {
		return 0, syscall.ENOSPC
	}
	return f.File.WriteAt(b, at)
}

func (f brokenFile) Allocate(n int64) error {
	if f.disk.full.Load() {
		return syscall.ENOSPC
	}
	return f.File.Allocate(n)
}

func (f brokenFile) Sync() error {
	if f.disk.dying.Load() {
		return syscall.EIO
	}
	return f.File.Sync()
}

// logText is a log that can be read while it is written.
type logText struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logText) has(s string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.b.String(), s)
}

// onDisk is a store directory with the servers that use it, one at a time.
type onDisk struct {
	t      *testing.T
	engine string
	dir    string
	disk   *brokenDisk
	log    *logText
	stop   func()
}

// eachOnDisk runs test on an empty directory for each engine.
func eachOnDisk(t *testing.T, test func(t *testing.T, d *onDisk)) {
	t.Parallel()
	for engine := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			test(t, &onDisk{t: t, engine: engine, dir: filepath.Join(t.TempDir(), "state"), log: &logText{}, stop: func() {}})
		})
	}
}

// start ends the server before, if any, and starts one on a disk that works.
func (d *onDisk) start() *fixture {
	d.t.Helper()
	d.stop()
	d.disk = &brokenDisk{FS: wal.OS()}
	logger := slog.New(slog.NewTextHandler(d.log, nil))
	l, err := wal.Open(d.dir, wal.Options{FS: d.disk, SegmentSize: 1 << 20, Logger: logger})
	if err != nil {
		d.t.Fatal(err)
	}
	srv := &broker.Server{Store: &broker.FileStore{Log: l}, SysInterval: -1, Logger: logger}
	b := serve(d.t, srv, engines()[d.engine](d.t))
	d.stop = sync.OnceFunc(func() { srv.Close(); l.Close() }) // a broken disk fails that, too
	d.t.Cleanup(d.stop)
	return b
}

// refuses checks that a broker whose disk has failed acknowledges nothing that
// must be stored, delivers none of it to stored sessions, and lives on.
func (d *onDisk) refuses(b *fixture, s *client, problem string) {
	t := d.t
	t.Helper()
	p, old := b.connect(t, mqtt.V5, "p"), b.connect(t, mqtt.V311, "old")
	for q := mqtt.AtLeastOnce; q <= mqtt.ExactlyOnce; q++ {
		for _, retain := range []bool{false, true} {
			id := p.newID()
			p.send(message{topic: "a", payload: "refused", q: q, retain: retain}.packet(id))
			p.expect(fmt.Sprintf("%s #%d 97", map[mqtt.QoS]string{1: "PUBACK", 2: "PUBREC"}[q], id))
		}
	}
	old.send(message{topic: "a", payload: "refused", q: 1}.packet(9))
	old.ended()
	s.fence()
	if !d.log.has(problem) {
		t.Errorf("the log does not say %q", problem)
	}
	// What need not be stored is served.
	watch := b.connect(t, mqtt.V311, "watch")
	watch.subscribe("live 0")
	p.publish(message{topic: "live", payload: "yes"})
	watch.take(`live "yes" q0`)
	// A stored session's subscription is not acknowledged either.
	s.send(&wire.Subscribe{PacketID: 77, Filters: filters([]string{"b 1"})})
	s.ended("DISCONNECT 97")
}

// begin makes a stored session with a subscription, and a retained message.
func (d *onDisk) begin() (b *fixture, s *client) {
	b = d.start()
	s = b.connect(d.t, mqtt.V5, "s", keep)
	s.subscribe("a 1")
	b.connect(d.t, mqtt.V5, "p").publish(message{topic: "kept", payload: "before", q: 1, retain: true})
	return b, s
}

// remembers checks that what was acknowledged is there, after a restart.
func (d *onDisk) remembers(b *fixture) {
	d.t.Helper()
	s := b.connect(d.t, mqtt.V5, "s", keep).present(true)
	s.collect() // what had no acknowledgement may have been stored nevertheless
	b.connect(d.t, mqtt.V5, "q").say("a", "after")
	s.take(`a "after" q1`)
	s.subscribe("kept 1")
	s.take(`kept "before" q1 retain`)
}

func TestStoreDiskFull(t *testing.T) {
	eachOnDisk(t, func(t *testing.T, d *onDisk) {
		b, s := d.begin()
		d.disk.full.Store(true)
		d.refuses(b, s, "no space left on device")
		d.disk.full.Store(false)
		d.remembers(b) // there is space again: no restart is needed
		d.remembers(d.start())
	})
}

func TestStoreFailingSync(t *testing.T) {
	eachOnDisk(t, func(t *testing.T, d *onDisk) {
		b, s := d.begin()
		d.disk.dying.Store(true)
		d.refuses(b, s, "input/output error")
		d.disk.dying.Store(false)
		// Nobody knows what a sync that failed has lost: it is not tried again.
		b.connect(t, mqtt.V5, "late").publishCode("a", mqtt.QuotaExceeded)
		d.remembers(d.start())
	})
}

// logFile returns the name and the content of the store's last log file.
func (d *onDisk) logFile() (name string, content []byte) {
	d.t.Helper()
	d.stop()
	names, err := filepath.Glob(filepath.Join(d.dir, "*.log"))
	if err != nil || len(names) == 0 {
		d.t.Fatalf("no log in %s: %v", d.dir, err)
	}
	name = names[len(names)-1]
	if content, err = os.ReadFile(name); err != nil {
		d.t.Fatal(err)
	}
	return name, content
}

// A crash in the middle of a write leaves a record without its end: it was
// not acknowledged, is cut off, and everything before it is there.
func TestStoreTornRecord(t *testing.T) {
	eachOnDisk(t, func(t *testing.T, d *onDisk) {
		b, _ := d.begin()
		b.connect(t, mqtt.V5, "p").publish(message{topic: "torn", payload: strings.Repeat("x", 200), q: 1, retain: true})
		name, text := d.logFile()
		at := bytes.Index(text, []byte("xxxx"))
		if err := os.WriteFile(name, text[:at+100], 0o600); err != nil {
			t.Fatal(err)
		}
		b = d.start()
		c := b.connect(t, mqtt.V5, "c")
		c.subscribe("torn 1")
		c.fence()
		d.remembers(b)
		d.remembers(d.start())
	})
}

// A disk that changed what it had stored is an error that names the place:
// the broker does not start with less than it had acknowledged.
func TestStoreFlippedBit(t *testing.T) {
	eachOnDisk(t, func(t *testing.T, d *onDisk) {
		b, _ := d.begin()
		b.connect(t, mqtt.V5, "p").publish(message{topic: "later", payload: "x", q: 1, retain: true})
		name, text := d.logFile()
		text[bytes.Index(text, []byte("before"))] ^= 4
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := broker.OpenStore(d.dir, broker.StoreOptions{})
		if err == nil || !strings.Contains(err.Error(), filepath.Base(name)) || !strings.Contains(err.Error(), "damaged at offset") {
			t.Fatalf("OpenStore of a damaged store = %v, want an error that names %s and the offset", err, filepath.Base(name))
		}
		store, err := broker.OpenStore(d.dir, broker.StoreOptions{Salvage: true})
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		b = serve(t, &broker.Server{Store: store, SysInterval: -1}, engines()[d.engine](t))
		c := b.connect(t, mqtt.V5, "c")
		c.subscribe("kept 1")
		c.fence()
		c.subscribe("later 1")
		c.take(`later "x" q1 retain`)
	})
}
