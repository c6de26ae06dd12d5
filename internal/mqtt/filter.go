package mqtt

import "strings"

const sharePrefix = "$share/"

// Filter is a checked topic filter, shared or not. Filters are comparable with
// ==; the zero value is invalid and matches nothing.
type Filter struct {
	full  string // as subscribed, with the share prefix
	group int    // length of the share name; 0 when not shared
	wild  bool
}

// ParseFilter checks s against the rules of MQTT 5.0 sections 4.7 and 4.8.2
// and returns it as a Filter, or one of the errors of this package.
func ParseFilter(s string) (Filter, error) {
	if err := checkText(s); err != nil {
		return Filter{}, err
	}
	f := Filter{full: s}
	if rest, ok := strings.CutPrefix(s, sharePrefix); ok {
		name, filter, ok := strings.Cut(rest, "/")
		if !ok || name == "" || filter == "" || strings.ContainsAny(name, "+#") {
			return Filter{}, ErrFilterShare
		}
		f.group = len(name)
	} else if s == "$share" {
		return Filter{}, ErrFilterShare
	}
	var err error
	f.wild, err = checkWildcards(f.Topic())
	if err != nil {
		return Filter{}, err
	}
	return f, nil
}

func checkWildcards(s string) (wild bool, err error) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '+':
			if i > 0 && s[i-1] != '/' || i+1 < len(s) && s[i+1] != '/' {
				return false, ErrFilterPlus
			}
			wild = true
		case '#':
			if i > 0 && s[i-1] != '/' || i+1 < len(s) {
				return false, ErrFilterHash
			}
			wild = true
		}
	}
	return wild, nil
}

// String returns the filter as it was subscribed, share prefix included.
func (f Filter) String() string { return f.full }

// Topic returns the filter that topics are matched against: without the share
// prefix.
func (f Filter) Topic() string {
	if f.group == 0 {
		return f.full
	}
	return f.full[len(sharePrefix)+f.group+1:]
}

// ShareGroup returns the name of the shared subscription, empty when the
// filter is not shared.
func (f Filter) ShareGroup() string {
	if f.group == 0 {
		return ""
	}
	return f.full[len(sharePrefix) : len(sharePrefix)+f.group]
}

// Wild reports whether the filter contains a wildcard.
func (f Filter) Wild() bool { return f.wild }

// Match reports whether the topic name is matched. A wildcard in the first
// level does not match topics that begin with $. [MQTT-4.7.2-1]
func (f Filter) Match(topic string) bool {
	filter := f.Topic()
	if filter == "" || topic == "" {
		return false
	}
	if topic[0] == '$' && (filter[0] == '+' || filter[0] == '#') {
		return false
	}
	for {
		if filter == "#" {
			return true
		}
		fl, frest, fmore := strings.Cut(filter, "/")
		tl, trest, tmore := strings.Cut(topic, "/")
		if fl != "+" && fl != tl {
			return false
		}
		switch {
		case !fmore && !tmore:
			return true
		case fmore && !tmore: // "a/#" also matches its parent "a"
			return frest == "#"
		case !fmore:
			return false
		}
		filter, topic = frest, trest
	}
}
