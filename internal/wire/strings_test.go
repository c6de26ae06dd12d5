package wire

import (
	"strings"
	"testing"

	"mqt/internal/mqtt"
)

// TestCheckTopicPositions puts each kind of byte at every position of topics
// of every length around the word size of the fast path.
func TestCheckTopicPositions(t *testing.T) {
	t.Parallel()
	kinds := []struct {
		insert string
		want   mqtt.ReasonCode
	}{
		{"x", 0},
		{"\x01", 0},
		{"\x7f", 0},
		{"\"", 0},
		{"$", 0},
		{"*", 0},
		{",", 0},
		{"é", 0},
		{"\ufeff", 0},
		{"\U0010ffff", 0},
		{"\x00", mqtt.MalformedPacket},
		{"\x80", mqtt.MalformedPacket},
		{"\xff", mqtt.MalformedPacket},
		{"\xed\xa0\x80", mqtt.MalformedPacket},
		{"\xf4\x90\x80\x80", mqtt.MalformedPacket},
		{"+", mqtt.TopicNameInvalid},
		{"#", mqtt.TopicNameInvalid},
	}
	for _, k := range kinds {
		for n := range 26 {
			for at := range n + 1 {
				s := strings.Repeat("a", at) + k.insert + strings.Repeat("/", n-at)
				if err := checkTopic("topic name", []byte(s)); codeOf(err) != k.want {
					t.Errorf("checkTopic(%q) = %v, want %v", s, err, k.want)
				}
				want := k.want
				if want == mqtt.TopicNameInvalid {
					want = 0
				}
				if err := checkText("text", []byte(s)); codeOf(err) != want {
					t.Errorf("checkText(%q) = %v, want %v", s, err, want)
				}
			}
		}
	}
}

// TestPlainTopicEveryPair compares the fast path with the plain rule for every
// pair of neighbouring bytes, in which a borrow could hide one.
func TestPlainTopicEveryPair(t *testing.T) {
	t.Parallel()
	odd := func(c byte) bool { return c == 0 || c >= 0x80 || c == '+' || c == '#' }
	for a := range 256 {
		for b := range 256 {
			s := []byte{'a', 'b', byte(a), byte(b), 'e', 'f', 'g', 'h'}
			if got, want := plainTopic(s), !odd(byte(a)) && !odd(byte(b)); got != want {
				t.Fatalf("plainTopic(%q) = %v, want %v", s, got, want)
			}
		}
	}
}
