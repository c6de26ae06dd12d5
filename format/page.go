package format

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/lipgloss"
)

// page lays text out in a number of columns: it escapes what a terminal could
// obey, breaks lines between words where it can, and indents what it broke.
type page struct {
	dst    []byte
	width  int // 0: no limit
	indent int // of the lines that follow
	col    int // columns used in the current line
}

// newline ends the current line and indents the next.
func (p *page) newline() {
	p.trim()
	p.dst = append(p.dst, '\n')
	p.dst = fill(p.dst, ' ', p.indent)
	p.col = p.indent
}

// text writes s in one style.
func (p *page) text(style paint, s string) {
	p.dst = append(p.dst, style.on...)
	for s != "" {
		n := strings.IndexByte(s, ' ') + 1
		if n == 0 {
			n = len(s)
		}
		p.word(style, s[:n])
		s = s[n:]
	}
	p.dst = append(p.dst, style.off...)
}

// atom writes a short text that is not broken at its spaces.
func (p *page) atom(style paint, s string) {
	if !p.fits(visibleWidth(s)) {
		p.newline()
	}
	p.dst = append(append(append(p.dst, style.on...), s...), style.off...)
	p.col += visibleWidth(s)
}

// trim takes spaces off the end of the current line.
func (p *page) trim() {
	for n := len(p.dst) - 1; n >= 0 && p.dst[n] == ' '; n-- {
		p.dst = p.dst[:n]
	}
}

// word writes text that has a space at most at its end.
func (p *page) word(style paint, s string) {
	body := strings.TrimSuffix(s, " ")
	if p.width > 0 && p.col > p.indent {
		w := visibleWidth(body)
		if p.col+w > p.width && p.indent+w <= p.width {
			p.wrap(style)
		}
	}
	for i := 0; i < len(body); {
		r, size := utf8.DecodeRuneInString(body[i:])
		bad := obeyed(r, size)
		w := runeWidth(r, bad)
		if p.width > 0 && p.col+w > p.width && p.col > p.indent {
			p.wrap(style)
		}
		if bad {
			p.dst = appendCode(p.dst, r, body[i])
		} else {
			p.dst = append(p.dst, body[i:i+size]...)
		}
		p.col += w
		i += size
	}
	if len(body) < len(s) && (p.width == 0 || p.col < p.width) {
		p.dst = append(p.dst, ' ')
		p.col++
	}
}

func (p *page) wrap(style paint) {
	p.trim()
	p.dst = append(p.dst, style.off...)
	p.newline()
	p.dst = append(p.dst, style.on...)
}

// fits reports whether n more columns fit into the line.
func (p *page) fits(n int) bool { return p.width == 0 || p.col+n <= p.width }

// couldFit reports whether n columns fit into a line of their own.
func (p *page) couldFit(n int) bool { return p.width == 0 || p.indent+n <= p.width }

// visibleWidth returns the columns that s takes once it is escaped.
func visibleWidth(s string) int {
	n := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		n += runeWidth(r, obeyed(r, size))
		i += size
	}
	return n
}

// runeWidth returns the columns of one character, of its escape when it is bad.
func runeWidth(r rune, bad bool) int {
	switch {
	case bad && (r == '\n' || r == '\t' || r == '\r'):
		return 2
	case bad && (r < utf8.RuneSelf || r == utf8.RuneError):
		return 4
	case bad:
		return 6
	case r < utf8.RuneSelf:
		return 1
	}
	return lipgloss.Width(string(r))
}
