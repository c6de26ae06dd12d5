package scram

import (
	"errors"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

// errProhibited says that a text cannot be a name or password.
var errProhibited = errors.New("the text holds characters that SASLprep does not allow")

// Prepare returns a user name or password in the form of SASLprep, RFC 4013, in
// which texts are equal that look equal. Characters that Unicode has got since
// its version 3.2 are taken as they are, as for a query (RFC 3454 section 7).
func Prepare(s string) (string, error) {
	if isPlain(s) {
		return s, nil
	}
	if !utf8.ValidString(s) {
		return "", errProhibited
	}
	mapped := make([]rune, 0, len(s))
	for _, r := range s {
		switch {
		case r == 0x200B || r != ' ' && unicode.Is(unicode.Zs, r): // RFC 3454 C.1.2
			mapped = append(mapped, ' ')
		case !vanishes(r):
			mapped = append(mapped, r)
		}
	}
	out := norm.NFKC.String(string(mapped))
	for _, r := range out {
		if prohibited(r) {
			return "", errProhibited
		}
	}
	if !oneDirection(out) {
		return "", errProhibited
	}
	return out, nil
}

// prepared is Prepare, but returns s itself when it is not allowed, as
// PostgreSQL does: passwords may be any bytes.
func prepared(s string) string {
	if p, err := Prepare(s); err == nil {
		return p
	}
	return s
}

// isPlain reports whether s is printable ASCII, which stays the same.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// vanishes reports whether r is mapped to nothing: RFC 3454 B.1. The zero width
// space of that table is a space in SASLprep.
func vanishes(r rune) bool {
	switch r {
	case 0x00AD, 0x034F, 0x1806, 0x180B, 0x180C, 0x180D, 0x200C, 0x200D, 0x2060, 0xFEFF:
		return true
	}
	return r >= 0xFE00 && r <= 0xFE0F
}

// prohibited reports whether r may not be there: RFC 4013 section 2.3.
func prohibited(r rune) bool {
	switch {
	case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Co, r): // C.2, C.3
		return true
	case r >= 0xFDD0 && r <= 0xFDEF, r&0xFFFE == 0xFFFE: // C.4
		return true
	case r >= 0xFFF9 && r <= 0xFFFD, r >= 0x2FF0 && r <= 0x2FFB: // C.6, C.7
		return true
	case r >= 0x2028 && r <= 0x202E, r >= 0x2060 && r <= 0x2063, r >= 0x206A && r <= 0x206F, r == 0x200E, r == 0x200F: // C.2.2, C.8
		return true
	case r >= 0x1D173 && r <= 0x1D17A, r == 0xE0001, r >= 0xE0020 && r <= 0xE007F: // C.2.2, C.9
		return true
	}
	switch r {
	case 0x0340, 0x0341, 0x06DD, 0x070F, 0x180E, 0x1680: // C.8, C.2.2, C.1.2
		return true
	}
	return false
}

// oneDirection reports whether a text with characters that are written from
// right to left begins and ends with one, and has none of the other direction:
// RFC 3454 section 6.
func oneDirection(s string) bool {
	left, right := false, false
	first, last, n := false, false, 0
	for _, r := range s {
		p, _ := bidi.LookupRune(r)
		class := p.Class()
		last = class == bidi.R || class == bidi.AL
		if n == 0 {
			first = last
		}
		left, right = left || class == bidi.L, right || last
		n++
	}
	return !right || first && last && !left
}
