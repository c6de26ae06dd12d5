package pub

import (
	"strings"
	"testing"
	"testing/iotest"

	"mqt/internal/mqtt"
)

func TestTopicLines(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		in     string
		sep    string
		ending byte
		want   []string
		err    string
	}{
		{name: "space", in: "a/b 1\na/b 2 3\nc \n", sep: " ", ending: '\n', want: []string{"a/b|1", "a/b|2 3", "c|"}},
		{name: "longer separator", in: "a b => x\n", sep: " => ", ending: '\n', want: []string{"a b|x"}},
		{name: "NUL", in: "a\tline 1\nline 2\x00b\t", sep: "\t", ending: 0, want: []string{"a|line 1\nline 2", "b|"}},
		{name: "no separator", in: "a 1\nb\n", sep: " ", ending: '\n', want: []string{"a|1"}, err: `line 2: "b" has no " " between topic and payload`},
		{name: "empty line", in: "\na 1\n", sep: " ", ending: '\n', err: `line 1: "" has no " " between topic and payload`},
		{name: "wildcard", in: "a 1\na/# 2\n", sep: " ", ending: '\n', want: []string{"a|1"}, err: `line 2: topic "a/#" contains a wildcard`},
		{name: "no topic", in: " 1\n", sep: " ", ending: '\n', err: `line 1: topic "" is empty`},
	}
	for _, tt := range tests {
		for q := range mqtt.QoS(2) {
			var got []string
			var failed error
			for m, err := range (TopicLines{tt.sep, tt.ending}).Messages(mqtt.Message{QoS: q}, iotest.OneByteReader(strings.NewReader(tt.in))) {
				if err != nil {
					failed = err
					continue
				}
				got = append(got, m.Topic+"|"+string(m.Payload))
			}
			text := errText(failed)
			if !equal(got, tt.want) || !strings.HasPrefix(text, tt.err) || (text == "") != (tt.err == "") {
				t.Errorf("%s: TopicLines, QoS %d = %q, %v, want %q, %q", tt.name, q, got, failed, tt.want, tt.err)
			}
		}
	}
}

// Whatever stands on a line, it goes out unchanged or is refused.
func FuzzTopicLines(f *testing.F) {
	f.Add("a/b 1", " ")
	f.Add("a\x00\xff", "\x00")
	f.Fuzz(func(t *testing.T, line, sep string) {
		if sep == "" || strings.Contains(line, "\n") {
			return
		}
		for m, err := range (TopicLines{sep, '\n'}).Messages(mqtt.Message{}, strings.NewReader(line+"\n")) {
			if err != nil {
				continue
			}
			if mqtt.CheckTopic(m.Topic) != nil || strings.Contains(m.Topic, sep) || m.Topic+sep+string(m.Payload) != line {
				t.Errorf("TopicLines(%q, %q) = %q, %q", line, sep, m.Topic, m.Payload)
			}
		}
	})
}
