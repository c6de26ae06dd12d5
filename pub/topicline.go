package pub

import (
	"bytes"
	"fmt"
	"io"
	"iter"

	"mqt/internal/mqtt"
)

// TopicLines describes lines that name their topic.
type TopicLines struct {
	// Separator ends the topic; what follows is the payload. Not empty.
	Separator string
	// Ending is the byte that ends a line.
	Ending byte
}

// Messages yields a copy of m for each line of r, with what stands before the
// first separator as its topic and the rest as its payload. A line without
// separator, or whose topic cannot be published to, is an error that names the
// line. Payloads are valid as long as those of [Lines].
func (t TopicLines) Messages(m mqtt.Message, r io.Reader) iter.Seq2[mqtt.Message, error] {
	m.Topic = ""
	sep := []byte(t.Separator)
	form := lineReader{ending: t.Ending, reuse: m.QoS == mqtt.AtMostOnce}
	return split(r, form, func(line []byte) (mqtt.Message, error) {
		topic, payload, ok := bytes.Cut(line, sep)
		if !ok {
			return mqtt.Message{}, fmt.Errorf("%q has no %q between topic and payload", brief(line), sep)
		}
		if m.Topic == "" || m.Topic != string(topic) { // the same one again costs nothing
			if err := mqtt.CheckTopic(string(topic)); err != nil {
				return mqtt.Message{}, fmt.Errorf("topic %q %w", brief(topic), err)
			}
			m.Topic = string(topic)
		}
		m.Payload = payload
		return m, nil
	})
}

// brief cuts what is quoted in an error.
func brief(b []byte) []byte { return b[:min(len(b), 80)] }
