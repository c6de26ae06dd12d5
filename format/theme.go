package format

import (
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
)

// paint is a style as the bytes that switch it on and off, so that painting a
// piece of text is an append. Both are empty without colour.
type paint struct{ on, off string }

// theme is the set of paints of the pretty format. They use the base colours
// of the terminal that are readable on light and dark backgrounds, so nothing
// has to ask the terminal for its background.
type theme struct {
	colored bool

	topic, value, faint, badge paint
	key, text, number, literal paint
}

// newTheme lets lipgloss find out what w can show. It renders each style once.
func newTheme(w io.Writer, mode ColorMode) theme {
	if mode == ColorNever {
		return theme{}
	}
	r := lipgloss.NewRenderer(w)
	if mode == ColorAlways {
		r.SetColorProfile(2) // termenv.ANSI: the 16 base colours, all we use
	}
	const green, magenta, cyan = lipgloss.Color("2"), lipgloss.Color("5"), lipgloss.Color("6")
	style := r.NewStyle
	t := theme{
		topic:   painted(style().Bold(true).Foreground(cyan)),
		faint:   painted(style().Faint(true)),
		badge:   painted(style().Reverse(true)),
		key:     painted(style().Foreground(cyan)),
		text:    painted(style().Foreground(green)),
		number:  painted(style().Foreground(magenta)),
		literal: painted(style().Bold(true).Foreground(magenta)),
	}
	t.colored = t.topic.on != ""
	return t
}

func painted(s lipgloss.Style) paint {
	on, off, _ := strings.Cut(s.Render("x"), "x")
	return paint{on: on, off: off}
}
