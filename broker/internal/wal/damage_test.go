package wal

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// image is the content of a directory.
type image map[string][]byte

func (s *simFS) image() image {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := image{}
	for name, n := range s.names {
		out[name] = bytes.Clone(n.data)
	}
	return out
}

// fs returns a file system with the content, all of it durable.
func (m image) fs() *simFS {
	s := newSimFS()
	for name, data := range m {
		s.names[name] = &node{data: bytes.Clone(data), durable: bytes.Clone(data)}
		s.durable[name] = s.names[name]
	}
	return s
}

func (m image) files() []string {
	var out []string
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func logPath(n uint64) string { return filepath.Join("d", fileID{kindLog, n}.name()) }

// sample makes a log with a snapshot and three segments, and returns its files
// as a killed process leaves them, or as Close does.
func sample(t testing.TB, closed bool) (image, []string) {
	t.Helper()
	fs := newSimFS()
	l := mustOpen(t, "d", Options{FS: fs, SegmentSize: 400})
	mustAppend(t, l, "old", "older")
	if err := l.Snapshot(func(add func([]byte) error) error {
		return errors.Join(add([]byte("snap one")), add([]byte("snap two")))
	}); err != nil {
		t.Fatal(err)
	}
	want := []string{"snap one", "snap two"}
	for i := range 12 {
		rec := fmt.Sprint("record ", i, strings.Repeat(".", i*3))
		mustAppend(t, l, rec)
		want = append(want, rec)
	}
	if closed {
		mustClose(t, l)
		return fs.image(), want
	}
	quiesce(l)
	img := fs.image()
	mustClose(t, l)
	return img, want
}

// quiesce waits until the log's goroutine has written its mark and waits.
func quiesce(l *Log) {
	done := make(chan bool)
	l.Commit(0, func(error) { close(done) })
	<-done // the round before is over, its mark included
}

// Whatever bit flips, the log is whole, or Open says that it is damaged.
func TestBitFlips(t *testing.T) {
	t.Parallel()
	for _, closed := range []bool{true, false} {
		t.Run(fmt.Sprint("closed ", closed), func(t *testing.T) {
			t.Parallel()
			img, want := sample(t, closed)
			refused := 0
			for _, name := range img.files() {
				for at := range img[name] {
					data := img[name]
					bit := byte(1) << (at % 8)
					data[at] ^= bit
					refused += openFlipped(t, img, want, fmt.Sprint(name, " at ", at))
					data[at] ^= bit
				}
			}
			if refused < 500 {
				t.Errorf("only %d flips were noticed", refused)
			}
		})
	}
}

// openFlipped returns 1 when Open refused the log.
func openFlipped(t *testing.T, img image, want []string, what string) int {
	t.Helper()
	l, err := Open("d", Options{FS: img.fs()})
	var c *CorruptError
	if errors.As(err, &c) {
		return 1
	}
	if err != nil {
		t.Fatalf("flip in %s: %v", what, err)
	}
	defer l.Close()
	if got := replay(t, l); !slices.Equal(got, want) {
		t.Fatalf("flip in %s: Replay() = %q, want %q or an error", what, got, want)
	}
	return 0
}

// The last batch is cut at every byte, with nothing, reserved space or garbage
// behind: exactly the complete records before are there.
func TestTornTail(t *testing.T) {
	t.Parallel()
	fs := newSimFS()
	l := mustOpen(t, "d", Options{FS: fs, SegmentSize: 1000})
	mustAppend(t, l, "first")
	before := usedBytes(fs.image()[logPath(1)])
	l.Append([]byte("second"))
	l.Append([]byte("third, the last one"))
	mustAppend(t, l, "fourth")
	mustClose(t, l)
	whole := fs.image()[logPath(1)]
	ends := []int{before, 0, 0, 0} // of each record's frame
	ends[1] = before + 2*frameSize + len("second")
	ends[2] = ends[1] + frameSize + len("third, the last one")
	ends[3] = ends[2] + frameSize + len("fourth")
	all := []string{"first", "second", "third, the last one", "fourth"}
	for cut := before; cut <= ends[3]; cut++ {
		n, _ := slices.BinarySearch(ends, cut+1)
		for name, tail := range map[string][]byte{
			"nothing": nil, "zeros": make([]byte, 99), "garbage": []byte(strings.Repeat("\x00\x00 @garbage", 50)),
		} {
			img := image{logPath(1): append(bytes.Clone(whole[:cut]), tail...)}
			l := mustOpen(t, "d", Options{FS: img.fs()})
			if got := replay(t, l); !slices.Equal(got, all[:n]) {
				t.Fatalf("cut at %d, then %s: Replay() = %q, want %q", cut, name, got, all[:n])
			}
			mustClose(t, l)
		}
	}
}

// usedBytes is the length without the reserved space.
func usedBytes(b []byte) int { return len(bytes.TrimRight(b, "\x00")) }

func TestTornReport(t *testing.T) {
	t.Parallel()
	fs := newSimFS()
	l := mustOpen(t, "d", Options{FS: fs, SegmentSize: 1000})
	mustAppend(t, l, "first")
	seq := l.Append([]byte("second"))
	l.Append([]byte("third"))
	if err := l.Wait(seq); err != nil {
		t.Fatal(err)
	}
	mustClose(t, l)
	data := fs.image()[logPath(1)]
	at := bytes.Index(data, []byte("second"))
	data[at] ^= 1
	end := bytes.Index(data, []byte("third")) + len("third")
	img := image{logPath(1): data[:end]} // without the mark behind it
	want := Report{
		Segments: 1, Records: 1, Bytes: int64(at) - frameSize - headerSize,
		TornFile: filepath.Base(logPath(1)), TornOffset: int64(at) - frameSize, TornBytes: int64(end-at) + frameSize, TornRecords: 1,
	}
	if got, err := Check("d", ReadOptions{FS: img.fs()}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Check() = %+v, %v, want %+v", got, err, want)
	}
	if got := mustOpen(t, "d", Options{FS: img.fs()}).Recovery(); !reflect.DeepEqual(got, want) {
		t.Errorf("Recovery() = %+v, want %+v", got, want)
	}
	if got := replay(t, mustOpen(t, "d", Options{FS: img.fs(), Salvage: true, SegmentSize: 1000})); !slices.Equal(got, []string{"first", "third"}) {
		t.Errorf("salvaged %q, want the records around", got)
	}
}

// What Open cut off never comes back behind new records.
func TestCutStaysCut(t *testing.T) {
	t.Parallel()
	fs := newSimFS()
	l := mustOpen(t, "d", Options{FS: fs, SegmentSize: 1000})
	mustAppend(t, l, "a")
	l.Append([]byte("lost"))
	l.Append([]byte("cut"))
	quiesce(l)
	mustAppend(t, l, "d")
	mustClose(t, l)
	data := fs.image()[logPath(1)]
	at := bytes.Index(data, []byte("lost"))
	data[at] ^= 1
	fs = image{logPath(1): data[:bytes.Index(data, []byte("cut"))+3]}.fs()
	l = mustOpen(t, "d", Options{FS: fs, SegmentSize: 1000})
	mustAppend(t, l, "new!")
	mustClose(t, l)
	if got := replay(t, mustOpen(t, "d", Options{FS: fs, SegmentSize: 1000})); !slices.Equal(got, []string{"a", "new!"}) {
		t.Errorf("Replay() = %q, want a and new!", got)
	}
}

func TestSalvage(t *testing.T) {
	t.Parallel()
	img, want := sample(t, true)
	files := img.files()
	flip := func(rec string) func(image) {
		return func(m image) {
			for _, data := range m {
				if i := bytes.Index(data, []byte(rec)); i >= 0 {
					data[i] ^= 4
				}
			}
		}
	}
	without := func(recs ...string) []string {
		return slices.DeleteFunc(slices.Clone(want), func(r string) bool { return slices.Contains(recs, r) })
	}
	tests := []struct {
		name   string
		damage func(image)
		want   []string
	}{
		{"a record", flip(want[4]), without(want[4])},
		{"the last record", flip(want[13]), without(want[13])},
		{"a record of the snapshot", flip("snap one"), without("snap one")},
		{"two records", func(m image) { flip(want[3])(m); flip(want[6])(m) }, without(want[3], want[6])},
		{"a missing segment", func(m image) { delete(m, files[2]) }, nil},
		{"a missing snapshot", func(m image) { delete(m, files[0]) }, want[2:]},
		{"a header", func(m image) { m[files[1]][9] ^= 1 }, nil},
		{"the snapshot's header", func(m image) { m[files[0]][9] ^= 1 }, want[2:]},
		{"an empty file", func(m image) { m[files[1]] = nil }, nil},
		{"swapped files", func(m image) { m[files[1]], m[files[2]] = m[files[2]], m[files[1]] }, nil},
		{"a cut segment", func(m image) { m[files[1]] = m[files[1]][:100] }, nil},
		{"a cut snapshot", func(m image) { m[files[0]] = m[files[0]][:len(m[files[0]])-1] }, want},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			broken := img.fs().image()
			tt.damage(broken)
			salvageBroken(t, broken, tt.want)
		})
	}
}

