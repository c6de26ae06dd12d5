package completions

import (
	"slices"
	"strings"
	"testing"
)

func TestNext(t *testing.T) {
	t.Parallel()
	topics := []string{"$SYS/broker/uptime", "/abs", "home", "home/bath/t", "home/kitchen/h", "home/kitchen/t", "hot"}
	tests := []struct {
		typed string
		wild  bool
		want  []string
	}{
		{"", true, []string{"$SYS/", "/", "home", "home/", "hot"}},
		{"ho", true, []string{"home", "home/", "hot"}},
		{"home/", true, []string{"home/bath/", "home/kitchen/"}},
		{"home/k", false, []string{"home/kitchen/"}},
		{"home/kitchen/", true, []string{"home/kitchen/h", "home/kitchen/t"}},
		{"home/+/", true, []string{"home/+/h", "home/+/t"}},
		{"home/+/", false, nil},
		{"home/kitchen/t/", true, nil},
		{"/", true, []string{"/abs"}},
		{"x", true, nil},
	}
	for _, tt := range tests {
		if got := Next(topics, tt.typed, tt.wild); !slices.Equal(got, tt.want) {
			t.Errorf("Next(%q, %t) = %q, want %q", tt.typed, tt.wild, got, tt.want)
		}
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{"": "#", "a": "#", "a/": "a/#", "a/b": "a/#", "+/b/": "+/b/#", "$SYS/x": "$SYS/#", "/": "/#"} {
		if got := Filter(typed); got != want {
			t.Errorf("Filter(%q) = %q, want %q", typed, got, want)
		}
	}
}

// What a shell would take for anything but letters is not offered.
func TestPlain(t *testing.T) {
	t.Parallel()
	for _, topic := range []string{"a", "a/b-c_d.e:f+g@h%i,j=k", "/a", "_a", "größe/températures", "$SYS/broker/uptime", "1"} {
		if !plain(topic) {
			t.Errorf("plain(%q) = false, want true", topic)
		}
	}
	for _, topic := range []string{"", "$SYS/", "$HOME", "a$b", "$(id)", "`id`", "a b", "a;b", "a|b", "a&b", "a>b", "a'b", `a"b`, `a\b`,
		"a\nb", "a\x1b[2J", "a*", "a?", "[a]", "{a,b}", "~a", "!a", "#a", "-a", "=a", "a\u202eb", "a\u200bb", "\ufffd"} {
		if plain(topic) {
			t.Errorf("plain(%q) = true, want false", topic)
		}
	}
}

func FuzzNext(f *testing.F) {
	f.Add("home/kitchen/t", "home/+/", true)
	f.Add("a//b", "a/", false)
	f.Fuzz(func(t *testing.T, topic, typed string, wild bool) {
		for _, got := range Next([]string{topic}, typed, wild) {
			if !strings.HasPrefix(got, typed) || got == typed && strings.HasSuffix(typed, "/") {
				t.Errorf("Next(%q, %q, %t) offers %q", topic, typed, wild, got)
			}
		}
	})
}
