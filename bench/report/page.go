package report

import (
	"strings"
	"unicode/utf8"
)

// page collects the lines of a report that are at most width columns wide.
type page struct {
	theme theme
	width int
	text  strings.Builder
}

func (p *page) line(parts ...string) {
	for _, s := range parts {
		p.text.WriteString(s)
	}
	p.text.WriteByte('\n')
}

// title begins a part of the report.
func (p *page) title(text string) { p.line("\n", p.theme.title.of(text)) }

// words writes words with two spaces before each line, and breaks lines
// between words where they would be too long. A broken line ends with end.
func (p *page) words(all []string, end string) {
	line := " "
	for i, w := range all {
		room := p.width
		if i < len(all)-1 {
			room -= utf8.RuneCountInString(end)
		}
		if line != " " && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(w) > room {
			p.line(line, end)
			line = "   "
		}
		line += " " + w
	}
	p.line(line)
}

// fields writes what may stand beside each other, three spaces apart.
func (p *page) fields(all ...string) {
	line := ""
	for _, f := range all {
		if line != "" && utf8.RuneCountInString(line)+3+utf8.RuneCountInString(f) > p.width {
			p.line(line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += "  " + f
	}
	p.line(line)
}

// right returns text with spaces before it that make it n columns wide.
func right(text string, n int) string {
	return strings.Repeat(" ", max(0, n-utf8.RuneCountInString(text))) + text
}

// left returns text with spaces behind it that make it n columns wide.
func left(text string, n int) string {
	return text + strings.Repeat(" ", max(0, n-utf8.RuneCountInString(text)))
}

// shellWords splits a command line at the spaces that are not quoted, so that
// it can be continued on another line.
func shellWords(command string) []string {
	var words []string
	start, quote := 0, byte(0)
	for i := 0; i < len(command); i++ {
		switch c := command[i]; {
		case c == '\\' && quote != '\'':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == ' ':
			words = append(words, command[start:i])
			start = i + 1
		}
	}
	return append(words, command[min(start, len(command)):])
}