// salvageBroken wants Open to refuse, and Salvage with a Snapshot to repair; nil
// wants some records, but not all.
func salvageBroken(t *testing.T, broken image, want []string) {
	t.Helper()
	fs := broken.fs()
	var c *CorruptError
	if _, err := Open("d", Options{FS: fs, SegmentSize: 1000}); !errors.As(err, &c) {
		t.Fatalf("Open() error %v, want a CorruptError", err)
	}
	rep, err := Check("d", ReadOptions{FS: fs})
	if err != nil || len(rep.Damage) == 0 || rep.Damage[0] != *c {
		t.Errorf("Check() = %+v, %v, want first damage %+v", rep, err, *c)
	}
	l := mustOpen(t, "d", Options{FS: fs, Salvage: true, SegmentSize: 1000})
	got := replay(t, l)
	if want != nil && !slices.Equal(got, want) || len(got) == 0 {
		t.Errorf("salvaged %q, want %q", got, want)
	}
	if err := l.Snapshot(func(add func([]byte) error) error {
		for _, rec := range got {
			if err := add([]byte(rec)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, l, "after")
	mustClose(t, l)
	if again := replay(t, mustOpen(t, "d", Options{FS: fs, SegmentSize: 1000})); !slices.Equal(again, append(got, "after")) {
		t.Errorf("after the repair: %q, want %q", again, got)
	}
}

// A length is believed only as far as the file goes.
func TestGiantLength(t *testing.T) {
	t.Parallel()
	h := newHeader(kindLog, 1, 1)
	rec := appendOpen(nil, frameRecord, []byte("short"))
	rec[0], rec[1], rec[2], rec[3] = 0, 0, 0, 0x30 // 256 MiB
	data := append(h.append(nil), rec...)
	r, reason, err := newReader(&simFile{newSimFS(), &node{data: data}})
	if reason != "" || err != nil {
		t.Fatal(reason, err)
	}
	if _, ok, err := r.frame(headerSize); ok || err != nil {
		t.Errorf("frame() = %v, %v, want no frame", ok, err)
	}
	if cap(r.buf) > window {
		t.Errorf("the reader allocated %d bytes for %d", cap(r.buf), len(data))
	}
}

// Arbitrary bytes as a segment or snapshot: no panic, and what was read once
// is read again, with a new record behind it.
func FuzzReader(f *testing.F) {
	img, _ := sample(f, false)
	for _, name := range img.files() {
		f.Add(img[name], false)
		f.Add(img[name][headerSize:usedBytes(img[name])], true)
	}
	f.Fuzz(func(t *testing.T, data []byte, wrap bool) {
		id := fileID{kindLog, 1}
		if h, reason := parseHeader(data); reason == "" && h.kind == kindSnap {
			id = fileID{kindSnap, h.number}
		}
		if wrap { // frames that start from a good header
			data = append(header{kind: kindLog, number: 1, first: 1, salt: 0}.append(nil), seal(data)...)
		}
		fs := image{filepath.Join("d", id.name()): data}.fs()
		_, cerr := Check("d", ReadOptions{FS: fs})
		if cerr != nil {
			t.Fatal(cerr)
		}
		l, err := Open("d", Options{FS: fs, SegmentSize: 1000})
		if err != nil {
			l, err = Open("d", Options{FS: fs, Salvage: true, SegmentSize: 1000})
		}
		if err != nil {
			t.Fatal(err)
		}
		got := replay(t, l)
		seq := l.Append([]byte("new"))
		if err := l.Wait(seq); err != nil {
			t.Fatal(err)
		}
		mustClose(t, l)
		again := replay(t, mustOpen(t, "d", Options{FS: fs, Salvage: true, SegmentSize: 1000}))
		if !slices.Equal(again, append(got, "new")) {
			t.Fatalf("Replay() = %q, then %q", got, again)
		}
	})
}

// seal makes the checksums of what looks like frames right, so that the fuzzer
// gets behind them.
func seal(data []byte) []byte {
	s := header{kind: kindLog, number: 1, first: 1}.sealer()
	for off := 0; off+frameSize <= len(data); {
		n := int(data[off]) | int(data[off+1])<<8
		data[off+2], data[off+3] = 0, data[off+3]&0xe0
		if off+frameSize+n > len(data) {
			break
		}
		s.seal(data[off:off+frameSize+n], uint64(data[off+8]))
		off += frameSize + n
	}
	return data
}
