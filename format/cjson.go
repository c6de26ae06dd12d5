package format

import (
	"math"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"mqt/internal/record"
)

// cjson writes JSON byte for byte as the library cJSON does: compact, or with
// indent in the layout of its cJSON_Print (tabs, a tab after the colon, arrays
// on one line).
type cjson struct {
	dst    []byte
	indent bool
	compat bool // strings end at a NUL and may hold bytes that are not UTF-8
	levels []level
}

type level struct {
	array bool
	used  bool // something has been written in it
}

// before writes what separates the next value of an array from the last.
func (p *cjson) before() {
	if len(p.levels) == 0 {
		return
	}
	if l := &p.levels[len(p.levels)-1]; l.array {
		if l.used {
			p.dst = append(p.dst, ',')
			if p.indent {
				p.dst = append(p.dst, ' ')
			}
		}
		l.used = true
	}
}

func (p *cjson) open(array bool) {
	p.before()
	p.levels = append(p.levels, level{array: array})
	if array {
		p.dst = append(p.dst, '[')
		return
	}
	p.dst = append(p.dst, '{')
	if p.indent {
		p.dst = append(p.dst, '\n')
	}
}

func (p *cjson) close() {
	last := p.levels[len(p.levels)-1]
	p.levels = p.levels[:len(p.levels)-1]
	if last.array {
		p.dst = append(p.dst, ']')
		return
	}
	if p.indent {
		if last.used {
			p.dst = append(p.dst, '\n')
		}
		p.tabs()
	}
	p.dst = append(p.dst, '}')
}

func (p *cjson) tabs() {
	for range p.levels {
		p.dst = append(p.dst, '\t')
	}
}

// key writes the name of the next member. The caller appends to p.dst what
// stands between the quotes.
func (p *cjson) key(name string) {
	p.member()
	p.text(name)
	p.colon()
}

func (p *cjson) member() {
	l := &p.levels[len(p.levels)-1]
	if l.used {
		p.dst = append(p.dst, ',')
		if p.indent {
			p.dst = append(p.dst, '\n')
		}
	}
	l.used = true
	if p.indent {
		p.tabs()
	}
}

func (p *cjson) colon() {
	p.dst = append(p.dst, ':')
	if p.indent {
		p.dst = append(p.dst, '\t')
	}
}

func (p *cjson) uint(v uint64) { p.dst = strconv.AppendUint(p.dst, v, 10) }

func (p *cjson) text(s string) {
	if p.compat {
		p.dst = appendCString(p.dst, s)
		return
	}
	p.dst = record.AppendString(p.dst, s)
}

func (p *cjson) bytes(b []byte) {
	if p.compat {
		p.dst = appendCString(p.dst, b)
		return
	}
	p.dst = record.AppendString(p.dst, b)
}

// reprint parses data and writes it again: the order of members and repeated
// keys stay, white space goes, numbers and escapes become cJSON's. It reports
// whether data is JSON; if not, p.dst is as before.
func (p *cjson) reprint(data []byte) bool {
	size, depth := len(p.dst), len(p.levels)
	l := lexer{data: data}
	for {
		t := l.next()
		switch t.kind {
		case tokEnd:
			return true
		case tokBad:
			p.dst, p.levels = p.dst[:size], p.levels[:depth]
			return false
		case tokOpen:
			p.open(t.text[0] == '[')
		case tokClose:
			p.close()
		case tokKey:
			p.member()
			p.dst = appendRequoted(p.dst, t.text)
			p.colon()
		case tokString:
			p.before()
			p.dst = appendRequoted(p.dst, t.text)
		case tokNumber:
			p.before()
			p.dst = appendCNumber(p.dst, t.text)
		default:
			p.before()
			p.dst = append(p.dst, t.text...)
		}
	}
}

// appendCString appends a string that ends at its first NUL.
func appendCString[T []byte | string](dst []byte, s T) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s) && s[i] != 0; i++ {
		dst = appendCByte(dst, s[i])
	}
	return append(dst, '"')
}

func appendCByte(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	if c < 0x20 {
		return append(dst, '\\', 'u', '0', '0', lowerHex[c>>4], lowerHex[c&15])
	}
	return append(dst, c)
}

// appendRequoted appends a string token with the escapes that cJSON would use.
func appendRequoted(dst, tok []byte) []byte {
	dst = append(dst, '"')
	for b := tok[1 : len(tok)-1]; len(b) > 0; {
		i := slices.Index(b, '\\')
		if i < 0 {
			dst = append(dst, b...)
			break
		}
		dst = append(dst, b[:i]...)
		r, n := unescape(b[i:])
		if r < utf8.RuneSelf {
			dst = appendCByte(dst, byte(r))
		} else {
			dst = utf8.AppendRune(dst, r)
		}
		b = b[i+n:]
	}
	return append(dst, '"')
}

// unescape decodes the valid escape at the front of b and returns its length.
func unescape(b []byte) (rune, int) {
	switch c := b[1]; c {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
	default:
		return rune(c), 2
	}
	r, _ := hex4(b[2:])
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
		if low, ok := hex4(b[8:]); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, 12
			}
		}
	}
	return utf8.RuneError, 6
}

// appendCNumber appends a number as cJSON prints it: whole numbers of 32 bits
// plain, others with 15 significant digits if that is exact enough, else 17.
func appendCNumber(dst, text []byte) []byte {
	f, _ := strconv.ParseFloat(string(text), 64) // out of range: infinite
	switch {
	case math.IsInf(f, 0):
		return append(dst, "null"...)
	case f == math.Trunc(f) && f >= math.MinInt32 && f <= math.MaxInt32:
		return strconv.AppendInt(dst, int64(f), 10)
	}
	size := len(dst)
	dst = strconv.AppendFloat(dst, f, 'g', 15, 64)
	again, _ := strconv.ParseFloat(string(dst[size:]), 64)
	if math.Abs(again-f) <= math.Max(math.Abs(again), math.Abs(f))*0x1p-52 {
		return dst
	}
	return strconv.AppendFloat(dst[:size], f, 'g', 17, 64)
}
