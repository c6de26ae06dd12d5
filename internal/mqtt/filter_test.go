package mqtt

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseFilter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in           string
		topic, group string
		wild         bool
		err          error
	}{
		{in: "a", topic: "a"},
		{in: "/", topic: "/"},
		{in: "a//b", topic: "a//b"},
		{in: "#", topic: "#", wild: true},
		{in: "+", topic: "+", wild: true},
		{in: "a/+/b/#", topic: "a/+/b/#", wild: true},
		{in: "+/+", topic: "+/+", wild: true},
		{in: "$SYS/#", topic: "$SYS/#", wild: true},
		{in: "$share/g/a/+", topic: "a/+", group: "g", wild: true},
		{in: "$share/g//", topic: "/", group: "g"},
		{in: "$shared/g/a", topic: "$shared/g/a"},
		{in: strings.Repeat("a", MaxTopicBytes), topic: strings.Repeat("a", MaxTopicBytes)},
		{in: "", err: ErrTopicEmpty},
		{in: strings.Repeat("a", MaxTopicBytes+1), err: ErrTopicTooLong},
		{in: "a\x00", err: ErrTopicNUL},
		{in: "a\xff", err: ErrTopicUTF8},
		{in: "\xed\xa0\x80", err: ErrTopicUTF8}, // a surrogate
		{in: "a+", err: ErrFilterPlus},
		{in: "+a", err: ErrFilterPlus},
		{in: "a/+b/c", err: ErrFilterPlus},
		{in: "++", err: ErrFilterPlus},
		{in: "a#", err: ErrFilterHash},
		{in: "#/", err: ErrFilterHash},
		{in: "##", err: ErrFilterHash},
		{in: "a/#/b", err: ErrFilterHash},
		{in: "$share", err: ErrFilterShare},
		{in: "$share/", err: ErrFilterShare},
		{in: "$share/g", err: ErrFilterShare},
		{in: "$share/g/", err: ErrFilterShare},
		{in: "$share//a", err: ErrFilterShare},
		{in: "$share/+/a", err: ErrFilterShare},
		{in: "$share/g#/a", err: ErrFilterShare},
		{in: "$share/g/a#", err: ErrFilterHash},
	}
	for _, tc := range tests {
		f, err := ParseFilter(tc.in)
		if !errors.Is(err, tc.err) || (err == nil) != (tc.err == nil) {
			t.Errorf("ParseFilter(%.40q) = %v, want %v", tc.in, err, tc.err)
			continue
		}
		if f.Topic() != tc.topic || f.ShareGroup() != tc.group || f.Wild() != tc.wild || err == nil && f.String() != tc.in {
			t.Errorf("ParseFilter(%.40q) = topic %.40q, group %q, wild %v, want %.40q, %q, %v", tc.in, f.Topic(), f.ShareGroup(), f.Wild(), tc.topic, tc.group, tc.wild)
		}
	}
}

// TestMatch has the examples of MQTT 5.0 section 4.7.
func TestMatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		filter, topic string
		want          bool
	}{
		{"sport/tennis/player1/#", "sport/tennis/player1", true},
		{"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
		{"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
		{"sport/#", "sport", true},
		{"sport/#", "sports", false},
		{"sport/tennis/+", "sport/tennis/player1", true},
		{"sport/tennis/+", "sport/tennis/player1/ranking", false},
		{"sport/+", "sport", false},
		{"sport/+", "sport/", true},
		{"+/+", "/finance", true},
		{"/+", "/finance", true},
		{"+", "/finance", false},
		{"#", "$SYS/x", false},
		{"+/monitor/Clients", "$SYS/monitor/Clients", false},
		{"$SYS/#", "$SYS/x", true},
		{"$SYS/monitor/+", "$SYS/monitor/Clients", true},
		{"ACCOUNTS", "Accounts", false},
		{"a", "/a", false},
		{"$share/g/a/+", "a/b", true},
		{"$share/g/#", "$SYS/x", false},
		{"a/+/#", "a/b", true},
		{"a/+/#", "a", false},
	}
	for _, tc := range tests {
		f, err := ParseFilter(tc.filter)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Match(tc.topic); got != tc.want {
			t.Errorf("%q matches %q = %v, want %v", tc.filter, tc.topic, got, tc.want)
		}
	}
	if (Filter{}).Match("a") {
		t.Error("the zero Filter matches")
	}
}

// matches says the same with a regular expression.
func matches(f Filter, topic string) bool {
	filter := f.Topic()
	if strings.HasPrefix(topic, "$") && strings.ContainsAny(filter[:1], "+#") {
		return false
	}
	var re strings.Builder
	for i, level := range strings.Split(filter, "/") {
		switch {
		case level == "#" && i == 0:
			re.WriteString("(?s).*")
		case level == "#":
			re.WriteString("(?s)(/.*)?")
		case i > 0:
			re.WriteString("/")
			fallthrough
		default:
			if level == "+" {
				re.WriteString("[^/]*")
			} else {
				re.WriteString(regexp.QuoteMeta(level))
			}
		}
	}
	return regexp.MustCompile(`\A(?:` + re.String() + `)\z`).MatchString(topic)
}

func FuzzFilter(f *testing.F) {
	for _, s := range []string{"a/b", "a/#", "+/b", "#", "$share/g/a/+", "$SYS/#", "//", "a/+/c", "a#", "\xff", "$share//a"} {
		f.Add(s, "a/b")
		f.Add(s, "$SYS/x")
	}
	f.Fuzz(func(t *testing.T, filter, topic string) {
		p, err := ParseFilter(filter)
		if err != nil {
			if p != (Filter{}) {
				t.Fatalf("ParseFilter(%q) = %+v beside an error", filter, p)
			}
			return
		}
		if !utf8.ValidString(filter) || strings.Contains(filter, "\x00") || p.Topic() == "" || !strings.HasSuffix(p.String(), p.Topic()) {
			t.Fatalf("ParseFilter(%q) = %+v", filter, p)
		}
		if p.Wild() != strings.ContainsAny(p.Topic(), "+#") {
			t.Fatalf("Wild of %q = %v", filter, p.Wild())
		}
		if CheckTopic(topic) != nil || len(filter)+len(topic) > 1000 { // the oracle is slow
			return
		}
		if got, want := p.Match(topic), matches(p, topic); got != want {
			t.Fatalf("%q matches %q = %v, want %v", filter, topic, got, want)
		}
	})
}
