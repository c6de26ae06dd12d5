package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"mqt/bench/result"
)

// Live shows the state of a run on a terminal, always at the same place: each
// frame overwrites the one before, at most four times a second.
type Live struct {
	w     io.Writer
	theme theme
	width func() int
	each  each
	lines int // of the frame on the terminal

	rates, p99 []*float64 // of the frames of this phase, for the lines of blocks
}

// NewLive returns a view that writes to w, which must be a terminal that is at
// least 12 lines high. Width returns how many columns it has, now; nil and 0
// stand for 80.
func NewLive(w io.Writer, width func() int, mode ColorMode) *Live {
	return &Live{w: w, theme: newTheme(w, mode), width: width, each: each{interval: 250 * time.Millisecond}}
}

// The sequences of ECMA-48 that a frame needs.
const (
	lineUp     = "\x1b[%dF" // to the beginning of the line so many above
	eraseLine  = "\x1b[K"   // from the cursor
	eraseBelow = "\x1b[J"
)

// Watch shows s, unless the frame before is too young.
func (l *Live) Watch(s result.Snapshot) error {
	phase := l.each.phase
	if !l.each.next(s) {
		return nil
	}
	if s.Phase != phase {
		l.rates, l.p99 = nil, nil
	}
	rate := s.Received
	if s.Counts.Expected == 0 {
		rate = s.Sent
	}
	l.rates, l.p99 = keep(l.rates, new(rate)), keep(l.p99, float(s.RecentP99))
	p := &page{theme: l.theme, width: l.columns()}
	p.frame(s, l.rates, l.p99)
	frame := p.text.String()
	out := l.home() + strings.ReplaceAll(frame, "\n", eraseLine+"\n") + eraseBelow
	l.lines = strings.Count(frame, "\n")
	return l.write(out)
}

// Close takes the view off the terminal, for what is written next.
func (l *Live) Close() error {
	if l.lines == 0 {
		return nil
	}
	out := l.home() + eraseBelow
	l.lines = 0
	return l.write(out)
}

func (l *Live) columns() int {
	n := 0
	if l.width != nil {
		n = l.width()
	}
	// The last column stays free: terminals differ in what a line feed does there.
	return Options{Width: n}.width() - 1
}

// home moves the cursor to where the frame begins.
func (l *Live) home() string {
	if l.lines == 0 {
		return ""
	}
	return fmt.Sprintf(lineUp, l.lines)
}

func (l *Live) write(text string) error {
	if _, err := io.WriteString(l.w, text); err != nil {
		return fmt.Errorf("write live view: %w", err)
	}
	return nil
}

// kept is for how many frames the lines of blocks go back: two minutes.
const kept = 480

func keep(all []*float64, v *float64) []*float64 {
	if len(all) == kept {
		copy(all, all[1:])
		all = all[:kept-1]
	}
	return append(all, v)
}
