package cmd

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// tickingClock is a clock that goes on by a millisecond whenever it is looked at.
func tickingClock() func() time.Time {
	var looks atomic.Int64
	return func() time.Time { return time.UnixMilli(looks.Add(1)) }
}

func TestPubProgress(t *testing.T) {
	t.Parallel()
	url := serveURL(t, "--listen", "mqtt://127.0.0.1:0")
	const sign = "\r\x1b[K"
	count := sign + "200 messages published, 1000/s" + sign + "400 messages published, 1000/s" + sign
	half := sign + "50 %, 200 messages published, 1000/s, 1s left" + sign + "100 %, 400 messages published, 1000/s" + sign
	tests := []struct {
		name          string
		args          []string
		lines         int
		file          bool // standard input is a regular file
		stdin, stderr bool // are terminals
		width         int
		want          string
	}{
		{name: "pipe", args: []string{"-l", "-q", "1"}, lines: 450, stderr: true, want: count},
		{name: "cut", args: []string{"-l", "--count", "400"}, lines: 3000, stderr: true, want: half},
		{name: "file", args: []string{"-l"}, lines: 300, file: true, stderr: true, want: sign + "100 %, 200 messages published, 1000/s" + sign}, // read at once
		{name: "narrow", args: []string{"-l", "--count", "400"}, lines: 400, stderr: true, width: 20, want: sign + "50 %, 200 messages " + sign + "100 %, 400 messages" + sign},
		{name: "repeated", args: []string{"-m", "x", "--count", "400"}, stderr: true, want: half},
		{name: "short", args: []string{"-l"}, lines: 199, stderr: true},
		{name: "typed", args: []string{"-l"}, lines: 450, stdin: true, stderr: true},
		{name: "no terminal", args: []string{"-l"}, lines: 450},
		{name: "quiet", args: []string{"-l", "--quiet"}, lines: 450, stderr: true},
		{name: "one message", args: []string{"-s"}, lines: 450, stderr: true},
	}
	for _, tt := range tests {
		env := testEnv(append([]string{"pub", "-L", url, "-t", "a"}, tt.args...)...)
		var errs bytes.Buffer
		text := strings.Repeat("x\n", tt.lines)
		env.Stdin, env.Stderr, env.Now, env.Width = strings.NewReader(text), &errs, tickingClock(), tt.width
		if tt.file {
			env.Stdin = fileOf(t, text)
		}
		env.StdinTTY, env.StderrTTY = tt.stdin, tt.stderr
		if code := Main(t.Context(), *env); code != 0 || errs.String() != tt.want {
			t.Errorf("%s: pub = %d, %q, want 0, %q", tt.name, code, &errs, tt.want)
		}
	}
}

// fileOf returns an open file that holds text.
func fileOf(t *testing.T, text string) *os.File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// A line of progress never stands before or after other text.
func TestMeterWipes(t *testing.T) {
	t.Parallel()
	var errs bytes.Buffer
	env := testEnv()
	env.Stderr, env.StderrTTY, env.Now = &errs, true, tickingClock()
	m := env.meter(false, "things done", nil)
	for n := range 200 {
		m.done(n + 1)
	}
	env.notef("lost")
	env.notef("found")
	again := env.meter(false, "more", partOf(1000))
	for n := range 250 {
		again.done(n + 1)
	}
	again.end()
	m.end()
	const sign = "\r\x1b[K"
	want := sign + "200 things done, 1000/s" + sign + "mqt: lost\nmqt: found\n" + sign + "20 %, 200 more, 1000/s, 1s left" + sign
	if errs.String() != want {
		t.Errorf("wrote %q, want %q", &errs, want)
	}
}

// A line is never longer than the terminal that it stands on now.
func TestMeterFollowsTheTerminal(t *testing.T) {
	t.Parallel()
	var errs bytes.Buffer
	env := testEnv()
	columns := 80
	env.Stderr, env.StderrTTY, env.Now, env.ErrWidth = &errs, true, tickingClock(), func() int { return columns }
	m := env.meter(false, "things done", nil)
	for n := range 450 {
		if n == 300 {
			columns = 12
		}
		m.done(n + 1)
	}
	m.end()
	const sign = "\r\x1b[K"
	if want := sign + "200 things done, 1000/s" + sign + "400 things " + sign; errs.String() != want {
		t.Errorf("wrote %q, want %q", &errs, want)
	}
}

func TestMeterLine(t *testing.T) {
	t.Parallel()
	tests := []struct {
		n     int
		took  time.Duration
		part  float64
		width int // 0: unknown
		want  string
	}{
		{n: 5, took: 2 * time.Second, part: -1, want: "5 x, 2.5/s"},
		{n: 1_000_000, took: 4 * time.Second, part: -1, want: "1000000 x, 250000/s"},
		{n: 100, took: 10 * time.Second, part: 0, want: "0 %, 100 x, 10/s"},
		{n: 100, took: 10 * time.Second, part: 0.999, want: "99 %, 100 x, 10/s, 1s left"},
		{n: 100, took: 10 * time.Second, part: 0.1, want: "10 %, 100 x, 10/s, 1m30s left"},
		{n: 100, took: 10 * time.Second, part: 1.5, want: "100 %, 100 x, 10/s"}, // the file grew
		{n: 100, took: 10 * time.Second, part: 0.499, width: 40, want: "███░░░░░ 49 %, 100 x, 10/s, 10s left"},
		{n: 100, took: 10 * time.Second, part: 0, width: 50, want: "░░░░░░░░░░ 0 %, 100 x, 10/s"},
		{n: 100, took: 10 * time.Second, part: 1, width: 400, want: strings.Repeat("█", 30) + " 100 %, 100 x, 10/s"},
		{n: 1_000_000, took: 10 * time.Second, part: 0.5, width: 40, want: "50 %, 1000000 x, 100000/s, 10s left"}, // no room
		{n: 100, took: 10 * time.Second, part: 0.5, width: 39, want: "50 %, 100 x, 10/s, 10s left"},               // too short a bar
		{n: 100, took: 10 * time.Second, part: 0.5, width: 12, want: "50 %, 100 x"},
		{n: 100, took: 10 * time.Second, part: -1, width: 80, want: "100 x, 10/s"},
	}
	for _, tt := range tests {
		m := meter{what: "x", width: func() int { return tt.width }, part: func(int) float64 { return tt.part }}
		if got := m.line(tt.n, tt.took); got != tt.want {
			t.Errorf("line(%d, %v) with %v done = %q, want %q", tt.n, tt.took, tt.part, got, tt.want)
		}
	}
}

func TestPartRead(t *testing.T) {
	t.Parallel()
	f := fileOf(t, "0123456789")
	b := make([]byte, 4)
	if _, err := f.Read(b[:2]); err != nil {
		t.Fatal(err)
	}
	part := partRead(f) // of what is left: 8 bytes
	for _, want := range []float64{0, 0.5, 1} {
		if got := part(0); got != want {
			t.Errorf("part = %v, want %v", got, want)
		}
		_, _ = f.Read(b)
	}
	if partRead(f) != nil || partRead(strings.NewReader("x")) != nil {
		t.Error("an end or a pipe has a part")
	}
}
