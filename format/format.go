package format

import (
	"fmt"
	"io"
	"strings"
	"time"

	"mqt/internal/mqtt"
)

// Writer writes messages. Write keeps neither the message nor its payload; the
// output may stay in a buffer until Flush. Both return the error of the
// underlying writer, wrapped.
type Writer interface {
	Write(m mqtt.Message) error
	Flush() error
}

// ColorMode says when the pretty format uses colour.
type ColorMode uint8

// The colour modes.
const (
	ColorAuto   ColorMode = iota // when the output is a terminal and NO_COLOR is unset or empty
	ColorNever                   // never
	ColorAlways                  // always
)

// Options are understood by all formats as far as they apply. The zero value
// is the behaviour on a pipe.
type Options struct {
	// Verbose puts the topic before the payload: text, hex.
	Verbose bool
	// NoNewline leaves out the line end after each message: text, hex, json
	// and templates.
	NoNewline bool
	// NoHeader leaves out the line with the names of the columns: csv.
	NoHeader bool
	// Indent writes JSON on several lines: json, and %j and %J in templates.
	Indent bool
	// Compat writes payloads and correlation data in JSON as mosquitto_sub
	// does: cut at the first NUL, bytes that are not UTF-8 copied. Otherwise a
	// NUL becomes \u0000 and each bad byte U+FFFD. It also turns %{path} off.
	Compat bool
	// Escape makes control characters from the network visible (\x1b), and those
	// that reorder text: in JSON by its own escapes, so that its value stays the
	// same. Set it when the output is a terminal. Line ends and tabs stay.
	// pretty always does so, raw never.
	Escape bool
	// AutoFlush writes out after each message, as a terminal wants it.
	AutoFlush bool
	// Select is a gjson path: the value it finds in a JSON payload takes the
	// payload's place, strings without their quotes. Messages in which it
	// finds nothing are not written. Empty: the payload as it is.
	Select string
	// Width is the number of columns pretty may fill; 0 is no limit.
	Width int
	// Color says when pretty uses colour.
	Color ColorMode
	// Location is the time zone of the times that are shown; nil is local.
	Location *time.Location
	// Warn is told of payloads that a template or influx could not write: a
	// *[PayloadError]. Nil ignores them.
	Warn func(error)
}

// PayloadError is a payload that is not what a template or format asked for.
type PayloadError struct {
	// Topic is the topic of the message.
	Topic string
	// Want is "JSON", "UTF-8", "float" or "double".
	Want string
}

// Error returns the text that mosquitto_sub prints, without its prefix.
func (e *PayloadError) Error() string {
	if e.Want == "JSON" || e.Want == "UTF-8" {
		return "Message payload is not valid " + e.Want + " on topic " + e.Topic + "."
	}
	return "requested " + e.Want + " printing, but non-" + e.Want + " data received"
}

// appendFunc appends one message to dst.
type appendFunc func(dst []byte, m mqtt.Message) []byte

// table lists the formats in the order of the documentation.
func table() []struct {
	name string
	make func(w io.Writer, o Options) appendFunc
} {
	return []struct {
		name string
		make func(w io.Writer, o Options) appendFunc
	}{
		{"text", newText},
		{"pretty", newPretty},
		{"json", newJSON},
		{"ndjson", newNDJSON},
		{"hex", newHex},
		{"raw", newRaw},
		{"csv", newCSV},
		{"influx", newInflux},
	}
}

// Names returns the names that New accepts.
func Names() []string {
	var names []string
	for _, f := range table() {
		names = append(names, f.name)
	}
	return names
}

// New returns a writer of the named format. The error lists the names when it
// is none of them.
func New(name string, w io.Writer, o Options) (Writer, error) {
	for _, f := range table() {
		if f.name == name {
			return newWriter(w, o, f.make(w, o)), nil
		}
	}
	return nil, fmt.Errorf("unknown format %q: one of %s", name, strings.Join(Names(), ", "))
}
