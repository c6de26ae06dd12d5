package protobuf

import (
	"fmt"
	"strings"
)

// position is a place in a file; line and column count from 1.
type position struct {
	file      string
	line, col int
}

func (p position) errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d:%d: %w", p.file, p.line, p.col, fmt.Errorf(format, args...))
}

// token is a word, a number, a string with its quotes, or a punctuation mark.
// The end of the file is the empty one.
type token struct {
	text string
	at   position
}

// lexer splits a file into tokens.
type lexer struct {
	rest string
	at   position
}

func (l *lexer) skip(n int) string {
	text := l.rest[:n]
	l.rest = l.rest[n:]
	for i := range len(text) {
		l.at.col++
		if text[i] == '\n' {
			l.at.line++
			l.at.col = 1
		}
	}
	return text
}

// next returns the next token.
func (l *lexer) next() (token, error) {
	if err := l.blanks(); err != nil {
		return token{}, err
	}
	at := l.at
	if l.rest == "" {
		return token{at: at}, nil
	}
	n := 1
	switch c := l.rest[0]; {
	case c == '"' || c == '\'':
		if n = stringLength(l.rest); n == 0 {
			return token{}, at.errorf("syntax error: a string without its end")
		}
	case wordByte(c), c == '.' && len(l.rest) > 1 && digit(l.rest[1]):
		n = wordLength(l.rest)
	}
	return token{l.skip(n), at}, nil
}

// blanks skips white space and comments.
func (l *lexer) blanks() error {
	for {
		l.skip(len(l.rest) - len(strings.TrimLeft(l.rest, " \t\r\n\f\v\ufeff")))
		switch {
		case strings.HasPrefix(l.rest, "//"):
			n := strings.IndexByte(l.rest, '\n')
			if n < 0 {
				n = len(l.rest)
			}
			l.skip(n)
		case strings.HasPrefix(l.rest, "/*"):
			n := strings.Index(l.rest[2:], "*/")
			if n < 0 {
				return l.at.errorf("syntax error: a comment without its end")
			}
			l.skip(n + 4)
		default:
			return nil
		}
	}
}

// stringLength returns the length of the string that s begins with, its quotes
// included; 0 when it has no end on its line.
func stringLength(s string) int {
	for i := 1; i < len(s) && s[i] != '\n'; i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0]:
			return i + 1
		}
	}
	return 0
}

// wordLength returns the length of the word or number that s begins with.
func wordLength(s string) int {
	number := !letter(s[0])
	for i := 1; i < len(s); i++ {
		c := s[i]
		sign := (c == '+' || c == '-') && s[i-1]|0x20 == 'e' && !strings.HasPrefix(s, "0x") && !strings.HasPrefix(s, "0X")
		if !wordByte(c) && !(number && (c == '.' || sign)) {
			return i
		}
	}
	return len(s)
}

func letter(c byte) bool   { return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' }
func digit(c byte) bool    { return '0' <= c && c <= '9' }
func wordByte(c byte) bool { return letter(c) || digit(c) }
