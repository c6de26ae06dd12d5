package protobuf

import (
	"strconv"
	"strings"
)

// file is one file that was parsed, not yet linked to others.
type file struct {
	syntax     string // proto2, proto3, or an edition
	implicit   bool   // fields without a label are there when they are not zero
	delimited  bool   // messages are encoded as groups
	pkg        string
	imports    []token // the names, without quotes
	messages   []*Message
	enums      []*enum
	fields     []*field // of all messages, for linking
	extensions []*field
}

// parser reads one file. After an error it reads no more.
type parser struct {
	lex  lexer
	tok  token // the next one
	out  *file
	err  error
	deep int
}

// mostNested is how deep messages may be described inside of each other.
const mostNested = 100

func parse(name, text string) (*file, error) {
	p := &parser{lex: lexer{rest: text, at: position{name, 1, 1}}, out: &file{syntax: "proto2"}}
	p.advance()
	for p.err == nil && p.tok.text != "" {
		p.top()
	}
	return p.out, p.err
}

func (p *parser) fail(err error) {
	if p.err == nil {
		p.err = err
	}
	p.tok = token{at: p.tok.at}
}

// unexpected fails at the next token.
func (p *parser) unexpected() {
	what := strconv.Quote(p.tok.text)
	if p.tok.text == "" {
		what = "end of file"
	}
	p.fail(p.tok.at.errorf("syntax error: unexpected %s", what))
}

// advance returns the next token and goes on.
func (p *parser) advance() token {
	was := p.tok
	if p.err == nil {
		t, err := p.lex.next()
		if p.tok = t; err != nil {
			p.fail(err)
		}
	}
	return was
}

// take goes on when the next token is text.
func (p *parser) take(text string) bool {
	if p.err != nil || p.tok.text != text {
		return false
	}
	p.advance()
	return true
}

func (p *parser) expect(text string) {
	if !p.take(text) {
		p.unexpected()
	}
}

// word reads a name without dots.
func (p *parser) word() token {
	if p.tok.text == "" || !letter(p.tok.text[0]) {
		p.unexpected()
	}
	return p.advance()
}

// path reads a name with dots, which may begin with one.
func (p *parser) path() string {
	var b strings.Builder
	if p.take(".") {
		b.WriteByte('.')
	}
	for b.WriteString(p.word().text); p.take("."); {
		b.WriteString("." + p.word().text)
	}
	return b.String()
}

// str reads a string, which may be written in several parts.
func (p *parser) str() string {
	var b strings.Builder
	for first := true; first || strings.HasPrefix(p.tok.text, `"`) || strings.HasPrefix(p.tok.text, `'`); first = false {
		t := p.tok.text
		if len(t) < 2 || t[0] != '"' && t[0] != '\'' {
			p.unexpected()
			break
		}
		text, err := unescape(t[1:len(t)-1], t[0])
		if err != nil {
			p.fail(p.tok.at.errorf("syntax error: %s is not a string", t))
			break
		}
		b.WriteString(text)
		p.advance()
	}
	return b.String()
}

func unescape(s string, quote byte) (string, error) {
	var b strings.Builder
	for s != "" {
		if strings.HasPrefix(s, `\'`) || strings.HasPrefix(s, `\"`) || strings.HasPrefix(s, `\?`) {
			b.WriteByte(s[1])
			s = s[2:]
			continue
		}
		r, multibyte, tail, err := strconv.UnquoteChar(s, quote)
		switch {
		case err != nil:
			return "", err
		case multibyte:
			b.WriteRune(r)
		default:
			b.WriteByte(byte(r))
		}
		s = tail
	}
	return b.String(), nil
}

// integer reads a number without a sign.
func (p *parser) integer() uint64 {
	n, err := strconv.ParseUint(p.tok.text, 0, 64)
	if err != nil {
		p.unexpected()
	}
	p.advance()
	return n
}

// block reads what stands in braces, statement by statement.
func (p *parser) block(statement func()) {
	if p.deep++; p.deep > mostNested {
		p.fail(p.tok.at.errorf("more than %d levels of nesting", mostNested))
	}
	p.expect("{")
	for p.err == nil && p.tok.text != "}" {
		if p.tok.text == "" {
			p.unexpected()
			return
		}
		statement()
	}
	p.expect("}")
	p.deep--
}

// skip reads up to end, which it leaves, or a comma; brackets of all kinds
// belong together.
func (p *parser) skip(end string) {
	for deep := 0; p.err == nil; p.advance() {
		switch t := p.tok.text; {
		case t == "" || deep == 0 && strings.Contains(")]}", t) && t != end:
			p.unexpected()
		case deep == 0 && (t == end || t == "," && end == "]"):
			return
		case strings.Contains("([{", t):
			deep++
		case strings.Contains(")]}", t):
			deep--
		}
	}
}
