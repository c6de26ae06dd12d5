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

// fill joins the lines of each paragraph of text and breaks them anew, so that
// none is longer than width. Paragraphs begin at the margin; what is moved in
// stays as it is. A paragraph at the end has no newline.
func fill(text string, width int) string {
	var b strings.Builder
	inside := false // a paragraph, whose last line has no newline yet
	for line := range strings.Lines(text) {
		prose := line != "\n" && line[0] != ' '
		switch {
		case inside && prose:
			b.WriteByte(' ')
		case inside:
			b.WriteByte('\n')
		}
		if inside = prose; inside {
			line = strings.TrimSuffix(line, "\n")
		}
		b.WriteString(line)
	}
	return wrapLines(b.String(), width)
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
