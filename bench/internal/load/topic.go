package load

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// topic is a topic name, with or without placeholders of the message.
type topic struct {
	text  []byte // when it has none
	parts []topicPart
}

// topicPart is one piece of a topic name.
type topicPart struct {
	text   string
	seq    bool // %s: the sequence number
	random int  // %rand_N: below N
}

// parseTopic splits a topic name at %s and %rand_N.
func parseTopic(s string) (topic, error) {
	t := topic{}
	rest := s
	for {
		before, after, found := strings.Cut(rest, "%")
		if !found {
			break
		}
		switch {
		case strings.HasPrefix(after, "s"):
			t.parts = append(t.parts, topicPart{text: before, seq: true})
			rest = after[1:]
		case strings.HasPrefix(after, "rand_"):
			digits := after[len("rand_"):]
			end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' })
			if end < 0 {
				end = len(digits)
			}
			n, err := strconv.Atoi(digits[:end])
			if err != nil || n < 1 {
				return topic{}, fmt.Errorf("topic %q: %%rand_ needs a number above 0", s)
			}
			t.parts = append(t.parts, topicPart{text: before, random: n})
			rest = digits[end:]
		default:
			return topic{}, fmt.Errorf("topic %q: want %%u, %%c, %%i, %%s or %%rand_N after %%", s)
		}
	}
	if t.parts == nil {
		t.text = []byte(s)
	} else {
		t.parts = append(t.parts, topicPart{text: rest})
	}
	return t, nil
}

// appendTo appends the topic name of message seq to b.
func (t *topic) appendTo(b []byte, seq uint64, rng *rand.Rand) []byte {
	for i, p := range t.parts {
		b = append(b, p.text...)
		switch {
		case i == len(t.parts)-1:
		case p.seq:
			b = strconv.AppendUint(b, seq, 10)
		default:
			b = strconv.AppendInt(b, int64(rng.IntN(p.random)), 10)
		}
	}
	return b
}

// sample returns a topic name that stands for all of them.
func (t *topic) sample() string {
	if t.parts == nil {
		return string(t.text)
	}
	var b strings.Builder
	for _, p := range t.parts[:len(t.parts)-1] {
		b.WriteString(p.text + "0")
	}
	return b.String() + t.parts[len(t.parts)-1].text
}
