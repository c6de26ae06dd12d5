package man

import (
	"strings"
	"unicode/utf8"
)

const (
	textIndent = 7  // columns, as man has it
	tagIndent  = 14 // of what belongs to a tag
)

// Text returns a page as plain text, wrapped at width columns. It knows the
// macros that the pages of this package use, no others.
func Text(page []byte, width int) string {
	f := formatter{width: max(width, 40), left: textIndent}
	for line := range strings.Lines(string(page)) {
		f.line(strings.TrimSuffix(line, "\n"))
	}
	f.flush()
	return f.out.String()
}

type formatter struct {
	out   strings.Builder
	width int
	left  int // columns before the text

	words    []string // of the paragraph so far
	verbatim bool     // between .nf and .fi
	tag      bool     // the next line is a tag
	headed   bool     // a heading came last
}

func (f *formatter) line(line string) {
	macro, rest, _ := strings.Cut(line, " ")
	if !strings.HasPrefix(line, ".") {
		f.text(unescape(line))
		return
	}
	rest = unescape(rest)
	switch macro {
	case ".SH":
		f.heading(rest, 0)
	case ".SS":
		f.heading(rest, 3)
	case ".PP":
		f.flush()
		f.left = textIndent
		f.out.WriteByte('\n')
	case ".TP":
		f.flush()
		f.left, f.tag = textIndent, true
	case ".RS":
		f.flush()
		f.left += 4
	case ".RE":
		f.flush()
		f.left -= 4
	case ".nf", ".fi":
		f.flush()
		f.verbatim = macro == ".nf"
	case ".B":
		f.text(rest)
	case ".BR":
		name, after, _ := strings.Cut(rest, " ")
		f.text(name + after)
	}
}

func (f *formatter) heading(text string, indent int) {
	f.flush()
	if f.out.Len() > 0 && !f.headed {
		f.out.WriteByte('\n')
	}
	f.write(indent, text)
	f.left, f.headed = textIndent, true
}

func (f *formatter) text(text string) {
	switch {
	case f.tag:
		f.write(f.left, text)
		f.left, f.tag = tagIndent, false
	case f.verbatim:
		f.write(f.left, text)
	default:
		f.words = append(f.words, strings.Fields(text)...)
	}
}

// flush writes the paragraph so far.
func (f *formatter) flush() {
	line, columns := "", 0
	for _, w := range f.words {
		n := utf8.RuneCountInString(w)
		if columns > 0 && f.left+columns+1+n > f.width {
			f.write(f.left, line)
			line, columns = "", 0
		}
		if columns > 0 {
			line, columns = line+" ", columns+1
		}
		line, columns = line+w, columns+n
	}
	if line != "" {
		f.write(f.left, line)
	}
	f.words = f.words[:0]
}

func (f *formatter) write(indent int, text string) {
	f.headed = false
	f.out.WriteString(strings.Repeat(" ", indent) + text + "\n")
}

func unescape(text string) string {
	return strings.NewReplacer(`\fB`, "", `\fI`, "", `\fR`, "", `\&`, "", `\-`, "-", `\e`, `\`,
		`\(aq`, "'", `\(ga`, "`", `\(ha`, "^", `\(ti`, "~").Replace(text)
}
