package cmd

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// escape returns s with everything that could steer a terminal or hide text
// written as Go escapes: control characters, C1 included, format characters
// such as bidirectional overrides, and bytes that are not UTF-8. It keeps the
// rest, and so is safe for text from the network.
func escape(s string) string {
	if !strings.ContainsFunc(s, unsafeRune) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if unsafeRune(r) {
			quoted := strconv.QuoteToGraphic(s[:n])
			if r != utf8.RuneError && unicode.IsGraphic(r) { // QuoteToGraphic keeps it
				quoted = strconv.QuoteToASCII(s[:n])
			}
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

func unsafeRune(r rune) bool { return r == utf8.RuneError || !unicode.IsGraphic(r) }
