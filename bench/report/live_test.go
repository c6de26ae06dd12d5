package report

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"mqt/bench/result"
)

// course are the snapshots of a run, four a second.
func course() []result.Snapshot {
	var all []result.Snapshot
	for i := range 8 {
		s := snapshot(result.Connecting, time.Duration(i)*250*time.Millisecond)
		s.Clients, s.Planned, s.Length = i*250, 2000, 0
		s.Counts.ConnectFailed = 3
		all = append(all, s)
	}
	for i := range 40 {
		s := snapshot(result.Measuring, time.Duration(i)*250*time.Millisecond)
		s.Clients, s.Planned, s.Target = 1999, 2000, new(100_000.0)
		s.Sent, s.Received = 99_999.6, math.Round(90_000+9_000*math.Sin(float64(i)/3))
		n := uint64(i) * 25_000
		s.Counts = result.Counts{Sent: n * 100, Acked: n*100 - uint64(i), Expected: n * 100, Delivered: n*99 + 1, Lost: 12, Duplicated: 4, Reordered: 1, Disconnected: 1, Refused: 10}
		at := int64(i+1) * 3e6
		s.Response = result.Dist{Count: n, Min: 4e5, Mean: at / 5, P50: at / 10, P90: at / 2, P95: at * 2 / 3, P99: at * 9 / 10, P999: at * 99 / 100, P9999: at, Max: at}
		s.RecentP99, s.TargetCPU, s.TargetRSS = new(s.Response.P99), new(1.25), new(int64(61<<20))
		if i > 20 {
			s.Generator, s.Reasons = result.Limited, []string{"send lag p99 is 12ms, above 1ms", "process used 1.9 of 2 CPUs"}
		}
		all = append(all, s)
	}
	return append(all, snapshot(result.Draining, 0), snapshot(result.Done, 0))
}

func TestLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	l := NewLines(&out)
	for _, s := range course() {
		if err := l.Watch(s); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "lines", out.String())
}

// screen is a terminal: what the sequences of Live do to it.
type screen struct {
	lines    []string
	row, top int
}

var sequence = regexp.MustCompile(`^\x1b\[(\d*)([A-Za-z])`)

func (s *screen) write(t *testing.T, text string) {
	t.Helper()
	for text != "" {
		for s.row >= len(s.lines) {
			s.lines = append(s.lines, "")
		}
		if m := sequence.FindStringSubmatch(text); m != nil {
			text = text[len(m[0]):]
			switch m[2] {
			case "F":
				var n int
				if _, err := fmt.Sscan(m[1], &n); err != nil || n > s.row {
					t.Fatalf("moved %s lines up from line %d", m[1], s.row)
				}
				s.row -= n
				s.top = 0
			case "K":
			case "J":
				s.lines = s.lines[:s.row]
			default:
				t.Fatalf("unknown sequence %q", m[0])
			}
			continue
		}
		end := strings.IndexAny(text, "\n\x1b")
		if end < 0 {
			end = len(text)
		}
		if end == 0 { // a line feed
			s.row++
			text = text[1:]
			continue
		}
		s.lines[s.row] = text[:end]
		text = text[end:]
	}
}

func TestLive(t *testing.T) {
	t.Parallel()
	for _, width := range []int{40, 60, 80, 120} {
		var out bytes.Buffer
		l := NewLive(&out, func() int { return width }, ColorAuto)
		var s screen
		for i, snap := range course() {
			out.Reset()
			if err := l.Watch(snap); err != nil {
				t.Fatal(err)
			}
			s.write(t, out.String())
			for _, line := range s.lines {
				if n := utf8.RuneCountInString(line); n >= width {
					t.Errorf("%d columns in %d: %s", n, width, line)
				}
			}
			if i == 3 || i == 40 {
				golden(t, fmt.Sprintf("live-%d-%d", width, i), strings.Join(s.lines, "\n")+"\n")
			}
		}
		out.Reset()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if s.write(t, out.String()); len(s.lines) != 0 || s.row != 0 {
			t.Errorf("after Close, line %d of %q", s.row, s.lines)
		}
	}
}

func TestLiveDrawsFourTimesASecond(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	l, frames := NewLive(&out, nil, ColorNever), 0
	for i := range 1000 { // one a millisecond
		out.Reset()
		if err := l.Watch(snapshot(result.Measuring, time.Duration(i)*time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if out.Len() > 0 {
			frames++
		}
	}
	if frames != 4 {
		t.Errorf("%d frames in a second, want 4", frames)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("gone") }

func TestWriteErrors(t *testing.T) {
	t.Parallel()
	s := snapshot(result.Measuring, 0)
	if err := NewLive(broken{}, nil, ColorNever).Watch(s); err == nil {
		t.Error("Live: no error")
	}
	if err := NewLines(broken{}).Watch(s); err == nil {
		t.Error("Lines: no error")
	}
	for _, name := range Names() {
		w, err := New(name, broken{}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Result(sample()); err == nil || !strings.HasPrefix(err.Error(), "write ") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
