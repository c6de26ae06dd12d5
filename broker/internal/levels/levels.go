// Package levels matches the levels of topic filters against those of topic
// names, for indexes that have already walked part of both.
package levels

// Match reports whether filter matches topic, level by level. Both may be the
// remainder of a longer name, so the rule about a leading $ is the caller's,
// and an empty string is one empty level. The filter must be valid. It takes
// time in proportion to the shorter of the two and allocates nothing.
func Match[T string | []byte](filter string, topic T) bool {
	j := 0
	for i := 0; i < len(filter); i++ {
		switch c := filter[i]; {
		case c == '#':
			return true
		case c == '+':
			for j < len(topic) && topic[j] != '/' {
				j++
			}
		case j < len(topic) && topic[j] == c:
			j++
		default: // "a/#" also matches its parent "a"
			return j == len(topic) && filter[i:] == "/#"
		}
	}
	return j == len(topic)
}
