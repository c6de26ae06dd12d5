package report

import (
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
)

// ColorMode says whether to color text.
type ColorMode int

// The color modes.
const (
	ColorAuto   ColorMode = iota // as the writer can show, and NO_COLOR says
	ColorAlways                  // the 16 base colors
	ColorNever
)

// paint is a style as the bytes that switch it on and off. Both are empty
// without color.
type paint struct{ on, off string }

func (p paint) of(text string) string { return p.on + text + p.off }

// theme is the set of paints, of base colors that are readable on light and
// dark backgrounds.
type theme struct{ title, faint, good, bad, fair, bar paint }

func newTheme(w io.Writer, mode ColorMode) theme {
	if mode == ColorNever {
		return theme{}
	}
	r := lipgloss.NewRenderer(w)
	if mode == ColorAlways {
		r.SetColorProfile(2) // termenv.ANSI: the 16 base colors, all we use
	}
	const red, green, yellow, cyan = lipgloss.Color("1"), lipgloss.Color("2"), lipgloss.Color("3"), lipgloss.Color("6")
	style := r.NewStyle
	return theme{
		title: painted(style().Bold(true)),
		faint: painted(style().Faint(true)),
		good:  painted(style().Bold(true).Foreground(green)),
		bad:   painted(style().Bold(true).Foreground(red)),
		fair:  painted(style().Bold(true).Foreground(yellow)),
		bar:   painted(style().Foreground(cyan)),
	}
}

func painted(s lipgloss.Style) paint {
	on, off, _ := strings.Cut(s.Render("x"), "x")
	return paint{on: on, off: off}
}
