package format

import "unicode/utf8"

// appendVisible appends s with every character that a terminal could obey made
// visible: \x1b for control characters and bytes that are not UTF-8, \u202e for
// the C1 controls and the characters that reorder text. Line ends and tabs
// stay.
func appendVisible[T []byte | string](dst []byte, s T) []byte {
	start := 0
	for i := 0; i < len(s); {
		r, size := runeAt(s, i)
		if !obeyed(r, size) || r == '\n' || r == '\t' {
			i += size
			continue
		}
		dst = append(dst, s[start:i]...)
		dst = appendCode(dst, r, s[i])
		i += size
		start = i
	}
	return append(dst, s[start:]...)
}

// runeAt decodes the character of s at i.
func runeAt[T []byte | string](s T, i int) (rune, int) {
	if c := s[i]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	return utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
}

// obeyed reports whether a terminal may do something else with r than show it,
// or cannot show it because it is not UTF-8.
func obeyed(r rune, size int) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0:
		return true
	case r == utf8.RuneError:
		return size == 1
	case r == 0x200e, r == 0x200f, r == 0x061c, r == 0x2028, r == 0x2029:
		return true
	}
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// appendCode appends the visible form of r, whose first byte is b.
func appendCode(dst []byte, r rune, b byte) []byte {
	switch {
	case r == '\n':
		return append(dst, '\\', 'n')
	case r == '\t':
		return append(dst, '\\', 't')
	case r == '\r':
		return append(dst, '\\', 'r')
	case r < utf8.RuneSelf, r == utf8.RuneError:
		return append(dst, '\\', 'x', lowerHex[b>>4], lowerHex[b&15])
	}
	return append(dst, '\\', 'u', lowerHex[r>>12&15], lowerHex[r>>8&15], lowerHex[r>>4&15], lowerHex[r&15])
}

// visibleJSON does the same to the JSON text in dst from at on, which stays
// JSON of the same value: what a terminal could obey can only stand in strings.
func visibleJSON(dst []byte, at int) []byte {
	i := at
	for i < len(dst) {
		if r, size := runeAt(dst, i); !steers(r, size) {
			i += size
			continue
		}
		break
	}
	if i == len(dst) {
		return dst
	}
	rest := string(dst[i:])
	dst = dst[:i]
	for j := 0; j < len(rest); {
		r, size := runeAt(rest, j)
		if steers(r, size) {
			dst = append(dst, '\\', 'u', lowerHex[r>>12&15], lowerHex[r>>8&15], lowerHex[r>>4&15], lowerHex[r&15])
		} else {
			dst = append(dst, rest[j:j+size]...)
		}
		j += size
	}
	return dst
}

// steers is obeyed for JSON, in which the control characters below a space are
// escaped already, or white space of its own.
func steers(r rune, size int) bool { return r >= 0x7f && obeyed(r, size) }
