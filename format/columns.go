package format

import "unicode/utf8"

// Columns returns how many columns s takes on a terminal: characters of East
// Asia take two, marks that combine with the one before take none. What a
// terminal could obey counts as its escape.
func Columns(s string) int { return visibleWidth(s) }

// Cut returns s if it takes at most n columns, else its beginning and an
// ellipsis that do.
func Cut(s string, n int) string {
	if len(s) <= n || Columns(s) <= n {
		return s
	}
	used, at := 1, 0 // the ellipsis
	for at < len(s) {
		r, size := utf8.DecodeRuneInString(s[at:])
		if used += runeWidth(r, obeyed(r, size)); used > n {
			break
		}
		at += size
	}
	return s[:at] + "…"
}
