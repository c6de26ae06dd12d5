package format

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mqt/internal/mqtt"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var when = time.Date(2026, 11, 20, 23, 32, 29, 611361123, time.UTC)

// samples are messages of every kind that the formats treat differently.
func samples() []mqtt.Message {
	return []mqtt.Message{
		{Topic: "site-1/floor-3/temperature", Payload: []byte("21.5"), Received: when},
		{Topic: "site-1/floor-3/status", Payload: []byte(`{"online":true,"fw":"1.2","tags":["a","b",[]],"n":{"x":{},"y":[1,2,3],` +
			`"long":"` + strings.Repeat("lorem ipsum ", 12) + `"}}`), QoS: 1, PacketID: 7, Retain: true, Received: when},
		{Topic: "binary", Payload: []byte("\x00\x01hello, world \xff and more of that" + strings.Repeat("\x00", 64) + "x"),
			QoS: 2, PacketID: 8, Dup: true, Received: when},
		{Topic: "text", Payload: []byte("two\nlines \x1b[2J" + strings.Repeat("word ", 30)), Received: when},
		{Topic: "empty", Received: when},
		{Topic: "日本/語", Payload: []byte(strings.Repeat("日本語", 30)), Received: when},
		{Topic: "esc\x1b]0;title\a", Payload: []byte("\u009b31m\u202ered"), Received: when},
		{Topic: "properties", Payload: []byte(`"x"`), Received: when, Props: mqtt.Properties{
			{ID: mqtt.PropUser, Key: "k", Value: "v"},
			{ID: mqtt.PropContentType, Value: "text/\x1b[31mplain"},
			{ID: mqtt.PropCorrelationData, Value: "\x00\x01\xff"},
			{ID: mqtt.PropUser, Key: "k", Value: "v2"},
			{ID: mqtt.PropResponseTopic, Value: "r/t"},
			{ID: mqtt.PropPayloadFormat, Int: 1},
			{ID: mqtt.PropMessageExpiry, Int: 100},
			{ID: mqtt.PropSubscriptionID, Int: 7},
		}},
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	tests := []struct {
		file, format string
		o            Options
	}{
		{file: "text", format: "text"},
		{file: "text-verbose", format: "text", o: Options{Verbose: true}},
		{file: "text-verbose-nonewline", format: "text", o: Options{Verbose: true, NoNewline: true}},
		{file: "text-escape", format: "text", o: Options{Verbose: true, Escape: true}},
		{file: "pretty-80", format: "pretty", o: Options{Width: 80}},
		{file: "pretty-40", format: "pretty", o: Options{Width: 40}},
		{file: "pretty-pipe", format: "pretty"},
		{file: "pretty-color", format: "pretty", o: Options{Width: 80, Color: ColorAlways}},
		{file: "json", format: "json"},
		{file: "json-indent", format: "json", o: Options{Indent: true}},
		{file: "json-compat", format: "json", o: Options{Compat: true}},
		{file: "ndjson", format: "ndjson"},
		{file: "hex", format: "hex"},
		{file: "hex-verbose", format: "hex", o: Options{Verbose: true}},
		{file: "raw", format: "raw"},
		{file: "csv", format: "csv"},
		{file: "influx", format: "influx"},
		{file: "influx-escape", format: "influx", o: Options{Escape: true}},
		{file: "csv-more", format: "csv", o: Options{NoHeader: true}},
		{file: "csv-escape", format: "csv", o: Options{Escape: true}},
		{file: "select", format: "text", o: Options{Verbose: true, Select: "n.y.1"}},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			tt.o.Location = time.UTC
			var out bytes.Buffer
			w, err := New(tt.format, &out, tt.o)
			if err != nil {
				t.Fatal(err)
			}
			writeAll(t, w, samples())
			golden(t, tt.file, out.Bytes())
		})
	}
}

func writeAll(t *testing.T, w Writer, ms []mqtt.Message) {
	t.Helper()
	for _, m := range ms {
		if err := w.Write(m); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; got\n%s\nwant\n%s", file, got, want)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	want := []string{"text", "pretty", "json", "ndjson", "hex", "raw", "csv", "influx"}
	if got := Names(); !slices.Equal(got, want) {
		t.Errorf("Names() = %v, want %v", got, want)
	}
	const text = `unknown format "xml": one of text, pretty, json, ndjson, hex, raw, csv, influx`
	if _, err := New("xml", io.Discard, Options{}); err == nil || err.Error() != text {
		t.Errorf("New(xml) error = %v, want %s", err, text)
	}
}

// countingWriter counts calls and fails when told to.
type countingWriter struct {
	calls, bytes int
	err          error
}

func (w *countingWriter) Write(p []byte) (int, error) {
	w.calls++
	w.bytes += len(p)
	return len(p), w.err
}

func TestFlush(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		o     Options
		size  int
		n     int
		calls int // before Flush
	}{
		{name: "buffered", size: 10, n: 100, calls: 0},
		{name: "auto", o: Options{AutoFlush: true}, size: 10, n: 100, calls: 100},
		{name: "full", size: bufferSize / 2, n: 4, calls: 2},
		{name: "larger than the buffer", size: 2 * keepSize, n: 2, calls: 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out countingWriter
			w, err := New("raw", &out, tt.o)
			if err != nil {
				t.Fatal(err)
			}
			m := mqtt.Message{Topic: "t", Payload: make([]byte, tt.size)}
			for range tt.n {
				if err := w.Write(m); err != nil {
					t.Fatal(err)
				}
			}
			if out.calls != tt.calls {
				t.Errorf("%d writes before Flush, want %d", out.calls, tt.calls)
			}
			if err := w.Flush(); err != nil || out.bytes != tt.n*tt.size {
				t.Errorf("Flush() = %v with %d bytes written, want nil with %d", err, out.bytes, tt.n*tt.size)
			}
		})
	}
}

func TestWriteError(t *testing.T) {
	t.Parallel()
	w, err := New("text", &countingWriter{err: os.ErrClosed}, Options{AutoFlush: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(samples()[0]); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Write to a closed file = %v, want %v", err, os.ErrClosed)
	}
}

func TestHotFormatsAllocateNothing(t *testing.T) {
	m := samples()[0]
	for _, name := range []string{"text", "raw", "hex", "ndjson", "json", "csv"} {
		w, err := New(name, io.Discard, Options{Verbose: true})
		if err != nil {
			t.Fatal(err)
		}
		for range 5000 { // let the buffer reach its size
			if err := w.Write(m); err != nil {
				t.Fatal(err)
			}
		}
		if n := testing.AllocsPerRun(1000, func() { _ = w.Write(m) }); n != 0 {
			t.Errorf("%s allocates %v times a message, want 0", name, n)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	m := mqtt.Message{Topic: "site-1/floor-3/temperature", Payload: bytes.Repeat([]byte("x"), 64), Received: when}
	for _, name := range Names() {
		b.Run(name, func(b *testing.B) {
			w, err := New(name, io.Discard, Options{Verbose: true})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				_ = w.Write(m)
			}
		})
	}
	b.Run("template", func(b *testing.B) {
		w, err := NewTemplate("%I %t %p", io.Discard, Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			_ = w.Write(m)
		}
	})
}
