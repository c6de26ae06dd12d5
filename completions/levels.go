package completions

import (
	"slices"
	"strings"
	"unicode"
)

// plain reports whether a topic name can stand on a command line without
// quotes. Others are never offered: shells insert what several candidates have
// in common as it is, and bash evaluates the line to complete it further, so a
// name such as $(reboot) would be run.
func plain(topic string) bool {
	rest := strings.TrimPrefix(topic, "$SYS/")
	for i, r := range rest {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '/', r == '_':
		case strings.ContainsRune("-.:+@%,=", r) && i > 0:
		default:
			return false
		}
	}
	return rest != ""
}

// Filter returns the topic filter that finds what can follow the typed
// beginning of a topic name or filter: "a/" and "a/b" give "a/#".
func Filter(typed string) string {
	return typed[:strings.LastIndexByte(typed, '/')+1] + "#"
}

// Next returns how the typed beginning of a topic name or filter can go on
// until the end of its present level. A candidate ends in a slash when there
// is more below it. Where wild, whole levels + of what was typed match any.
func Next(topics []string, typed string, wild bool) []string {
	at := strings.LastIndexByte(typed, '/') + 1
	above, start := typed[:at], typed[at:]
	var out []string
	for _, topic := range topics {
		rest, ok := below(topic, above, wild)
		if !ok || !strings.HasPrefix(rest, start) {
			continue
		}
		level, _, more := strings.Cut(rest, "/")
		if more {
			level += "/"
		}
		if level != "" {
			out = append(out, above+level)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// below returns what follows the levels above, each with its slash, in topic.
func below(topic, above string, wild bool) (rest string, ok bool) {
	for above != "" {
		var want, have string
		want, above, _ = strings.Cut(above, "/")
		have, topic, ok = strings.Cut(topic, "/")
		if !ok || have != want && (!wild || want != "+") {
			return "", false
		}
	}
	return topic, true
}
