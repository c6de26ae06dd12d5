package cmd

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"mqt/format"
	"mqt/internal/mqtt"
)

// leastPreview is how many columns of a table are kept for the payloads.
const leastPreview = 16

// table is the layout of a list of retained messages, in columns.
type table struct{ topic, size, expires, preview int }

// layout measures what the columns hold. On a terminal of so many columns (0:
// no limit) they leave room for the payload; a longer topic gets a line of its
// own.
func layout(width int, messages []mqtt.Message) table {
	t := table{topic: len("TOPIC"), size: len("BYTES"), expires: len("EXPIRES"), preview: previewBytes}
	for _, m := range messages {
		t.size = max(t.size, len(strconv.Itoa(len(m.Payload))))
		t.expires = max(t.expires, len(expires(m)))
	}
	rest := width - t.size - t.expires - 6 // two spaces each
	for _, m := range messages {
		if n := format.Columns(escape(m.Topic)); width == 0 || n <= rest-leastPreview {
			t.topic = max(t.topic, n)
		}
	}
	if width > 0 {
		t.preview = max(rest-t.topic, leastPreview)
	}
	return t
}

// row writes topic, size, expiry and payload.
func (t table) row(w io.Writer, cells [4]string) error {
	topic, columns := cells[0], format.Columns(cells[0])
	if columns > t.topic {
		topic, columns = topic+"\n", 0
	}
	line := topic + strings.Repeat(" ", t.topic-columns) +
		fmt.Sprintf("  %*s  %-*s  %s", t.size, cells[1], t.expires, cells[2], cells[3])
	_, err := fmt.Fprintln(w, strings.TrimRight(line, " "))
	return err
}

func writeTable(w io.Writer, width int, messages []mqtt.Message) error {
	if len(messages) == 0 {
		_, err := fmt.Fprintln(w, "no retained messages")
		return err
	}
	t := layout(width, messages)
	if err := t.row(w, [4]string{"TOPIC", "BYTES", "EXPIRES", "PAYLOAD"}); err != nil {
		return err
	}
	for _, m := range messages {
		err := t.row(w, [4]string{escape(m.Topic), strconv.Itoa(len(m.Payload)), expires(m), preview(m.Payload, t.preview)})
		if err != nil {
			return err
		}
	}
	return nil
}
