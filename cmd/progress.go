package cmd

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// progressEvery is the time between two signs of progress, and until the
// first.
const progressEvery = 200 * time.Millisecond

// Columns of a bar of progress.
const minBar, maxBar = 8, 30

// meter tells on a terminal's line how far a long piece of work is. It stands
// before standard error, so that whatever is written there wipes the line away
// first. A nil meter tells nothing.
type meter struct {
	w     io.Writer
	now   func() time.Time
	width func() int // columns of the terminal now; 0 is unknown

	mu   sync.Mutex // guards the fields below and what is written
	what string     // is counted: "messages published"
	// part returns how much of the work is done, from 0 to 1, when n things
	// are; below 0 nobody knows. Nil: nobody ever does.
	part  func(n int) float64
	start time.Time
	last  time.Time // of the last sign
	shown bool      // one stands on the line
}

// meter puts a meter before e.Stderr, which nothing may use at that moment; one
// that is there already is set to the new work. It returns nil when standard
// error is no terminal.
func (e *Env) meter(quiet bool, what string, part func(n int) float64) *meter {
	if !e.StderrTTY || quiet {
		return nil
	}
	m, ok := e.Stderr.(*meter)
	if !ok {
		m = &meter{w: e.Stderr, now: e.Now, width: e.errWidth}
		e.Stderr = m
	}
	m.renew(what, part)
	return m
}

// renew sets the meter to new work.
func (m *meter) renew(what string, part func(n int) float64) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.what, m.part = what, part
	m.start = m.now()
	m.last = m.start
}

// Write wipes the line away and writes p.
func (m *meter) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wipe()
	return m.w.Write(p)
}

// done says that n things are done, and shows it when it is time to.
func (m *meter) done(n int) {
	if m == nil || n > progressStep && n%16 != 0 { // the clock takes longer than a message
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if now.Sub(m.last) < progressEvery {
		return
	}
	m.last, m.shown = now, true
	fmt.Fprintf(m.w, "\r\x1b[K%s", m.line(n, now.Sub(m.start)))
}

// line returns what is shown when n things are done after so much time.
func (m *meter) line(n int, took time.Duration) string {
	part, rate := -1.0, float64(n)/took.Seconds()
	if m.part != nil {
		part = min(m.part(n), 1)
	}
	text := fmt.Sprintf("%d %s, %.0f/s", n, m.what, rate)
	if rate < 10 {
		text = fmt.Sprintf("%d %s, %.1f/s", n, m.what, rate)
	}
	if part >= 0 {
		text = fmt.Sprintf("%d %%, %s", int(100*part), text)
	}
	if part > 0 && part < 1 {
		left := time.Duration(float64(took) * (1 - part) / part)
		text += fmt.Sprintf(", %v left", max(left.Round(time.Second), time.Second))
	}
	width := m.width()
	switch {
	case width > 1 && len(text) >= width:
		return text[:width-1]
	case part >= 0:
		return bar(part, min(width/5, maxBar), width-1-len(text)) + text
	}
	return text
}

// bar returns a bar of so many columns with a space after it, full to part, 0
// to 1; nothing when there is no room for it.
func bar(part float64, columns, room int) string {
	if columns < minBar || columns >= room {
		return ""
	}
	full := int(part * float64(columns))
	return strings.Repeat("█", full) + strings.Repeat("░", columns-full) + " "
}

// end wipes the line away.
func (m *meter) end() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wipe()
}

func (m *meter) wipe() {
	if m.shown {
		fmt.Fprint(m.w, "\r\x1b[K")
		m.shown = false
	}
}

// partOf returns the part of total, for a meter.
func partOf(total uint64) func(n int) float64 {
	return func(n int) float64 { return float64(n) / float64(total) }
}

// partRead returns how much of a regular file has been read since now, for a
// meter, and nil for what is none.
func partRead(r io.Reader) func(n int) float64 {
	f, ok := r.(*os.File)
	if !ok {
		return nil
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	from, err := f.Seek(0, io.SeekCurrent)
	if size := info.Size() - from; err == nil && size > 0 {
		return func(int) float64 {
			at, err := f.Seek(0, io.SeekCurrent)
			if err != nil {
				return -1
			}
			return float64(at-from) / float64(size)
		}
	}
	return nil
}
