package report

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"mqt/bench/result"
)

// Lines writes one line a second about a run, and one at each change of phase,
// for what is not a terminal. Each line has the same words in the same order:
//
//	measure 12s clients=2000/2000 target=1000 sent=1000/s delivered=999/s …
type Lines struct {
	w    io.Writer
	each each
}

// NewLines returns Lines that are written to w.
func NewLines(w io.Writer) *Lines { return &Lines{w: w, each: each{interval: time.Second}} }

// Watch writes the line of s, unless that second has one.
func (l *Lines) Watch(s result.Snapshot) error {
	if !l.each.next(s) {
		return nil
	}
	rate := func(v float64) string { return fmt.Sprintf("%.0f", v) }
	out := []string{
		string(s.Phase), fmt.Sprintf("%ds", int64(math.Floor(s.Elapsed.Seconds()))),
		fmt.Sprintf("clients=%d/%d", s.Clients, s.Planned),
		"target=" + known(s.Target, rate), "sent=" + rate(s.Sent) + "/s", "delivered=" + rate(s.Received) + "/s",
		fmt.Sprintf("total=%d/%d", s.Counts.Delivered, s.Counts.Sent), fmt.Sprintf("outstanding=%d", s.Outstanding()),
		"p50=" + duration(s.Response.P50), "p99=" + duration(s.Response.P99), "max=" + duration(s.Response.Max),
		fmt.Sprintf("lost=%d dup=%d reorder=%d", s.Counts.Lost, s.Counts.Duplicated, s.Counts.Reordered),
		fmt.Sprintf("errors=%d", s.Counts.ConnectFailed+s.Counts.Disconnected+s.Counts.Refused),
		"cpu=" + known(s.TargetCPU, three), "rss=" + known(s.TargetRSS, func(n int64) string { return fmt.Sprint(n) }),
		"generator=" + s.Generator,
	}
	if _, err := io.WriteString(l.w, strings.Join(out, " ")+"\n"); err != nil {
		return fmt.Errorf("write progress: %w", err)
	}
	return nil
}
