package report

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"mqt/bench/result"
)

// frame writes one frame, of nine lines.
func (p *page) frame(s result.Snapshot, rates, p99 []*float64) {
	p.progress(s)
	p.clients(s)
	c, d := s.Counts, s.Response
	p.line(p.theme.faint.of(p.row("", "target", "now/s", "total", "outstanding", "p50", "p99", "p99.9", "max")))
	p.line(p.row("publish", known(s.Target, scaled), scaled(math.Round(s.Sent)), total(c.Sent), total(unacked(c))))
	p.line(p.row("deliver", "", scaled(math.Round(s.Received)), total(c.Delivered), total(s.Outstanding()),
		duration(d.P50), duration(d.P99), duration(d.P999), duration(d.Max)))
	room := p.width - 20
	p.line("rate     ", p.theme.bar.of(left(latest(rates, room), room)), right(known(last(rates), scaled)+"/s", 11))
	p.line("p99      ", p.theme.bar.of(left(latest(p99, room), room)), right(known(last(p99), func(v float64) string { return duration(int64(v)) }), 11))
	p.line(cut(fmt.Sprintf("lost %s   duplicated %s   reordered %s   refused %s   disconnected %s", total(c.Lost), total(c.Duplicated),
		total(c.Reordered), total(c.Refused), total(c.Disconnected)), p.width))
	p.line("broker   CPU ", known(s.TargetCPU, three), "   memory ", known(s.TargetRSS, size))
}

func (p *page) clients(s result.Snapshot) {
	what, n := "lost", uint64(max(0, s.Planned-s.Clients))
	if s.Phase == result.Connecting {
		what, n = "failed", s.Counts.ConnectFailed
	}
	up := cut(left(fmt.Sprintf("clients  %s of %s, %s %s", count(uint64(s.Clients)), count(uint64(s.Planned)), what, count(n)), 36), p.width)
	look, state := p.theme.good, "generator "+s.Generator
	if s.Generator != result.OK {
		look, state = p.theme.fair, state+" "+clean(strings.Join(s.Reasons, ", "))
	}
	p.line(up, look.of(cut(state, p.width-utf8.RuneCountInString(up))))
}

// columns are the widths of the cells of a row.
var columns = [...]int{8, 8, 10, 12, 8, 8, 8, 8}

// row returns a name and cells under each other, as many as fit.
func (p *page) row(name string, cells ...string) string {
	out, at := left(name, 9), 9
	for i, c := range cells {
		if at += columns[i]; at > p.width {
			break
		}
		out += right(c, columns[i])
	}
	return out
}

// progress writes the bar of the phase: of its time or, while connecting, of
// the clients.
func (p *page) progress(s result.Snapshot) {
	at, part, bar := length(int64(s.Elapsed.Truncate(time.Second))), 0.0, true
	switch {
	case s.Length > 0:
		part = float64(s.Elapsed) / float64(s.Length)
		at += " of " + length(int64(s.Length))
	case s.Phase == result.Connecting && s.Planned > 0:
		part = float64(s.Clients) / float64(s.Planned)
	default:
		bar = false
	}
	name := p.theme.title.of(left(string(s.Phase), 9))
	if !bar {
		p.line(name, at)
		return
	}
	part = min(1, max(0, part))
	room := p.width - 31
	full := int(part * float64(room))
	p.line(name, p.theme.bar.of(strings.Repeat("█", full)), p.theme.faint.of(strings.Repeat("░", room-full)),
		right(fmt.Sprintf("%.0f %%", math.Floor(100*part)), 6), right(at, 16))
}

// cut shortens text to n columns.
func cut(text string, n int) string {
	if r := []rune(text); len(r) > max(n, 0) {
		return string(r[:max(n, 0)])
	}
	return text
}

// total returns n whole as long as it fits a column.
func total(n uint64) string {
	if n < 10_000_000 {
		return count(n)
	}
	return scaled(float64(n))
}

func unacked(c result.Counts) uint64 {
	if c.Acked == 0 || c.Acked > c.Sent {
		return 0
	}
	return c.Sent - c.Acked
}

// latest draws the last values that fit.
func latest(all []*float64, room int) string {
	return spark(all[max(0, len(all)-room):], room)
}

func last(all []*float64) *float64 { return all[len(all)-1] }
