package format

import (
	"io"
	"strings"
)

// SyntaxError is a slip in a template.
type SyntaxError struct {
	// What is "format" or "escape".
	What string
	// Char is the byte that is no specifier; 0 when the template ended inside
	// one.
	Char byte
}

// Error returns the text that mosquitto_sub prints, without its prefix.
func (e *SyntaxError) Error() string {
	if e.Char == 0 {
		return "Incomplete " + e.What + " specifier."
	}
	return "Invalid " + e.What + " specifier '" + string([]byte{e.Char}) + "'."
}

// opKind is what an op writes: the letter of its specifier, or one of these.
type opKind byte

const (
	opLiteral opKind = 0   // lit
	opPath    opKind = '{' // the value at the gjson path lit
	opTime    opKind = '@' // strftime of conv
)

// op is one step of a template.
type op struct {
	kind  opKind
	left  bool // - flag
	pad   byte // what fills the width: ' ' or '0'
	sep   byte // between groups of hex digits
	conv  byte // of opTime
	width int  // 0: none
	prec  int  // -1: none
	lit   string
}

// maxWidth bounds width and precision, so that a template cannot ask for more
// memory than any payload has.
const maxWidth = 1 << 20

const (
	conversions = "%tpxXlmqrIUjJACDEFPRSfd"
	separators  = "!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~ "
)

// NewTemplate returns a writer of the format language of mosquitto_sub -F:
// %-specifiers with flags, width, precision and separator, @ for strftime, and
// backslash escapes. %{path} is an addition: the value at a gjson path. The
// template is read once; a *[SyntaxError] says what is wrong with it. A width
// or precision above 1,048,576 counts as that.
func NewTemplate(format string, w io.Writer, o Options) (Writer, error) {
	ops, err := parseTemplate(format, !o.Compat)
	if err != nil {
		return nil, err
	}
	if !o.NoNewline {
		ops = append(ops, op{lit: "\n"})
	}
	return newWriter(w, o, newProgram(ops, o).append), nil
}

// templateParser reads a template into ops.
type templateParser struct {
	rest  string
	paths bool // %{path} is allowed
	ops   []op
	lit   strings.Builder
}

func parseTemplate(format string, paths bool) ([]op, error) {
	p := templateParser{rest: format, paths: paths}
	for p.rest != "" {
		var err error
		switch c := p.take(); c {
		case '%':
			err = p.specifier()
		case '@':
			err = p.time()
		case '\\':
			err = p.escape()
		default:
			p.lit.WriteByte(c)
		}
		if err != nil {
			return nil, err
		}
	}
	p.literal()
	return p.ops, nil
}

// take returns the next byte, 0 at the end.
func (p *templateParser) take() byte {
	if p.rest == "" {
		return 0
	}
	c := p.rest[0]
	p.rest = p.rest[1:]
	return c
}

// literal turns collected text into an op.
func (p *templateParser) literal() {
	if p.lit.Len() > 0 {
		p.ops = append(p.ops, op{lit: p.lit.String()})
		p.lit.Reset()
	}
}

func (p *templateParser) add(o op) {
	p.literal()
	p.ops = append(p.ops, o)
}

func (p *templateParser) specifier() error {
	o := op{pad: ' ', sep: ' ', prec: -1}
	if strings.HasPrefix(p.rest, "-") {
		p.take()
		o.left = true
	}
	if strings.HasPrefix(p.rest, "0") {
		p.take()
		o.pad = '0'
	}
	o.width = p.number()
	if strings.HasPrefix(p.rest, ".") {
		p.take()
		o.prec = p.number()
	}
	if p.path(&o) {
		return nil
	}
	if p.rest != "" && strings.IndexByte(separators, p.rest[0]) >= 0 {
		o.sep = p.take()
	}
	if p.rest == "" {
		return &SyntaxError{What: "format"}
	}
	c := p.take()
	switch {
	case c == '%':
		p.lit.WriteByte('%')
		return nil
	case strings.IndexByte(conversions, c) < 0:
		return &SyntaxError{What: "format", Char: c}
	}
	o.kind = opKind(c)
	p.add(o)
	return nil
}

// number reads digits, none being 0.
func (p *templateParser) number() int {
	n := 0
	for p.rest != "" && p.rest[0] >= '0' && p.rest[0] <= '9' {
		n = min(n*10+int(p.take()-'0'), maxWidth)
	}
	return n
}

// path reads {path} if that follows. Braces inside the path must match.
func (p *templateParser) path(o *op) bool {
	if !p.paths || !strings.HasPrefix(p.rest, "{") {
		return false
	}
	depth := 0
	for i := range len(p.rest) {
		switch p.rest[i] {
		case '{':
			depth++
		case '}':
			depth--
		}
		if depth == 0 {
			if i == 1 { // {} is no path: a separator and a bad specifier
				return false
			}
			o.kind, o.lit = opPath, p.rest[1:i]
			p.rest = p.rest[i+1:]
			p.add(*o)
			return true
		}
	}
	return false
}

func (p *templateParser) time() error {
	if p.rest == "" {
		return &SyntaxError{What: "format"}
	}
	if c := p.take(); c != '@' {
		p.add(op{kind: opTime, conv: c})
		return nil
	}
	p.lit.WriteByte('@')
	return nil
}

func (p *templateParser) escape() error {
	if p.rest == "" {
		return &SyntaxError{What: "escape"}
	}
	const letters, values = "\\0aenrtv", "\\\x00\a\x1b\n\r\t\v"
	c := p.take()
	i := strings.IndexByte(letters, c)
	if i < 0 {
		return &SyntaxError{What: "escape", Char: c}
	}
	p.lit.WriteByte(values[i])
	return nil
}
