package format

import (
	"fmt"
	"io"

	"github.com/tidwall/gjson"

	"mqt/internal/mqtt"
)

// bufferSize is how much output is collected before it is written without
// being asked to.
const bufferSize = 64 << 10

// keepSize is the largest buffer kept after a big message.
const keepSize = 1 << 20

// writer collects what a format appends.
type writer struct {
	w      io.Writer
	append appendFunc
	path   string // Options.Select
	auto   bool
	buf    []byte
}

func newWriter(w io.Writer, o Options, f appendFunc) *writer {
	return &writer{w: w, append: f, path: o.Select, auto: o.AutoFlush}
}

// Write implements Writer.
func (w *writer) Write(m mqtt.Message) error {
	if w.path != "" {
		var ok bool
		if m.Payload, ok = Select(m.Payload, w.path); !ok {
			return nil
		}
	}
	w.buf = w.append(w.buf, m)
	if w.auto || len(w.buf) >= bufferSize {
		return w.Flush()
	}
	return nil
}

// Flush implements Writer.
func (w *writer) Flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	_, err := w.w.Write(w.buf)
	w.buf = w.buf[:0]
	if cap(w.buf) > keepSize {
		w.buf = nil
	}
	if err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// Select returns the value at a gjson path, strings without quotes, and whether
// the payload is JSON and has one.
func Select(payload []byte, path string) ([]byte, bool) {
	if !validJSON(payload) {
		return nil, false
	}
	r := gjson.GetBytes(payload, path)
	if !r.Exists() {
		return nil, false
	}
	return []byte(resultText(r)), true
}

// resultText returns strings without quotes and other values as they stand in
// the payload.
func resultText(r gjson.Result) string {
	if (r.Type == gjson.Number || r.Type == gjson.Null) && r.Raw != "" {
		return r.Raw // String would format it anew, or leave it out
	}
	return r.String()
}
