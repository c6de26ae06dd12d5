package format

// maxNesting is how deep JSON may be nested, as in cJSON. It bounds what a
// hostile payload costs.
const maxNesting = 1000

type tokenKind uint8

const (
	tokEnd     tokenKind = iota // the value is complete
	tokBad                      // not JSON
	tokOpen                     // { or [
	tokClose                    // } or ]
	tokKey                      // a string that names a member
	tokString                   // a string that is a value
	tokNumber                   //
	tokLiteral                  // true, false or null
)

// token is a piece of JSON text. Commas and colons are not tokens.
type token struct {
	kind tokenKind
	text []byte // as it stands in the input, quotes included
}

type lexState uint8

const (
	wantValue      lexState = iota
	wantValueOrEnd          // after [
	wantKeyOrEnd            // after {
	wantKey                 // after , in an object
	wantCommaOrEnd          // after a value
	wantNothing             // after the outermost value
)

// lexer splits one JSON value, RFC 8259, into tokens and checks its grammar. It
// does not recurse and allocates nothing.
type lexer struct {
	data  []byte
	pos   int
	state lexState
	depth int
	// kinds has a bit for each open level: 1 for an array.
	kinds [(maxNesting + 63) / 64]uint64
}

// validJSON reports whether data is one JSON value.
func validJSON(data []byte) bool {
	l := lexer{data: data}
	for {
		switch l.next().kind {
		case tokEnd:
			return true
		case tokBad:
			return false
		}
	}
}

// inArray reports whether the innermost open level is an array.
func (l *lexer) inArray() bool {
	d := l.depth - 1
	return d >= 0 && l.kinds[d/64]>>(d%64)&1 == 1
}

func (l *lexer) next() token {
	c, more := l.skip()
	if l.state == wantCommaOrEnd && more && c == ',' {
		l.pos++
		l.state = wantKey
		if l.inArray() {
			l.state = wantValue
		}
		c, more = l.skip()
	}
	switch {
	case !more && l.state == wantNothing:
		return token{kind: tokEnd}
	case !more || l.state == wantNothing:
		return l.bad()
	case c == '}' || c == ']':
		return l.closing(c)
	case l.state == wantCommaOrEnd:
		return l.bad()
	case l.state == wantKey || l.state == wantKeyOrEnd:
		return l.key(c)
	}
	return l.value(c)
}

func (l *lexer) bad() token {
	l.pos, l.state = len(l.data), wantValue
	return token{kind: tokBad}
}

// skip moves over white space and returns the next byte.
func (l *lexer) skip() (c byte, more bool) {
	for ; l.pos < len(l.data); l.pos++ {
		switch c = l.data[l.pos]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c, true
		}
	}
	return 0, false
}

func (l *lexer) closing(c byte) token {
	array := c == ']'
	first := l.state == wantKeyOrEnd || l.state == wantValueOrEnd
	if l.depth == 0 || l.inArray() != array || !first && l.state != wantCommaOrEnd {
		return l.bad()
	}
	l.depth--
	return l.take(tokClose, 1)
}

// take returns the next n bytes as a token and says what may follow a value.
func (l *lexer) take(kind tokenKind, n int) token {
	t := token{kind: kind, text: l.data[l.pos : l.pos+n]}
	l.pos += n
	l.state = wantCommaOrEnd
	if l.depth == 0 {
		l.state = wantNothing
	}
	return t
}

func (l *lexer) key(c byte) token {
	n := scanString(l.data[l.pos:])
	if c != '"' || n == 0 {
		return l.bad()
	}
	t := l.take(tokKey, n)
	if c, more := l.skip(); !more || c != ':' {
		return l.bad()
	}
	l.pos++
	l.state = wantValue
	return t
}

func (l *lexer) value(c byte) token {
	rest := l.data[l.pos:]
	switch c {
	case '{', '[':
		return l.opening(c)
	case '"':
		if n := scanString(rest); n > 0 {
			return l.take(tokString, n)
		}
	case 't', 'f', 'n':
		for _, word := range [...]string{"true", "false", "null"} {
			if len(rest) >= len(word) && string(rest[:len(word)]) == word {
				return l.take(tokLiteral, len(word))
			}
		}
	default:
		if n := scanNumber(rest); n > 0 {
			return l.take(tokNumber, n)
		}
	}
	return l.bad()
}

func (l *lexer) opening(c byte) token {
	if l.depth == maxNesting {
		return l.bad()
	}
	bit := uint64(1) << (l.depth % 64)
	l.kinds[l.depth/64] &^= bit
	if c == '[' {
		l.kinds[l.depth/64] |= bit
	}
	l.depth++
	t := l.take(tokOpen, 1)
	l.state = wantKeyOrEnd
	if c == '[' {
		l.state = wantValueOrEnd
	}
	return t
}

// scanString returns the length of the string at the front of b, quotes
// included, 0 when there is none.
func scanString(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return i + 1
		case c < 0x20:
			return 0
		case c == '\\':
			i++
			if i == len(b) {
				return 0
			}
			switch b[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if _, ok := hex4(b[i+1:]); !ok {
					return 0
				}
				i += 4
			default:
				return 0
			}
		}
	}
	return 0
}

// hex4 reads four hex digits.
func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// scanNumber returns the length of the number at the front of b, 0 when there
// is none.
func scanNumber(b []byte) int {
	i := 0
	if i < len(b) && b[i] == '-' {
		i++
	}
	digits := func() bool {
		from := i
		for i < len(b) && b[i] >= '0' && b[i] <= '9' {
			i++
		}
		return i > from
	}
	zero := i < len(b) && b[i] == '0'
	start := i
	if !digits() || zero && i > start+1 {
		return 0
	}
	if i < len(b) && b[i] == '.' {
		i++
		if !digits() {
			return 0
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if !digits() {
			return 0
		}
	}
	return i
}
