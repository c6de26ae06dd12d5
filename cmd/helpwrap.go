package cmd

import (
	"strings"
	"unicode/utf8"
)

// wrapLines breaks the lines of text that are longer than width, between words
// where it can. What follows stands below the last column of the line, which
// two spaces or more set off.
func wrapLines(text string, width int) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		indent := strings.Repeat(" ", hangingIndent(line, width))
		for {
			at := breakPoint(strings.TrimSuffix(line, "\n"), width, len(indent))
			if at == 0 {
				break
			}
			b.WriteString(strings.TrimRight(line[:at], " ") + "\n")
			line = indent + strings.TrimLeft(line[at:], " ")
		}
		b.WriteString(line)
	}
	return b.String()
}

// hangingIndent returns how far the second part of a long line is moved in.
func hangingIndent(line string, width int) int {
	body := strings.TrimLeft(line, " ")
	margin := len(line) - len(body)
	if at := strings.LastIndex(strings.TrimRight(body, " \n"), "  "); at >= 0 && margin+at+2 <= width/2 {
		return margin + at + 2
	}
	if margin > 0 {
		return min(margin+2, width/2)
	}
	return 0
}

// breakPoint returns the index of the space at which a line that is too long
// is broken, 0 when it is not broken.
func breakPoint(line string, width, after int) int {
	if utf8.RuneCountInString(line) <= width {
		return 0
	}
	column, at := 0, 0
	for i, r := range line {
		if r == ' ' && column > after && (column <= width || at == 0) {
			at = i
		}
		if column++; column > width && at > 0 {
			break
		}
	}
	if strings.TrimSpace(line[:at]) == "" {
		return 0
	}
	return at
}
