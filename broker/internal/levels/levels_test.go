package levels

import (
	"testing"

	"mqt/internal/mqtt"
	"pgregory.net/rapid"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		filter, topic string
		want          bool
	}{
		{filter: "", topic: "", want: true},
		{filter: "", topic: "/", want: false},
		{filter: "#", topic: "", want: true},
		{filter: "/#", topic: "", want: true},
		{filter: "+", topic: "", want: true},
		{filter: "+", topic: "/", want: false},
		{filter: "+/+", topic: "/", want: true},
		{filter: "a/#", topic: "a", want: true},
		{filter: "a/#", topic: "a/", want: true},
		{filter: "a/#", topic: "ab", want: false},
		{filter: "a/+", topic: "a", want: false},
		{filter: "a/+", topic: "a/", want: true},
		{filter: "+", topic: "$x", want: true},
		{filter: "+/#", topic: "$x", want: true},
		{filter: "ab", topic: "a", want: false},
		{filter: "a", topic: "ab", want: false},
		{filter: "+/b/#", topic: "a/b/c/d", want: true},
		{filter: "+/b/#", topic: "a/c", want: false},
	}
	for _, tt := range tests {
		if got := Match(tt.filter, tt.topic); got != tt.want {
			t.Errorf("Match(%q, %q) = %v, want %v", tt.filter, tt.topic, got, tt.want)
		}
		if got := Match(tt.filter, []byte(tt.topic)); got != tt.want {
			t.Errorf("Match(%q, []byte(%q)) = %v, want %v", tt.filter, tt.topic, got, tt.want)
		}
	}
}

// Under a common first level the $ rule is out of the way, so both must agree.
func TestMatchLikeFilter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		filter := rapid.StringMatching(`(([ab$]{0,2}|\+)/){0,3}([ab$]{0,2}|\+|#)`).Draw(t, "filter")
		topic := rapid.StringMatching(`([ab$]{0,2}/){0,3}[ab$]{0,2}`).Draw(t, "topic")
		f, err := mqtt.ParseFilter("x/" + filter)
		if err != nil {
			t.Fatalf("ParseFilter(%q): %v", filter, err)
		}
		if got, want := Match(filter, topic), f.Match("x/"+topic); got != want {
			t.Fatalf("Match(%q, %q) = %v, want %v", filter, topic, got, want)
		}
	})
}
